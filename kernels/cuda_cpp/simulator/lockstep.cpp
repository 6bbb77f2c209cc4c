#include "cuda_cpp/simulator/lockstep.h"

#include <algorithm>
#include <utility>

#include "core/text.h"

namespace convscope::sim {
namespace {

uintptr_t number(const void* address) {
    return reinterpret_cast<uintptr_t>(address);
}

template <class T>
Region ignored(const T& variable) {
    return {.begin = number(&variable), .end = number(&variable + 1), .kind = Region::Kind::ignored};
}

Region shared_region(std::span<const std::byte> bytes, int64_t begin, const std::string& name) {
    return {.begin = number(bytes.data()),
            .end = number(bytes.data() + bytes.size()),
            .kind = Region::Kind::shared,
            .shared_begin = begin,
            .name = name};
}

// The module's own arrays, each a region where the options tell them, and dynamic memory.
std::vector<Region> shared_regions(const SharedMemory& shared, const TraceOptions& options,
                                   int64_t dynamic_begin) {
    constexpr const char* all = "the block's shared memory";
    std::vector<Region> regions{shared_region(shared.dynamic_span(), dynamic_begin, all)};
    const std::span<const std::byte> own = shared.static_span();
    for (const SharedPlace& array : options.shared_arrays) {
        if (array.begin < 0 || array.bytes < 0 || array.begin + array.bytes > std::ssize(own))
            throw Error(ErrorKind::failed,
                        cat("the shared array ", array.name, " was said to lie at bytes ", array.begin,
                            " to ", array.begin + array.bytes, " of the module's ", own.size()));
        regions.push_back(
            shared_region(own.subspan(static_cast<size_t>(array.begin), static_cast<size_t>(array.bytes)),
                          array.begin, array.name));
    }
    if (options.shared_arrays.empty()) regions.push_back(shared_region(own, 0, all));
    return regions;
}

size_t words_of(const Trace& result) {
    return static_cast<size_t>(result.static_shared_bytes + result.dynamic_shared_bytes + 3) / 4;
}

}  // namespace

constinit thread_local LockstepBlock* LockstepBlock::current_ = nullptr;

LockstepBlock::LockstepBlock(const TraceShared& traced, FiberPool& fibers, TraceCounts& counts)
    : Block(traced.launch, fibers),
      traced_(traced),
      counts_(counts),
      regions_(traced.regions),
      positions_(static_cast<size_t>(thread_count())),
      shadow_(words_of(traced.result), static_cast<size_t>(thread_count())),
      newest_early_read_(words_of(traced.result)) {
    counts_.array_reads.resize(traced.options.arrays.size());
    counts_.array_writes.resize(traced.options.arrays.size());
    counts_.array_shared_reads.resize(traced.options.arrays.size());
    counts_.shared_loads.resize(words_of(traced.result));
    counts_.shared_stores.resize(words_of(traced.result));
    for (Region& region : shared_regions(shared(), traced.options, traced.result.static_shared_bytes))
        regions_.push_back(std::move(region));
    for (const Region& index : {ignored(threadIdx), ignored(blockIdx), ignored(blockDim), ignored(gridDim)})
        regions_.push_back(index);
}

void LockstepBlock::run(int64_t block) {
    // Taken back even where the kernel throws: host code of the module is instrumented as well.
    struct Current {
        explicit Current(LockstepBlock* block) { current_ = block; }
        ~Current() { current_ = nullptr; }
    } const current(this);
    number_ = block;
    if (traced_.cancelled) return;
    Block::run(block);
    // Of a block that was stopped nobody knows who would have written.
    if (!stopped_) judge_early_reads();
}

void LockstepBlock::start() {
    for (Position& position : positions_) position = {};
    turn_size_ = turn_next_ = 0;
    warp_ = phase_ = 0;
    stopped_ = false;
    request_count_ = lane_request_ = 0;
    shadow_.begin_block();
    early_reads_.clear();
    std::ranges::fill(newest_early_read_, 0);
    counts_.totals.threads += thread_count();
}

// A block of a long main loop runs for seconds: whether it is still wanted is asked within it, too.
bool LockstepBlock::must_stop() {
    constexpr unsigned seldom = 1u << 16;
    stopped_ = traced_.options.stop_when_cut && counts_.records_cut;
    return stopped_ |= ++asked_ % seldom == 0 ? !traced_.wanted() : traced_.cancelled.load();
}

void LockstepBlock::at_basic_block(uintptr_t pc, uintptr_t frame) {
    if (must_stop()) stop_all_threads();
    const int thread = running();
    const uintptr_t depth = number(fiber_of(thread)->top()) - frame;
    // The first function is the trampoline that calls the kernel; it is not part of the kernel's text.
    if (positions_[thread].depth == 0) entry_depth_ = depth;
    positions_[thread] = {depth, pc, depth > entry_depth_};
    give_way();
}

void LockstepBlock::at_call(uintptr_t pc, uintptr_t frame) {
    const int thread = running();
    positions_[thread] = {number(fiber_of(thread)->top()) - frame, pc, false};
}

int LockstepBlock::pick() {
    if (turn_next_ == turn_size_) {
        finish_turn();
        if (!choose_turn()) return -1;
    }
    lane_request_ = 0;
    return turn_[turn_next_++];
}

// A warp goes on until all of its lanes wait; then comes the next one.
bool LockstepBlock::choose_turn() {
    const int warps = (thread_count() + warpSize - 1) / warpSize;
    for (int tried = 0; tried < warps; ++tried) {
        if (choose_turn_of(warp_)) return true;
        warp_ = (warp_ + 1) % warps;
    }
    return false;
}

bool LockstepBlock::choose_turn_of(int warp) {
    const int first = warp * warpSize;
    const int last = std::min(first + warpSize, thread_count());
    turn_size_ = turn_next_ = 0;
    for (int thread = first; thread < last; ++thread) {
        if (state(thread) != State::ready) continue;
        const Position& position = positions_[thread];
        if (turn_size_ > 0) {
            const Position& best = positions_[turn_[0]];
            const bool first_again =
                position.depth > best.depth || (position.depth == best.depth && position.pc < best.pc);
            if (first_again) turn_size_ = 0;
            if (!first_again && (position.depth != best.depth || position.pc != best.pc)) continue;
        }
        turn_[turn_size_++] = thread;
    }
    if (turn_size_ == 0) return false;
    if (positions_[turn_[0]].begins_block) {
        ++counts_.totals.warp_blocks;
        counts_.totals.lane_blocks += turn_size_;
    }
    return true;
}

void LockstepBlock::finish_turn() {
    count_requests();
    turn_size_ = turn_next_ = 0;
}

// Lanes that run together make the same accesses one after the other, so the next one is almost always
// where it is expected. The k-th access of an instruction joins its k-th request.
LockstepBlock::Request& LockstepBlock::request_of(const Access& access, MemorySpace space, uintptr_t pc) {
    const unsigned bit = 1u << lane();
    const auto fits = [&](const Request& request) {
        return request.pc == pc && request.kind == access.kind && request.space == space &&
               request.bytes == access.bytes && !(request.lanes & bit);
    };
    size_t at = lane_request_;
    if (at >= request_count_ || !fits(requests_[at]))
        for (at = 0; at < request_count_ && !fits(requests_[at]);) ++at;
    if (at == request_count_) {
        if (at == requests_.size()) requests_.emplace_back();
        ++request_count_;
        requests_[at].pc = pc;
        requests_[at].kind = access.kind;
        requests_[at].space = space;
        requests_[at].bytes = access.bytes;
        requests_[at].lanes = requests_[at].refused = 0;
    }
    lane_request_ = at + 1;
    return requests_[at];
}

LockstepBlock::Request& LockstepBlock::join_request(const Access& access, MemorySpace space, uintptr_t pc) {
    Request& request = request_of(access, space, pc);
    request.lanes |= 1u << lane();
    request.address[static_cast<size_t>(lane())] =
        space == MemorySpace::shared ? static_cast<uintptr_t>(access.place) : access.address;
    return request;
}

}  // namespace convscope::sim
