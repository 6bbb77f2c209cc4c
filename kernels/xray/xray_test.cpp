// What an X-ray tells of real kernels.
#include "xray/xray.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <set>
#include <thread>

#include "core/text.h"
#include "xray/binding.h"
#include "xray/elf_symbols.h"
#include "xray/xray_test_problems.h"

namespace convscope::xray {
namespace {

std::string text_of(const SourcePlace& place) {
    return source_text(modules, place.file).at(static_cast<size_t>(place.line - 1));
}

// The sentence with which `act` fails, which must be of that kind.
template <class Act>
std::string failure(ErrorKind kind, const Act& act) {
    try {
        act();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), kind) << error.what();
        return error.what();
    }
    ADD_FAILURE() << "it does not fail";
    return "";
}

bool gallery_is_there() {
    return std::filesystem::exists(modules + "/gallery_traced.so");
}

TEST(XrayNames, FunctionsLoseResultAndParameters) {
    EXPECT_EQ(function_name("_ZN9convscope6conv2d5naive12conv2d_naiveENS_9ConvSizesEPKfS4_S4_Pf"),
              "convscope::conv2d::naive::conv2d_naive");
    EXPECT_EQ(function_name("_ZN1a1fILi2ELb1EEEvPKf"), "a::f<2, true>");
    EXPECT_EQ(function_name("_ZN12_GLOBAL__N_11gEi"), "(anonymous namespace)::g");
    EXPECT_EQ(function_name("main"), "main");
}

TEST(XrayNames, VariablesLoseWhatTheyStandIn) {
    EXPECT_EQ(variable_name("_ZZN1a1fEPKfE4tile"), "tile");
    EXPECT_EQ(variable_name("_ZZN1a1fILi2EEEvPKfE5stage_0"), "stage");
    EXPECT_EQ(variable_name("words"), "words");
}

TEST(Xray, ThePlaceOfAStoreIsItsLine) {
#ifndef CONVSCOPE_HAVE_LIBDW
    GTEST_SKIP() << "this build has no libdw";
#endif
    KernelXray xray(modules, Problem(image(16, 16, 3, 1)), "naive");
    const CountsPtr counts = xray.counts({});
    ASSERT_EQ(counts->steps.size(), 1u);
    EXPECT_EQ(counts->steps[0].facts.function, "convscope::conv2d::naive::conv2d_naive");
    EXPECT_EQ(counts->fault_count, 0);
    int stores = 0;
    for (const Instruction& instruction : counts->steps[0].instructions) {
        ASSERT_FALSE(instruction.places.empty());
        EXPECT_EQ(instruction.places.back().file, "conv2d/naive.cu");
        EXPECT_EQ(instruction.places.back().function, "conv2d_naive");
        if (instruction.counts.kind != sim::AccessKind::store) continue;
        ++stores;
        EXPECT_NE(text_of(instruction.places[0]).find("output[element] = sum"), std::string::npos);
    }
    EXPECT_EQ(stores, 1);
}

// A line of an inlined function, the lines that call it, and the kernel.
TEST(Xray, InlinedHelpersGiveChainsThatEndInTheKernel) {
#ifndef CONVSCOPE_HAVE_LIBDW
    GTEST_SKIP() << "this build has no libdw";
#endif
    ProblemSpec spec = image(12, 12, 3, 1);
    spec.in_channels = 4;
    KernelXray xray(modules, Problem(spec), "implicit_gemm");
    const BlockXrayPtr block = xray.block(xray.main_step(), 0, {});
    int chains = 0;
    for (const Instruction& instruction : block->instructions) {
        const std::vector<SourcePlace>& places = instruction.places;
        ASSERT_FALSE(places.empty());
        if (places[0].function != "multiply") continue;
        ++chains;
        ASSERT_GE(places.size(), 3u);
        EXPECT_EQ(places[0].file, "common/gemm_tiles.h");
        EXPECT_NE(text_of(places[1]).find("multiply("), std::string::npos) << text_of(places[1]);
        EXPECT_EQ(places.back().file, "conv2d/implicit_gemm.cu");
        EXPECT_NE(block->facts.function.find("::" + places.back().function + "<"), std::string::npos);
        EXPECT_EQ(block->places(instruction.counts.offset), places);
    }
    EXPECT_GE(chains, 2);  // inputs and weights
    EXPECT_EQ(files_of(block->instructions)[0], "conv2d/implicit_gemm.cu");
    EXPECT_TRUE(block->places(1).empty());
}

// A window keeps the names while modules come and go.
TEST(KernelNames, OutliveTheirModules) {
    std::vector<KernelName> names = kernels(modules, Operator::conv2d);
    const std::vector<KernelName> others = kernels(modules, Operator::depthwise_conv2d);
    const auto model_of = [](const std::vector<KernelName>& all, const std::string& name) {
        const auto at = std::ranges::find(all, name, &KernelName::name);
        return at == all.end() ? std::string("none") : std::string(at->error.name);
    };
    EXPECT_EQ(model_of(names, "implicit_gemm_tf32"), "tf32");
    EXPECT_EQ(model_of(names, "naive"), "float32");
    EXPECT_EQ(model_of(others, "missing_guard"), "float32");
}

// Every kernel: names, places, and the blocks of the main step add up to its counts.
TEST(Xray, BlocksAddUpToCountsInEveryKernel) {
    int looked_at = 0;
    for (const OperatorFacts& op : operators())
        for (const KernelName& name : kernels(modules, op.op)) {
            if (name.broken_on_purpose) continue;
            KernelXray xray(modules, small_problem(op, name.name), name.name);
            const CountsPtr counts = xray.counts({});
            EXPECT_EQ(counts->fault_count, 0) << op.name << " " << name.name;
            const StepCounts& step = counts->steps[static_cast<size_t>(xray.main_step())];
            EXPECT_EQ(step.facts.function.rfind("convscope::", 0), 0u) << step.facts.label;
            EXPECT_EQ(step.facts.function.find('('), std::string::npos) << step.facts.function;
            sim::TraceTotals sum;
            int64_t requests = 0;
            for (int64_t number = 0; number < step.facts.grid.count(); ++number) {
                const BlockXrayPtr block = xray.block(xray.main_step(), number, {});
                EXPECT_FALSE(block->records_cut);
                for (const sim::TraceRecord& record : block->records)
                    requests += record.what == sim::TraceRecord::What::request;
                sum += block->totals;
            }
            EXPECT_EQ(sum, step.totals) << op.name << " " << name.name;
            for (const Instruction& instruction : step.instructions) {
                requests -= instruction.counts.requests;
#ifdef CONVSCOPE_HAVE_LIBDW
                ASSERT_FALSE(instruction.places.empty()) << op.name << " " << name.name;
                EXPECT_EQ(instruction.places[0].file.find("cuda_cpp"), std::string::npos);
#endif
            }
            EXPECT_EQ(requests, 0) << op.name << " " << name.name;
            ++looked_at;
        }
    EXPECT_GE(looked_at, 30);
}

TEST(Xray, LinesAddUpToTheTotals) {
#ifndef CONVSCOPE_HAVE_LIBDW
    GTEST_SKIP() << "this build has no libdw";
#endif
    KernelXray xray(modules, Problem(image(32, 32, 3, 1)), "shared_tile");
    const CountsPtr counts = xray.counts({});
    const sim::TraceTotals& totals = counts->totals;
    LineCounts sum;
    for (const LineCounts& line : line_counts(counts->steps[0].instructions, "conv2d/shared_tile.cu")) {
        EXPECT_GT(line.line, 0);
        sum.load_requests += line.load_requests;
        sum.load_sectors += line.load_sectors;
        sum.load_sectors_ideal += line.load_sectors_ideal;
        sum.load_bytes += line.load_bytes;
        sum.store_requests += line.store_requests;
        sum.store_bytes += line.store_bytes;
        sum.shared_requests += line.shared_requests;
        sum.shared_conflicts += line.shared_conflicts;
        sum.barriers += line.barriers;
        if (line.barriers > 0) {
            EXPECT_EQ(line.barriers, totals.threads / 256);  // each block meets at both once
            EXPECT_NE(text_of({"conv2d/shared_tile.cu", line.line, ""}).find("__syncthreads()"),
                      std::string::npos);
        }
    }
    EXPECT_GT(totals.shared_conflicts, 0);  // rows of 18 words
    EXPECT_EQ(sum.load_requests, totals.load_requests);
    EXPECT_EQ(sum.load_sectors, totals.load_sectors);
    EXPECT_EQ(sum.load_sectors_ideal, totals.load_sectors_ideal);
    EXPECT_EQ(sum.load_bytes, totals.load_bytes);
    EXPECT_EQ(sum.store_requests, totals.store_requests);
    EXPECT_EQ(sum.store_bytes, totals.store_bytes);
    EXPECT_EQ(sum.shared_requests, totals.shared_requests);
    EXPECT_EQ(sum.shared_conflicts, totals.shared_conflicts);
    EXPECT_EQ(sum.barriers, totals.barriers);
}

// What lane 0 of warp 0, which computes output (0, 0), finds in shared memory, in order: its window.
std::vector<int64_t> copies_of_lane_0(const BlockXray& block, const std::string& array) {
    std::vector<int64_t> found;
    for (const sim::TraceRecord& record : block.records)
        if (record.what == sim::TraceRecord::What::request && record.warp == 0 && (record.lanes & 1u) != 0 &&
            record.kind == sim::AccessKind::load && record.space == sim::MemorySpace::shared &&
            record.copy_array[0] >= 0 &&
            block.arrays[static_cast<size_t>(record.copy_array[0])].name == array)
            found.push_back(record.copy_element[0]);
    return found;
}

TEST(Xray, NumberedElementsAreKnownInSharedMemory) {
    KernelXray xray(modules, Problem(image(18, 18, 3, 0)), "shared_tile");
    const BlockXrayPtr block = xray.block(0, 0, {});
    EXPECT_EQ(copies_of_lane_0(*block, "input"), (std::vector<int64_t>{0, 1, 2, 18, 19, 20, 36, 37, 38}));
    EXPECT_EQ(copies_of_lane_0(*block, "weights"), (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8}));
    ASSERT_EQ(block->shared.size(), 1u);
    EXPECT_EQ(block->shared[0].name, "dynamic");
    EXPECT_EQ(block->shared[0].begin + block->shared[0].bytes, block->shared_bytes);

    const CountsPtr counts = xray.counts({});
    const sim::ArrayTrace& input = counts->arrays[0];
    EXPECT_EQ(input.element_shared_reads[0], 1u);           // a corner lies in one window
    EXPECT_EQ(input.element_shared_reads[9 * 18 + 9], 9u);  // the middle in nine
    EXPECT_EQ(input.shared_reads, 16 * 16 * 9);
    EXPECT_EQ(input.element_reads[9 * 18 + 9], 1u);
}

// The first step packs the weights and says where each row's taps are; it runs untraced, and the block finds
// the weights in what it made.
TEST(Xray, TheStepsBeforeABlockHaveRun) {
    ProblemSpec spec = image(12, 12, 3, 1);
    spec.in_channels = 2;
    spec.out_channels = 8;
    KernelXray xray(modules, Problem(spec), "implicit_gemm");
    ASSERT_EQ(xray.main_step(), 1);
    const BlockXrayPtr block = xray.block(1, 0, {});
    std::set<int64_t> weights, inputs;
    for (const sim::TraceRecord& record : block->records)
        for (size_t lane = 0; lane < 32; ++lane) {
            if ((record.lanes >> lane & 1u) == 0 || record.copy_array[lane] < 0) continue;
            const std::string& name = block->arrays[static_cast<size_t>(record.copy_array[lane])].name;
            if (name == "weights") weights.insert(record.copy_element[lane]);
            if (name == "input") inputs.insert(record.copy_element[lane]);
        }
    EXPECT_GE(weights.size(), 36u);  // of 144; of a vector of four, the first
    // 128 outputs: 10 rows and two thirds of the eleventh, whose windows reach rows 0 to 11 of both channels.
    EXPECT_EQ(*inputs.begin(), 0);
    EXPECT_GT(inputs.size(), 2u * 11 * 12);
    EXPECT_EQ(block->faults.size(), 0u);
}

TEST(Xray, ArraysAndStepsAreNamed) {
    ProblemSpec spec = image(8, 9, 3, 1);
    spec.batch = 2;
    spec.bias = true;
    KernelXray xray(modules, Problem(spec), "implicit_gemm");
    ASSERT_EQ(xray.steps().size(), 2u);
    EXPECT_TRUE(xray.steps()[0].prepares_weights);
    EXPECT_EQ(xray.kernel().source_file, "conv2d/implicit_gemm.cu");
    ASSERT_EQ(xray.arrays().size(), 6u);
    EXPECT_EQ(xray.arrays()[0].name, "input");
    EXPECT_EQ(xray.arrays()[0].shape, (Shape{2, 1, 8, 9}));
    EXPECT_EQ(xray.arrays()[2].name, "bias");
    EXPECT_EQ(xray.arrays()[3].role, BufferRole::output);
    EXPECT_EQ(xray.arrays()[3].elements, 144);
    EXPECT_EQ(xray.arrays()[4].shape, (Shape{xray.arrays()[4].elements}));
}

TEST(Xray, SharedArraysHaveTheirNamesAndSizes) {
    if (!gallery_is_there()) GTEST_SKIP() << "this build has no gallery";
    ProblemSpec spec = image(64, 64, 3, 0);
    spec.op = Operator::depthwise_conv2d;
    KernelXray xray(modules, Problem(spec), "missing_barrier");
    EXPECT_TRUE(xray.kernel().broken_on_purpose);
    const BlockXrayPtr block = xray.block(0, 0, {});
    ASSERT_EQ(block->shared.size(), 1u);
    EXPECT_EQ(block->shared[0].name, "stage");
    EXPECT_EQ(block->shared[0].bytes, 10 * 34 * 4);
#ifdef CONVSCOPE_HAVE_LIBDW
    EXPECT_EQ(block->shared[0].sizes, (std::vector<int64_t>{10, 34}));
#endif
}

// An access beside them is outside, also where another kernel's array is.
TEST(Xray, AKernelHasItsOwnSharedArraysOnly) {
    if (!gallery_is_there()) GTEST_SKIP() << "this build has no gallery";
#ifndef CONVSCOPE_HAVE_LIBDW
    GTEST_SKIP() << "this build has no libdw";
#endif
    ProblemSpec spec = image(64, 64, 3, 0);
    spec.op = Operator::depthwise_conv2d;
    const Binding binding(modules, Problem(spec), "missing_barrier");
    const auto arrays = binding.text().declared_shared_arrays(binding.function_offset(0));
    ASSERT_EQ(arrays.size(), 1u);
    EXPECT_EQ(arrays[0].name, "stage");
    EXPECT_EQ(arrays[0].bytes, 10 * 34 * 4);
}

TEST(Xray, OutputsThatNothingWritesAreOneFault) {
    if (!gallery_is_there()) GTEST_SKIP() << "this build has no gallery";
    ProblemSpec spec = image(40, 40, 3, 1);
    spec.op = Operator::depthwise_conv2d;
    KernelXray xray(modules, Problem(spec), "skipped_outputs");
    const CountsPtr counts = xray.counts({});
    const auto found = std::find_if(counts->faults.begin(), counts->faults.end(), [](const Fault& fault) {
        return fault.fault.kind == sim::TraceFault::Kind::never_written;
    });
    ASSERT_NE(found, counts->faults.end());
    int64_t missing = 0, first = -1;
    const std::vector<uint32_t>& writes =
        counts->arrays[static_cast<size_t>(found->fault.array)].element_writes;
    for (size_t element = 0; element < writes.size(); ++element)
        if (writes[element] == 0) {
            ++missing;
            if (first < 0) first = static_cast<int64_t>(element);
        }
    EXPECT_GT(missing, 0);
    EXPECT_EQ(found->fault.count, missing);
    EXPECT_EQ(found->fault.place, first * 4);
    EXPECT_NE(found->fault.sentence.find(cat("the first is ", first)), std::string::npos)
        << found->fault.sentence;
}

TEST(Xray, WrongRequestsAreOneSentence) {
    const Problem problem(image(16, 16, 3, 1));
    EXPECT_NE(failure(ErrorKind::request, [&] { KernelXray(modules, problem, "magic"); })
                  .find("there is no kernel 'magic' for conv2d to look through; strided, naive"),
              std::string::npos);
    EXPECT_NE(failure(ErrorKind::request, [&] { KernelXray(modules, problem, "pointwise"); })
                  .find("pointwise cannot do this problem"),
              std::string::npos);
    failure(ErrorKind::device_missing, [&] { KernelXray("/nowhere", problem, "naive"); });
    failure(ErrorKind::device_missing, [&] { kernels("/nowhere", Operator::conv2d); });
    KernelXray xray(modules, problem, "naive");
    EXPECT_EQ(failure(ErrorKind::request, [&] { xray.block(1, 0, {}); }),
              "naive has no step 1; 0 to 0 is allowed");
    EXPECT_EQ(failure(ErrorKind::request, [&] { xray.block(0, 1, {}); }),
              "the grid of 'conv2d naive' has no block 1; 0 to 0 is allowed");
    failure(ErrorKind::request, [&] { xray.block(0, -1, {}); });
    EXPECT_NE(failure(ErrorKind::failed, [&] { source_text(modules, "conv2d/magic.cu"); })
                  .find("the text of conv2d/magic.cu is not there"),
              std::string::npos);
    failure(ErrorKind::failed, [&] { source_text(modules, "../traced.so"); });
}

// Stride 3 and a window of 2 leave holes that only the filling step writes; 46 wide, 2 channels. Its grid has
// more blocks than the scattering one's, and a thread there is not one of the main step's.
TEST(Xray, WritersAreThoseOfTheMainStep) {
    ProblemSpec spec;
    spec.op = Operator::conv_transpose2d;
    spec.in_channels = spec.out_channels.emplace(2);
    spec.input = {1, 16, 16};
    spec.kernel_size = {1, 2, 2};
    spec.stride = {1, 3, 3};
    KernelXray xray(modules, Problem(spec), "scatter");
    const CountsPtr counts = xray.counts({});
    const int64_t threads = xray.steps()[static_cast<size_t>(xray.main_step())].grid.count() *
                            xray.steps()[static_cast<size_t>(xray.main_step())].block.count();
    const auto& output = *std::ranges::find(counts->arrays, BufferRole::output, &sim::ArrayTrace::role);
    ASSERT_EQ(output.element_writer.size(), output.element_writes.size());
    EXPECT_EQ(output.element_writer[2], -1);  // a hole
    EXPECT_EQ(output.element_writes[2], 1u);
    EXPECT_GE(output.element_writer[0], 0);
    for (const int64_t writer : output.element_writer) EXPECT_LT(writer, threads);
}

TEST(Xray, ACancelledCountStopsSoonAndCanBeRepeated) {
    ProblemSpec spec = image(512, 512, 7, 3);
    spec.in_channels = 16;
    spec.out_channels = 16;
    KernelXray xray(modules, Problem(spec), "implicit_gemm");
    CancelToken cancel;
    std::chrono::steady_clock::time_point cancelled_at;
    std::atomic<bool> over{false};
    std::thread canceller([&] {
        while (cancel.share() < 0.5 && !over) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        cancelled_at = std::chrono::steady_clock::now();
        cancel.cancel();
    });
    failure(ErrorKind::cancelled, [&] { xray.counts(cancel); });
    over = true;
    canceller.join();
    const std::chrono::duration<double> late = std::chrono::steady_clock::now() - cancelled_at;
    EXPECT_LT(late.count(), 3);
    failure(ErrorKind::cancelled, [&] { xray.block(1, 0, cancel); });
    const BlockXrayPtr block = xray.block(1, 0, {});
    EXPECT_EQ(block->faults.size(), 0u);
    EXPECT_GT(block->totals.shared_requests, 0);
}

}  // namespace
}  // namespace convscope::xray
