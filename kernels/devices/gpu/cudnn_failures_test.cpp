// What the peers do when cuDNN or CUDA fails: every call is failed once, in turn.
#include <algorithm>
#include <map>
#include <set>

#include "core/text.h"
#include "devices/gpu/gpu_test_bench.h"
#include "devices/gpu/stand_in_cudnn.h"

namespace convscope {
namespace {

constexpr cudnn::Status internal_error = 4000, execution_failed = 5000;

Problem small_separable() {
    ProblemSpec spec;
    spec.op = Operator::separable_conv2d;
    spec.in_channels = 2;
    spec.out_channels = 3;
    spec.bias = true;
    spec.input = {1, 5, 6};
    spec.kernel_size = {1, 3, 3};
    return Problem(spec);
}

Problem small_transposed() {
    ProblemSpec spec;
    spec.op = Operator::conv_transpose2d;
    spec.in_channels = 2;
    spec.out_channels = 3;
    spec.bias = true;
    spec.input = {1, 4, 5};
    spec.kernel_size = {1, 3, 3};
    return Problem(spec);
}

struct Outcome {
    std::string function;  // that failed; empty: fewer calls than n were made
    std::string sentence;  // of the error, or why the problem is not supported
    std::vector<std::string> mistakes;
    int owned = 0;
};

// What a person does with the peer. Returns why it cannot do the problem.
std::string use_peer(const Problem& problem, const Tensors& tensors) {
    std::vector<MissingDevice> missing;
    const auto devices =
        make_gpu_devices(StandInCuda::table(), sim_module(), missing, StandInCudnn::library());
    if (devices.empty()) return missing.at(0).reason;
    Device& gpu = *devices.front();
    if (const Support support = gpu.supports(problem, "cudnn_tf32"); !support) return support.why_not;
    const CancelToken cancel;
    OutputFaults faults;
    const auto execution = gpu.prepare(problem, tensors, "cudnn_tf32", cancel);
    const OutputPtr output = execution->run(cancel, faults);
    execution->time(2, true, cancel);
    EXPECT_EQ(faults.unwritten, 0);
    return {};
}

Outcome outcome_of(const Problem& problem, const std::function<void(StandInCuda&, StandInCudnn&)>& fail,
                   const std::function<std::string(const StandInCuda&, const StandInCudnn&)>& failed) {
    const Tensors tensors = make_tensors(problem, Fill::random, Fill::random, 1);
    StandInCuda cuda;
    StandInCudnn dnn(cuda);
    fail(cuda, dnn);
    Outcome outcome;
    try {
        outcome.sentence = use_peer(problem, tensors);
    } catch (const Error& error) {
        outcome.sentence = error.what();
        EXPECT_NE(outcome.sentence, "");
    }
    outcome.function = failed(cuda, dnn);
    outcome.mistakes = cuda.mistakes();
    outcome.owned = cuda.owned() + dnn.owned();
    return outcome;
}

Outcome fail_cudnn_call(const Problem& problem, int n, cudnn::Status status) {
    return outcome_of(
        problem, [&](StandInCuda&, StandInCudnn& dnn) { dnn.fail_call(n, status); },
        [](const StandInCuda&, const StandInCudnn& dnn) { return dnn.failed_function(); });
}

// Words that say what the call was for.
const std::map<std::string, std::string> purposes{
    {"create", "to start on the GPU"},
    {"create_tensor", "to make a tensor"},
    {"create_filter", "to make a filter"},
    {"create_convolution", "to make a convolution"},
    {"set_tensor", "to take the "},
    {"set_filter", "to take the weights' sizes"},
    {"set_convolution", "to take padding, stride and dilation"},
    {"set_groups", "to take the groups"},
    {"set_math", "to choose the arithmetic"},
    {"set_stream", "to take the stream"},
    {"forward_workspace", "to say what workspace"},
    {"backward_data_workspace", "to say what workspace"},
    {"forward", "to run its "},
    {"backward_data", "to run its data gradient"},
    {"add_tensor", "to add the bias"},
};

// Whoever gives something back loses nothing but memory; and in the search for the fastest algorithm one
// that fails leaves the others.
bool may_be_silent(const std::string& function, cudnn::Status status) {
    const std::set<std::string> calls_of_a_run{"set_stream", "set_math", "forward", "backward_data",
                                               "add_tensor"};
    if (function.rfind("destroy", 0) == 0 || calls_of_a_run.count(function)) return true;
    return status == cudnn::not_supported && function.find("_workspace") != std::string::npos;
}

class EveryCudnnCall : public testing::TestWithParam<cudnn::Status> {};

TEST_P(EveryCudnnCall, FailsWithASentenceAndKeepsNothing) {
    const cudnn::Status status = GetParam();
    for (const Problem& problem : {small_separable(), small_transposed()}) {
        std::set<std::string> reported;
        int n = 1;
        for (Outcome outcome = fail_cudnn_call(problem, n, status); !outcome.function.empty();
             outcome = fail_cudnn_call(problem, ++n, status)) {
            EXPECT_EQ(outcome.mistakes, std::vector<std::string>{}) << "call " << n << outcome.function;
            EXPECT_EQ(outcome.owned, 0) << "call " << n << ", " << outcome.function;
            if (outcome.sentence.empty()) {
                EXPECT_TRUE(may_be_silent(outcome.function, status)) << "call " << n << outcome.function;
                continue;
            }
            EXPECT_NE(outcome.sentence.find(purposes.at(outcome.function)), std::string::npos)
                << "call " << n << ", " << outcome.function << ": " << outcome.sentence;
            EXPECT_NE(outcome.sentence.find(cat("STAND_IN_STATUS (", status, ")")), std::string::npos);
            reported.insert(outcome.function);
        }
        EXPECT_GT(n, 50);
        const size_t asked = status == cudnn::not_supported ? 0 : 1;  // for the workspace
        EXPECT_EQ(reported.size(), 12 + asked);
    }
}

INSTANTIATE_TEST_SUITE_P(Statuses, EveryCudnnCall,
                         testing::Values(cudnn::not_supported, internal_error, execution_failed),
                         [](const auto& status) { return "Status" + std::to_string(status.param); });

TEST(CudnnFailures, OfCudaLeaveNothingBehind) {
    const Problem problem = small_separable();
    int n = 1;
    const auto fail = [&] {
        return outcome_of(
            problem, [&](StandInCuda& cuda, StandInCudnn&) { cuda.fail_call(n, cuda_out_of_memory); },
            [](const StandInCuda& cuda, const StandInCudnn&) { return cuda.failed_function(); });
    };
    for (Outcome outcome = fail(); !outcome.function.empty(); ++n, outcome = fail()) {
        EXPECT_EQ(outcome.mistakes, std::vector<std::string>{}) << "call " << n << ", " << outcome.function;
        EXPECT_EQ(outcome.owned, 0) << "call " << n << ", " << outcome.function;
    }
    EXPECT_GT(n, 100);
}

}  // namespace
}  // namespace convscope
