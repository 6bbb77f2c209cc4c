#include "lessons/facts.h"

#include <gtest/gtest.h>

#include "core/errors.h"
#include "lessons/expression.h"
#include "lessons/settings_lines.h"

namespace convscope::lessons {
namespace {

// An output that lies on another device: every element has to be copied.
class FarOutput : public OutputBuffer {
  public:
    explicit FarOutput(std::vector<float> values) : values_(std::move(values)) {}
    int64_t elements() const override { return static_cast<int64_t>(values_.size()); }
    const float* host() const override { return nullptr; }
    void copy_to_host(int64_t first, std::span<float> to) const override {
        ++copies;
        std::copy_n(values_.begin() + first, to.size(), to.begin());
    }
    mutable int copies = 0;

  private:
    std::vector<float> values_;
};

// A 1×1×6×6 ramp 0 … 35, a window of ones: output (y, x) is 9·(7 + 6y + x).
struct Bench {
    Experiment experiment = blank_experiment();
    std::shared_ptr<FarOutput> output;
    std::shared_ptr<Result> result;
    std::shared_ptr<XrayNews> news = std::make_shared<XrayNews>();
    std::optional<Experiment> start{};

    Bench() {
        experiment.source.fill = Fill::ramp;
        const Problem problem(experiment.spec);
        result = std::make_shared<Result>(Result{problem, make_tensors(problem, Fill::ramp, Fill::ones, 0)});
        std::vector<float> values;
        for (int y = 0; y < 4; ++y)
            for (int x = 0; x < 4; ++x) values.push_back(static_cast<float>(9 * (7 + 6 * y + x)));
        output = std::make_shared<FarOutput>(values);
        KernelResult row;
        row.choice = {"cpu", "direct"};
        row.status = KernelResult::Status::done;
        row.output = output;
        row.verification.state = Verification::State::verified;
        row.verification.bound_ratio = 0.25;
        row.verification.max_abs_error = 1e-6;
        Timing timing;
        timing.median_ms = 2;
        timing.p20_ms = 1.5;
        timing.p80_ms = 3;
        timing.samples_ms = {2, 2, 3};
        timing.gbs = 7;
        timing.tflops = 0.5;
        timing.roofline_share = 0.4;
        row.timing = timing;
        row.ceilings = Ceilings{10, 0.2, 0};
        result->rows = {row};
    }

    std::optional<double> value(const std::string& text) const {
        return Expression(text).value({.experiment = &experiment,
                                       .start = start ? &*start : nullptr,
                                       .result = result,
                                       .shown = result ? &result->rows[0] : nullptr,
                                       .xray = news});
    }
    std::string error(const std::string& text) const {
        try {
            const std::optional<double> found = value(text);
            return found ? std::to_string(*found) : "unknown";
        } catch (const Error& thrown) {
            return thrown.what();
        }
    }
};

TEST(FactsOfExperiments, AreThoseOfTheProblem) {
    Bench b;
    b.experiment = with_settings(b.experiment, {{1, "operator", "conv2d"},
                                                {2, "shape", "[2, 4, 9, 11]"},
                                                {3, "out_channels", "6"},
                                                {4, "groups", "2"},
                                                {5, "kernel_size", "[3, 5]"},
                                                {6, "stride", "2"},
                                                {7, "padding", "[1, 2]"},
                                                {8, "dilation", "[2, 1]"},
                                                {9, "bias", "true"}});
    EXPECT_EQ(b.value("batch"), 2);
    EXPECT_EQ(b.value("in_channels"), 4);
    EXPECT_EQ(b.value("out_channels"), 6);
    EXPECT_EQ(b.value("groups"), 2);
    EXPECT_EQ(b.value("bias == true"), 1);
    EXPECT_EQ(b.value("input.width"), 11);
    EXPECT_EQ(b.value("padding.width"), 2);
    EXPECT_EQ(b.value("output.height"), 4);  // ⌊(9 + 2 − 2·2 − 1)/2⌋ + 1
    EXPECT_EQ(b.value("output.width"), 6);   // ⌊(11 + 4 − 4 − 1)/2⌋ + 1
    EXPECT_EQ(b.value("output.depth"), 1);
    EXPECT_EQ(b.value("reach.height"), 5);
    EXPECT_EQ(b.value("reach.width"), 5);
    EXPECT_EQ(b.value("reach.depth"), 1);
    EXPECT_EQ(b.value("input_elements"), 2 * 4 * 9 * 11);
    EXPECT_EQ(b.value("weights_elements"), 6 * 2 * 3 * 5);
    EXPECT_EQ(b.value("output_elements"), 2 * 6 * 4 * 6);
    EXPECT_EQ(b.value("taps_per_output"), 2 * 3 * 5);
    EXPECT_EQ(b.value("flops"), 2.0 * 2 * 6 * 4 * 6 * 30);
    EXPECT_EQ(b.value("minimal_bytes"), 4.0 * (792 + 180 + 6 + 288));
    EXPECT_EQ(b.value("legal"), 1);
    EXPECT_EQ(b.value("untouched"), 0);
    EXPECT_EQ(b.value("taps_at(0, 0, 0, 0)"), 2 * 2 * 3);  // a row and two columns of the window are padding
}

TEST(FactsOfExperiments, CountTheWeightsOfBothStagesAndTheStampsOfTransposedOnes) {
    Bench b;
    b.experiment = with_settings(
        b.experiment,
        {{1, "operator", "separable_conv2d"}, {2, "shape", "[1, 3, 8, 8]"}, {3, "out_channels", "5"}});
    EXPECT_EQ(b.value("weights_elements"), 3 * 9 + 5 * 3);
    b.experiment = with_settings(b.experiment, {{1, "operator", "conv_transpose2d"},
                                                {2, "shape", "[1, 1, 3, 3]"},
                                                {3, "stride", "3"},
                                                {4, "kernel_size", "2"},
                                                {5, "dilation", "1"}});
    EXPECT_EQ(b.value("output.height"), 8);
    EXPECT_EQ(b.value("reach.height"), 2);
    EXPECT_DOUBLE_EQ(*b.value("untouched"), 1 - 36.0 / 64);  // six of eight rows and columns are stamped
    EXPECT_EQ(b.value("operator == conv_transpose2d"), 1);
}

TEST(FactsOfExperiments, TellWhatTheWindowIsTurnedTo) {
    Bench b;
    EXPECT_EQ(b.value("pin.view == none and pin.row == -1"), 1);
    b.experiment.display.pin = Pin{ViewKind::output, 6};  // row 1, column 2 of 4×4
    EXPECT_EQ(b.value("pin.view == output and pin.row == 1 and pin.column == 2 and pin.depth == 0"), 1);
    b.experiment.display.pin = Pin{ViewKind::output, 16};  // of another problem
    EXPECT_EQ(b.value("pin.view == none"), 1);
    b.experiment.tab = Tab::xray;
    b.experiment.display.output_mode = OutputMode::taps;
    b.experiment.display.method = Method::stuffed;
    b.experiment.xray = {.kernel = "naive", .block = 2, .thread = 5, .panel = XrayPanel::compare};
    EXPECT_EQ(
        b.value("tab == xray and view.mode == taps and view.method == stuffed and xray.panel == compare"), 1);
    EXPECT_EQ(b.value("xray.block + xray.thread + xray.warp + xray.position"), 2 + 5 - 1 - 1);
    b.experiment.shown = KernelChoice{"cpu", "direct"};
    b.experiment.ticked = std::vector<KernelChoice>{{"sim", "naive"}};
    EXPECT_EQ(b.value("kernel(\"cpu direct\") and ticked(\"sim naive\") and not(ticked(\"cpu direct\"))"), 1);
    EXPECT_EQ(b.value("looked_at(\"naive\")"), 1);
    b.start = blank_experiment();
    b.start->ticked = std::vector<KernelChoice>{};
    EXPECT_EQ(b.value("start.ticked(\"sim naive\")"), 0);
    EXPECT_EQ(b.value("start.tab == explore"), 1);
    b.experiment.ticked.reset();
    EXPECT_FALSE(b.value("ticked(\"sim naive\")"));  // the devices are not known yet
}

TEST(FactsOfResults, AreElementsFiguresAndTimes) {
    Bench b;
    EXPECT_EQ(b.value("input_at(0, 0, 1, 2)"), 8);
    EXPECT_EQ(b.value("weights_at(0, 0, 2, 2)"), 1);
    EXPECT_EQ(b.value("output_at(0, 0, 1, 2)"), 9 * 15);
    EXPECT_EQ(b.value("output_at(0, 0, output.height - 1, 3)"), 9 * 28);
    EXPECT_EQ(b.value("output_smallest"), 63);
    EXPECT_EQ(b.value("output_largest"), 252);
    const int copies = b.output->copies;
    EXPECT_EQ(b.value("output_largest - output_smallest"), 189);
    EXPECT_EQ(b.output->copies, copies);  // it was looked through once
    EXPECT_EQ(b.value("verified(\"cpu direct\")"), 1);
    EXPECT_EQ(b.value("bounds(\"cpu direct\")"), 0.25);
    EXPECT_EQ(b.value("largest_error(\"cpu direct\")"), 1e-6);
    EXPECT_EQ(b.value("time_ms(\"cpu direct\") + p20_ms(\"cpu direct\") + p80_ms(\"cpu direct\")"), 6.5);
    EXPECT_EQ(b.value("samples(\"cpu direct\")"), 3);
    EXPECT_EQ(b.value("gbs(\"cpu direct\") + tflops(\"cpu direct\")"), 7.5);
    EXPECT_EQ(b.value("roofline_share(\"cpu direct\")"), 0.4);
    EXPECT_EQ(b.value("bandwidth_gbs(\"cpu\")"), 10);
    EXPECT_EQ(b.value("peak_tflops(\"cpu\")"), 0.2);
    // 288 FLOP at 0.2 TFLOP/s are 1.44 ns; 244 bytes at 10 GB/s are 24.4 ns.
    EXPECT_NEAR(*b.value("floor_ms(\"cpu\")"), 24.4e-6, 1e-12);
    EXPECT_EQ(b.error("middle_at(0, 0, 0, 0)"), "this operator has no middle");
    EXPECT_EQ(b.error("input_at(0, 0, 6, 0)"), "the input is 1×1×6×6; it has no element (0, 0, 6, 0)");
    EXPECT_EQ(b.error("time_ms(\"sim naive\")"), "unknown");  // not ticked
}

TEST(FactsOfResults, AreUnknownUntilTheyAreThere) {
    Bench b;
    b.result->rows[0].timing.reset();
    b.result->rows[0].ceilings.reset();
    b.result->rows[0].verification.state = Verification::State::not_yet;
    for (const char* text : {"time_ms(\"cpu direct\")", "verified(\"cpu direct\")", "bounds(\"cpu direct\")",
                             "floor_ms(\"cpu\")", "bandwidth_gbs(\"cpu\")"})
        EXPECT_EQ(b.error(text), "unknown") << text;
    b.result->rows[0].output.reset();
    EXPECT_EQ(b.error("output_at(0, 0, 0, 0)"), "unknown");
    EXPECT_EQ(b.error("output_largest"), "unknown");
    b.result->rows[0].status = KernelResult::Status::failed;
    b.result->rows[0].reason = "it broke";
    EXPECT_EQ(b.error("output_at(0, 0, 0, 0)"), "cpu direct has no output: it broke");
    EXPECT_EQ(b.error("verified(\"cpu direct\")"), "0.000000");
    b.result.reset();
    EXPECT_EQ(b.error("input_at(0, 0, 0, 0)"), "unknown");
}

xray::CountsPtr counts_of(const std::string& kernel, int64_t requests) {
    auto counts = std::make_shared<xray::Counts>(xray::Counts{Problem(blank_experiment().spec), kernel});
    counts->totals.load_requests = requests;
    counts->totals.load_sectors = 3 * requests;
    counts->totals.shared_conflicts = 7;
    counts->totals.warp_blocks = 2;
    counts->totals.lane_blocks = 48;
    xray::Fault elsewhere, here;
    elsewhere.places = {{"core/helper.h", 3, "read"}};
    here.places = {{"core/helper.h", 3, "read"}, {"conv2d/" + kernel + ".cu", 42, "kernel"}};
    counts->faults = {elsewhere, here};
    counts->fault_count = 9;
    return counts;
}

TEST(FactsOfTheXray, AreCountsOfGridsByName) {
    Bench b;
    EXPECT_EQ(b.error("load_requests(\"\")"), "unknown");
    b.news->kernel = "naive";
    for (const char* name : {"naive", "tile", "bad"})
        b.news->kernels.push_back(
            {.name = name, .idea = "", .source_file = std::string("conv2d/") + name + ".cu"});
    b.news->counts = counts_of("naive", 10);
    b.news->compared = {{.kernel = "naive"},
                        {.kernel = "tile", .counts = counts_of("tile", 4)},
                        {.kernel = "bad", .error = "it cannot"}};
    EXPECT_EQ(b.value("load_requests(\"\")"), 10);
    EXPECT_EQ(b.value("load_requests(\"naive\")"), 10);
    EXPECT_EQ(b.value("load_requests(\"tile\")"), 4);
    EXPECT_EQ(b.value("sectors_per_request(\"tile\")"), 3);
    EXPECT_EQ(b.value("bank_conflicts(\"tile\") + active_lanes(\"tile\")"), 7 + 24);
    EXPECT_EQ(b.value("faults(\"\")"), 9);
    EXPECT_EQ(b.value("fault_line(\"\")"), 42);
    EXPECT_EQ(b.error("atomics(\"bad\")"), "it cannot");
    EXPECT_EQ(b.error("atomics(\"none\")"), "the X-ray has no kernel 'none' for this operator");
    EXPECT_EQ(b.value("looked_at(\"naive\")"), 1);  // the first one, where nothing is set
    EXPECT_EQ(b.value("looked_at(\"tile\")"), 0);
}

TEST(FactsOfTheXray, AreTheLaunchTheRequestAndTheOwner) {
    Bench b;
    EXPECT_EQ(b.error("threads_per_block"), "unknown");
    EXPECT_EQ(b.error("owner_row"), "unknown");
    b.news->kernel = "naive";
    b.news->kernels.push_back({.name = "naive", .idea = "", .source_file = "conv2d/naive.cu"});
    xray::StepFacts step;
    step.grid = {3, 2, 1};
    step.block = {16, 3, 1};
    b.news->steps = {step};
    EXPECT_EQ(b.value("threads_per_block"), 48);
    EXPECT_EQ(b.value("warps_per_block"), 2);
    EXPECT_EQ(b.value("blocks"), 6);
    EXPECT_EQ(b.value("block.width * 100 + block.height * 10 + block.depth"), 1631);
    EXPECT_EQ(b.value("grid.width * 100 + grid.height * 10 + grid.depth"), 321);

    auto block = std::make_shared<xray::BlockXray>();
    block->facts = step;
    xray::ArrayFacts output;
    output.role = BufferRole::output;
    output.name = "output";
    output.shape = {1, 1, 4, 4};
    output.elements = 16;
    block->arrays = {output};
    sim::TraceRecord load, store;
    load.offset = 1;
    load.warp = 1;
    load.lanes = 0b1011;
    load.sectors = 5;
    load.sectors_ideal = 2;
    load.passes = 4;
    store = load;
    store.kind = sim::AccessKind::store;
    store.offset = 2;
    store.array[3] = 0;
    store.place[3] = 4 * 14;  // row 3, column 2
    block->records = {load, store};
    xray::Instruction read;
    read.counts.offset = 1;
    read.places = {{"core/helper.h", 3, "read"}, {"conv2d/naive.cu", 60, "naive"}};
    block->instructions = {read};
    b.news->block = block;
    EXPECT_EQ(b.error("request.lanes"), "unknown");  // another block was asked for
    b.news->block_is_present = true;
    b.experiment.xray.position = 1;
    EXPECT_EQ(b.value("request.lanes"), 3);
    EXPECT_EQ(b.value("request.sectors - request.sectors_ideal"), 3);
    EXPECT_EQ(b.value("request.passes"), 4);
    EXPECT_EQ(b.value("request.line"), 60);
    EXPECT_EQ(b.value("owner_row"), -1);  // no thread is chosen
    b.experiment.xray.thread = 35;
    EXPECT_EQ(b.value("owner_row * 10 + owner_column + owner_channel"), 32);
    b.experiment.xray.thread = 2;
    EXPECT_EQ(b.value("owner_column"), -1);
}

}  // namespace
}  // namespace convscope::lessons
