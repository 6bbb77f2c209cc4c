// The step of the lesson that runs: its text, what it asks, what is said to the answer, and the way on.
#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "panels/keyboard.h"
#include "panels/lesson_task.h"
#include "panels/lesson_words.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/markdown_view.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Kind = Command::Kind;
using lessons::LessonRun;

// The small buttons at the right of the head, from right to left.
void draw_head(const State& state, Post& post) {
    const LessonRun& run = *state.lesson.run;
    const WithFont small(fonts().small);
    const char* present = state.lesson.presenting ? "End (Esc)" : "Present";
    const float padding = 2 * ImGui::GetStyle().FramePadding.x;
    const float buttons = text_width(present) + text_width("Leave") + 2 * padding + px(2);
    const float room = ImGui::GetContentRegionAvail().x, start = ImGui::GetCursorPosX();
    ImGui::AlignTextToFramePadding();
    dim_text(fitted(run.lesson().title, room - buttons - px(6)));
    registry().add_item("lesson.title");
    tooltip(run.lesson().title);
    ImGui::SameLine(start + room - buttons + ImGui::GetStyle().FramePadding.x);
    ImGui::PushStyleColor(ImGuiCol_Text, palette().dim);
    if (quiet_button(cat(present, "##present"))) post.command(Kind::toggle_presentation);
    registry().add_item("lesson.present");
    tooltip(cat("Large text, and only the views (", keys_of(Kind::toggle_presentation), ")"));
    ImGui::SameLine(0, px(2));
    if (quiet_button("Leave##lesson")) post.command(Kind::leave_lesson);
    registry().add_item("lesson.leave");
    tooltip("Back to your own experiment. The lesson goes on at this step when you open it again.");
    ImGui::PopStyleColor();
}

// A dot for every step: those that are done are filled.
void draw_dots(const State& state, Post& post) {
    const LessonRun& run = *state.lesson.run;
    const auto& steps = run.lesson().steps;
    const std::string words = cat(run.at() + 1, " of ", steps.size());
    const WithFont small(fonts().small);
    const float room = ImGui::GetContentRegionAvail().x - text_width(words) - px(8);
    const float apart = std::min(px(18), room / static_cast<float>(steps.size()));
    const float height = ImGui::GetTextLineHeight(), radius = std::min(px(4), apart * 0.36f);
    const ImVec2 start = ImGui::GetCursorScreenPos();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    for (size_t i = 0; i < steps.size(); ++i) {
        const ImVec2 from{start.x + apart * static_cast<float>(i), start.y};
        const ImVec2 middle{from.x + radius + 1, from.y + height / 2};
        ImGui::SetCursorScreenPos(from);
        ImGui::PushID(static_cast<int>(i));
        if (ImGui::InvisibleButton("dot", {apart, height}))
            post.command({.kind = Kind::lesson_step, .number = static_cast<double>(i)});
        const bool hot = ImGui::IsItemHovered();
        registry().add_item(cat("lesson.step.", i));
        tooltip(cat(i + 1, "  ", steps[i].title));
        ImGui::PopID();
        const bool present = i == run.at(), done = run.progress().done.contains(static_cast<int>(i));
        const ImVec4& ink = !steps[i].error.empty() ? palette().warning
                            : present               ? palette().accent
                            : done                  ? palette().good
                            : hot                   ? palette().text
                                                    : palette().dim;
        if (present || done)
            list.AddCircleFilled(middle, radius, packed(ink), 20);
        else
            list.AddCircle(middle, radius - 0.5f, packed(ink), 20, px(1.3f));
        if (present) list.AddCircle(middle, radius + px(2.5f), packed(ink, 0.5f), 24, px(1.3f));
    }
    ImGui::SetCursorScreenPos({ImGui::GetWindowPos().x + ImGui::GetWindowWidth() -
                                   ImGui::GetStyle().WindowPadding.x - text_width(words),
                               start.y});
    dim_text(words);
    registry().add_item("lesson.place");
}

// In the place of a step that cannot be shown.
void draw_error(const LessonRun& run) {
    paragraph("This step cannot be shown.", palette().warning, fonts().strong);
    paragraph(run.error(), palette().text);
    const WithFont small(fonts().small);
    dim_text(place_in_file(run.lesson(), run.error_line()));
    registry().add_item("lesson.error");
    tooltip(run.lesson().path);
    ImGui::Dummy({0, px(2)});
    note(palette().dim, "The file is read again as soon as it is saved. The other steps work.");
}

// The step can be read, but its task cannot be judged with the experiment as it is.
void draw_trouble(const LessonRun& run) {
    ImGui::Dummy({0, px(2)});
    paragraph("With this experiment the task cannot be judged.", palette().warning, fonts().strong);
    paragraph(run.error(), palette().text);
    registry().add_item("lesson.error");
    note(palette().dim,
         cat(place_in_file(run.lesson(), run.error_line()), ". If you changed the experiment, undo it (",
             keys_of(Kind::undo), ") and try again."));
}

void draw_step(const State& state, LessonMemory& memory, Post& post) {
    const LessonRun& run = *state.lesson.run;
    const lessons::Step& step = run.step();
    paragraph(step.title, palette().text, fonts().title);
    ImGui::Dummy({0, px(3)});
    if (!state.lesson.file_error.empty()) note(palette().warning, state.lesson.file_error);
    if (run.broken()) return draw_error(run);
    markdown_view(step.text, state.lesson.laboratory);
    if (step.has_task()) draw_lesson_task(state, memory, post);
    if (!run.error().empty()) draw_trouble(run);
    if (!run.explained() || step.explanation.empty()) return;
    ImGui::Dummy({0, px(4)});
    const ImVec2 from = ImGui::GetCursorScreenPos();
    ImGui::BeginGroup();
    markdown_view(step.explanation, state.lesson.laboratory);
    ImGui::EndGroup();
    registry().add("lesson.explanation", from, ImGui::GetItemRectMax());
}

// A button that is the way on: filled where it is what comes next.
bool way_on(const char* title, const char* name, bool next, float width) {
    const Palette& p = palette();
    if (next) {
        ImGui::PushStyleColor(ImGuiCol_Button, p.accent);
        ImGui::PushStyleColor(ImGuiCol_ButtonHovered, ImVec4(p.accent.x, p.accent.y, p.accent.z, 0.85f));
        ImGui::PushStyleColor(ImGuiCol_Text, p.panel);
    }
    const bool clicked = ImGui::Button(cat(title, "##", name).c_str(), {width, 0});
    if (next) ImGui::PopStyleColor(3);
    registry().add_item(name);
    return clicked;
}

// Behind the last step.
void draw_end(const State& state, Post& post) {
    const LessonRun& run = *state.lesson.run;
    ImGui::Dummy({0, px(10)});
    paragraph("✓ Finished", palette().good, fonts().title);
    paragraph(cat("You have worked through “", run.lesson().title, "”."), palette().text);
    registry().add_item("lesson.finished");
    ImGui::Dummy({0, px(8)});
    const float width = ImGui::GetContentRegionAvail().x;
    if (const auto& next = state.lesson.following) {
        paragraph(cat("Next: ", next->title), palette().dim);
        if (way_on("Next lesson", "lesson.following", true, width))
            post.command(Kind::open_lesson, {}, next->key);
    }
    if (way_on("All lessons", "lesson.all", !state.lesson.following, width)) {
        post.command(Kind::leave_lesson);
        post.command(Kind::show_lessons);
    }
    if (way_on("Back to my experiment", "lesson.home", false, width)) post.command(Kind::leave_lesson);
}

void draw_foot(const State& state, Post& post) {
    const LessonRun& run = *state.lesson.run;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float room = ImGui::GetContentRegionAvail().x;
    ImGui::GetWindowDrawList()->AddLine(at, {at.x + room, at.y}, packed(palette().line));
    ImGui::SetCursorScreenPos({at.x, at.y + px(10)});
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(12), px(5)));
    const bool can_go_back = !run.first() || state.lesson.at_end;
    if (!can_go_back) ImGui::BeginDisabled();
    if (way_on("Back", "lesson.back", false, 0)) post.command(Kind::lesson_back);
    if (!can_go_back) ImGui::EndDisabled();
    tooltip(cat("The step before (", keys_of(Kind::lesson_back), ")"));
    if (!state.lesson.at_end) {
        const char* title = run.last() ? "Finish" : "Next";
        const float width = std::max(text_width(title) + px(24), px(108));
        ImGui::SameLine(ImGui::GetStyle().WindowPadding.x + room - width);
        if (way_on(title, "lesson.next", run.explained(), width)) post.command(Kind::lesson_next);
        tooltip(cat(run.explained() ? "" : "On without an answer: a later visit can bring it. ", "(",
                    keys_of(Kind::lesson_next), ")"));
    }
    ImGui::PopStyleVar();
}

}  // namespace

void draw_lesson_panel(const State& state, PanelMemory& panels, Post& post) {
    const LessonRun& run = *state.lesson.run;
    LessonMemory& memory = panels.lesson;
    const bool other_step = memory.key != state.lesson.key || memory.step != run.at();
    if (other_step) memory = {.key = state.lesson.key, .step = run.at(), .explained = run.explained()};
    if (run.explained() && !memory.explained) memory.scrolling = 3;
    memory.explained = run.explained();
    draw_head(state, post);
    draw_dots(state, post);
    ImGui::Dummy({0, px(2)});
    const float foot = ImGui::GetFrameHeight() + px(22);
    ImGui::BeginChild("lesson.body", {0, ImGui::GetContentRegionAvail().y - foot}, false);
    if (other_step) ImGui::SetScrollY(0);
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), px(6)));
    if (state.lesson.at_end)
        draw_end(state, post);
    else
        draw_step(state, memory, post);
    ImGui::PopStyleVar();
    ImGui::EndChild();
    draw_foot(state, post);
}

}  // namespace convscope
