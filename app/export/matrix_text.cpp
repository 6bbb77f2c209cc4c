#include "export/matrix_text.h"

#include <array>
#include <cmath>

#include "core/text.h"
#include "export/python_text.h"

namespace convscope {
namespace {

std::string other_number(float value, const char* nan, const char* inf) {
    if (std::isfinite(value)) return exact_text(value);
    return cat(std::signbit(value) ? "-" : "", std::isnan(value) ? nan : inf);
}

std::string number_in(MatrixFormat format, float value) {
    // A list of whole numbers would make a tensor of integers.
    if (format == MatrixFormat::python) return python_number(value);
    return format == MatrixFormat::matlab ? other_number(value, "NaN", "Inf")
                                          : other_number(value, "nan", "inf");
}

struct Marks {
    const char *before, *between_numbers, *between_rows, *after;
};
constexpr std::array marks{
    Marks{"[[", ", ", "],\n [", "]]"},
    Marks{"[", " ", "; ", "]"},
    Marks{"", "\t", "\n", "\n"},
};

}  // namespace

std::string matrix_text(int64_t rows, int64_t columns, std::span<const float> values, MatrixFormat format) {
    const Marks& mark = marks[static_cast<size_t>(format)];
    std::string out = mark.before;
    for (int64_t row = 0; row < rows; ++row) {
        if (row > 0) out += mark.between_rows;
        for (int64_t column = 0; column < columns; ++column) {
            if (column > 0) out += mark.between_numbers;
            out += number_in(format, values[static_cast<size_t>(row * columns + column)]);
        }
    }
    return out + mark.after;
}

}  // namespace convscope
