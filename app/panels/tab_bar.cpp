// The line of tabs under the menu.
#include <array>

#include "core/text.h"
#include "panels/keyboard.h"
#include "panels/state.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Kind = Command::Kind;

struct TabRow {
    Tab tab;
    Kind kind;
    const char *title, *name, *tip;
};
constexpr std::array<TabRow, 4> tabs{{
    {Tab::explore, Kind::show_explore, "Explore", "tab.explore", "Turn parameters and look at results"},
    {Tab::xray, Kind::show_xray, "X-ray", "tab.xray", "See what each thread of a kernel reads and writes"},
    {Tab::lessons, Kind::show_lessons, "Lessons", "tab.lessons", "A course that checks you"},
    {Tab::source, Kind::show_source, "Source", "tab.source", "Read the kernel's text"},
}};

void draw_tab_button(const TabRow& row, bool chosen, Post& post) {
    const float height = px(34);
    ImGui::PushStyleColor(ImGuiCol_Text, chosen ? palette().text : palette().dim);
    const bool clicked =
        quiet_button(cat(row.title, "##", row.name), {text_width(row.title) + 2 * px(14), height});
    ImGui::PopStyleColor();
    const ImVec2 from = ImGui::GetItemRectMin(), to = ImGui::GetItemRectMax();
    registry().add(row.name, from, to);
    tooltip(cat(row.tip, " (", keys_of(row.kind), ")"));
    if (chosen)
        ImGui::GetWindowDrawList()->AddRectFilled({from.x + px(10), to.y - px(3)}, {to.x - px(10), to.y},
                                                  packed(palette().accent), px(1));
    if (clicked) post.command(row.kind);
    ImGui::SameLine(0, 0);
}

// The first lesson that comes with the program; nullptr where there is none.
const lessons::Lesson* first_lesson(const State& state) {
    if (state.lesson.courses.empty()) return nullptr;
    for (const lessons::LessonPtr& lesson : state.lesson.courses.back().lessons)
        if (!lesson->steps.empty()) return lesson.get();
    return nullptr;
}

// One quiet line for somebody who is here for the first time.
void greet(const State& state, Post& post) {
    const lessons::Lesson* first = first_lesson(state);
    if (!state.settings.newcomer || !first || state.lesson.run) return;
    const WithFont small(fonts().small);
    const char* words = "New here? Lesson 1 shows how a convolution works.";
    const char *start = "Start", *close = "×";
    const ImGuiStyle& style = ImGui::GetStyle();
    const float buttons = text_width(start) + text_width(close) + 4 * style.FramePadding.x + px(14);
    const float used = ImGui::GetCursorPosX() + px(24);
    const float room = ImGui::GetWindowWidth() - px(14) - used - buttons;
    if (room < px(60)) return;
    const std::string line = fitted(words, room);
    ImGui::SetCursorPos({used + room - text_width(line), (px(34) - ImGui::GetFrameHeight()) / 2});
    ImGui::AlignTextToFramePadding();
    dim_text(line);
    registry().add_item("greeting");
    ImGui::SameLine(0, px(8));
    ImGui::PushStyleColor(ImGuiCol_Text, palette().accent);
    if (quiet_button("Start##greeting")) post.command(Kind::open_lesson, {}, first->id);
    ImGui::PopStyleColor();
    registry().add_item("greeting.start");
    ImGui::SameLine(0, px(2));
    ImGui::PushStyleColor(ImGuiCol_Text, palette().dim);
    if (quiet_button("×##greeting")) post.command(Kind::greeted);
    ImGui::PopStyleColor();
    registry().add_item("greeting.close");
    tooltip("Does not come back. The tab Lessons is always there.");
}

}  // namespace

void draw_tab_bar(const State& state, Post& post) {
    ImGui::PushStyleVar(ImGuiStyleVar_FrameRounding, 0);
    for (const TabRow& row : tabs) draw_tab_button(row, state.experiment.tab == row.tab, post);
    ImGui::PopStyleVar();
    greet(state, post);
}

}  // namespace convscope
