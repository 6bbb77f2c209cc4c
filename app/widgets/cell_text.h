// How values are written, in a readout and inside of cells.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace convscope {

// Four significant digits at most.
std::string value_text(float value);

// How all values of a view are written, so that its cells look alike: "0.07", and ".07" where that is all
// there is room for.
struct CellFormat {
    int decimals = 0;
    bool leading_zero = true, exponent = false;
    std::string operator()(float value) const;
};
// The format with the most decimals that leaves every value inside a cell of `room` pixels, in the present
// font; an exponent only where decimals would show nothing but zeros; empty where nothing fits.
std::optional<CellFormat> cell_format(const std::vector<float>& values, float room);

}  // namespace convscope
