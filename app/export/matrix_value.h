// What the parser of matrices has read so far: numbers, lists of them, lists of lists.
#pragma once
#include <string_view>
#include <vector>

#include "export/matrix_text.h"

namespace convscope {

// A literal is rounded to float32 once; what is computed with it is float64 until the end.
struct MatrixNumber {
    float plain = 0;
    double wide = 0;
    bool computed = false;
    size_t offset = 0;
};

struct MatrixRow {
    std::vector<MatrixNumber> numbers;
    size_t offset = 0;
};

// depth 0: a number; 1: a list of numbers, in several rows where MATLAB separates them; 2: a list of lists.
struct MatrixValue {
    int depth = 0;
    std::vector<MatrixRow> rows;
    size_t offset = 0;
    bool is_number() const { return depth == 0; }
    const MatrixNumber& number() const { return rows.front().numbers.front(); }
};

// Each throws Error(request), with a place in `text`, for what is no matrix.
void scale(std::string_view text, MatrixValue& value, const MatrixNumber& by, bool divide);
void append_row(std::string_view text, MatrixValue& lists, const MatrixValue& row);
// Rows of the same length, at most largest_matrix_side of each, rounded to float32.
Matrix matrix_of(std::string_view text, const MatrixValue& value);

void negate(MatrixValue& value);

}  // namespace convscope
