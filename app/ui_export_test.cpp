// What is taken away from the window by the clipboard and as an animation, and what is pasted into it.
#include <filesystem>
#include <fstream>

#include "core/text.h"
#include "export/gif.h"
#include "ui_fixture.h"

namespace convscope {
namespace {

using Kind = Command::Kind;

class UiExport : public Ui {
  protected:
    std::string clipboard() {
        const char* text = ImGui::GetClipboardText();
        return text ? text : "";
    }
};

TEST_F(UiExport, CodeAndLineAreCopied) {
    open(small());
    window->app().command({Kind::copy_pytorch});
    EXPECT_NE(clipboard().find("conv2d"), std::string::npos);
    EXPECT_NE(clipboard().find("import torch"), std::string::npos);
    window->app().command({Kind::copy_command_line});
    EXPECT_EQ(clipboard().rfind("convscope run ", 0), 0u) << clipboard();
    EXPECT_NE(clipboard().find("--kernel-size 3"), std::string::npos);
    EXPECT_FALSE(window->app().notice().empty());
    // An illegal experiment is refused with its rule.
    window->enter_number("groups", "3");
    window->app().command({Kind::copy_pytorch});
    EXPECT_NE(window->app().banner().find("not divisible"), std::string::npos);
}

TEST_F(UiExport, ValuesOfASliceAreCopied) {
    open(small());
    window->app().command({Kind::copy_values, {}, "weights"});
    const auto& w = result().tensors.weights->values;
    EXPECT_EQ(clipboard().substr(0, clipboard().find('\n')), cat(w[0], "\t", w[1], "\t", w[2]));
    window->app().command({Kind::copy_values, {}, "middle"});
    EXPECT_NE(window->app().banner().find("middle"), std::string::npos);
}

TEST_F(UiExport, AMatrixIsPastedInEveryForm) {
    open(small());
    for (const char* text : {"[[0, 1, 0], [1, -4, 1]]", "[0 1 0; 1 -4 1]", "0 1 0\n1 -4 1\n"}) {
        ImGui::SetClipboardText(text);
        window->app().command({Kind::paste_weights});
        ASSERT_TRUE(window->wait_for_result());
        EXPECT_EQ(result().problem.kernel_size(), (Axes{1, 2, 3})) << text;
        EXPECT_EQ(result().tensors.weights->values[4], -4) << text;
        expect_right();
    }
    const Experiment before = window->experiment();
    ImGui::SetClipboardText("[[1, 2], [3]]");
    window->app().command({Kind::paste_weights});
    EXPECT_FALSE(window->app().banner().empty());
    EXPECT_EQ(window->experiment(), before);
}

TEST_F(UiExport, TheAnimationBecomesAFile) {
    if (!gif_supported()) GTEST_SKIP() << gif_support_text();
    Experiment e = small();
    e.spec.input = {1, 4, 5};
    open(e);
    const std::string path = (std::filesystem::temp_directory_path() / "convscope_ui_test.gif").string();
    window->app().command({Kind::save_animation, path});
    EXPECT_TRUE(window->app().recording());
    ASSERT_TRUE(becomes([&] { return !window->app().recording(); }));
    EXPECT_EQ(window->app().banner(), "");
    std::ifstream file(path, std::ios::binary);
    std::string head(6, ' ');
    file.read(head.data(), 6);
    EXPECT_EQ(head, "GIF89a");
    EXPECT_GT(std::filesystem::file_size(path), 2000u);
    std::filesystem::remove(path);
    window->app().command({Kind::save_animation, "/no/such/folder/a.gif"});
    ASSERT_TRUE(becomes([&] { return !window->app().recording(); }));
    EXPECT_NE(window->app().banner().find("/no/such/folder"), std::string::npos);
}

}  // namespace
}  // namespace convscope
