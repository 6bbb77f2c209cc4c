// Markdown as a lesson shows it: paragraphs that wrap with several styles in a line, lists, quotes, tables,
// code, and values of the program in the place of expressions in braces.
#pragma once
#include <string>
#include <vector>

#include "lessons/facts.h"
#include "lessons/markdown.h"
#include "widgets/fonts.h"

namespace convscope {

// Words of one style. They are broken between words only, unless one is longer than a whole line.
struct TextPiece {
    std::string text{};
    ImFont* font = nullptr;
    ImVec4 colour{};
    bool boxed = false;  // code: a field behind it
    bool space_before = false, line_before = false;
};
struct PlacedPiece {
    TextPiece piece{};
    float x = 0, width = 0;
    size_t line = 0;
};
// Where the pieces stand in lines that are `width` pixels wide. A current frame gives the fonts.
std::vector<PlacedPiece> flow(const std::vector<TextPiece>& pieces, float width);
// The pieces of a run of spans; what an expression amounts to stands in its place, "…" while it is not known.
std::vector<TextPiece> pieces_of(const std::vector<lessons::Span>& spans,
                                 const lessons::Laboratory& laboratory, ImFont* font, const ImVec4& colour);

// At the cursor, as wide as the rest of the window.
void markdown_view(const lessons::Document& document, const lessons::Laboratory& laboratory);
// Plain words that wrap in the same lines.
void paragraph(const std::string& words, const ImVec4& colour, ImFont* font = nullptr);

}  // namespace convscope
