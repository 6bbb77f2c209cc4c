#include "widgets/markdown_view.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/errors.h"
#include "widgets/layout.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using lessons::Block;
using lessons::Laboratory;
using lessons::Span;

float width_of(const std::string& words, ImFont* font) {
    const WithFont with(font);
    return text_width(words);
}

float line_height(ImFont* font) {
    const WithFont with(font);
    return std::round(ImGui::GetFontSize() * 1.38f);
}

// So many bytes of `words` fit `width`; at least one character.
size_t bytes_that_fit(const std::string& words, ImFont* font, float width) {
    const auto character_end = [&](size_t at) {
        ++at;
        while (at < words.size() && (static_cast<unsigned char>(words[at]) & 0xC0) == 0x80) ++at;
        return at;
    };
    size_t fits = character_end(0);
    while (fits < words.size()) {
        const size_t next = character_end(fits);
        if (width_of(words.substr(0, next), font) > width) break;
        fits = next;
    }
    return fits;
}

// Free at both sides of a boxed piece.
float beside(const TextPiece& piece) {
    return piece.boxed ? px(3) : 0;
}

std::string value_words(const lessons::Expression& value, const Laboratory& laboratory) {
    try {
        const auto known = value.value(laboratory);
        return known ? lessons::value_text(*known) : "…";
    } catch (const Error&) {
        return "?";
    }
}

// Places pieces one after the other.
class Flow {
  public:
    explicit Flow(float width) : width_(width) {}

    // Pieces without a space between them stay together.
    void add(const std::vector<TextPiece>& group) {
        float wide = 0;
        for (const TextPiece& piece : group) wide += width_of(piece.text, piece.font) + 2 * beside(piece);
        const TextPiece& first = group.front();
        if (first.line_before) new_line();
        const float space = first.space_before && x_ > 0 ? width_of(" ", fonts().text) : 0;
        if (x_ > 0 && x_ + space + wide > width_)
            new_line();
        else
            x_ += space;
        for (const TextPiece& piece : group) place(piece);
    }
    std::vector<PlacedPiece> take() { return std::move(placed_); }

  private:
    void new_line() {
        x_ = 0;
        ++line_;
    }
    void place(TextPiece piece) {
        std::string rest = piece.text;
        x_ += beside(piece);
        while (!rest.empty()) {
            float wide = width_of(rest, piece.font);
            piece.text = rest;
            if (x_ + wide > width_ + 0.5f) {
                if (x_ > 0) {
                    new_line();
                    continue;
                }
                piece.text = rest.substr(0, bytes_that_fit(rest, piece.font, width_));
                wide = width_of(piece.text, piece.font);
            }
            placed_.push_back({piece, x_, wide, line_});
            x_ += wide;
            rest = rest.substr(piece.text.size());
        }
        x_ += beside(piece);
    }

    float width_, x_ = 0;
    size_t line_ = 0;
    std::vector<PlacedPiece> placed_;
};

struct Lines {
    std::vector<PlacedPiece> pieces;
    float line = 0;  // the height of one
    float height() const { return pieces.empty() ? 0 : line * static_cast<float>(pieces.back().line + 1); }
};

Lines lines_of(const std::vector<TextPiece>& pieces, float width, ImFont* font) {
    return {flow(pieces, width), line_height(font)};
}

void draw_lines(const Lines& lines, ImVec2 at) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    for (const PlacedPiece& placed : lines.pieces) {
        const WithFont font(placed.piece.font);
        const float top = at.y + lines.line * static_cast<float>(placed.line);
        const ImVec2 from{at.x + placed.x, std::round(top + (lines.line - ImGui::GetFontSize()) / 2)};
        if (placed.piece.boxed)
            list.AddRectFilled({from.x - px(3), from.y - px(1)},
                               {from.x + placed.width + px(3), from.y + ImGui::GetFontSize() + px(2)},
                               packed(palette().field), px(4));
        list.AddText(from, packed(placed.piece.colour), placed.piece.text.c_str());
    }
}

void draw_flow(const std::vector<TextPiece>& pieces, float indent, ImFont* font) {
    const float width = std::max(ImGui::GetContentRegionAvail().x - indent, px(40));
    const Lines lines = lines_of(pieces, width, font);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    draw_lines(lines, {at.x + indent, at.y});
    ImGui::Dummy({width + indent, lines.height()});
}

constexpr float list_indent = 20, quote_indent = 14;  // in units of scale 1

void draw_item(const Block& block, const Laboratory& laboratory) {
    const float indent = px(list_indent) * static_cast<float>(std::max(block.level, 1));
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImFont* font = fonts().text;
    if (!block.mark.empty()) {
        const float y = at.y + (line_height(font) - ImGui::GetFontSize()) / 2;
        ImGui::GetWindowDrawList()->AddText({at.x + indent - text_width(block.mark) - px(6), std::round(y)},
                                            packed(palette().accent), block.mark.c_str());
    }
    draw_flow(pieces_of(block.spans, laboratory, font, palette().text), indent, font);
}

void draw_quote(const Block& block, const Laboratory& laboratory) {
    const float indent = px(quote_indent) * static_cast<float>(std::max(block.level, 1));
    const ImVec2 from = ImGui::GetCursorScreenPos();
    draw_flow(pieces_of(block.spans, laboratory, fonts().text, palette().dim), indent, fonts().text);
    const float bottom = ImGui::GetItemRectMax().y;
    ImGui::GetWindowDrawList()->AddRectFilled({from.x + indent - px(quote_indent), from.y},
                                              {from.x + indent - px(quote_indent) + px(3), bottom},
                                              packed(palette().line), px(1));
}

// Lines as they are; one that is too long goes on below.
void draw_code(const Block& block) {
    const float pad = px(8), indent = px(list_indent) * static_cast<float>(block.level);
    const float width = ImGui::GetContentRegionAvail().x - 2 * pad - indent;
    std::vector<TextPiece> pieces;
    for (const Span& span : block.spans) {
        for (size_t from = 0; from <= span.text.size();) {
            const size_t to = std::min(span.text.find('\n', from), span.text.size());
            if (to < span.text.size() || to > from)
                pieces.push_back({.text = to > from ? span.text.substr(from, to - from) : std::string(" "),
                                  .font = fonts().cells,
                                  .colour = palette().text,
                                  .line_before = !pieces.empty()});
            from = to + 1;
        }
    }
    const Lines lines = lines_of(pieces, std::max(width, px(40)), fonts().cells);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::GetWindowDrawList()->AddRectFilled(
        {at.x + indent, at.y}, {at.x + indent + width + 2 * pad, at.y + lines.height() + 2 * px(5)},
        packed(palette().field), px(4));
    draw_lines(lines, {at.x + indent + pad, at.y + px(5)});
    ImGui::Dummy({indent + width + 2 * pad, lines.height() + 2 * px(5)});
}

using Row = std::vector<std::vector<TextPiece>>;

// As wide as the cells want to be; where that is too wide, the wide ones share what the narrow ones leave.
std::vector<float> column_widths(const std::vector<Row>& rows, float room) {
    std::vector<float> widths;
    for (const Row& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (size_t c = 0; c < row.size(); ++c) {
            const auto placed = flow(row[c], 1e6f);
            if (!placed.empty()) widths[c] = std::max(widths[c], placed.back().x + placed.back().width);
        }
    }
    float sum = std::accumulate(widths.begin(), widths.end(), 0.0f);
    for (size_t left = widths.size(); sum > room && left > 0; --left) {
        const float excess = sum - room;
        const auto widest = std::ranges::max_element(widths);
        const float fair = room / static_cast<float>(widths.size());
        const float taken = std::min(excess, std::max(*widest - std::max(fair, px(40)), 0.0f));
        *widest -= taken;
        sum -= taken;
    }
    return widths;
}

void draw_table(const Block& block, const Laboratory& laboratory) {
    std::vector<Row> rows;
    size_t columns = 0;
    for (const auto& cells : block.rows) {
        Row row;
        ImFont* font = rows.empty() ? fonts().strong : fonts().text;
        for (const auto& spans : cells) row.push_back(pieces_of(spans, laboratory, font, palette().text));
        columns = std::max(columns, row.size());
        rows.push_back(std::move(row));
    }
    if (columns == 0) return;
    const float gap = px(14), room = ImGui::GetContentRegionAvail().x;
    const std::vector<float> widths = column_widths(rows, room - gap * static_cast<float>(columns - 1));
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    float y = at.y;
    for (const Row& row : rows) {
        float x = at.x, height = 0;
        for (size_t c = 0; c < row.size(); ++c) {
            const Lines lines = lines_of(row[c], widths[c] + 1, fonts().text);
            draw_lines(lines, {x, y});
            height = std::max(height, lines.height());
            x += widths[c] + gap;
        }
        y += height + px(3);
        list.AddLine({at.x, y}, {x - gap, y}, packed(palette().line));
        y += px(3);
    }
    ImGui::Dummy({room, y - at.y});
}

void draw_block(const Block& block, const Laboratory& laboratory) {
    using Kind = Block::Kind;
    switch (block.kind) {
        case Kind::heading:
            ImGui::Dummy({0, px(2)});
            return draw_flow(pieces_of(block.spans, laboratory, fonts().strong, palette().text), 0,
                             fonts().strong);
        case Kind::item:
            return draw_item(block, laboratory);
        case Kind::quote:
            return draw_quote(block, laboratory);
        case Kind::code:
            return draw_code(block);
        case Kind::table:
            return draw_table(block, laboratory);
        case Kind::rule: {
            const ImVec2 at = ImGui::GetCursorScreenPos();
            const float width = ImGui::GetContentRegionAvail().x;
            ImGui::GetWindowDrawList()->AddLine({at.x, at.y + px(4)}, {at.x + width, at.y + px(4)},
                                                packed(palette().line));
            ImGui::Dummy({width, px(9)});
            return;
        }
        case Kind::paragraph:
            return draw_flow(pieces_of(block.spans, laboratory, fonts().text, palette().text), 0,
                             fonts().text);
    }
}

}  // namespace

std::vector<PlacedPiece> flow(const std::vector<TextPiece>& pieces, float width) {
    Flow out(width);
    std::vector<TextPiece> group;
    for (const TextPiece& piece : pieces) {
        if (!group.empty() && (piece.space_before || piece.line_before)) {
            out.add(group);
            group.clear();
        }
        group.push_back(piece);
    }
    if (!group.empty()) out.add(group);
    return out.take();
}

std::vector<TextPiece> pieces_of(const std::vector<Span>& spans, const Laboratory& laboratory, ImFont* font,
                                 const ImVec4& colour) {
    std::vector<TextPiece> pieces;
    bool space = false, line = false;
    const auto add = [&](const std::string& words, const TextPiece& style) {
        TextPiece piece = style;
        piece.text = words;
        piece.space_before = space;
        piece.line_before = line;
        space = line = false;
        pieces.push_back(std::move(piece));
    };
    for (const Span& span : spans) {
        TextPiece style{.font = span.code         ? fonts().numbers
                                : span.strong     ? fonts().strong
                                : span.emphasised ? fonts().emphasis
                                                  : font,
                        .colour = colour,
                        .boxed = span.code};
        const bool value = !span.value.empty();
        if (value) style.colour = palette().accent;
        const std::string text = value ? value_words(span.value, laboratory) : span.text;
        for (size_t from = 0; from < text.size();) {
            const size_t to = std::min(text.find_first_of(" \n", from), text.size());
            if (to > from) add(text.substr(from, to - from), style);
            if (to < text.size()) space = true;
            from = to + 1;
        }
        line = line || span.line_break;
    }
    return pieces;
}

void markdown_view(const lessons::Document& document, const Laboratory& laboratory) {
    const Block* before = nullptr;
    for (const Block& block : document.blocks) {
        const bool both_items =
            before && before->kind == Block::Kind::item && block.kind == Block::Kind::item;
        if (before && !both_items) ImGui::Dummy({0, px(3)});
        draw_block(block, laboratory);
        before = &block;
    }
}

void paragraph(const std::string& words, const ImVec4& colour, ImFont* font) {
    ImFont* used = font ? font : fonts().text;
    Span span;
    span.text = words;
    draw_flow(pieces_of({span}, {}, used, colour), 0, used);
}

}  // namespace convscope
