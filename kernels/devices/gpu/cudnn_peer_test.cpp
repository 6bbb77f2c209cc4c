// The peers' rows, answers and choices, over stand-ins for CUDA and cuDNN.
#include <algorithm>
#include <set>

#include "core/case.h"
#include "devices/gpu/cudnn_peer.h"
#include "devices/gpu/gpu_test_bench.h"
#include "devices/gpu/stand_in_cudnn.h"
#include "reference/verification.h"

namespace convscope {
namespace {

class CudnnTest : public GpuTest {
  protected:
    CudnnTest() { cudnn = StandInCudnn::library(); }
    void TearDown() override {
        GpuTest::TearDown();
        EXPECT_EQ(dnn.owned(), 0);
    }

    std::vector<StandInCudnn::Run> runs_of(const char* kernel) {
        const auto execution = gpu().prepare(problem, tensors, kernel, cancel);
        const size_t before = dnn.runs().size();
        execution->run(cancel, faults);
        return {dnn.runs().begin() + static_cast<long>(before), dnn.runs().end()};
    }

    StandInCudnn dnn{cuda};
};

KernelFacts row(Device& device, Operator op, const std::string& name) {
    for (const KernelFacts& each : device.kernels(op))
        if (each.name == name) return each;
    ADD_FAILURE() << "no row " << name;
    return {};
}

TEST_F(CudnnTest, ArePeersAndNeverTheDefault) {
    for (const OperatorFacts& of : operators()) {
        for (const char* name : {"cudnn", "cudnn_tf32"}) {
            const KernelFacts facts = row(gpu(), of.op, name);
            EXPECT_TRUE(facts.peer);
            EXPECT_EQ(facts.source_file, "");
            EXPECT_EQ(facts.repeatable, !of.transposed);
        }
        EXPECT_EQ(std::string(row(gpu(), of.op, "cudnn").error.name), "float32");
        EXPECT_EQ(std::string(row(gpu(), of.op, "cudnn_tf32").error.name), "tf32");
    }
    EXPECT_FALSE(CudnnPeer::is_name(gpu().default_kernel(problem)));
}

TEST_F(CudnnTest, WithoutTheLibraryThereAreNoRows) {
    cudnn = nullptr;
    for (const KernelFacts& each : gpu().kernels(Operator::conv2d)) EXPECT_FALSE(each.peer);
    EXPECT_NE(gpu().supports(problem, "cudnn").why_not.find("there is no kernel 'cudnn'"), std::string::npos);
    EXPECT_THROW(gpu().prepare(problem, tensors, "cudnn", cancel), Error);
}

bool output_padding_reaches_stride(const Problem& problem) {
    bool reaches = false;
    for (size_t axis = 0; axis < 3; ++axis)
        reaches |= problem.output_padding()[axis] >= problem.stride()[axis];
    return reaches;
}

// All cases of every operator, by both arithmetics, against answers that PyTorch gave in float64.
TEST_F(CudnnTest, EqualsTheCases) {
    int ran = 0;
    for (const std::string& folder : find_cases(std::string(CONVSCOPE_SOURCE_DIR) + "/tests/cases")) {
        const Case each = read_case(folder);
        const Reference whole = reference_whole(each.problem, each.tensors);
        for (const char* name : {"cudnn", "cudnn_tf32"}) {
            const Support support = gpu().supports(each.problem, name);
            EXPECT_EQ(bool(support), !output_padding_reaches_stride(each.problem))
                << each.name << ": " << support.why_not;
            if (!support) continue;
            Reference expected = whole;
            expected.values.assign(each.expected.values.begin(), each.expected.values.end());
            const OutputPtr output =
                gpu().prepare(each.problem, each.tensors, name, cancel)->run(cancel, faults);
            const Verification judged =
                judge(each.problem, expected, values(*output), row(gpu(), each.problem.op(), name).error);
            EXPECT_EQ(judged.state, Verification::State::verified)
                << each.name << " " << name << ": " << judged.reason;
            EXPECT_EQ(faults.unwritten + faults.written_outside, 0) << each.name << " " << name;
            ++ran;
        }
    }
    EXPECT_EQ(ran, 2 * (120 - 9));
}

TEST_F(CudnnTest, IntegersAreExact) {
    for (const OperatorFacts& of : operators()) {
        ProblemSpec spec;
        spec.op = of.op;
        spec.batch = 2;
        spec.in_channels = 4;
        spec.out_channels = 8;
        spec.bias = true;
        spec.input = {of.spatial_axes == 3 ? 4 : 1, 6, 7};
        spec.kernel_size = {of.spatial_axes == 3 ? 2 : 1, 3, 2};
        spec.stride = {1, 2, 1};
        if (of.op == Operator::conv2d || of.transposed) spec.groups = 2;
        const Problem each(spec);
        const Tensors with = make_tensors(each, Fill::integers, Fill::integers, 3);
        const Reference reference = reference_whole(each, with);
        for (const char* name : {"cudnn", "cudnn_tf32"}) {
            const OutputPtr output = gpu().prepare(each, with, name, cancel)->run(cancel, faults);
            EXPECT_EQ(judge_exact(each, reference, values(*output)).state, Verification::State::verified)
                << of.name << " " << name;
        }
    }
}

TEST_F(CudnnTest, KeepsTheFastestAlgorithmOfItsArithmetic) {
    const StandInCudnn::Run expected{false, cudnn::implicit_precomputed_gemm, cudnn::fma_math};
    EXPECT_EQ(runs_of("cudnn"), std::vector{expected});
    for (const StandInCudnn::Run& run : dnn.runs()) EXPECT_EQ(run.math, cudnn::fma_math);
    EXPECT_EQ(runs_of("cudnn_tf32").at(0).math, cudnn::default_math);
}

TEST_F(CudnnTest, WhereFloat32IsFasterTheRowWithTf32TakesIt) {
    dnn.tf32_share = 2;
    const StandInCudnn::Run expected{false, cudnn::implicit_precomputed_gemm, cudnn::fma_math};
    EXPECT_EQ(runs_of("cudnn_tf32"), std::vector{expected});
}

TEST_F(CudnnTest, AlgorithmsThatRefuseAreLeftOut) {
    dnn.refused_when_asked = {cudnn::implicit_precomputed_gemm};
    dnn.refused_when_run = {cudnn::gemm};
    EXPECT_EQ(runs_of("cudnn").at(0).algorithm, cudnn::implicit_gemm);
}

TEST_F(CudnnTest, AnAlgorithmThatFailsIsLeftOutAndNamed) {
    dnn.fail_call_of("forward", 1, 4000);
    const auto execution = gpu().prepare(problem, tensors, "cudnn", cancel);
    EXPECT_EQ(execution->plan_text(),
              "cuDNN 9.19.0: implicit GEMM with precomputed indices in float32, workspace 4.1 kB\n"
              "left out: cuDNN failed to run its implicit GEMM in float32: STAND_IN_STATUS (4000)");
}

TEST_F(CudnnTest, AWorkspaceThatDoesNotFitIsLeftOut) {
    dnn.forward_ms = {0.4, 0.3, 0.1};
    dnn.workspace_bytes = {0, 1 << 10, size_t{1} << 40};
    EXPECT_EQ(runs_of("cudnn").at(0).algorithm, cudnn::implicit_precomputed_gemm);
}

TEST_F(CudnnTest, SaysWhatWorkspaceEveryAlgorithmLacks) {
    dnn.workspace_bytes = {size_t{1} << 40, size_t{1} << 40, size_t{1} << 40};
    try {
        gpu().prepare(problem, tensors, "cudnn", cancel);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::request);
        EXPECT_NE(std::string(error.what()).find("needs a workspace of 1.1 TB"), std::string::npos)
            << error.what();
    }
}

TEST_F(CudnnTest, TheSameProblemIsNotSearchedAgain) {
    const auto first = gpu().prepare(problem, tensors, "cudnn", cancel);
    const size_t searched = dnn.runs().size();
    EXPECT_GT(searched, 3U);
    EXPECT_GT(first->prepare_ms(), 0);
    const auto second = gpu().prepare(problem, tensors, "cudnn", cancel);
    EXPECT_EQ(dnn.runs().size(), searched);
    EXPECT_EQ(second->prepare_ms(), first->prepare_ms());
    EXPECT_EQ(second->plan_text(), first->plan_text());
    EXPECT_EQ(first->plan_text(),
              "cuDNN 9.19.0: implicit GEMM with precomputed indices in float32, workspace 4.1 kB");
}

TEST_F(CudnnTest, IsTimedLikeAKernel) {
    const auto execution = gpu().prepare(problem, tensors, "cudnn", cancel);
    for (const bool cold : {false, true})
        for (const double sample : execution->time(3, cold, cancel)) EXPECT_NEAR(sample, 0.2, 1e-9);
}

TEST_F(CudnnTest, SeparableCountsItsDepthwiseResult) {
    ProblemSpec spec;
    spec.op = Operator::separable_conv2d;
    spec.in_channels = 3;
    spec.out_channels = 5;
    spec.input = {1, 8, 8};
    spec.kernel_size = {1, 3, 3};
    const Problem separable(spec);
    EXPECT_EQ(CudnnPeer::scratch_bytes(separable), 4.0 * 3 * 6 * 6);
    EXPECT_GT(gpu().bytes_needed(separable, "cudnn"), separable.minimal_bytes() + 4.0 * 3 * 6 * 6);
    EXPECT_EQ(CudnnPeer::scratch_bytes(problem), 0);
}

TEST_F(CudnnTest, RefusesWhatItsInterfaceCannotHold) {
    ProblemSpec spec;
    spec.in_channels = 1;
    spec.input = {1, 50000, 50000};
    EXPECT_EQ(gpu().supports(Problem(spec), "cudnn").why_not,
              "a tensor of cuDNN's holds at most 2147483647 elements; the input has more");
    ProblemSpec transposed;
    transposed.op = Operator::conv_transpose2d;
    transposed.input = {1, 4, 4};
    transposed.kernel_size = {1, 3, 3};
    transposed.dilation = {1, 2, 2};
    transposed.output_padding = {0, 1, 0};
    EXPECT_EQ(gpu().supports(Problem(transposed), "cudnn").why_not,
              "cuDNN needs output_padding below the stride; along height it is 1 with stride 1");
    EXPECT_EQ(dnn.calls(), 0);
}

TEST_F(CudnnTest, RefusesWithTheLibrarysWord) {
    dnn.refused_when_asked = {cudnn::implicit_gemm, cudnn::implicit_precomputed_gemm, cudnn::gemm};
    const std::string expected =
        "cuDNN refuses to compute this by any of its algorithms: STAND_IN_STATUS (3000)";
    EXPECT_EQ(gpu().supports(problem, "cudnn").why_not, expected);
    const int calls = dnn.calls();
    EXPECT_EQ(gpu().supports(problem, "cudnn").why_not, expected);
    EXPECT_EQ(dnn.calls(), calls);
}

TEST_F(CudnnTest, NoTf32BeforeCapability8) {
    cuda.capability_major = 7;
    EXPECT_EQ(gpu().supports(problem, "cudnn_tf32").why_not,
              "Stand-in 0 has compute capability 7.0; TF32 needs 8.0 and newer");
    EXPECT_TRUE(gpu().supports(problem, "cudnn"));
}

TEST_F(CudnnTest, AnExecutionOutlivesItsDevice) {
    const auto execution = gpu().prepare(problem, tensors, "cudnn", cancel);
    device.reset();
    EXPECT_NE(execution->run(cancel, faults), nullptr);
}

TEST(CudnnLibrary, SaysWhyThereIsNone) {
    std::string why_not;
    EXPECT_EQ(load_cudnn({"libconvscope_nowhere.so.9", "libconvscope_elsewhere.so"}, why_not), nullptr);
    EXPECT_EQ(why_not.rfind("cuDNN was not found: libconvscope_nowhere.so.9: ", 0), 0U) << why_not;
    EXPECT_EQ(load_cudnn({"libconvscope_nowhere.so.9", "libm.so.6"}, why_not), nullptr);
    EXPECT_EQ(why_not, "libm.so.6 is not cuDNN 9: it lacks cudnnGetVersion");
}

TEST(CudnnLibrary, TheEnvironmentNamesTheOnlyCandidate) {
    const char* before = std::getenv("CONVSCOPE_CUDNN");
    const std::string kept = before ? before : "";
    setenv("CONVSCOPE_CUDNN", "my/libcudnn.so", 1);
    EXPECT_EQ(cudnn_candidates(), std::vector<std::string>{"my/libcudnn.so"});
    unsetenv("CONVSCOPE_CUDNN");
    const std::vector<std::string> usual = cudnn_candidates();
    EXPECT_EQ(usual.at(0), "libcudnn.so.9");
    EXPECT_EQ(usual.at(1), "libcudnn.so");
    if (before) setenv("CONVSCOPE_CUDNN", kept.c_str(), 1);
}

// Where there is one: all its functions are found, and it says which it is.
TEST(CudnnLibrary, LoadsTheRealOne) {
    std::string why_not;
    const CudnnPtr library = find_cudnn(why_not);
    if (!library) GTEST_SKIP() << why_not;
    EXPECT_EQ(library->version.rfind("9.", 0), 0U) << library->version;
    EXPECT_EQ(std::string(library->functions.get_error_string(cudnn::not_supported)),
              "CUDNN_STATUS_NOT_SUPPORTED");
}

// Descriptors need no GPU: the real cuDNN takes ours, and our numbers mean to it what we mean.
TEST(CudnnLibrary, TheRealOneTakesOurDescriptors) {
    std::string why_not;
    const CudnnPtr library = find_cudnn(why_not);
    if (!library) GTEST_SKIP() << why_not;
    const cudnn::Functions& real = library->functions;
    const int sizes[]{2, 6, 5, 7, 9}, strides[]{1890, 315, 63, 9, 1}, ones[]{1, 1, 1};
    cudnn::Tensor tensor = nullptr;
    EXPECT_EQ(real.create_tensor(&tensor), cudnn::success);
    EXPECT_EQ(real.set_tensor(tensor, cudnn::data_float, 5, sizes, strides), cudnn::success);
    EXPECT_EQ(real.set_tensor(tensor, cudnn::data_float, 0, sizes, strides), cudnn::bad_parameter);
    EXPECT_EQ(real.destroy_tensor(tensor), cudnn::success);
    cudnn::Filter filter = nullptr;
    EXPECT_EQ(real.create_filter(&filter), cudnn::success);
    EXPECT_EQ(real.set_filter(filter, cudnn::data_float, cudnn::format_nchw, 5, sizes), cudnn::success);
    EXPECT_EQ(real.destroy_filter(filter), cudnn::success);
    cudnn::Convolution made = nullptr;
    EXPECT_EQ(real.create_convolution(&made), cudnn::success);
    EXPECT_EQ(real.set_convolution(made, 3, ones, ones, ones, cudnn::cross_correlation, cudnn::data_float),
              cudnn::success);
    EXPECT_EQ(real.set_groups(made, 3), cudnn::success);
    EXPECT_EQ(real.set_math(made, cudnn::default_math), cudnn::success);
    EXPECT_EQ(real.set_math(made, cudnn::fma_math), cudnn::success);
    EXPECT_EQ(real.set_math(made, 77), cudnn::bad_parameter);
    EXPECT_EQ(real.destroy_convolution(made), cudnn::success);
}

}  // namespace
}  // namespace convscope
