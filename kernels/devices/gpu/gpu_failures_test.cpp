// What the gpu device does when CUDA fails: every call is failed once, in turn, with several errors.
#include <algorithm>
#include <map>
#include <set>

#include "devices/gpu/gpu_test_bench.h"

namespace convscope {
namespace {

constexpr CudaCode invalid_value = 1, launch_failure = 719;  // the second is sticky
constexpr unsigned texture = 5;

// What a person does in a session, from looking for the device to drawing. Returns why nothing was drawn on
// the GPU. Its gpu may be lost halfway, as after a sticky error of a process.
std::string use_everything(const Problem& problem, const Tensors& tensors) {
    std::vector<MissingDevice> missing;
    const auto devices = make_gpu_devices(StandInCuda::table(), sim_module(), missing);
    if (devices.empty()) return missing.at(0).reason;
    Device& gpu = *devices.front();
    const CancelToken cancel;
    OutputFaults faults;
    const auto execution = gpu.prepare(problem, tensors, "naive", cancel);
    const OutputPtr output = execution->run(cancel, faults);
    execution->time(2, true, cancel);
    execution->time(2, false, cancel);
    std::vector<float> values(static_cast<size_t>(output->elements()));
    output->copy_to_host(0, values);
    gpu.bytes_free();
    gpu.ceilings();
    std::string why_not;
    if (const auto share = gpu.share_texture(texture, 11, 9, why_not)) share->draw(*output, 0, 11);
    return why_not;
}

struct Outcome {
    std::string function;  // that failed; empty: fewer calls than n were made
    std::string sentence;  // of the error, or why the device or the texture's sharing is missing
    std::vector<std::string> mistakes;
    int owned = 0;
};

Outcome fail_call(int n, CudaCode code) {
    static const Problem problem = small_conv2d();
    static const Tensors tensors = make_tensors(problem, Fill::random, Fill::random, 1);
    StandInCuda cuda;
    cuda.launch_ms = 30;
    cuda.add_texture(texture, 11, 9);
    cuda.fail_call(n, code);
    Outcome outcome;
    try {
        outcome.sentence = use_everything(problem, tensors);
    } catch (const Error& error) {
        outcome.sentence = error.what();
        EXPECT_EQ(error.kind(), ErrorKind::failed) << outcome.sentence;
        EXPECT_NE(outcome.sentence, "") << cuda.failed_function();
    }
    outcome.function = cuda.failed_function();
    outcome.mistakes = cuda.mistakes();
    outcome.owned = cuda.owned();
    return outcome;
}

// Words of which the sentence has one: what the call was for.
const std::map<std::string, std::vector<std::string>> purposes{
    {"device_count", {"gives no GPU"}},
    {"device_facts", {"asking what GPU"}},
    {"select_device", {"selecting the GPU"}},
    {"memory_info", {"how much memory"}},
    {"allocate", {"allocating"}},
    {"copy_to_device", {"to the GPU", "counts of the output check"}},
    {"copy_to_host", {"to the host", "counts of the output check"}},
    {"copy_on_device", {"measure the bandwidth"}},
    {"fill_words", {"poisoning the output", "flushing the L2 cache"}},
    {"create_stream", {"creating a stream"}},
    {"synchronize_stream", {"running '", "copying the", "poisoning the output", "checking the output"}},
    {"create_event", {"creating an event"}},
    {"record_event", {"recording an event"}},
    {"synchronize_event", {"running the timed", "measuring the bandwidth", "probe"}},
    {"elapsed_ms", {"time between two events"}},
    {"load_function", {"loading the kernel of '"}},
    {"launch", {"launching '"}},
    {"gl_devices", {"which GPU draws the window"}},
    {"gl_register_texture", {"registering OpenGL texture 5"}},
    {"gl_map", {"mapping the texture"}},
    {"gl_unmap", {"giving the texture back"}},
    {"gl_array", {"texture's memory"}},
    {"copy_to_array", {"copying the output to the texture"}},
};

// Their failure is not reported where they give something back, for nothing is lost by it but memory.
const std::set<std::string> gives_back{"free", "destroy_stream", "destroy_event", "gl_unregister",
                                       "select_device"};

bool names_purpose(const Outcome& outcome) {
    const auto found = purposes.find(outcome.function);
    return found != purposes.end() && std::ranges::any_of(found->second, [&](const std::string& words) {
               return outcome.sentence.find(words) != std::string::npos;
           });
}

class EveryCall : public testing::TestWithParam<CudaCode> {};

TEST_P(EveryCall, FailsWithASentenceAndKeepsNothing) {
    const CudaCode code = GetParam();
    std::set<std::string> reported;
    int n = 1;
    for (Outcome outcome = fail_call(n, code); !outcome.function.empty(); outcome = fail_call(++n, code)) {
        EXPECT_EQ(outcome.mistakes, std::vector<std::string>{}) << "call " << n << ", " << outcome.function;
        EXPECT_EQ(outcome.owned, 0) << "call " << n << ", " << outcome.function;
        const bool tried_again = code == cuda_out_of_memory && outcome.function == "allocate";
        if (outcome.sentence.empty()) {
            EXPECT_TRUE(gives_back.count(outcome.function) || tried_again)
                << "call " << n << ", " << outcome.function << ", failed silently";
            continue;
        }
        // A sticky error of what gives back comes up at the next call, whatever that is for.
        if (gives_back.count(outcome.function) && !names_purpose(outcome)) continue;
        EXPECT_TRUE(names_purpose(outcome))
            << "call " << n << ", " << outcome.function << ": " << outcome.sentence;
        reported.insert(outcome.function);
    }
    EXPECT_GT(n, 100);
    for (const auto& [function, words] : purposes)
        EXPECT_TRUE(reported.count(function) || (code == cuda_out_of_memory && function == "allocate"))
            << function << " was never failed";
}

INSTANTIATE_TEST_SUITE_P(Codes, EveryCall, testing::Values(invalid_value, cuda_out_of_memory, launch_failure),
                         [](const auto& code) { return "Code" + std::to_string(code.param); });

std::string sentence_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::failed);
        return error.what();
    }
    return {};
}

TEST_F(GpuTest, OutOfMemoryFreesTheCachesAndTriesAgain) {
    gpu().prepare(problem, tensors, "naive", cancel);  // its uploads stay cached, and nothing uses them
    EXPECT_GT(cuda.allocated_bytes(), 0);
    const Tensors others = make_tensors(problem, Fill::random, Fill::random, 2);
    cuda.fail_call_of("allocate", 1, cuda_out_of_memory);
    const auto execution = gpu().prepare(problem, others, "naive", cancel);
    EXPECT_EQ(cuda.failed_function(), "allocate");
    const int64_t expected = 4 * (3 * 9 * 11 + 4 * 3 * 9 + 4);
    EXPECT_EQ(cuda.allocated_bytes(), expected);
    EXPECT_EQ(sentence_of([&] { execution->run(cancel, faults); }), "");
}

TEST_F(GpuTest, SaysWhatDoesNotFit) {
    cuda.memory_bytes = 20000;
    const auto execution = gpu().prepare(problem, tensors, "naive", cancel);
    const std::string sentence = sentence_of([&] { execution->run(cancel, faults); });
    EXPECT_NE(sentence.find("ran out of memory"), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("for the output"), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("are free"), std::string::npos) << sentence;
    EXPECT_EQ(cuda.calls_of("allocate"), 3);  // the tensors; more than is free is never asked for
}

TEST_F(GpuTest, AStickyErrorLosesTheGpu) {
    const auto execution = gpu().prepare(problem, tensors, "naive", cancel);
    cuda.fail_call_of("launch", 1, launch_failure);
    const std::string first = sentence_of([&] { execution->run(cancel, faults); });
    EXPECT_NE(first.find("launching 'conv2d naive"), std::string::npos) << first;
    EXPECT_NE(first.find("lost"), std::string::npos) << first;
    const std::string second = sentence_of([&] { execution->run(cancel, faults); });
    EXPECT_NE(second.find("start ConvScope again"), std::string::npos) << second;
    EXPECT_NE(second.find("launching 'conv2d naive"), std::string::npos) << second;
}

TEST_F(GpuTest, AnotherErrorLeavesTheGpuUsable) {
    const auto execution = gpu().prepare(problem, tensors, "naive", cancel);
    cuda.fail_call_of("launch", 1, invalid_value);
    EXPECT_NE(sentence_of([&] { execution->run(cancel, faults); }), "");
    EXPECT_EQ(sentence_of([&] { execution->run(cancel, faults); }), "");
    EXPECT_EQ(faults.unwritten, 0);
}

}  // namespace
}  // namespace convscope
