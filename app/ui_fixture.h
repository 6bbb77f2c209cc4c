// What every test of the window needs: a window without a display, and checks of what it shows.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "background_runner_fake.h"
#include "core/errors.h"
#include "reference/verification.h"
#include "window_driver.h"

namespace convscope {

inline constexpr gl::PixelSize usual{1280, 800};

// Why nothing can be drawn here; empty where it can.
inline const std::string& why_no_drawing() {
    static const std::string why = [] {
        try {
            gl::make_offscreen_surface({16, 16});
            return std::string();
        } catch (const Error& error) {
            return std::string(error.what());
        }
    }();
    return why;
}

// Small whole numbers, whose sums leave no rounding.
inline Experiment small_experiment() {
    Experiment e;
    e.spec.input = {1, 9, 11};
    e.spec.in_channels = 2;
    e.spec.out_channels = 4;
    e.spec.kernel_size = {1, 3, 3};
    e.source.fill = Fill::integers;
    e.weights.fill = Fill::integers;
    return e;
}

class Ui : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!why_no_drawing().empty()) GTEST_SKIP() << why_no_drawing();
    }
    void open(const Experiment& experiment, gl::PixelSize size = usual, float scale = 1) {
        AppOptions options = app_options(experiment, CONVSCOPE_BINARY_DIR "/modules");
        options.refine = false;
        options.settings.scale = scale;
        window = std::make_unique<OffscreenApp>(size, options);
        ASSERT_TRUE(window->wait_for_result());
    }
    void open_fake(const std::shared_ptr<FakeSpeed>& speed) {
        Experiment e = small();
        window = std::make_unique<OffscreenApp>(
            usual, AppOptions{.experiment = e, .find_devices = [speed] { return fake_devices(speed); }});
    }
    static Experiment small() { return small_experiment(); }
    const Result& result() { return *window->app().result(); }
    // The drawn output against the reference, element by element: integers leave no rounding.
    void expect_right() {
        ASSERT_TRUE(window->app().shown());
        const OutputBuffer& output = *window->app().shown()->output;
        const Reference reference = reference_whole(result().problem, result().tensors);
        ASSERT_EQ(static_cast<int64_t>(reference.values.size()), output.elements());
        std::vector<float> values(reference.values.size());
        output.copy_to_host(0, values);
        for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], reference.values[i]) << i;
    }
    // The shown row was verified: every error within its bound, integers exact.
    void expect_right_within_bounds() {
        ASSERT_TRUE(window->app().shown());
        EXPECT_EQ(window->app().shown()->verification.state, Verification::State::verified);
    }
    // Draws until the condition holds, and then what follows from it.
    template <class Condition>
    bool becomes(const Condition& condition, double seconds = 20) {
        return window->wait_until(seconds, condition);
    }
    std::unique_ptr<OffscreenApp> window;
};

}  // namespace convscope
