// The view of a text alone: which lines are drawn, and how it moves. ui_source_test.cpp points and clicks.
#include "core/text.h"
#include "gl/surface.h"
#include "ui_fixture.h"
#include "widgets/fonts.h"
#include "widgets/source_view.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

class SourceView : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!why_no_drawing().empty()) GTEST_SKIP() << why_no_drawing();
        surface = gl::make_offscreen_surface({640, 360});
        context = ImGui::CreateContext();
        ImGui::SetCurrentContext(context);
        ImGui::GetIO().IniFilename = nullptr;
        surface->start_imgui();
        ImGui_ImplOpenGL3_Init("#version 330 core");
        ImGui_ImplOpenGL3_NewFrame();
        load_fonts(1);
        apply_theme(Theme::dark, 1);
    }
    void TearDown() override {
        if (!context) return;
        ImGui_ImplOpenGL3_Shutdown();
        surface->stop_imgui();
        ImGui::DestroyContext(context);
    }
    void frame() {
        surface->bind();
        ImGui_ImplOpenGL3_NewFrame();
        surface->new_frame();
        ImGui::NewFrame();
        registry().new_frame();
        ImGui::SetNextWindowPos({0, 0});
        ImGui::SetNextWindowSize({640, 360});
        ImGui::Begin("test", nullptr, ImGuiWindowFlags_NoDecoration);
        source_view("source", text, figures, marks, memory, {{0, 0}, {640, 360}});
        ImGui::End();
        registry().new_frame();  // what was just drawn can be found
        ImGui::Render();
        surface->clear(palette().panel.x, palette().panel.y, palette().panel.z);
        ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    }
    bool shows(int line) const { return registry().find(cat("source.line.", line)).has_value(); }
    // Frames until the view rests; at most a hundred.
    int glide() {
        int count = 0;
        do frame();
        while (++count < 100 && memory.glide_to >= 0);
        frame();
        return count;
    }
    static SourceText numbered(const std::string& name, int lines) {
        std::vector<std::string> out;
        for (int i = 1; i <= lines; ++i) out.push_back(cat("float value", i, " = ", i, ".0f;  // ×"));
        return cuda_text(name, out);
    }

    std::unique_ptr<gl::Surface> surface;
    ImGuiContext* context = nullptr;
    SourceText text = numbered("a.cu", 1000);
    SourceFigures figures;
    SourceMarks marks;
    SourceViewMemory memory;
};

TEST_F(SourceView, DrawsTheLinesInSightAndNoOthers) {
    frame();
    frame();
    EXPECT_TRUE(shows(1));
    EXPECT_TRUE(shows(10));
    EXPECT_FALSE(shows(100));
    EXPECT_FALSE(shows(1000));
}

TEST_F(SourceView, GlidesToTheLitLineAndRestsThere) {
    frame();
    frame();
    marks.lit = 500;
    EXPECT_GT(glide(), 5);
    ASSERT_TRUE(shows(500));
    const float y = registry().find("source.line.500")->centre().y;
    EXPECT_GT(y, 60);
    EXPECT_LT(y, 300);
    // A neighbour is in sight already: nothing moves.
    marks.lit = 502;
    frame();
    frame();
    EXPECT_EQ(registry().find("source.line.500")->centre().y, y);
    marks.lit = 1000;
    glide();
    EXPECT_TRUE(shows(1000));
    EXPECT_FALSE(shows(500));
}

TEST_F(SourceView, AnotherTextBeginsAtItsTopOrAtItsLitLine) {
    frame();
    marks.lit = 800;
    glide();
    text = numbered("b.cu", 300);
    marks.lit = 0;
    frame();
    frame();
    EXPECT_TRUE(shows(1));
    text = numbered("c.cu", 600);
    marks.lit = 555;
    frame();
    frame();
    EXPECT_TRUE(shows(555));
}

TEST_F(SourceView, FiguresStandBesideTheirLine) {
    figures.columns = {{"requests", "requests", "tip"}, {"sectors", "sectors", "tip"}};
    figures.lines[3] = {{"18", 0.5f, ""}, {"4.2", 1, ""}};
    frame();
    frame();
    const auto requests = registry().find("source.line.3.requests");
    const auto sectors = registry().find("source.line.3.sectors");
    ASSERT_TRUE(requests && sectors);
    EXPECT_LT(requests->to.x, sectors->from.x + 1);
    EXPECT_EQ(requests->centre().y, registry().find("source.line.3")->centre().y);
    EXPECT_FALSE(registry().find("source.line.4.requests"));
    EXPECT_TRUE(registry().find("source.column.requests"));
}

TEST_F(SourceView, AnEmptyTextIsDrawn) {
    text = cuda_text("empty.cu", {});
    frame();
    frame();
    EXPECT_FALSE(shows(1));
    EXPECT_TRUE(registry().find("source"));
}

}  // namespace
}  // namespace convscope
