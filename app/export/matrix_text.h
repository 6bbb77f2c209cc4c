// Weight matrices as text: pasted from Python, MATLAB or a table, and copied to them.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

struct Matrix {
    int64_t rows = 0, columns = 0;
    std::vector<float> values;  // (rows, columns)
};

inline constexpr int64_t largest_matrix_side = 31;

// Reads lists of lists as Python has them, also within array(…) or tensor(…, dtype=…) and as NumPy prints
// them; [1 2; 3 4] as MATLAB has it; and lines of numbers with commas, tabs or spaces between them. A single
// list is one row. Fractions such as 1/9 are numbers, and a matrix may be multiplied and divided by numbers.
// Throws Error(request): one sentence with the line and column, what was found and what is allowed.
Matrix parse_matrix(std::string_view text);

enum class MatrixFormat { python, matlab, tabs };
// With all digits: parse_matrix gives the same bits back (of a NaN, its sign). `values` is (rows, columns).
std::string matrix_text(int64_t rows, int64_t columns, std::span<const float> values, MatrixFormat format);

}  // namespace convscope
