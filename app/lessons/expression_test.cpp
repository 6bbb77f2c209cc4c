#include "lessons/expression.h"

#include <gtest/gtest.h>

#include "core/errors.h"
#include "lessons/facts.h"
#include "lessons/settings_lines.h"

namespace convscope::lessons {
namespace {

double of_blank(const std::string& text) {
    const Experiment blank = blank_experiment();
    const Laboratory laboratory{.experiment = &blank};
    const std::optional<double> value = Expression(text).value(laboratory);
    EXPECT_TRUE(value) << text;
    return value.value_or(-12345);
}

std::string refusal(const std::string& text) {
    try {
        const Expression expression(text);
        return "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::request);
        return error.what();
    }
}

TEST(Expressions, ComputeAsWorkedOutByHand) {
    EXPECT_EQ(of_blank("2 + 3 * 4"), 14);
    EXPECT_EQ(of_blank("2 ^ 3 ^ 2"), 512);
    EXPECT_EQ(of_blank("-2 ^ 2 + 1.5e1"), 11);
    EXPECT_EQ(of_blank("(1 + 2) / 4"), 0.75);
    EXPECT_EQ(of_blank("min(3, 1, 2) + max(4, 9) + abs(-5)"), 15);
    EXPECT_EQ(of_blank("round(2.5) + floor(2.9) + ceil(2.1) + sqrt(16)"), 12);
    EXPECT_EQ(of_blank("1 < 2 and 2 <= 2 and not(3 < 2) and (0 or 1)"), 1);
    EXPECT_EQ(of_blank("1 == 2 or 3 != 3"), 0);
    EXPECT_EQ(of_blank("0 ? 5 : 1 ? 6 : 7"), 6);
    EXPECT_EQ(of_blank("input.height - kernel_size.height + 1"), 4);
    EXPECT_EQ(of_blank("operator == conv2d"), 1);
    EXPECT_EQ(of_blank("operator == conv3d"), 0);
}

}  // namespace
}  // namespace convscope::lessons
