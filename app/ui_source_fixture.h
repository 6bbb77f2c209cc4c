// What the tests of the Source tab and of the X-ray tab's figures share.
#pragma once
#include <imgui.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/text.h"
#include "ui_fixture.h"
#include "widgets/layout.h"

namespace convscope {

inline const std::string modules = CONVSCOPE_BINARY_DIR "/modules";

class UiSource : public Ui {
  protected:
    // The small experiment (1×2×9×11, 3×3, 4 outputs) or a depthwise one with padding on this tab; its grid
    // is counted.
    void open_tab(Tab tab, const XrayView& view, Operator op = Operator::conv2d,
                  const std::array<int64_t, 3>& input = {1, 9, 11}) {
        Experiment e = small();
        e.spec.op = op;
        e.spec.input = {input[0], input[1], input[2]};
        if (op == Operator::depthwise_conv2d) {
            e.spec.out_channels.reset();
            e.spec.padding = {0, 1, 1};
        }
        e.tab = tab;
        e.xray = view;
        open(e, {1600, 1000});
        ASSERT_TRUE(becomes([&] { return news()->counts != nullptr; }))
            << news()->error << news()->counts_error;
        window->frames(3);
    }
    std::shared_ptr<const XrayNews> news() { return window->app().xray(); }
    bool shows(const std::string& name) { return window->widget(name).has_value(); }
    // The tooltip that appears where the mouse rests on the widget.
    std::string tip(const std::string& name) {
        window->mouse_away();
        window->hover(name);
        window->frames(30);
        return shown_tooltip();
    }
    // The number of the only line of a kernels' file with these words.
    static int line_with(const std::string& file, const std::string& words) {
        const std::vector<std::string> lines = xray::source_text(modules, file);
        int found = 0;
        for (size_t i = 0; i < lines.size(); ++i)
            if (lines[i].find(words) != std::string::npos) {
                EXPECT_EQ(found, 0) << words << " stands in two lines";
                found = static_cast<int>(i) + 1;
            }
        EXPECT_GT(found, 0) << words;
        return found;
    }
    static std::string clipboard() {
        const char* text = ImGui::GetClipboardText();
        return text ? text : "";
    }
};

}  // namespace convscope
