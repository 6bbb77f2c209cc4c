// A text with line numbers, syntax colours and figures beside its lines: a kernel's source, its PTX or SASS.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "views/cuda_syntax.h"
#include "widgets/plot_frame.h"

namespace convscope {

struct SourceText {
    std::string name;                // of the file: where it changes, the view begins at the top
    std::vector<std::string> lines;  // as they can be drawn
    std::vector<SyntaxLine> syntax;
};
SourceText cuda_text(std::string name, const std::vector<std::string>& lines);
SourceText machine_text(std::string name, const std::vector<std::string>& lines);

// What stands in one column beside a line.
struct SourceFigure {
    std::string words{};
    float heat = 0;  // 0 … 1: the length of the bar behind it
    std::string tip{};
};
struct SourceColumn {
    std::string name;   // in the registry: "source.line.57.requests"
    std::string title;  // above the figures
    std::string tip;
};
struct SourceFigures {
    std::vector<SourceColumn> columns{};
    std::map<int, std::vector<SourceFigure>> lines{};  // by line, from 1: a figure for each column
};

// Lines count from 1.
struct SourceMarks {
    int lit = 0;    // 0: none. Where it changes, the view glides there unless it is in sight
    int begin = 0;  // where a text that is new in the view begins while nothing is lit; 0: at its top
    std::vector<int> related{};           // lit faintly
    std::map<int, std::string> faults{};  // a sentence for the mark beside each
    std::string found{};                  // wherever it stands, it is marked
};

// What a view remembers from frame to frame.
struct SourceViewMemory {
    std::string name{};  // of the text
    int lit = 0;
    float glide_to = -1;  // scroll position in pixels; negative: it rests
    int menu_line = 0;
};

struct SourceEvents {
    int hovered = 0, clicked = 0;  // lines; 0: none
};

// `name` in the registry ("source"); each visible line is name.line.N there.
SourceEvents source_view(const std::string& name, const SourceText& text, const SourceFigures& figures,
                         const SourceMarks& marks, SourceViewMemory& memory, const Box& box);
// Some view was gliding when it was last drawn: the window must draw again soon.
bool source_view_glides();

}  // namespace convscope
