#include "lessons/markdown.h"

#include <gtest/gtest.h>

#include <array>

#include "lessons/facts.h"
#include "lessons/settings_lines.h"

namespace convscope::lessons {
namespace {

using Kind = Block::Kind;

// A block in one line: "2•[a][*b*]".
std::string drawn(const Block& block) {
    static constexpr std::array names{"paragraph", "heading", "item", "quote", "code", "table", "rule"};
    const auto spans = [](const std::vector<Span>& of) {
        std::string out;
        for (const Span& span : of) {
            const std::string sign = std::string(span.strong ? "S" : "") + (span.emphasised ? "E" : "") +
                                     (span.code ? "C" : "") + (span.value.empty() ? "" : "V");
            out += "[" + sign + (sign.empty() ? "" : ":") + span.text + (span.line_break ? "/]" : "]");
        }
        return out;
    };
    std::string out = names[static_cast<size_t>(block.kind)] + std::to_string(block.level) + block.mark;
    out += spans(block.spans);
    for (const auto& row : block.rows) {
        out += " row";
        for (const auto& cell : row) out += " " + spans(cell);
    }
    return out;
}

std::vector<std::string> drawn(const Document& document) {
    std::vector<std::string> out;
    for (const Block& block : document.blocks) out.push_back(drawn(block));
    return out;
}

std::vector<std::string> read(std::string_view text) {
    return drawn(read_markdown(text));
}
using Drawn = std::vector<std::string>;

TEST(Markdown, BecomesBlocksOfWords) {
    EXPECT_EQ(read("One **two** *three* `four`\nfive.\n\n### Six"),
              (Drawn{"paragraph0[One ][S:two][ ][E:three][ ][C:four][ five.]", "heading3[Six]"}));
    EXPECT_EQ(read("***both***  \nnext"), (Drawn{"paragraph0[SE:both/][next]"}));
    EXPECT_EQ(read("> said\n\n---"), (Drawn{"quote1[said]", "rule0"}));
    EXPECT_EQ(read("a &amp; b &lt; c <i>d</i> &nbsp;&frac12;"),
              (Drawn{"paragraph0[a & b < c <i>d</i> \u00A0&frac12;]"}));
    EXPECT_EQ(read("[text](http://example.org) ![alt](p.png)"), (Drawn{"paragraph0[text alt]"}));
    EXPECT_TRUE(read_markdown("").empty());
    EXPECT_TRUE(read_markdown(" \n\n").empty());
}

TEST(Markdown, KnowsHowDeepAnItemStands) {
    EXPECT_EQ(read("- a\n- b\n  1. c\n  2. d\n\n  more of b\n- e"),
              (Drawn{"item1•[a]", "item1•[b]", "item21.[c]", "item22.[d]", "item1[more of b]", "item1•[e]"}));
    EXPECT_EQ(read("3. c\n4. d"), (Drawn{"item13.[c]", "item14.[d]"}));
    EXPECT_EQ(read("-\n\ntext"), (Drawn{"paragraph0[text]"}));
}

TEST(Markdown, HoldsTablesAndCode) {
    EXPECT_EQ(read("| a | b |\n|---|---|\n| `c` | **d** |"), (Drawn{"table0 row [a] [b] row [C:c] [S:d]"}));
    EXPECT_EQ(read("```c\nint x = {1};\n\ny\n```"), (Drawn{"code0[C:int x = {1};\n\ny]"}));
    EXPECT_EQ(read("    indented {batch}"), (Drawn{"code0[C:indented {batch}]"}));
}

TEST(Markdown, ReplacesBracesOutsideOfCode) {
    EXPECT_EQ(read("**{output.height}** of {input.height}, `{batch}`"),
              (Drawn{"paragraph0[SV:{output.height}][ of ][V:{input.height}][, ][C:{batch}]"}));
    // Stars and underscores of expressions are no emphasis.
    EXPECT_EQ(read("{2*batch} and {3*in_channels}"),
              (Drawn{"paragraph0[V:{2*batch}][ and ][V:{3*in_channels}]"}));
    EXPECT_EQ(read("| {batch} |\n|---|\n| {groups} |"), (Drawn{"table0 row [V:{batch}] row [V:{groups}]"}));
    EXPECT_EQ(read("a \\{ b \\} c"), (Drawn{"paragraph0[a { b } c]"}));
    EXPECT_EQ(read("`{`"), (Drawn{"paragraph0[C:{]"}));
    EXPECT_EQ(read("x\uE000"
                   "0\uE001y {batch}"),
              (Drawn{"paragraph0[x\uFFFD"
                     "0\uFFFDy ][V:{batch}]"}));
}

TEST(Markdown, SaysInWhichLineABraceIsWrong) {
    const auto said = [](std::string_view text) {
        try {
            (void)read_markdown(text);
            return std::string("no error");
        } catch (const MarkdownError& error) {
            return std::to_string(error.line) + ": " + error.what();
        }
    };
    EXPECT_EQ(
        said("a\n\nb {outptu.height} c"),
        "3: 'outptu.height' cannot be read: 'outptu.height' is not a name that lessons know; did you mean "
        "'output.height'?");
    EXPECT_EQ(said("a\nb { c"), "2: a '{' is not closed on its line; '\\{' is a brace itself");
    EXPECT_EQ(said("a {}"), "1: an expression is missing");
}

TEST(Markdown, FillsSentencesWithPresentValues) {
    const Experiment blank = blank_experiment();
    const Laboratory laboratory{.experiment = &blank};
    EXPECT_EQ(filled("It is {output.height}×{output.width}, *not* {input.height / 4}.", laboratory),
              "It is 4×4, *not* 1.5.");
    EXPECT_EQ(filled("{operator}: {output_at(0, 0, 0, 0)} \\{x}", laboratory), "conv2d: … {x}");
    EXPECT_EQ(filled("plain", laboratory), "plain");
}

}  // namespace
}  // namespace convscope::lessons
