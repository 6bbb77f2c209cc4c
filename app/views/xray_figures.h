// What an X-ray counted, as figures with names, units and meanings: the panels, the CSV and the tooltips
// beside a source line all take them from here.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "xray/xray.h"

namespace convscope {

// Counts of a grid or of one block.
struct XrayCounted {
    const sim::TraceTotals& totals;
    int64_t outputs = 0;  // elements of the output; 0: not known, or not all of it was computed
    int64_t fault_count = 0;
};
XrayCounted counted(const xray::Counts& counts);

enum class FigureForm { count, bytes, ratio };
struct XrayFigure {
    const char* name;    // in the registry and in the CSV's header
    const char* title;   // "sectors per load request"
    const char* column;  // above a table's column: "sectors/load"
    FigureForm form;
    bool compared;  // stands in the comparison of kernels
    const char* tip;
    double (*value)(const XrayCounted&);  // NaN: there is none
};
std::span<const XrayFigure> xray_figures();
const XrayFigure& xray_figure(std::string_view name);  // one of the table

struct LineFigure {
    const char *name, *column;
    FigureForm form;
    const char* tip;
    double (*value)(const xray::LineCounts&);
};
std::span<const LineFigure> line_figures();
// All that is known of a line, in sentences.
std::string line_tip(const xray::LineCounts& line);

// How long the bar behind a figure is, 0 … 1, where `most` is the column's largest: what should be small is
// long where it is bad. 0: none is drawn.
double bar_share(std::string_view name, double value, double most);

// "1,818"; from a hundred thousand on "132 k" or "1.32 M". NaN is an empty word.
std::string figure_text(double value, FigureForm form);
// With all digits: "1,322,500", "4,232,000 bytes", "4.296875".
std::string exact_figure_text(double value, FigureForm form);

// A kernel's row in the comparison.
struct ComparedRow {
    std::string kernel;
    xray::CountsPtr counts;
    std::string reason;  // why there are none
};
// A header and a line a kernel; numbers with all their digits.
std::string compared_csv(const std::vector<ComparedRow>& rows);

}  // namespace convscope
