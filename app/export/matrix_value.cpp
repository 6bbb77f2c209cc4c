#include "export/matrix_value.h"

#include <cmath>

#include "core/errors.h"
#include "core/text.h"
#include "export/matrix_lexer.h"

namespace convscope {
namespace {

float rounded(std::string_view text, const MatrixNumber& number) {
    if (!number.computed) return number.plain;
    const auto value = static_cast<float>(number.wide);
    if (std::isinf(value) && std::isfinite(number.wide))
        fail_at(text, number.offset,
                cat("the number becomes ", number_text(number.wide),
                    ", too large for float32, which reaches 3.4028235e+38"));
    return value;
}

}  // namespace

void scale(std::string_view text, MatrixValue& value, const MatrixNumber& by, bool divide) {
    if (divide && by.wide == 0) fail_at(text, by.offset, "a division by 0 gives no number");
    for (MatrixRow& row : value.rows)
        for (MatrixNumber& n : row.numbers) {
            n.wide = divide ? n.wide / by.wide : n.wide * by.wide;
            n.computed = true;
        }
}

void negate(MatrixValue& value) {
    for (MatrixRow& row : value.rows)
        for (MatrixNumber& n : row.numbers) {
            n.plain = -n.plain;
            n.wide = -n.wide;
        }
}

void append_row(std::string_view text, MatrixValue& lists, const MatrixValue& row) {
    if (row.depth == 2) fail_at(text, row.offset, "lists are nested three deep; a matrix has two levels");
    if (row.rows.size() != 1)
        fail_at(text, row.offset, "a list within a list has several rows; it is one row");
    lists.depth = 2;
    lists.rows.push_back(row.rows.front());
}

Matrix matrix_of(std::string_view text, const MatrixValue& value) {
    Matrix out{
        static_cast<int64_t>(value.rows.size()), static_cast<int64_t>(value.rows.front().numbers.size()), {}};
    for (size_t r = 0; r < value.rows.size(); ++r) {
        const auto count = static_cast<int64_t>(value.rows[r].numbers.size());
        if (count != out.columns)
            fail_at(text, value.rows[r].offset,
                    cat("row ", r + 1, " has ", count, count == 1 ? " number" : " numbers", " and row 1 has ",
                        out.columns, "; all rows must have as many"));
    }
    if (out.rows > largest_matrix_side || out.columns > largest_matrix_side)
        fail_request(cat("the matrix is ", out.rows, "×", out.columns, "; at most ", largest_matrix_side, "×",
                         largest_matrix_side, " is allowed"));
    for (const MatrixRow& row : value.rows)
        for (const MatrixNumber& number : row.numbers) out.values.push_back(rounded(text, number));
    return out;
}

}  // namespace convscope
