#include "widgets/source_view.h"

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "widgets/fonts.h"
#include "widgets/imgui_compat.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

ImVec4 rgb(unsigned hex) {
    const auto part = [&](int shift) { return static_cast<float>((hex >> shift) & 255) / 255.0f; };
    return {part(16), part(8), part(0), 1};
}

// Each has a contrast of 4.5 and more to the panel behind it.
ImVec4 colour_of(Syntax kind) {
    const bool dark = palette().panel.x < 0.5f;
    switch (kind) {
        case Syntax::keyword:
            return rgb(dark ? 0xb79be8 : 0x7138a8);
        case Syntax::type:
            return rgb(dark ? 0x74bfc4 : 0x0b6a73);
        case Syntax::cuda:
            return rgb(dark ? 0xeaa65c : 0xa84b00);
        case Syntax::number:
        case Syntax::string:
            return rgb(dark ? 0x9cc58c : 0x2f6d2c);
        case Syntax::comment:
            return palette().dim;
        case Syntax::preprocessor:
            return rgb(dark ? 0x90a7d6 : 0x42568a);
        case Syntax::plain:
            break;
    }
    return palette().text;
}

int& gliding_frame() {
    static int frame = -2;
    return frame;
}

// One drawing of the view.
struct Drawing {
    const std::string& name;
    const SourceText& text;
    const SourceFigures& figures;
    const SourceMarks& marks;
    SourceViewMemory& memory;
    Box area{};  // of the lines, without the header
    float line_height = 0;
    float number_end = 0;       // x from the left edge where line numbers end
    std::vector<float> ends{};  // of the columns
    float text_begin = 0;
};

float gap() {
    return px(10);
}

// The widths of all columns, so that nothing moves while one scrolls.
void set_up(Drawing& d) {
    const WithFont cells(fonts().cells);
    d.line_height = ImGui::GetFontSize() + px(4);
    d.number_end = px(14) + text_width(cat(std::max<size_t>(d.text.lines.size(), 100)));
    float end = d.number_end;
    for (size_t i = 0; i < d.figures.columns.size(); ++i) {
        float width = 0;
        for (const auto& [line, row] : d.figures.lines)
            if (i < row.size()) width = std::max(width, text_width(row[i].words));
        {
            const WithFont small(fonts().small);
            width = std::max(width, text_width(d.figures.columns[i].title));
        }
        end += gap() + std::ceil(width);
        d.ends.push_back(end);
    }
    d.text_begin = end + px(14);
}

void draw_header(const Drawing& d, ImVec2 from) {
    const WithFont small(fonts().small);
    const float height = ImGui::GetFontSize() + px(6);
    for (size_t i = 0; i < d.figures.columns.size(); ++i) {
        const SourceColumn& column = d.figures.columns[i];
        const float width = text_width(column.title);
        ImGui::SetCursorScreenPos({from.x + d.ends[i] - width, from.y});
        dim_text(column.title);
        registry().add_item(cat(d.name, ".column.", column.name));
        tooltip(column.tip);
    }
    ImGui::GetWindowDrawList()->AddRectFilled({d.area.from.x, from.y + height - px(1)},
                                              {d.area.to.x, from.y + height}, packed(palette().line));
}

void draw_figures(const Drawing& d, ImDrawList& list, int line, float y) {
    const auto row = d.figures.lines.find(line);
    if (row == d.figures.lines.end()) return;
    for (size_t i = 0; i < std::min(row->second.size(), d.ends.size()); ++i) {
        const SourceFigure& figure = row->second[i];
        const float end = d.area.from.x + d.ends[i];
        const float begin = d.area.from.x + (i > 0 ? d.ends[i - 1] : d.number_end) + gap() - px(3);
        const float bar = (end + px(3) - begin) * std::clamp(figure.heat, 0.0f, 1.0f);
        if (figure.heat > 0)
            list.AddRectFilled({end + px(3) - std::max(bar, px(2)), y + px(2)},
                               {end + px(3), y + d.line_height - px(2)},
                               packed(palette().warning, 0.14f + 0.22f * figure.heat), px(2));
        list.AddText({end - text_width(figure.words), y + px(2)}, packed(palette().text),
                     figure.words.c_str());
        registry().add(cat(d.name, ".line.", line, ".", d.figures.columns[i].name), {begin, y},
                       {end + px(3), y + d.line_height});
    }
}

// The tooltip of whatever of the line is under the mouse, which is the last item.
void draw_tip(const Drawing& d, int line) {
    const WithFont words(fonts().text);
    const float x = ImGui::GetIO().MousePos.x - d.area.from.x;
    const auto fault = d.marks.faults.find(line);
    if (fault != d.marks.faults.end() && x < d.number_end) tooltip(fault->second);
    const auto row = d.figures.lines.find(line);
    if (row == d.figures.lines.end()) return;
    for (size_t i = 0; i < std::min(row->second.size(), d.ends.size()); ++i)
        if (x < d.ends[i] + gap() / 2 && x >= (i > 0 ? d.ends[i - 1] : d.number_end) + gap() / 2)
            return tooltip(row->second[i].tip);
}

void draw_background(const Drawing& d, ImDrawList& list, int line, float y, bool hovered) {
    const ImVec2 from{d.area.from.x, y}, to{d.area.to.x, y + d.line_height};
    const bool lit = line == d.marks.lit;
    const bool faulty = d.marks.faults.contains(line);
    if (lit || std::ranges::find(d.marks.related, line) != d.marks.related.end())
        list.AddRectFilled(from, to, packed(palette().accent, lit ? 0.24f : 0.1f));
    else if (faulty)
        list.AddRectFilled(from, to, packed(palette().bad, 0.1f));
    if (hovered) list.AddRectFilled(from, to, packed(palette().text, 0.05f));
    if (lit) list.AddRectFilled(from, {from.x + px(3), to.y}, packed(palette().accent));
    if (faulty)
        list.AddCircleFilled({from.x + px(8), y + d.line_height / 2}, px(3.5f), packed(palette().bad));
}

void draw_words(const Drawing& d, ImDrawList& list, size_t index, float x, float y) {
    const std::string& words = d.text.lines[index];
    const char* begin = words.c_str();
    const std::string& found = d.marks.found;
    if (!found.empty())
        for (size_t at = words.find(found); at != std::string::npos;
             at = words.find(found, at + found.size())) {
            const float left = x + ImGui::CalcTextSize(begin, begin + at).x;
            const float width = ImGui::CalcTextSize(begin + at, begin + at + found.size()).x;
            list.AddRectFilled({left, y}, {left + width, y + d.line_height},
                               packed(palette().warning, 0.35f));
        }
    for (const SyntaxSpan& span : d.text.syntax[index]) {
        list.AddText({x, y + px(2)}, packed(colour_of(span.kind)), begin + span.begin, begin + span.end);
        x += ImGui::CalcTextSize(begin + span.begin, begin + span.end).x;
    }
}

// The line that the cursor stands at.
void draw_line(Drawing& d, size_t index, float width, SourceEvents& events) {
    const int line = static_cast<int>(index) + 1;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 place = ImGui::GetCursorScreenPos();
    ImGui::PushID(line);
    const bool clicked = ImGui::InvisibleButton("line", {width, d.line_height});
    ImGui::PopID();
    const bool hovered = ImGui::IsItemHovered();
    if (hovered) events.hovered = line;
    if (clicked) events.clicked = line;
    if (hovered && ImGui::IsMouseClicked(ImGuiMouseButton_Right)) d.memory.menu_line = line;
    registry().add(cat(d.name, ".line.", line), {d.area.from.x, std::max(place.y, d.area.from.y)},
                   {d.area.to.x, std::min(place.y + d.line_height, d.area.to.y)});
    draw_tip(d, line);
    draw_background(d, list, line, place.y, hovered);
    const std::string number = cat(line);
    list.AddText({d.area.from.x + d.number_end - text_width(number), place.y + px(2)},
                 packed(line == d.marks.lit ? palette().text : palette().dim), number.c_str());
    draw_figures(d, list, line, place.y);
    list.PushClipRect({d.area.from.x + d.text_begin - px(4), d.area.from.y}, d.area.to, true);
    draw_words(d, list, index, place.x + d.text_begin, place.y);
    list.PopClipRect();
}

// Begins to glide to the lit line where it has changed and is not well in sight, and goes on.
void glide(Drawing& d, float height) {
    SourceViewMemory& m = d.memory;
    const bool other_text = m.name != d.text.name;
    const float top = ImGui::GetScrollY(), line_top = static_cast<float>(d.marks.lit - 1) * d.line_height;
    if (other_text) {
        m = {.name = d.text.name};
        ImGui::SetScrollX(0);
        if (d.marks.lit == 0)
            ImGui::SetScrollY(static_cast<float>(std::max(d.marks.begin - 1, 0)) * d.line_height);
    }
    if (d.marks.lit != m.lit) {
        m.lit = d.marks.lit;
        const float margin = std::min(3 * d.line_height, height / 4);
        const bool in_sight = line_top >= top + margin && line_top + d.line_height <= top + height - margin;
        if (m.lit > 0 && (!in_sight || other_text)) m.glide_to = std::max(0.0f, line_top - height * 0.38f);
    }
    if (m.glide_to < 0) return;
    if (ImGui::IsWindowHovered() && ImGui::GetIO().MouseWheel != 0) {
        m.glide_to = -1;
        return;
    }
    const float share = 1 - std::exp(-14 * std::min(ImGui::GetIO().DeltaTime, 0.1f));
    const float way = std::min(m.glide_to, std::max(ImGui::GetScrollMaxY(), 0.0f)) - top;
    // The scroll limit of a text that was never drawn is not known yet.
    if (other_text || std::abs(way) <= 2) {
        ImGui::SetScrollY(m.glide_to);
        m.glide_to = -1;
        return;
    }
    ImGui::SetScrollY(top + (way > 0 ? std::ceil(way * share) : std::floor(way * share)));
    gliding_frame() = ImGui::GetFrameCount();
}

void copy_menu(Drawing& d, const SourceEvents& events) {
    const ImGuiIO& io = ImGui::GetIO();
    const auto copy_line = [&](int line) {
        ImGui::SetClipboardText(d.text.lines[static_cast<size_t>(line - 1)].c_str());
    };
    if (events.hovered > 0 && io.KeyCtrl && !io.WantTextInput && compat::pressed(compat::Key::c))
        copy_line(events.hovered);
    if (d.memory.menu_line > 0 && ImGui::IsMouseClicked(ImGuiMouseButton_Right)) ImGui::OpenPopup("copy");
    if (!ImGui::BeginPopup("copy")) return;
    const int line = std::min(d.memory.menu_line, static_cast<int>(d.text.lines.size()));
    if (line > 0 && ImGui::MenuItem(cat("Copy line ", line).c_str(), "Ctrl+C")) copy_line(line);
    if (ImGui::MenuItem("Copy all")) {
        std::string all;
        for (const std::string& each : d.text.lines) all += each + "\n";
        ImGui::SetClipboardText(all.c_str());
    }
    ImGui::EndPopup();
}

SourceEvents draw_lines(Drawing& d) {
    SourceEvents events;
    const WithFont cells(fonts().cells);
    size_t longest = 0;
    for (size_t i = 0; i < d.text.lines.size(); ++i)
        if (d.text.lines[i].size() > d.text.lines[longest].size()) longest = i;
    const float words = d.text.lines.empty() ? 0 : text_width(d.text.lines[longest]);
    const float width = std::max(d.area.width(), d.text_begin + words + px(16));
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, 0));
    glide(d, d.area.height());
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(d.text.lines.size()), d.line_height);
    while (clipper.Step())
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i)
            draw_line(d, static_cast<size_t>(i), width, events);
    ImGui::PopStyleVar();
    return events;
}

SourceText text_of(std::string name, const std::vector<std::string>& lines) {
    SourceText text{.name = std::move(name), .lines = {}, .syntax = {}};
    for (const std::string& line : lines) text.lines.push_back(drawable_line(line));
    return text;
}

}  // namespace

SourceText cuda_text(std::string name, const std::vector<std::string>& lines) {
    SourceText text = text_of(std::move(name), lines);
    text.syntax = cuda_syntax(text.lines);
    return text;
}

SourceText machine_text(std::string name, const std::vector<std::string>& lines) {
    SourceText text = text_of(std::move(name), lines);
    text.syntax = machine_syntax(text.lines);
    return text;
}

SourceEvents source_view(const std::string& name, const SourceText& text, const SourceFigures& figures,
                         const SourceMarks& marks, SourceViewMemory& memory, const Box& box) {
    Drawing d{name, text, figures, marks, memory};
    d.area = box;
    set_up(d);
    if (!figures.columns.empty()) {
        const WithFont small(fonts().small);
        d.area.from.y += ImGui::GetFontSize() + px(6);
    }
    if (d.area.width() < px(20) || d.area.height() < px(8)) return {};
    if (!figures.columns.empty()) draw_header(d, box.from);
    registry().add(name, d.area.from, d.area.to);
    ImGui::SetCursorScreenPos(d.area.from);
    ImGui::BeginChild(name.c_str(), {d.area.width(), d.area.height()}, false,
                      ImGuiWindowFlags_HorizontalScrollbar | ImGuiWindowFlags_NoNav);
    const SourceEvents events = draw_lines(d);
    copy_menu(d, events);
    ImGui::EndChild();
    return events;
}

bool source_view_glides() {
    return gliding_frame() + 1 >= ImGui::GetFrameCount();
}

}  // namespace convscope
