#include "panels/lesson_task.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "numbers.h"
#include "panels/keyboard.h"
#include "panels/pictures.h"
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
using lessons::Prediction;
using Phase = LessonRun::Phase;

void answer_number(LessonMemory& memory, Post& post) {
    const auto number = typed_answer(memory.typed.data());
    memory.refused = number ? std::string() : "Type a number without commas, as 1024 or 0.25.";
    if (number) post.command({.kind = Kind::lesson_answer, .number = *number});
}

void draw_number(const State& state, LessonMemory& memory, Post& post) {
    const LessonRun& run = *state.lesson.run;
    const Prediction& asked = *run.step().prediction;
    const bool open = !run.solved();
    if (!open) ImGui::BeginDisabled();
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(10), px(5)));
    ImGui::SetNextItemWidth(px(104));
    bool entered = false;
    // Another step's field does not go on with what was typed in this one.
    ImGui::PushID(memory.key.c_str());
    ImGui::PushID(static_cast<int>(memory.step));
    {
        const WithFont numbers(fonts().numbers);
        entered = ImGui::InputTextWithHint(
            "##answer", "?", memory.typed.data(), memory.typed.size(),
            ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
    }
    ImGui::PopID();
    ImGui::PopID();
    registry().add_item("lesson.answer");
    if (entered) ImGui::SetKeyboardFocusHere(-1);  // another answer can follow
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    if (!asked.unit.empty()) {
        dim_text(asked.unit);
        ImGui::SameLine();
    }
    const bool clicked = ImGui::Button("Check");
    registry().add_item("lesson.check");
    ImGui::PopStyleVar();
    if (!open) ImGui::EndDisabled();
    if (open && (entered || clicked)) answer_number(memory, post);
    if (!memory.refused.empty()) {
        note(palette().warning, memory.refused);
        registry().add_item("lesson.refused");
    }
}

// Before its words: the key that chooses it, or a tick where it is the right one.
void draw_option_sign(size_t index, ImVec2 middle, const ImVec4& ink, bool right) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const std::string sign = right ? "✓" : option_letter(index);
    if (sign.empty()) return list.AddCircle(middle, px(4.5f), packed(ink), 20, px(1.3f));
    const ImVec2 size = ImGui::CalcTextSize(sign.c_str());
    list.AddText({std::round(middle.x - size.x / 2), std::round(middle.y - size.y / 2)}, packed(ink),
                 sign.c_str());
}

// A button as wide as the column, whose words wrap.
bool option_button(const State& state, size_t index) {
    const LessonRun& run = *state.lesson.run;
    const Palette& p = palette();
    const bool open = !run.solved();
    const auto& given = run.given();
    const auto at = static_cast<double>(index);
    const bool right = !open && run.right_number() == at;
    const bool wrong = run.phase() == Phase::wrong && given && given->number == at;
    const float pad = px(10), sign = px(22), width = ImGui::GetContentRegionAvail().x - px(2);
    lessons::Span span;
    span.text = lessons::filled(run.step().prediction->options[index].text, state.lesson.laboratory);
    const ImVec4& ink = open || right ? p.text : p.dim;
    const float line = std::round(ImGui::GetFontSize() * 1.3f);
    const auto placed =
        flow(pieces_of({span}, state.lesson.laboratory, fonts().text, ink), width - 2 * pad - sign);
    const size_t lines = placed.empty() ? 1 : placed.back().line + 1;
    const float height = line * static_cast<float>(lines) + 2 * px(6);
    const ImVec2 from = ImGui::GetCursorScreenPos();
    if (!open) ImGui::BeginDisabled();
    const bool clicked = ImGui::InvisibleButton(cat("option.", index).c_str(), {width, height});
    const bool hot = ImGui::IsItemHovered();
    if (!open) ImGui::EndDisabled();
    registry().add_item(cat("lesson.option.", index));
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 to{from.x + width, from.y + height};
    list.AddRectFilled(from, to, packed(hot && open ? p.field_hot : p.field), px(5));
    if (right || wrong) compat::add_rect(list, from, to, packed(right ? p.good : p.warning), px(5), px(1.5f));
    draw_option_sign(index, {from.x + pad + px(5), from.y + px(6) + line / 2},
                     right   ? p.good
                     : wrong ? p.warning
                             : p.dim,
                     right);
    for (const PlacedPiece& piece : placed) {
        const WithFont font(piece.piece.font);
        list.AddText({from.x + pad + sign + piece.x, from.y + px(6) + line * static_cast<float>(piece.line) +
                                                         std::round((line - ImGui::GetFontSize()) / 2)},
                     packed(piece.piece.colour), piece.piece.text.c_str());
    }
    return clicked && open;
}

void draw_options(const State& state, Post& post) {
    const size_t count = state.lesson.run->step().prediction->options.size();
    for (size_t i = 0; i < count; ++i)
        if (option_button(state, i))
            post.command({.kind = Kind::lesson_answer, .number = static_cast<double>(i)});
}

void draw_question(const State& state, LessonMemory& memory, Post& post) {
    const LessonRun& run = *state.lesson.run;
    const Prediction& asked = *run.step().prediction;
    switch (asked.kind) {
        case Prediction::Kind::number:
            return draw_number(state, memory, post);
        case Prediction::Kind::choice:
            return draw_options(state, post);
        case Prediction::Kind::cell:
            if (!run.solved())
                paragraph(cat("Click an element of the ", view_name(asked.view), "."), palette().dim);
            return;
    }
}

// What is said to the answer.
void draw_verdict(const State& state) {
    const LessonRun& run = *state.lesson.run;
    const bool predicts = run.step().prediction.has_value();
    const auto say = [&](const std::string& words, const ImVec4& colour) {
        paragraph(words, colour, fonts().strong);
        registry().add_item("lesson.verdict");
    };
    switch (run.phase()) {
        case Phase::asking:
            break;
        case Phase::judging:
            say("Computing what the answer is held against …", palette().dim);
            break;
        case Phase::wrong:
            if (run.remark().empty()) say("Not quite. Try again.", palette().warning);
            break;
        case Phase::done:
            say(predicts ? "✓ Right" : "✓ Done", palette().good);
            break;
        case Phase::told: {
            const bool number = predicts && run.step().prediction->kind == Prediction::Kind::number;
            const std::string unit = number ? run.step().prediction->unit : std::string();
            if (number && run.right_number())
                say(cat("It is ", lessons::value_text(*run.right_number()), unit.empty() ? "" : " ", unit,
                        "."),
                    palette().accent);
            else
                say(predicts ? "This is the answer." : "This is how.", palette().accent);
            break;
        }
    }
    if (run.remark().empty()) return;
    const bool calm = run.solved() || !predicts;
    paragraph(run.remark(), calm ? palette().text : palette().warning);
    registry().add_item("lesson.remark");
}

void draw_help(const State& state, Post& post) {
    const LessonRun& run = *state.lesson.run;
    for (const std::string& hint : run.hints()) {
        paragraph(hint, palette().dim);
        registry().add_item("lesson.given_hint");
    }
    if (run.solved() || run.phase() == Phase::judging) return;
    const WithFont small(fonts().small);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(4), px(3)));
    ImGui::PushStyleColor(ImGuiCol_Text, palette().dim);
    if (run.more_hints()) {
        if (quiet_button(run.hints().empty() ? "Hint##lesson" : "Another hint##lesson"))
            post.command(Kind::lesson_hint);
        registry().add_item("lesson.hint");
        ImGui::SameLine();
    }
    if (quiet_button(run.step().goal ? "Show me##lesson" : "Tell me##lesson"))
        post.command(Kind::lesson_tell);
    registry().add_item("lesson.tell");
    tooltip(run.step().goal ? "Carries out a solution." : "Shows the right answer.");
    ImGui::PopStyleColor();
    ImGui::PopStyleVar();
}

// "1,024" is a thousand to some and one to others.
bool groups_thousands(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const size_t comma = text.find(',');
    if (comma == std::string_view::npos) return false;
    std::string_view whole = text.substr(0, comma);
    while (!whole.empty() && !is_digit(whole.front())) whole.remove_prefix(1);
    const std::string_view rest = text.substr(comma + 1);
    const auto end = std::ranges::find_if_not(rest, is_digit);
    return !whole.empty() && whole.front() != '0' && end - rest.begin() == 3;
}

}  // namespace

const Prediction* asked_now(const LessonState& lesson) {
    const LessonRun* run = lesson.run;
    if (!run || lesson.at_end || run->broken() || run->solved() || !run->step().prediction) return nullptr;
    return &*run->step().prediction;
}

std::optional<double> typed_answer(std::string_view text) {
    constexpr std::string_view minus = "−";
    std::string clean;
    for (size_t at = 0; at < text.size(); ++at) {
        if (text.substr(at).starts_with(minus)) {
            clean += '-';
            at += minus.size() - 1;
        } else if (text[at] != ' ') {
            clean += text[at];
        }
    }
    if (groups_thousands(clean)) return std::nullopt;
    std::ranges::replace(clean, ',', '.');
    const NumberStart first = number_start(clean);
    if (first.length == 0) return std::nullopt;
    double value = first.wide;
    std::string_view rest = std::string_view(clean).substr(first.length);
    if (rest.starts_with('/')) {
        const NumberStart below = number_start(rest.substr(1));
        if (below.length == 0 || below.wide == 0) return std::nullopt;
        value /= below.wide;
        rest = rest.substr(1 + below.length);
    }
    return rest.empty() && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

void draw_lesson_task(const State& state, LessonMemory& memory, Post& post) {
    const LessonRun& run = *state.lesson.run;
    ImGui::Dummy({0, px(4)});
    const ImVec2 from = ImGui::GetCursorScreenPos();
    ImGui::Indent(px(14));
    if (run.step().goal && !run.solved()) {
        paragraph("Your turn", palette().accent, fonts().strong);
        registry().add_item("lesson.goal");
    }
    if (run.step().prediction) draw_question(state, memory, post);
    draw_verdict(state);
    if (memory.scrolling > 0) {
        --memory.scrolling;
        ImGui::SetScrollHereY(0.35f);
    }
    draw_help(state, post);
    ImGui::Unindent(px(14));
    const float bottom = ImGui::GetItemRectMax().y;
    ImGui::GetWindowDrawList()->AddRectFilled(from, {from.x + px(3), bottom},
                                              packed(run.solved() ? palette().good : palette().accent, 0.8f),
                                              px(1));
}

}  // namespace convscope
