// An experiment with kernels that are broken on purpose: they run where it names them, and only there.
#include <gtest/gtest.h>

#include <algorithm>

#include "experiment.h"
#include "run/run.h"

namespace convscope {
namespace {

class GalleryExperiment : public ::testing::Test {
  protected:
    void SetUp() override {
        if (devices.unlisted.empty()) GTEST_SKIP() << "this build does not trace";
        e.spec.op = Operator::depthwise_conv2d;
        e.spec.in_channels = 2;
        e.spec.input = {1, 40, 40};
        e.spec.kernel_size = {1, 3, 3};
        e.spec.padding = {0, 1, 1};
    }
    std::vector<KernelChoice> ticked() const { return ticked_kernels(e, devices, Problem(e.spec)); }
    std::optional<KernelChoice> shown() const { return shown_kernel(e, devices, Problem(e.spec)); }
    int64_t broken_rows() const {
        return std::ranges::count(listed_kernels(e, devices, e.spec.op), "gallery", &ListedKernel::device);
    }

    const Devices devices = find_devices(CONVSCOPE_BINARY_DIR "/modules");
    const KernelChoice guard{"gallery", "missing_guard"}, halo{"gallery", "wrong_halo"};
    Experiment e;
};

TEST_F(GalleryExperiment, NoDefaultHasThem) {
    EXPECT_EQ(broken_rows(), 0);
    ASSERT_FALSE(ticked().empty());
    for (const KernelChoice& choice : ticked()) EXPECT_NE(choice.device, "gallery");
    for (const KernelChoice& choice : sensible_kernels(devices, Problem(e.spec)))
        EXPECT_NE(choice.device, "gallery");
    EXPECT_NE(shown()->device, "gallery");
}

TEST_F(GalleryExperiment, TickingNamesThem) {
    e.ticked = {{"sim", "naive"}, guard, {"gallery", "nonsense"}};
    EXPECT_EQ(ticked(), (std::vector<KernelChoice>{{"sim", "naive"}, guard}));
    EXPECT_EQ(broken_rows(), 1);
    EXPECT_EQ(shown(), (KernelChoice{"sim", "naive"}));
    e.shown = guard;
    EXPECT_EQ(shown(), guard);
    e.shown = halo;  // which is not ticked
    EXPECT_EQ(shown(), (KernelChoice{"sim", "naive"}));
    e.ticked = {{guard}};
    e.shown.reset();
    EXPECT_EQ(shown(), guard);
}

TEST_F(GalleryExperiment, ShowingNamesThemWhereNothingIsTicked) {
    const std::vector<KernelChoice> usual = ticked();
    e.shown = guard;
    std::vector<KernelChoice> expected = usual;
    expected.push_back(guard);
    EXPECT_EQ(ticked(), expected);
    EXPECT_EQ(shown(), guard);
    EXPECT_EQ(broken_rows(), 1);
    // Its tick in the table is taken away.
    e = apply(e, SetTicked{usual});
    EXPECT_EQ(ticked(), usual);
    EXPECT_EQ(broken_rows(), 0);
}

TEST_F(GalleryExperiment, AnotherOperatorHasOthers) {
    e.ticked = {{halo, guard}};
    EXPECT_EQ(ticked(), (std::vector<KernelChoice>{guard, halo}));  // as in the table
    e.spec.op = Operator::conv2d;
    EXPECT_EQ(ticked(), (std::vector<KernelChoice>{guard}));
    e.spec.op = Operator::conv_transpose2d;
    EXPECT_TRUE(ticked().empty());
    EXPECT_EQ(shown(), std::nullopt);
}

TEST_F(GalleryExperiment, IsSavedAndLoaded) {
    e.ticked = {{"sim", "naive"}, guard};
    e.shown = guard;
    e.display.other = guard;
    e.display.output_mode = OutputMode::error;
    const Experiment again = experiment_from_json(experiment_json(e));
    EXPECT_EQ(again, e);
    EXPECT_EQ(shown_kernel(again, devices, Problem(again.spec)), guard);
}

}  // namespace
}  // namespace convscope
