// Where the threads of a block wait for each other: barriers, warp collectives, and what is said when they
// wait in vain.
#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "core/text.h"
#include "cuda_cpp/simulator/block.h"
#include "cuda_cpp/simulator/tensor_core.h"

namespace convscope::sim {
namespace {

constexpr uint64_t undefined_bits = ~uint64_t{0};

const char* word(device::Barrier kind) {
    switch (kind) {
        case device::Barrier::plain:
            return "__syncthreads()";
        case device::Barrier::count:
            return "__syncthreads_count()";
        case device::Barrier::logical_and:
            return "__syncthreads_and()";
        case device::Barrier::logical_or:
            return "__syncthreads_or()";
    }
    return "";
}

const char* word(device::Collective kind) {
    switch (kind) {
        case device::Collective::sync:
            return "__syncwarp()";
        case device::Collective::shuffle:
            return "a __shfl_sync()";
        case device::Collective::ballot:
            return "__ballot_sync()";
        case device::Collective::any:
            return "__any_sync()";
        case device::Collective::all:
            return "__all_sync()";
        case device::Collective::mma:
            return "mma.sync";
    }
    return "";
}

std::string hexadecimal(unsigned mask) {
    char text[16];
    (void)snprintf(text, sizeof text, "0x%08X", mask);
    return text;
}

}  // namespace

int Block::barrier(device::Barrier kind, int predicate) {
    Arrivals& arrivals = arrivals_[static_cast<size_t>(kind)];
    ++arrivals.threads;
    arrivals.nonzero += predicate != 0;
    states_[running_] = State::at_barrier;
    barrier_kinds_[running_] = kind;
    --ready_;
    release_if_all_arrived(kind);
    give_way();
    return barrier_result_;
}

void Block::release_if_all_arrived(device::Barrier kind) {
    Arrivals& arrivals = arrivals_[static_cast<size_t>(kind)];
    if (arrivals.threads == 0 || arrivals.threads < expected_at_barriers_) return;
    switch (kind) {
        case device::Barrier::plain:
            break;
        case device::Barrier::count:
            barrier_result_ = arrivals.nonzero;
            break;
        case device::Barrier::logical_and:
            barrier_result_ = arrivals.nonzero == arrivals.threads;
            break;
        case device::Barrier::logical_or:
            barrier_result_ = arrivals.nonzero > 0;
            break;
    }
    for (State& state : states_)
        if (state == State::at_barrier) state = State::ready;
    ready_ += arrivals.threads;
    arrivals = {};
    barrier_met();
    restart_order();
}

void Block::begin_async_copy(void* shared, const void* global, int bytes, int taken, uintptr_t pc) {
    const auto size = static_cast<uintptr_t>(bytes);
    if (reinterpret_cast<uintptr_t>(shared) % size != 0 || reinterpret_cast<uintptr_t>(global) % size != 0)
        throw Error(ErrorKind::failed, cat(launch_.step.label, ": thread ", running_, " of block ",
                                           text(blockIdx), " begins an asynchronous copy of ", bytes,
                                           " bytes between addresses that are not aligned to them"));
    threads_[running_].copies.begin(shared, global, bytes, taken, pc);
}

uint64_t Block::collective(device::Collective kind, unsigned mask, uint64_t bits, int source) {
    const int lane = running_ % warpSize;
    Warp& warp = warps_[running_ / warpSize];
    if (!(mask >> lane & 1))
        throw Error(ErrorKind::failed, cat(launch_.step.label, ": thread ", running_, " of block ",
                                           text(blockIdx), " calls ", word(kind), " with the mask ",
                                           hexadecimal(mask), ", which leaves out its own lane ", lane));
    warp.mask[lane] = mask;
    warp.kind[lane] = kind;
    warp.bits[lane] = bits;
    warp.source[lane] = source % warpSize;
    warp.waiting |= 1u << lane;
    states_[running_] = State::in_collective;
    --ready_;
    finish_collective(warp, running_ - lane, lane);
    give_way();
    return warp.result[lane];
}

// Ends the collective that `lane` waits in, if every lane of its mask that still runs has come.
void Block::finish_collective(Warp& warp, int first_thread, int lane) {
    const unsigned mask = warp.mask[lane];
    const unsigned lanes = mask & ~warp.exited;
    if ((warp.waiting & lanes) != lanes) return;
    for (unsigned rest = lanes; rest != 0; rest &= rest - 1) {
        const int other = std::countr_zero(rest);
        if (warp.mask[other] != mask || warp.kind[other] != warp.kind[lane]) return;
    }
    if (warp.kind[lane] == device::Collective::mma) multiply(warp);
    for (unsigned rest = lanes; rest != 0; rest &= rest - 1) {
        const int other = std::countr_zero(rest);
        warp.result[other] = collective_result(warp, lanes, other);
        states_[first_thread + other] = State::ready;
    }
    ready_ += std::popcount(lanes);
    warp.waiting &= ~lanes;
    warp_met(warp.kind[lane], first_thread, lanes);
    // The first warp in order goes on until it waits for the block: turn by turn, warps would stay as level
    // as if each collective were a barrier of the block, and the lack of one would not show.
    cursor_ = 0;
}

// May be called while a lane leaves, outside of every kernel's text: so nothing is thrown here.
void Block::multiply(const Warp& warp) {
    if (warp.exited != 0) {
        thrown_ = std::make_exception_ptr(
            Error(ErrorKind::failed,
                  cat(launch_.step.label, ": block ", text(blockIdx), " calls mma.sync in a warp that lacks ",
                      std::popcount(warp.exited), " of the 32 lanes that it takes")));
        return;
    }
    MmaLane lanes[warpSize];
    for (size_t lane = 0; lane < warpSize; ++lane)
        lanes[lane] = *reinterpret_cast<const MmaLane*>(warp.bits[lane]);
    mma_m16n8k8_tf32(lanes);
}

uint64_t Block::collective_result(const Warp& warp, unsigned lanes, int lane) {
    if (warp.kind[lane] == device::Collective::sync || warp.kind[lane] == device::Collective::mma) return 0;
    if (warp.kind[lane] == device::Collective::shuffle)
        return lanes >> warp.source[lane] & 1 ? warp.bits[warp.source[lane]] : undefined_bits;
    unsigned ballot = 0;
    for (unsigned rest = lanes; rest != 0; rest &= rest - 1) {
        const int other = std::countr_zero(rest);
        ballot |= static_cast<unsigned>(warp.bits[other] != 0) << other;
    }
    if (warp.kind[lane] == device::Collective::any) return ballot != 0;
    if (warp.kind[lane] == device::Collective::all) return ballot == lanes;
    return ballot;
}

std::string Block::waits_for(int thread) const {
    switch (states_[thread]) {
        case State::ready:
            return "could go on";
        case State::exited:
            return "have exited";
        case State::at_barrier:
            return cat("wait at ", word(barrier_kinds_[thread]));
        case State::in_collective:
            break;
    }
    const Warp& warp = warps_[thread / warpSize];
    return cat("wait in ", word(warp.kind[thread % warpSize]), " with mask ",
               hexadecimal(warp.mask[thread % warpSize]));
}

std::string Block::stuck_sentence() const {
    std::vector<std::pair<std::string, std::vector<int>>> groups;
    for (int t = 0; t < thread_count(); ++t) {
        const std::string doing = waits_for(t);
        auto group = std::find_if(groups.begin(), groups.end(), [&](auto& g) { return g.first == doing; });
        if (group == groups.end()) group = groups.insert(groups.end(), {doing, {}});
        group->second.push_back(t);
    }
    constexpr size_t most_groups = 6;
    std::string out = cat(launch_.step.label, ": block ", text(blockIdx), " of ", thread_count(),
                          " threads cannot go on: ");
    for (size_t g = 0; g < groups.size() && g < most_groups; ++g)
        out += cat(g ? "; " : "", "threads ", ranges_text(groups[g].second), " ", groups[g].first);
    if (groups.size() > most_groups) out += "; …";
    return out +
           " (a barrier must be reached by every thread of the block, a warp's call by every lane of its "
           "mask)";
}

std::string ranges_text(const std::vector<int>& numbers) {
    constexpr size_t most_ranges = 4;
    std::string out;
    size_t ranges = 0;
    for (size_t i = 0; i < numbers.size(); ++ranges) {
        size_t end = i + 1;
        while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
        if (ranges == most_ranges) return cat(out, " and ", numbers.size() - i, " more");
        out += cat(ranges ? ", " : "", numbers[i]);
        if (end - i > 1) out += cat("–", numbers[end - 1]);
        i = end;
    }
    return out;
}

std::string text(const uint3& index) {
    return cat("(", index.x, ", ", index.y, ", ", index.z, ")");
}

}  // namespace convscope::sim
