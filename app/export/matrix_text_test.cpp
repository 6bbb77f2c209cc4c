#include "export/matrix_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/errors.h"
#include "core/inputs.h"
#include "core/text.h"

namespace convscope {
namespace {

using Values = std::vector<float>;

void expect_matrix(const std::string& text, int64_t rows, int64_t columns, const Values& values) {
    try {
        const Matrix m = parse_matrix(text);
        EXPECT_EQ(m.rows, rows) << text;
        EXPECT_EQ(m.columns, columns) << text;
        EXPECT_EQ(m.values, values) << text;
    } catch (const Error& error) {
        ADD_FAILURE() << text << "\n" << error.what();
    }
}

std::string refusal(const std::string& text) {
    try {
        const Matrix m = parse_matrix(text);
        return cat("read as ", m.rows, "×", m.columns);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::request);
        return error.what();
    }
}

void expect_refused(const std::string& text, const std::string& start) {
    EXPECT_EQ(refusal(text).substr(0, start.size()), start) << text << "\n" << refusal(text);
}

const Values four{1, 2, 3, 4};

TEST(MatrixText, PythonIsRead) {
    for (const char* text :
         {"[[1, 2], [3, 4]]",
          "[[1,2],[3,4]]",
          "[[1, 2],\n [3, 4],\n]\n",
          "[[1, 2,], [3, 4,],]",
          "[\n    [1, 2],\n    [3, 4]\n]",
          "((1, 2), (3, 4))",
          "[(1, 2), (3, 4)]",
          "([1, 2], [3, 4])",
          "np.array([[1, 2], [3, 4]])",
          "numpy.array([[1, 2], [3, 4]], dtype=np.float32)",
          "np.array([[1, 2], [3, 4]], np.float32)",
          "np.array([\n  [1, 2],\n  [3, 4],\n], dtype='float32')",
          "kernel = torch.tensor([[1, 2], [3, 4]], dtype=torch.float32, device=\"cuda:0\")",
          "k = np.array([[1, 2],  # the first row\n              [3, 4]])  # the second\n",
          "# a comment\nw=torch.FloatTensor([[1.0, 2.0], [3.0, 4.]])",
          "array([[1., 2.],\n       [3., 4.]], dtype=float32)",
          "tensor([[1., 2.],\n        [3., 4.]])",
          "[[1. 2.]\n [3. 4.]]",
          "[[ 1.  2.]\n [ 3.  4.]]",
          "np.array([[1, 2], [3, 4]]).astype(np.float32)",
          "torch.tensor([[1, 2], [3, 4]]).float().to(\"cuda\", non_blocking=True)",
          "[np.array([1, 2]), np.array([3, 4])]",
          "[[1\n, 2], [3\n, 4]]",
          "[[1,\n2], [3,\n4]]",
          "\xEF\xBB\xBF[[1, 2], [3, 4]]\r\n",
          "[[1,\xC2\xA0"
          "2], [3, 4]]",
          "[[1, 2]\n , [3, 4]]"})
        expect_matrix(text, 2, 2, four);
}

TEST(MatrixText, MatlabIsRead) {
    for (const char* text :
         {"[1 2; 3 4]", "[1,2;3,4]", "[1, 2; 3, 4]", "A = [1 2; 3 4];", "A = [1 2\n     3 4];",
          "[1 2;\n3 4;]", "K = [ 1 2 ; ...\n      3 4 ];\n", "[1, ...\n 2; 3, 4]", "[1 2...\n ; 3 4]",
          "single([1 2; 3 4])", "[[1 2]; [3 4]]", "% a comment\nA = [1 2 % one row\n 3 4];"})
        expect_matrix(text, 2, 2, four);
    expect_matrix("[1 -2; -3 4]", 2, 2, {1, -2, -3, 4});
    expect_matrix("[1, -2; -3, +4]", 2, 2, {1, -2, -3, 4});
    expect_matrix("A =\n\n     1     2\n     3     4\n\n", 2, 2, four);
    expect_matrix("[1; 2; 3]", 3, 1, {1, 2, 3});
}

TEST(MatrixText, TablesAreRead) {
    for (const char* text : {"1,2\n3,4", "1,2\r\n3,4\r\n", "1\t2\n3\t4\n", "1 2\n3 4", "  1   2\n  3   4\n",
                             "1, 2,\n3, 4,\n", "\n\n1 2\n\n3 4\n\n", "# w\n1,2\n3,4", "1.0e0 2E0\n3e+0 .4e1"})
        expect_matrix(text, 2, 2, four);
    expect_matrix("5", 1, 1, {5});
    expect_matrix("1 -2\n-3 4", 2, 2, {1, -2, -3, 4});
    expect_matrix(
        "\xE2\x88\x92"
        "1 0 1",
        1, 3, {-1, 0, 1});
}

TEST(MatrixText, OneListIsOneRow) {
    expect_matrix("[1, 2, 3]", 1, 3, {1, 2, 3});
    expect_matrix("[1 2 3]", 1, 3, {1, 2, 3});
    expect_matrix("(1, 2, 3)", 1, 3, {1, 2, 3});
    expect_matrix("(1,)", 1, 1, {1});
    expect_matrix("[1, 2,\n 3, 4]", 1, 4, four);
    expect_matrix("[1, 2\n , 3, 4]", 1, 4, four);
    expect_matrix("1 2 3", 1, 3, {1, 2, 3});
    expect_matrix("torch.tensor(5.)", 1, 1, {5});
}

TEST(MatrixText, FractionsAndFactorsAreComputed) {
    const float ninth = static_cast<float>(1.0 / 9);
    expect_matrix("[[1/9, 1/9, 1 / 9]]", 1, 3, {ninth, ninth, ninth});
    expect_matrix("1/9 1/9\n1/9 -1/9", 2, 2, {ninth, ninth, ninth, -ninth});
    for (const char* text :
         {"1/16 * [[16, 32], [48, 64]]", "[16 32; 48 64]/16", "1/16*[16 32; 48 64];",
          "[[16, 32], [48, 64]] / 16.0", "(1/16) * np.array([[16, 32], [48, 64]])",
          "np.array([[16, 32], [48, 64]]) / 16", "0.0625 .* [16 32; 48 64]", "[16 32; 48 64] ./ 16",
          "[16 32; 48 64] * 1 / 16", "np.array([[16, 32], [48, 64]]) / (4 * 4)",
          "k = (1.0 / 16.0) * torch.tensor([[16, 32],\n [48, 64]], dtype=torch.float32)",
          "np.array([[16, 32], [48, 64]], dtype=np.float32) / 16.",
          "(np.array([[16, 32], [48, 64]]) / 16).astype(np.float32)", "-[[16, 32], [48, 64]] / -16",
          "[2/2 (4)/2; 2*3/2 4]", "1/16 * ...\n[16 32; 48 64]"})
        expect_matrix(text, 2, 2, four);
    expect_matrix("[[1/3]] * 3", 1, 1, {1});
}

TEST(MatrixText, NumbersKeepTheirBits) {
    const Matrix m = parse_matrix(
        "[[nan, inf, -inf, -0.0, 3.4028235e38, 1e-45, 0.1, -float('nan'), np.nan, math.inf, 1e-60]]");
    ASSERT_EQ(m.columns, 11);
    EXPECT_TRUE(std::isnan(m.values[0]) && !std::signbit(m.values[0]));
    EXPECT_EQ(m.values[1], INFINITY);
    EXPECT_EQ(m.values[2], -INFINITY);
    EXPECT_TRUE(m.values[3] == 0 && std::signbit(m.values[3]));
    EXPECT_EQ(m.values[4], std::numeric_limits<float>::max());
    EXPECT_EQ(m.values[5], std::numeric_limits<float>::denorm_min());
    EXPECT_EQ(m.values[6], 0.1f);
    EXPECT_TRUE(std::isnan(m.values[7]) && std::signbit(m.values[7]));
    EXPECT_TRUE(std::isnan(m.values[8]));
    EXPECT_EQ(m.values[9], INFINITY);
    EXPECT_EQ(m.values[10], 0);
}

TEST(MatrixText, WhatIsNoMatrixIsRefusedWithItsPlace) {
    expect_refused("", "the text holds no numbers; [[1, 2], [3, 4]] as in Python");
    expect_refused(" \n\t\r\n", "the text holds no numbers");
    expect_refused("A =\n", "the text holds no numbers");
    expect_refused("[]", "line 1, column 1: a list is empty");
    expect_refused("[[], []]", "line 1, column 2: a list is empty");
    expect_refused("hello",
                   "line 1, column 1: 'hello' is not a number; [[1, 2], [3, 4]] as in Python, [1 2; 3 4] as "
                   "in MATLAB and lines of numbers are read");
    expect_refused("1 2\n3 x", "line 2, column 3: 'x' is not a number");
    expect_refused("a,b\n1,2", "line 1, column 1: 'a' is not a number");
    expect_refused("1 2\n3",
                   "line 2, column 1: row 2 has 1 number and row 1 has 2; all rows must have as many");
    expect_refused("[[1, 2], [3]]", "line 1, column 11: row 2 has 1 number");
    expect_refused("[1 2; 3 4 5]", "line 1, column 7: row 2 has 3 numbers and row 1 has 2");
    expect_refused("[[[1, 2], [3, 4]]]", "line 1, column 3: '[' opens a third level of lists");
    expect_refused("(((1, 2), (3, 4)),)", "line 1, column 2: lists are nested three deep");
    expect_refused("[1, 2", "line 1, column 1: a '[' has no ']'");
    expect_refused("[1, 2)", "line 1, column 6: ')' stands where a ',' or a ']' is expected");
    expect_refused("[1,, 2]", "line 1, column 4: ',' stands where a number is expected");
    expect_refused("1,,2", "line 1, column 3: ',' stands where a number is expected");
    expect_refused("[[1, 2], 3]", "line 1, column 10: '3' stands among lists");
    expect_refused("[1, [2, 3]]", "line 1, column 5: a list stands among numbers");
    expect_refused("[1, 2] [3, 4]", "line 1, column 8: '[' follows the matrix");
    expect_refused("[[1, 2][3, 4]]", "line 1, column 8: '[' stands where a ',' or a ']' is expected");
    expect_refused("[1e39]", "line 1, column 2: '1e39' is too large for float32");
    expect_refused("[1e38] * 1e38", "line 1, column 2: the number becomes 1e+76, too large for float32");
    expect_refused("[1/0]", "line 1, column 4: a division by 0 gives no number");
    expect_refused("[1 - 2]", "line 1, column 4: '-' makes a sum or a difference");
    expect_refused("[1-2]", "line 1, column 3: '-2' makes a sum");
    expect_refused("1;2;3\n4;5;6", "line 1, column 2: ';' stands outside of brackets");
    expect_refused("[1 2; 3 4]'", "line 1, column 11: the transpose");
    expect_refused("[1;2;1]*[1 2 1]", "line 1, column 8: two matrices are multiplied");
    expect_refused("1/[1 2]", "line 1, column 3: a matrix stands under a fraction");
    expect_refused("ones(3)/9", "line 1, column 1: 'ones' is not known here");
    expect_refused("np.array([[1, 2], [3, 4]]).T", "line 1, column 28: 'T' is not computed here");
    expect_refused("np.array([1, 2, 3, 4]).reshape(2, 2)",
                   "line 1, column 24: 'reshape' is not computed here");
    expect_refused("np.array([1, 2], [3, 4])", "line 1, column 18: '[' is a second argument");
    expect_refused("[[0. 0. ... 0. 0.]]", "line 1, column 9: '...' stands for numbers that were left out");
    expect_refused("0,5 0,25x", "line 1, column 7: '25x' is not a number");
    expect_refused("[1.0f, 2.0f]", "line 1, column 2: '1.0f' is not a number");
    expect_refused("1 2 €", "line 1, column 5: '€' has no place in a matrix");
    expect_refused("é 1", "line 1, column 1: 'é' has no place in a matrix");
    expect_refused("[1 2] 50%", "line 1, column 9: '%' has no place in a matrix");
    expect_refused("1/16 * 1 2 1", "line 1, column 6: '*' stands where a number is expected");
    expect_refused(std::string(100000, '['), "line 1, column 3: '[' opens a third level of lists");
    expect_refused(std::string(100000, '('), "line 1, column 13: '(' is nested too deep");
    expect_refused(std::string(100000, '-'), "line 1, column 2: ");
    expect_refused(std::string(2000000, '1'), "the text has 2 MB; a matrix of at most 31×31 numbers is read");
}

TEST(MatrixText, SidesHaveALimit) {
    const Values row(32, 1.0f), square(31 * 31, 0.5f);
    expect_refused(matrix_text(1, 32, row, MatrixFormat::tabs),
                   "the matrix is 1×32; at most 31×31 is allowed");
    expect_refused(matrix_text(32, 1, row, MatrixFormat::matlab), "the matrix is 32×1");
    expect_matrix(matrix_text(31, 31, square, MatrixFormat::python), 31, 31, square);
}

TEST(MatrixText, CopiesLookAsExpected) {
    const Values values{1, -0.5f, 1e-10f, -0.0f, NAN, -INFINITY};
    EXPECT_EQ(matrix_text(2, 3, values, MatrixFormat::python),
              "[[1.0, -0.5, 1e-10],\n [-0.0, float(\"nan\"), -float(\"inf\")]]");
    EXPECT_EQ(matrix_text(2, 3, values, MatrixFormat::matlab), "[1 -0.5 1e-10; -0 NaN -Inf]");
    EXPECT_EQ(matrix_text(2, 3, values, MatrixFormat::tabs), "1\t-0.5\t1e-10\n-0\tnan\t-inf\n");
}

TEST(MatrixText, CopiesComeBackBitForBit) {
    uint64_t drawn = 0;
    const auto draw = [&] { return random_bits(5, TensorRole::weights, drawn++); };
    for (int round = 0; round < 300; ++round) {
        const int64_t rows = 1 + draw() % 8, columns = 1 + draw() % 8;
        Values values;
        for (int64_t i = 0; i < rows * columns; ++i) {
            uint32_t bits = draw();
            if ((bits & 0x7f800000u) == 0x7f800000u) bits = bits % 2 ? 0x7fc00000u : 0xff800000u;
            if (draw() % 10 == 0) bits = bits & 1 ? 0x80000000u : 0xffc00000u;
            float value;
            std::memcpy(&value, &bits, sizeof value);
            values.push_back(value);
        }
        for (const auto format : {MatrixFormat::python, MatrixFormat::matlab, MatrixFormat::tabs}) {
            const std::string text = matrix_text(rows, columns, values, format);
            const Matrix m = parse_matrix(text);
            ASSERT_EQ(m.rows, rows) << text;
            ASSERT_EQ(m.columns, columns) << text;
            EXPECT_EQ(std::memcmp(m.values.data(), values.data(), values.size() * 4), 0) << text;
        }
    }
}

// Whatever is pasted is read or refused with a sentence.
TEST(MatrixText, AnyTextIsReadOrRefused) {
    const std::string_view pieces[] = {"1",      "2.5",  "-",  "[",        "]",      "(",  ")",  ",",
                                       ";",      " ",    "\n", "/",        "*",      "np", ".",  "nan",
                                       "array(", "'",    "\"", "...",      "%",      "#",  "1e", "=",
                                       "\t",     "\xE2", "e5", "tensor([", "float(", ".T"};
    uint64_t drawn = 0;
    for (int round = 0; round < 50000; ++round) {
        std::string text;
        for (uint32_t n = random_bits(6, TensorRole::input, drawn++) % 14; n > 0; --n)
            text += pieces[random_bits(6, TensorRole::input, drawn++) % std::size(pieces)];
        try {
            const Matrix m = parse_matrix(text);
            EXPECT_EQ(static_cast<int64_t>(m.values.size()), m.rows * m.columns) << text;
            EXPECT_GT(m.values.size(), 0u) << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::request) << text;
        }
    }
}

}  // namespace
}  // namespace convscope
