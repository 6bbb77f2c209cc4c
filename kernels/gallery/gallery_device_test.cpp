// The outputs of the kernels that are broken on purpose: which elements are wrong, worked out by hand, and
// that nobody meets the device who does not name one of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/inputs.h"
#include "devices/guarded_output.h"
#include "devices/sim/sim_device.h"
#include "run/run.h"
#include "run/verify.h"

namespace convscope {
namespace {

constexpr int64_t side = 40, channels = 2;

// (1, 2, 40, 40), 3×3 with padding 1.
Problem two_planes(Operator op = Operator::depthwise_conv2d) {
    ProblemSpec spec;
    spec.op = op;
    spec.in_channels = channels;
    spec.input = {1, side, side};
    spec.kernel_size = {1, 3, 3};
    spec.padding = {0, 1, 1};
    return Problem(spec);
}

enum class Element { right, wrong, not_a_number, unwritten };

std::vector<float> values_of(const OutputBuffer& output) {
    std::vector<float> values(static_cast<size_t>(output.elements()));
    output.copy_to_host(0, values);
    return values;
}

KernelRun run_of(Device& device, const Problem& problem, const std::string& kernel) {
    return run_once(device, problem, make_tensors(problem, Fill::random, Fill::random, 3), kernel, {});
}

// What became of each output element, by comparison with the right kernel. (C, H, W)
std::vector<Element> elements_of(const std::string& kernel, Operator op = Operator::depthwise_conv2d) {
    const Problem problem = two_planes(op);
    const auto gallery = make_gallery_device(CONVSCOPE_MODULES), sim = make_sim_device(CONVSCOPE_MODULES);
    const std::vector<float> right = values_of(*run_of(*sim, problem, "naive").output);
    const KernelRun broken = run_of(*gallery, problem, kernel);
    EXPECT_EQ(broken.faults.written_outside, 0) << kernel;
    std::vector<Element> out;
    int64_t unwritten = 0;
    const std::vector<float> values = values_of(*broken.output);
    for (size_t i = 0; i < values.size(); ++i) {
        const bool poison = std::bit_cast<uint32_t>(values[i]) == output_poison_bits;
        unwritten += poison;
        out.push_back(poison                                    ? Element::unwritten
                      : std::isnan(values[i])                   ? Element::not_a_number
                      : std::fabs(values[i] - right[i]) <= 1e-5 ? Element::right
                                                                : Element::wrong);
    }
    EXPECT_EQ(broken.faults.unwritten, unwritten) << kernel;
    return out;
}

using Expected = std::function<Element(int64_t channel, int64_t row, int64_t column)>;

void expect_elements(const std::string& kernel, const Expected& expected,
                     Operator op = Operator::depthwise_conv2d) {
    const std::vector<Element> found = elements_of(kernel, op);
    ASSERT_EQ(std::ssize(found), channels * side * side);
    size_t i = 0;
    int64_t others = 0;
    for (int64_t c = 0; c < channels; ++c)
        for (int64_t y = 0; y < side; ++y)
            for (int64_t x = 0; x < side; ++x, ++i)
                if (found[i] != expected(c, y, x) && ++others <= 3)
                    ADD_FAILURE() << kernel << " at " << c << ", " << y << ", " << x << " is "
                                  << static_cast<int>(found[i]);
    EXPECT_EQ(others, 0) << kernel;
}

Expected everywhere(Element element) {
    return [element](int64_t, int64_t, int64_t) { return element; };
}

// The border takes what lies beside it in memory: the neighbouring row, the other channel. Before the first
// channel and behind the last there is nothing: the threads of a row and one more element stop.
TEST(GalleryDevice, MissingGuardSpoilsTheBorder) {
    expect_elements("missing_guard", [](int64_t c, int64_t y, int64_t x) {
        const int64_t element = y * side + x;
        if (c == 0 && element - side - 1 < 0) return Element::unwritten;
        if (c == 1 && element + side + 1 >= side * side) return Element::unwritten;
        return y == 0 || y == side - 1 || x == 0 || x == side - 1 ? Element::wrong : Element::right;
    });
}

// Blocks of 24×24. Of row r the 8 threads at columns 40 … 47 write columns 0 … 7 of row r + 1. The block
// below comes later and writes its row 24 again; a channel's last rows write into the next channel, which
// comes later, too, or stop behind the output.
TEST(GalleryDevice, MissingTailGuardSpoilsTheNextRowsBeginning) {
    expect_elements("missing_tail_guard", [](int64_t, int64_t y, int64_t x) {
        return x < 8 && y != 0 && y != 24 ? Element::wrong : Element::right;
    });
}

TEST(GalleryDevice, SkippedOutputsLacksTheLastRows) {
    for (const Operator op : {Operator::depthwise_conv2d, Operator::conv2d})
        expect_elements(
            "skipped_outputs",
            [](int64_t, int64_t y, int64_t) { return y < 24 ? Element::right : Element::unwritten; }, op);
}

// The last thread of a row of 32 reads the column that nobody staged.
TEST(GalleryDevice, WrongHaloSpoilsAColumnATile) {
    expect_elements("wrong_halo", [](int64_t, int64_t, int64_t x) {
        return x == 31 ? Element::not_a_number : Element::right;
    });
}

// 320 floats for rows of 34: thread row 1 loads row 9, which begins at 306, so that its threads from column
// 14 on stop, and the two that load columns 32 and 33. Thread row 7 reads row 9: from column 12 on it stops.
TEST(GalleryDevice, SharedOverrunStopsInTwoRowsATile) {
    expect_elements("shared_overrun", [](int64_t, int64_t y, int64_t x) {
        const int64_t thread = x % 32;
        const bool stores = y % 8 == 1 && (thread < 2 || thread >= 14);
        const bool loads = y % 8 == 7 && thread >= 12;
        return stores || loads ? Element::unwritten : Element::right;
    });
}

// Warp w loads row w, warps 0 and 1 rows 8 and 9 as well; it then reads rows w … w + 2. Warps go one after
// the other, so that only the last one finds all of its rows.
TEST(GalleryDevice, MissingBarrierLeavesOneRowATileRight) {
    expect_elements("missing_barrier", [](int64_t, int64_t y, int64_t) {
        return y % 8 == 7 ? Element::right : Element::not_a_number;
    });
}

// Warp 0 goes on to load rows 0 and 8 of the second channel, warp 1 rows 1 and 9, before warps 6 and 7 read
// rows 8 and 9 of the first. Nothing overwrites the last channel.
TEST(GalleryDevice, EarlyOverwriteMixesTheNextChannelIntoTwoRowsATile) {
    expect_elements("early_overwrite", [](int64_t c, int64_t y, int64_t) {
        return c == 0 && y % 8 >= 6 ? Element::wrong : Element::right;
    });
}

TEST(GalleryDevice, SomeComputeNothingAndSomeEverything) {
    for (const char* kernel : {"misaligned_vectors", "barrier_in_branch"})
        expect_elements(kernel, everywhere(Element::unwritten));
    expect_elements("early_read", everywhere(Element::not_a_number));
    for (const char* kernel : {"double_write", "split_barrier"})
        expect_elements(kernel, everywhere(Element::right));
}

// Races as well; and the tensors are the caller's.
TEST(GalleryDevice, EveryRunGivesTheSameBits) {
    const auto gallery = make_gallery_device(CONVSCOPE_MODULES);
    size_t compared = 0;
    for (const Operator op : {Operator::depthwise_conv2d, Operator::conv2d})
        for (const KernelFacts& kernel : gallery->kernels(op)) {
            const Problem problem = two_planes(op);
            const Tensors tensors = make_tensors(problem, Fill::random, Fill::random, 3);
            const Floats input = tensors.input->values;
            const auto execution = gallery->prepare(problem, tensors, kernel.name, {});
            OutputFaults faults;
            const std::vector<float> once = values_of(*execution->run({}, faults));
            for (int again = 0; again < 3; ++again) {
                const std::vector<float> twice = values_of(*execution->run({}, faults));
                ASSERT_EQ(std::memcmp(once.data(), twice.data(), once.size() * sizeof(float)), 0)
                    << kernel.name;
            }
            EXPECT_TRUE(std::ranges::equal(tensors.input->values, input)) << kernel.name;
            ++compared;
        }
    EXPECT_EQ(compared, 16u);
}

TEST(GalleryDevice, NobodyMeetsItUnasked) {
    const Devices found = find_devices(CONVSCOPE_MODULES);
    ASSERT_EQ(found.unlisted.size(), 1u);
    EXPECT_EQ(found.unlisted[0]->name(), "gallery");
    EXPECT_FALSE(found.unlisted[0]->measures_time());
    EXPECT_EQ(found.find_by_name("gallery"), found.unlisted[0]);
    EXPECT_EQ(found.find_by_name("sim"), found.find("sim"));
    for (const auto& device : found.present) EXPECT_NE(device->name(), "gallery");
    for (const MissingDevice& device : found.missing) EXPECT_NE(device.name, "gallery");
    try {
        found.find("gallery");
        FAIL() << "it was found";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::device_missing);
        const std::string sentence = error.what(), allowed = sentence.substr(sentence.find(';'));
        EXPECT_NE(allowed.find("sim"), std::string::npos) << sentence;
        EXPECT_EQ(allowed.find("gallery"), std::string::npos) << sentence;
    }
}

// Where it was not built no list misses it; whoever names it is told why.
TEST(GalleryDevice, WhyItIsMissingIsToldToWhoeverNamesIt) {
    const Devices found = find_devices("/no/such/modules");
    EXPECT_TRUE(found.unlisted.empty());
    ASSERT_EQ(found.missing_unlisted.size(), 1u);
    EXPECT_EQ(found.missing_unlisted[0].name, "gallery");
    EXPECT_NE(found.missing_unlisted[0].reason.find("/no/such/modules/gallery_traced.so"), std::string::npos);
    for (const MissingDevice& device : found.missing) EXPECT_NE(device.name, "gallery");
    try {
        found.find_by_name("gallery");
        FAIL() << "it was found";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::device_missing);
        EXPECT_EQ(std::string(error.what()),
                  "the device gallery is not there: " + found.missing_unlisted[0].reason);
    }
}

TEST(GalleryDevice, VerificationSaysWhatIsWrong) {
    const Problem problem = two_planes();
    const ResultPtr result =
        run({problem,
             make_tensors(problem, Fill::random, Fill::random, 3),
             {{"gallery", "missing_tail_guard"}, {"gallery", "skipped_outputs"}, {"gallery", "double_write"}},
             TimingEffort::quick(),
             Verify{}},
            find_devices(CONVSCOPE_MODULES), {});
    ASSERT_EQ(result->rows.size(), 3u);
    using State = Verification::State;
    EXPECT_EQ(result->rows[0].verification.state, State::wrong);
    EXPECT_NE(result->rows[0].reason.find("times the rounding bound"), std::string::npos)
        << result->rows[0].reason;
    EXPECT_EQ(result->rows[1].verification.state, State::wrong);
    EXPECT_NE(result->rows[1].reason.find("1280 elements were never written"), std::string::npos)
        << result->rows[1].reason;
    // Writing twice costs work; the values are right.
    EXPECT_EQ(result->rows[2].verification.state, State::verified);
    for (const KernelResult& row : result->rows) EXPECT_FALSE(row.timing) << row.choice.kernel;
}

TEST(GalleryDevice, BigProblemsAreRefused) {
    const auto gallery = make_gallery_device(CONVSCOPE_MODULES);
    ProblemSpec spec;
    spec.op = Operator::depthwise_conv2d;
    spec.in_channels = 3;
    spec.input = {1, 512, 512};
    spec.kernel_size = {1, 3, 3};
    spec.padding = {0, 1, 1};
    EXPECT_TRUE(gallery->supports(Problem(spec), "missing_guard"));  // 7 077 888 taps
    spec.in_channels = 5;
    const Support support = gallery->supports(Problem(spec), "missing_guard");
    EXPECT_FALSE(support);
    EXPECT_NE(support.why_not.find("11796480"), std::string::npos) << support.why_not;
}

TEST(GalleryDevice, AnUnwantedRunEnds) {
    const auto gallery = make_gallery_device(CONVSCOPE_MODULES);
    const Problem problem = two_planes();
    CancelToken cancel;
    const auto execution =
        gallery->prepare(problem, make_tensors(problem, Fill::ones, Fill::ones, 0), "missing_guard", cancel);
    cancel.cancel();
    OutputFaults faults;
    try {
        execution->run(cancel, faults);
        FAIL() << "it went on";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::cancelled) << error.what();
    }
}

}  // namespace
}  // namespace convscope
