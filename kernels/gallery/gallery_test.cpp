// Each kernel of the gallery shows the fault that its name says, at the thread and byte where arithmetic puts
// it, and our own kernels show none on the same problems.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/inputs.h"
#include "cuda_cpp/module_loader.h"
#include "devices/sim/trace_problem.h"
#include "xray/xray.h"

namespace convscope {
namespace {

using Kind = sim::TraceFault::Kind;
using sim::AccessKind, sim::MemorySpace;

constexpr const char* gallery = "gallery_traced";

// 3×3 with padding 1.
Problem image(int64_t channels, int64_t height, int64_t width, Operator op = Operator::depthwise_conv2d) {
    ProblemSpec spec;
    spec.op = op;
    spec.in_channels = channels;
    spec.input = {1, height, width};
    spec.kernel_size = {1, 3, 3};
    spec.padding = {0, 1, 1};
    return Problem(spec);
}

ProblemTrace trace_of(const Problem& problem, const std::string& kernel, const std::string& module = gallery,
                      int64_t blocks = 0) {
    return trace_problem(CONVSCOPE_MODULES, problem, make_tensors(problem, Fill::ones, Fill::ones, 0), kernel,
                         {.blocks = blocks, .module = module});
}

// The kinds of all faults, in the order of the enumeration.
std::string kinds(const ProblemTrace& t) {
    constexpr const char* names[] = {"outside", "misaligned",    "stuck",        "uninitialised",
                                     "race",    "written_twice", "never_written"};
    std::set<Kind> found;
    for (const sim::TraceFault& fault : t.faults) found.insert(fault.kind);
    std::string text;
    for (const Kind kind : found)
        text += (text.empty() ? "" : " ") + std::string(names[static_cast<size_t>(kind)]);
    return text;
}

int64_t count_of(const ProblemTrace& t, Kind kind) {
    int64_t count = 0;
    for (const sim::TraceFault& fault : t.faults)
        if (fault.kind == kind) count += fault.count;
    return count;
}

// The first fault of a kind and access, by block and thread.
const sim::TraceFault& first(const ProblemTrace& t, Kind kind, AccessKind access) {
    static const sim::TraceFault none{.kind = Kind::stuck, .block = -1, .sentence = "there is none"};
    for (const sim::TraceFault& fault : t.faults)
        if (fault.kind == kind && fault.access == access) return fault;
    return none;
}

// Where the stage begins in shared memory: the first byte that a block stores.
int64_t stage_begin(const ProblemTrace& t) {
    const std::vector<uint32_t>& stores = t.steps[0].trace.shared_stores;
    return 4 * (std::ranges::find_if(stores, [](uint32_t count) { return count > 0; }) - stores.begin());
}

// The line of the kernel's own file that an access stands in; empty where it stands in none.
std::string text_of(const std::vector<xray::SourcePlace>& places, const std::string& kernel) {
    for (const xray::SourcePlace& place : places)
        if (place.file == "gallery/" + kernel + ".cu")
            return xray::source_text(CONVSCOPE_MODULES, place.file).at(static_cast<size_t>(place.line) - 1);
    return "";
}

struct Where {
    int64_t block;
    int thread;
    int64_t place;
};

void expect_at(const sim::TraceFault& fault, const Where& where) {
    EXPECT_EQ(fault.block, where.block) << fault.sentence;
    EXPECT_EQ(fault.thread, where.thread) << fault.sentence;
    EXPECT_EQ(fault.place, where.place) << fault.sentence;
    EXPECT_NE(fault.offset, 0u);
}

const Operator both[] = {Operator::depthwise_conv2d, Operator::conv2d};

// 16×64. A window's first tap lies a row and a column before its output: outputs 0 … 64 (the first row, and
// the first of the second) read before the input, the very first 65 floats before it. Likewise the last row
// and the last of the row above it, at its end. All others of the border take an element of a neighbouring
// row.
TEST(Gallery, MissingGuardReadsOutside) {
    for (const Operator op : both) {
        const ProblemTrace t = trace_of(image(1, 16, 64, op), "missing_guard");
        EXPECT_EQ(kinds(t), "outside");
        EXPECT_EQ(count_of(t, Kind::outside), 2 * 65);
        EXPECT_EQ(t.output_faults.unwritten, 2 * 65);  // for such a thread stops
        expect_at(first(t, Kind::outside, AccessKind::load), {0, 0, -65 * 4});
        EXPECT_EQ(first(t, Kind::outside, AccessKind::load).array, 0);
    }
}

// 20×30 in two blocks of 24×24. Rows 20 … 23 of 48 threads lie behind the output, and of row 19 the 18
// threads right of the image. The 18 of rows 0 … 18 write what column 0 … 17 of the next row has: column 30,
// thread 6 of block 1, is output 30, which thread 24 of block 0 computes.
TEST(Gallery, MissingTailGuardWritesOutsideAndTwice) {
    for (const Operator op : both) {
        const ProblemTrace t = trace_of(image(1, 20, 30, op), "missing_tail_guard");
        EXPECT_EQ(kinds(t), "outside written_twice");
        EXPECT_EQ(count_of(t, Kind::outside), 4 * 48 + 18);
        expect_at(first(t, Kind::outside, AccessKind::store), {0, 20 * 24, 600 * 4});
        EXPECT_EQ(count_of(t, Kind::written_twice), 19 * 18);
        const sim::TraceFault& twice = first(t, Kind::written_twice, AccessKind::store);
        EXPECT_EQ((std::set{std::pair{twice.block, twice.thread}, {twice.other_block, twice.other_thread}}),
                  (std::set{std::pair<int64_t, int>{0, 24}, {1, 6}}));
        EXPECT_EQ(twice.place, 30 * 4);
    }
}

// Two channels of 50×40: two rows of blocks of 24 rows leave the last two rows of each channel out. What is
// never written only the end of all steps can tell, so the X-ray does.
TEST(Gallery, SkippedOutputsAreNeverWritten) {
    for (const Operator op : both) {
        const Problem problem = image(2, 50, 40, op);
        EXPECT_EQ(trace_of(problem, "skipped_outputs").output_faults.unwritten, 2 * 2 * 40);
        const xray::CountsPtr counts =
            xray::KernelXray(CONVSCOPE_MODULES, problem, "skipped_outputs").counts(CancelToken());
        EXPECT_TRUE(counts->broken_on_purpose);
        ASSERT_EQ(counts->faults.size(), 1u);
        EXPECT_EQ(counts->faults[0].fault.kind, Kind::never_written);
        EXPECT_EQ(counts->faults[0].fault.count, 2 * 2 * 40);
        EXPECT_EQ(counts->faults[0].fault.place, 48 * 40 * 4);
    }
}

// 8×64 in blocks that begin at columns 0, 30 and 60: columns 30, 31, 60 and 61 of 8 rows have two writers,
// the first of them thread 30 of block 0 and thread 0 of block 1.
TEST(Gallery, DoubleWriteWritesTheOverlapTwice) {
    for (const Operator op : both) {
        const ProblemTrace t = trace_of(image(1, 8, 64, op), "double_write");
        EXPECT_EQ(kinds(t), "written_twice");
        EXPECT_EQ(count_of(t, Kind::written_twice), 4 * 8);
        const sim::TraceFault& twice = first(t, Kind::written_twice, AccessKind::store);
        EXPECT_EQ((std::set{std::pair{twice.block, twice.thread}, {twice.other_block, twice.other_thread}}),
                  (std::set{std::pair<int64_t, int>{0, 30}, {1, 0}}));
        EXPECT_EQ(twice.place, 30 * 4);
        EXPECT_EQ(t.output_faults.unwritten, 0);
    }
}

// 8×128: all 8·32 threads fail. Thread 0's taps of column −1 go one by one, those of column 0 are aligned,
// those of column 1 lie 4 bytes into the row.
TEST(Gallery, MisalignedVectorsAreRefused) {
    const ProblemTrace t = trace_of(image(1, 8, 128), "misaligned_vectors");
    EXPECT_EQ(kinds(t), "misaligned");
    EXPECT_EQ(count_of(t, Kind::misaligned), 8 * 32);
    expect_at(first(t, Kind::misaligned, AccessKind::load), {0, 0, 4});
    EXPECT_EQ(first(t, Kind::misaligned, AccessKind::load).bytes, 16);
}

// One tile of 8×32, its stage 10×34: column 33 is not loaded, and thread 31 of each row reads it for three
// taps.
TEST(Gallery, WrongHaloReadsWhatNobodyWrote) {
    const ProblemTrace t = trace_of(image(1, 8, 32), "wrong_halo");
    EXPECT_EQ(kinds(t), "uninitialised");
    EXPECT_EQ(count_of(t, Kind::uninitialised), 8 * 3);
    expect_at(first(t, Kind::uninitialised, AccessKind::load), {0, 31, stage_begin(t) + 33 * 4});
    EXPECT_EQ(first(t, Kind::uninitialised, AccessKind::load).space, MemorySpace::shared);
}

// One tile. The block has 320 floats for the 340 of its stage. The last row's 306 … 339 are loaded by warp 1:
// its lanes 14 … 31 write 320 … 337, its lanes 0 and 1 go round to 338 and 339. Of the outputs of the last
// row those from column 12 on read it: thread 7·32 + 12 through its last tap.
TEST(Gallery, SharedOverrunWritesAndReadsBehindTheStage) {
    const ProblemTrace t = trace_of(image(1, 8, 32), "shared_overrun");
    EXPECT_EQ(kinds(t), "outside");
    EXPECT_EQ(count_of(t, Kind::outside), 20 + 20);
    const sim::TraceFault& store = first(t, Kind::outside, AccessKind::store);
    const sim::TraceFault& load = first(t, Kind::outside, AccessKind::load);
    const int64_t begin = t.steps[0].trace.static_shared_bytes;
    expect_at(store, {0, 32, begin + 338 * 4});
    expect_at(load, {0, 7 * 32 + 12, begin + 320 * 4});
    for (const sim::TraceFault* fault : {&store, &load}) {
        EXPECT_EQ(fault->array, -1);
        EXPECT_EQ(fault->space, MemorySpace::shared);
        EXPECT_EQ(fault->count, 20);
    }
}

// One tile of 8 warps, which run to their ends one after the other. Thread 0 finds cell (1, 0) empty, which
// thread 32 then writes; it reads cell (0, 1) after thread 1 of its own warp wrote that, and no __syncwarp()
// is between. Both are races: which access comes first is the simulator's choice. Warp 6 reads row 8 after
// warp 0 wrote it.
TEST(Gallery, MissingBarrierRaces) {
    const ProblemTrace t = trace_of(image(1, 8, 32), "missing_barrier");
    EXPECT_EQ(kinds(t), "race");
    const int64_t begin = stage_begin(t);
    const sim::TraceFault& write_after_read = first(t, Kind::race, AccessKind::store);
    expect_at(write_after_read, {0, 32, begin + 34 * 4});
    EXPECT_EQ(write_after_read.other_thread, 0);
    EXPECT_EQ(write_after_read.other_access, AccessKind::load);
    const sim::TraceFault& read_after_write = first(t, Kind::race, AccessKind::load);
    expect_at(read_after_write, {0, 0, begin + 4});
    EXPECT_EQ(read_after_write.other_thread, 1);
    EXPECT_EQ(read_after_write.other_access, AccessKind::store);
    EXPECT_EQ(read_after_write.other_offset, write_after_read.offset);
    EXPECT_EQ(t.output_faults.unwritten, 0);
}

// Two channels of one tile. Warp 0 sums up the first channel from rows 0 … 2 and goes on to load rows 0 and 8
// of the second. Thread 0 writes cell (0, 32), which threads 30 and 31 have read since the barrier; row 8 is
// read after that by warp 6, whose thread 192 wants cell (8, 0).
TEST(Gallery, EarlyOverwriteRacesWithSlowWarps) {
    const ProblemTrace t = trace_of(image(2, 8, 32), "early_overwrite");
    EXPECT_EQ(kinds(t), "race");
    const int64_t begin = stage_begin(t);
    const sim::TraceFault& write_after_read = first(t, Kind::race, AccessKind::store);
    expect_at(write_after_read, {0, 0, begin + 32 * 4});
    EXPECT_TRUE(write_after_read.other_thread == 30 || write_after_read.other_thread == 31);
    const sim::TraceFault& read_after_write = first(t, Kind::race, AccessKind::load);
    expect_at(read_after_write, {0, 192, begin + 8 * 34 * 4});
    EXPECT_EQ(read_after_write.other_thread, 0);
    // A single channel has nothing to overwrite.
    EXPECT_EQ(trace_of(image(1, 8, 32), "early_overwrite").fault_count, 0);
}

// 14×14 outputs of one block: the 196 threads that have one wait for the 60 that have none.
TEST(Gallery, BarrierInBranchIsNotReachedByAll) {
    const ProblemTrace t = trace_of(image(1, 14, 14), "barrier_in_branch");
    EXPECT_EQ(kinds(t), "stuck");
    EXPECT_EQ(count_of(t, Kind::stuck), 1);
    EXPECT_EQ(t.output_faults.unwritten, 14 * 14);
    ASSERT_FALSE(t.faults.empty());
    EXPECT_NE(t.faults[0].sentence.find("threads 0–13, 16–29"), std::string::npos) << t.faults[0].sentence;
    EXPECT_NE(t.faults[0].sentence.find("__syncthreads()"), std::string::npos);
}

// 28×28 in 2×2 blocks of 16×16 inputs, whose first lies at (−1, −1). In blocks 0, 1 and 2 thread 0 is
// padding, and thread 17, (1, 1), is the first of block 0 that is not. In block 3 it is the other way round:
// thread 15 is the first that lies behind the row, at column 13 + 15.
TEST(Gallery, SplitBarrierIsMetInTwoPlaces) {
    const ProblemTrace t = trace_of(image(1, 28, 28), "split_barrier");
    EXPECT_EQ(kinds(t), "stuck");
    ASSERT_EQ(t.faults.size(), 2u);
    EXPECT_EQ((std::pair{t.faults[0].block, t.faults[0].thread}), (std::pair<int64_t, int>{0, 17}));
    EXPECT_EQ((std::pair{t.faults[1].block, t.faults[1].thread}), (std::pair<int64_t, int>{3, 15}));
    EXPECT_EQ(t.faults[0].count, 3);
    EXPECT_EQ(t.faults[1].count, 1);
    for (const sim::TraceFault& fault : t.faults) EXPECT_EQ(fault.other_thread, 0);
    EXPECT_EQ(t.faults[0].offset, t.faults[1].other_offset);
    EXPECT_EQ(t.output_faults.unwritten, 0);
}

// All nine taps of all 256 threads read cells whose copies have not landed.
TEST(Gallery, EarlyReadFindsCopiesUnderWay) {
    const ProblemTrace t = trace_of(image(1, 8, 32), "early_read");
    EXPECT_EQ(kinds(t), "uninitialised");
    EXPECT_EQ(count_of(t, Kind::uninitialised), 9 * 256);
    EXPECT_EQ(first(t, Kind::uninitialised, AccessKind::load).thread, 0);
}

// The problem of the lessons, by some of its blocks. What only a whole grid shows (skipped_outputs,
// double_write) is worked out above.
TEST(Gallery, FaultsShowOnAPhotographToo) {
    const Problem edges = image(3, 512, 512);
    for (const auto& [kernel, kind] : {std::pair{"missing_guard", Kind::outside},
                                       {"missing_tail_guard", Kind::outside},
                                       {"misaligned_vectors", Kind::misaligned},
                                       {"wrong_halo", Kind::uninitialised},
                                       {"shared_overrun", Kind::outside},
                                       {"missing_barrier", Kind::race},
                                       {"early_overwrite", Kind::race},
                                       {"barrier_in_branch", Kind::stuck},
                                       {"split_barrier", Kind::stuck},
                                       {"early_read", Kind::uninitialised}})
        EXPECT_GT(count_of(trace_of(edges, kernel, gallery, 4), kind), 0) << kernel;
}

// The line of a fault, and of the access that it is in conflict with.
TEST(Gallery, FaultsNameTheirLines) {
#ifndef CONVSCOPE_HAVE_LIBDW
    GTEST_SKIP() << "this build lacks libdw, which knows the lines";
#endif
    struct Line {
        const char* kernel;
        const char* text;
        const char* other = "";
    };
    constexpr const char* add = "stage[row_in_tile + i][column_in_tile + j]";
    for (const Line& line : {Line{"missing_guard", "in_plane[row * s.width.input + column]"},
                             {"missing_tail_guard", "= sum;"},
                             {"double_write", "output[(plane", "output[(plane"},
                             {"misaligned_vectors", "reinterpret_cast<const float4*>"},
                             {"wrong_halo", add},
                             {"shared_overrun", "stage[r * stage_columns + c] ="},
                             {"missing_barrier", add, "stage[r][c] ="},
                             {"early_overwrite", "stage[r][c] =", add},
                             {"barrier_in_branch", "__syncthreads();"},
                             {"split_barrier", "__syncthreads();", "__syncthreads();"},
                             {"early_read", add}}) {
        const Problem problem = image(2, 20, 60);
        const xray::CountsPtr counts =
            xray::KernelXray(CONVSCOPE_MODULES, problem, line.kernel).counts(CancelToken());
        ASSERT_FALSE(counts->faults.empty()) << line.kernel;
        const xray::Fault& fault = counts->faults[0];
        const std::string text = text_of(fault.places, line.kernel);
        EXPECT_NE(text.find(line.text), std::string::npos) << line.kernel << ": " << text;
        const std::string other = text_of(fault.other_places, line.kernel);
        EXPECT_NE(other.find(line.other), std::string::npos) << line.kernel << ": " << other;
    }
}

TEST(Gallery, ItsKernelsStandApartFromTheRealOnes) {
    const std::string folder = CONVSCOPE_MODULES;
    const LoadedModule broken(folder + "/gallery_traced.so"), untraced(folder + "/gallery_sim.so");
    const LoadedModule real(folder + "/traced.so");
    EXPECT_EQ(broken.kernels().kernels.size(), 16u);
    ASSERT_EQ(broken.kernels().kernels.size(), untraced.kernels().kernels.size());
    for (size_t i = 0; i < broken.kernels().kernels.size(); ++i) {
        const KernelEntry& entry = broken.kernels().kernels[i];
        EXPECT_STREQ(entry.info.name, untraced.kernels().kernels[i].info.name);
        EXPECT_EQ(real.find(entry.info.op, entry.info.name), nullptr) << entry.info.name;
        EXPECT_TRUE(
            std::filesystem::exists(CONVSCOPE_SOURCE_DIR "/kernels/" + std::string(entry.info.source_file)));
        const Problem edges = image(3, 512, 512, entry.info.op);
        ASSERT_TRUE(entry.supports(edges)) << entry.info.name;
        // One launch each: what is broken stands in the text that is looked at.
        EXPECT_EQ(entry.plan(edges).steps.size(), 1u) << entry.info.name;
    }
    EXPECT_EQ(real.find(Operator::conv2d, "shared_tile")->info.op, Operator::conv2d);
}

// Every operator's kernels are traced by kernels_faults_test.
TEST(Gallery, OurOwnKernelsAreWithoutFaultOnTheSameProblems) {
    const LoadedModule real(std::string(CONVSCOPE_MODULES) + "/traced.so");
    std::set<std::pair<Operator, std::string>> traced;
    for (const Operator op : both)
        for (const Problem& problem : {image(1, 16, 64, op), image(1, 20, 30, op), image(2, 50, 40, op),
                                       image(1, 8, 128, op), image(2, 8, 32, op), image(1, 28, 28, op)})
            for (const KernelEntry& entry : real.kernels().kernels) {
                if (entry.info.op != op || !entry.supports(problem)) continue;
                const ProblemTrace t = trace_of(problem, entry.info.name, "traced");
                EXPECT_EQ(t.fault_count, 0) << entry.info.name << ": " << t.faults[0].sentence;
                traced.emplace(op, entry.info.name);
            }
    EXPECT_EQ(traced.size(), 3u + 9u);  // of 10 for conv2d, pointwise has no 3×3 windows
}

}  // namespace
}  // namespace convscope
