// The courses as paths: every lesson with how far the learner is in it.
#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "panels/lesson_words.h"
#include "panels/state.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/markdown_view.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Kind = Command::Kind;
using lessons::Course;
using lessons::Lesson;
using lessons::Progress;

constexpr float ring_radius = 15, ring_column = 48, gap_between = 4;  // in units of scale 1

// How much of a lesson is done, 0 … 1.
float share_of(const Lesson& lesson, const Progress& progress) {
    if (progress.finished) return 1;
    if (lesson.steps.empty()) return 0;
    const auto count = std::ranges::count_if(
        progress.done, [&](int step) { return step < static_cast<int>(lesson.steps.size()); });
    return static_cast<float>(count) / static_cast<float>(lesson.steps.size());
}

struct Card {
    const Lesson& lesson;
    std::string key;
    int number;
    Progress progress;
    bool running, first, last;
    bool broken() const { return lesson.steps.empty(); }
};

// Its number in a ring that closes as the lesson is done.
void draw_ring(const Card& card, ImVec2 middle, float top, float bottom, ImDrawList& list) {
    const Palette& p = palette();
    const float r = px(ring_radius);
    if (!card.first) list.AddLine({middle.x, top}, {middle.x, middle.y - r}, packed(p.line), px(2));
    if (!card.last) list.AddLine({middle.x, middle.y + r}, {middle.x, bottom}, packed(p.line), px(2));
    const bool finished = card.progress.finished && !card.broken();
    if (finished) list.AddCircleFilled(middle, r, packed(p.good, 0.18f), 40);
    list.AddCircle(middle, r, packed(finished ? p.good : p.field_hot), 40, px(2));
    const float share = share_of(card.lesson, card.progress);
    if (share > 0 && !finished) {
        constexpr float turn = 6.2831853f, up = -turn / 4;
        constexpr int parts = 48;
        const auto at = [&](int part) {
            const float angle = up + turn * share * static_cast<float>(part) / parts;
            return ImVec2(middle.x + r * std::cos(angle), middle.y + r * std::sin(angle));
        };
        for (int part = 0; part < parts; ++part)
            list.AddLine(at(part), at(part + 1), packed(p.accent), px(2.5f));
    }
    const std::string sign = card.broken() ? "!" : finished ? "✓" : std::to_string(card.number);
    const ImVec4& ink = card.broken() ? p.warning : finished ? p.good : begun(card.progress) ? p.text : p.dim;
    const WithFont strong(fonts().strong);
    const ImVec2 size = ImGui::CalcTextSize(sign.c_str());
    list.AddText({std::round(middle.x - size.x / 2), std::round(middle.y - size.y / 2)}, packed(ink),
                 sign.c_str());
}

// What a click does.
std::string way_in(const Card& card) {
    if (card.running) return "Running";
    if (card.progress.finished) return "Once more";
    if (begun(card.progress)) return cat("Continue at step ", card.progress.at + 1);
    return "Start";
}

std::string about_of(const Card& card) {
    return card.broken() ? error_of_file(card.lesson) : card.lesson.about;
}

void draw_right_side(const Card& card, ImVec2 to, float top, ImDrawList& list) {
    const WithFont small(fonts().small);
    const std::string words = way_in(card);
    const float x = to.x - text_width(words) - px(14);
    list.AddText({x, top}, packed(card.running ? palette().good : palette().accent), words.c_str());
    const std::string minutes = card.lesson.minutes > 0 ? cat(card.lesson.minutes, " min") : "";
    list.AddText({to.x - text_width(minutes) - px(14), top + ImGui::GetTextLineHeight() + px(5)},
                 packed(palette().dim), minutes.c_str());
}

void reset_button(const Card& card, ImVec2 place, Post& post) {
    const WithFont small(fonts().small);
    ImGui::SetCursorScreenPos(place);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(6), px(1)));
    ImGui::PushStyleColor(ImGuiCol_Text, palette().dim);
    if (quiet_button("Reset##reset")) post.command(Kind::lesson_reset, {}, card.key);
    ImGui::PopStyleColor();
    ImGui::PopStyleVar();
    registry().add_item(cat("lessons.reset.", card.key));
    tooltip("Forgets how far you are in this lesson.");
}

void draw_card(const Card& card, float width, Post& post) {
    const float side = px(150), text_x = px(ring_column);
    const float room = std::max(width - text_x - side - px(14), px(80));
    const float line = ImGui::GetFontSize() * 1.3f;
    const std::string title = card.broken() && card.lesson.title.empty() ? card.lesson.id : card.lesson.title;
    const auto about = [&] {
        const WithFont small(fonts().small);
        lessons::Span span;
        span.text = about_of(card);
        return flow(pieces_of({span}, {}, fonts().small, card.broken() ? palette().warning : palette().dim),
                    room);
    }();
    const float below = about.empty() ? 0 : px(20) * static_cast<float>(about.back().line + 1);
    const float height = px(11) * 2 + line + below;
    const ImVec2 from = ImGui::GetCursorScreenPos(), to{from.x + width, from.y + height};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    ImGui::PushID(card.key.c_str());
    const float reset = px(58);
    const bool clicked = ImGui::InvisibleButton("open", {width - reset, height});
    const bool hot = ImGui::IsItemHovered() && !card.broken();
    registry().add_item(cat("lessons.open.", card.key));
    if (hot || card.running)
        list.AddRectFilled({from.x + text_x - px(10), from.y}, to, packed(palette().field, hot ? 1.0f : 0.5f),
                           px(6));
    draw_ring(card, {from.x + px(ring_radius + 4), from.y + px(11) + px(ring_radius)},
              from.y - px(gap_between), to.y, list);
    {
        const WithFont strong(fonts().strong);
        list.AddText({from.x + text_x, from.y + px(11)}, packed(palette().text), fitted(title, room).c_str());
    }
    for (const PlacedPiece& piece : about) {
        const WithFont small(fonts().small);
        list.AddText(
            {from.x + text_x + piece.x, from.y + px(11) + line + px(20) * static_cast<float>(piece.line)},
            packed(piece.piece.colour), piece.piece.text.c_str());
    }
    if (!card.broken()) draw_right_side(card, {to.x - reset, to.y}, from.y + px(12), list);
    if (begun(card.progress) || card.progress.finished)
        reset_button(card, {to.x - px(62), from.y + px(11)}, post);
    ImGui::PopID();
    ImGui::SetCursorScreenPos({from.x, to.y + px(gap_between)});
    if (clicked && !card.broken()) post.command(Kind::open_lesson, {}, card.key);
}

std::string course_words(const State& state, const Course& course) {
    int finished = 0, minutes = 0;
    for (const lessons::LessonPtr& lesson : course.lessons) {
        finished += progress_of(state.settings, lesson_key(course, *lesson)).finished ? 1 : 0;
        minutes += lesson->minutes;
    }
    return cat(course.lessons.size(), course.lessons.size() == 1 ? " lesson" : " lessons",
               minutes > 0 ? cat("  ·  about ", minutes, " minutes") : "",
               finished > 0 ? cat("  ·  ", finished, " done") : "");
}

void draw_course(const State& state, const Course& course, float width, Post& post) {
    const bool own = course.title == lessons::own_course_title;
    {
        const WithFont title(fonts().title);
        text(own ? "Lessons" : course.title);
    }
    if (!own) tooltip(course.folder);
    {
        const WithFont small(fonts().small);
        dim_text(course_words(state, course));
    }
    ImGui::Dummy({0, px(6)});
    if (!course.error.empty()) {
        paragraph(course.error, palette().warning);
        registry().add_item("lessons.error");
    }
    for (size_t i = 0; i < course.lessons.size(); ++i) {
        const Lesson& lesson = *course.lessons[i];
        const std::string key = lesson_key(course, lesson);
        draw_card({lesson, key, static_cast<int>(i) + 1, progress_of(state.settings, key),
                   key == state.lesson.key, i == 0, i + 1 == course.lessons.size()},
                  width, post);
    }
    ImGui::Dummy({0, px(14)});
}

void draw_reset_all(const State& state, LessonMemory& memory, Post& post) {
    const bool any = std::ranges::any_of(
        state.settings.lessons, [](const auto& each) { return begun(each.second) || each.second.finished; });
    if (!any) {
        memory.asks_reset = false;
        return;
    }
    const WithFont small(fonts().small);
    if (!memory.asks_reset) {
        ImGui::PushStyleColor(ImGuiCol_Text, palette().dim);
        if (quiet_button("Reset the progress of all lessons")) memory.asks_reset = true;
        ImGui::PopStyleColor();
        registry().add_item("lessons.reset");
        return;
    }
    ImGui::AlignTextToFramePadding();
    text("Forget how far you are in all lessons?");
    ImGui::SameLine();
    if (ImGui::Button("Forget")) {
        post.command(Kind::lesson_reset);
        memory.asks_reset = false;
    }
    registry().add_item("lessons.reset.yes");
    ImGui::SameLine();
    if (ImGui::Button("Keep")) memory.asks_reset = false;
    registry().add_item("lessons.reset.no");
}

}  // namespace

void draw_lessons_tab(const State& state, PanelMemory& panels, Post& post) {
    const float room = ImGui::GetContentRegionAvail().x, width = std::min(room, px(820));
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + std::floor((room - width) / 2));
    ImGui::BeginGroup();
    ImGui::PushItemWidth(width);
    ImGui::Dummy({width, px(8)});
    if (state.lesson.courses.empty()) dim_text("Looking for lessons …");
    for (const Course& course : state.lesson.courses) draw_course(state, course, width, post);
    draw_reset_all(state, panels.lesson, post);
    ImGui::Dummy({0, px(12)});
    ImGui::PopItemWidth();
    ImGui::EndGroup();
}

}  // namespace convscope
