// What the tests of the X-ray tab share.
#pragma once
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "ui_fixture.h"
#include "views/xray_map.h"

namespace convscope {

// 8 channels of 7×9 outputs: 504 threads in two blocks of 256.
inline Experiment two_blocks() {
    Experiment e = small_experiment();
    e.spec.out_channels = 8;
    e.tab = Tab::xray;
    return e;
}

class UiXray : public Ui {
  protected:
    const XrayView& view() const { return window->experiment().xray; }
    std::shared_ptr<const XrayNews> news() { return window->app().xray(); }
    bool rests() { return window->wait_for_rest(60); }
    // The text of the line that the present record stands in.
    std::string lit_line() {
        const auto now = news();
        const XrayChoice c = xray_choice(view(), *now->block);
        const sim::TraceRecord* record = present_record(*now->block, c);
        if (!record) return "nothing is present";
        const auto& places = now->block->places(record->offset);
        if (places.empty()) return "no place is known";
        const auto lines = xray::source_text(CONVSCOPE_BINARY_DIR "/modules", places.front().file);
        return lines.at(static_cast<size_t>(places.front().line) - 1);
    }
    // Of the middle of a picture, 0 … 255.
    double brightness(const std::string& name) {
        const WidgetRect rect = *window->widget(name);
        window->mouse_away();
        const std::vector<uint8_t> rgba = window->pixels();
        const ImVec2 at = rect.centre();
        double sum = 0;
        constexpr int half = 12;
        for (int y = -half; y < half; ++y)
            for (int x = -half; x < half; ++x)
                for (int c = 0; c < 3; ++c)
                    sum += rgba[4 * static_cast<size_t>((static_cast<int>(at.y) + y) * usual.width +
                                                        static_cast<int>(at.x) + x) +
                                static_cast<size_t>(c)];
        return sum / (3 * 4 * half * half);
    }
    void choose_kernel(const std::string& name) {
        window->click("xray.kernel");
        window->frames(3);
        window->click("xray.kernel." + name);
        ASSERT_TRUE(rests());
    }
};

}  // namespace convscope
