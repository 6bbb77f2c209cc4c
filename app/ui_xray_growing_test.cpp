// A long block in the X-ray tab: its beginning is shown while the rest is traced, and what the user has
// turned stays.
#include <atomic>
#include <thread>

#include "panels/xray_caches.h"
#include "ui_xray_fixture.h"

namespace convscope {
namespace {

// A kernel whose whole blocks come when the gate opens.
class GatedKernel final : public XraySubject {
  public:
    using Gate = std::shared_ptr<std::atomic<bool>>;
    GatedKernel(std::unique_ptr<XraySubject> kernel, Gate gate)
        : kernel_(std::move(kernel)), gate_(std::move(gate)) {}
    const std::vector<xray::StepFacts>& steps() const override { return kernel_->steps(); }
    const std::vector<xray::ArrayFacts>& arrays() const override { return kernel_->arrays(); }
    int main_step() const override { return kernel_->main_step(); }
    xray::BlockXrayPtr block(int step, int64_t block, const CancelToken& cancel) override {
        while (!*gate_) {
            cancel.check();
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        return kernel_->block(step, block, cancel);
    }
    xray::BlockXrayPtr beginning(int step, int64_t block, const CancelToken& cancel,
                                 size_t first_requests) override {
        return kernel_->beginning(step, block, cancel, first_requests);
    }
    xray::CountsPtr counts(const CancelToken& cancel) override { return kernel_->counts(cancel); }

  private:
    std::unique_ptr<XraySubject> kernel_;
    Gate gate_;
};

class UiXrayGrowing : public UiXray {
  protected:
    // 8 warps with 64 channels of 9 taps, of two loads each, and a store: 8 · 1153 requests. Too many taps to
    // be counted unasked.
    void open_gated(XrayPanel panel) {
        Experiment e = two_blocks();
        e.spec.in_channels = 64;
        e.spec.input = {1, 64, 64};
        e.xray.panel = panel;
        AppOptions options = app_options(e, CONVSCOPE_BINARY_DIR "/modules");
        options.refine = false;
        options.xray.open = [open = options.xray.open, gate = gate](const Problem& problem,
                                                                    const std::string& kernel) {
            return std::make_unique<GatedKernel>(open(problem, kernel), gate);
        };
        window = std::make_unique<OffscreenApp>(usual, options);
        ASSERT_TRUE(becomes([&] { return news()->block != nullptr; }));
        window->frames(3);
        ASSERT_TRUE(news()->block->records_cut);
        ASSERT_FALSE(news()->counts);
    }
    float cell_width() {
        const WidgetRect cell = *window->widget("xray.input.first_cell");
        return cell.to.x - cell.from.x;
    }
    GatedKernel::Gate gate = std::make_shared<std::atomic<bool>>(false);
};

TEST_F(UiXrayGrowing, FaultsAreToldSoFar) {
    open_gated(XrayPanel::faults);
    EXPECT_TRUE(window->widget("faults.so_far"));
    EXPECT_FALSE(window->widget("faults.none")) << "no verdict on a beginning";
    *gate = true;
    ASSERT_TRUE(rests());
    window->frames(2);
    EXPECT_EQ(news()->block->records.size(), 8u * 1153);
    EXPECT_TRUE(window->widget("faults.none"));
    EXPECT_FALSE(window->widget("faults.so_far"));
}

TEST_F(UiXrayGrowing, CountsAreToldSoFar) {
    open_gated(XrayPanel::counts);
    EXPECT_TRUE(window->widget("counts.so_far"));
    EXPECT_FALSE(window->widget("counts.of_block"));
    *gate = true;
    ASSERT_TRUE(rests());
    window->frames(2);
    EXPECT_TRUE(window->widget("counts.of_block"));
    EXPECT_FALSE(window->widget("counts.so_far"));
}

TEST_F(UiXrayGrowing, TheZoomIsKeptWithTheBlock) {
    open_gated(XrayPanel::request);
    const float fitted_width = cell_width();
    window->wheel("xray.input", 4);
    window->frames(2);
    const float zoomed = cell_width();
    ASSERT_GT(zoomed, 1.5f * fitted_width);
    *gate = true;
    ASSERT_TRUE(rests());
    window->frames(2);
    EXPECT_FALSE(news()->block->records_cut);
    EXPECT_FLOAT_EQ(cell_width(), zoomed) << "it has grown, and is the same block";
    XrayView next = view();
    next.thread = 40;
    window->app().act(SetXray{next});
    window->frames(3);
    EXPECT_FLOAT_EQ(cell_width(), zoomed) << "another thread of it";
    next.block = 9;
    window->app().act(SetXray{next});
    window->frames(1);
    ASSERT_TRUE(rests());
    window->frames(3);
    EXPECT_LT(cell_width(), 0.9f * zoomed) << "another block is shown whole";
}

}  // namespace
}  // namespace convscope
