#include "lessons/expression.h"

#include <gtest/gtest.h>

#include <random>

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
        return "no error: " + expression.text();
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

TEST(Expressions, RefuseWhatCannotBeReadInOneSentence) {
    EXPECT_EQ(
        refusal("output.hieght + 1"),
        "'output.hieght + 1' cannot be read: 'output.hieght' is not a name that lessons know; did you mean "
        "'output.height'?");
    EXPECT_EQ(refusal("1 +"), "'1 +' cannot be read: it ends too early");
    EXPECT_EQ(refusal("(1 + 2"), "'(1 + 2' cannot be read: a parenthesis is not closed");
    EXPECT_EQ(refusal("batch = 1"), "'batch = 1' cannot be read: two values are compared by '=='");
    EXPECT_EQ(refusal("1 && 2"), "'1 && 2' cannot be read: 'and' joins two conditions");
    EXPECT_EQ(refusal("1 2"), "'1 2' cannot be read: two values stand beside each other without an operator");
    EXPECT_EQ(refusal("1, 2"), "'1, 2' cannot be read: a ',' stands between the values of a function only");
    EXPECT_EQ(
        refusal("time_ms(3)"),
        "'time_ms(3)' cannot be read: time_ms(…) takes a name in quotes, as in time_ms(\"cpu direct\")");
    EXPECT_EQ(
        refusal("start.time_ms(\"cpu direct\")"),
        "'start.time_ms(\"cpu direct\")' cannot be read: 'start.' stands before names of the experiment "
        "only, not before 'time_ms'");
    EXPECT_EQ(refusal(""), "an expression is missing");
    EXPECT_EQ(refusal("2 × 3"), "'2 × 3' cannot be read: '×' means nothing here");
    EXPECT_NE(refusal("sin(1)").find("'sin' is not a name"), std::string::npos);
    EXPECT_NE(refusal("name(1)").find("'name' is not a name"), std::string::npos);
    EXPECT_NE(refusal("1.2.3").find("is not a number"), std::string::npos);
    EXPECT_NE(refusal("sqrt(1, 2)").find("too many values"), std::string::npos);
    EXPECT_FALSE(refusal("min()").starts_with("no error"));
}

TEST(Expressions, KnowWhatTheyUse) {
    using Use = Expression::Use;
    const Expression e("start.output.height + load_requests(\"naive\") + output_at(0, 0, pin.row, 1)");
    EXPECT_EQ(e.uses(), (std::vector<Use>{{"output.height", "", true},
                                          {"load_requests", "naive", false},
                                          {"output_at", "", false},
                                          {"pin.row", "", false}}));
    EXPECT_TRUE(Expression("2 + min(3, 4)").constant());
    EXPECT_TRUE(Expression("conv2d == conv3d").constant());
    EXPECT_FALSE(e.constant());
}

TEST(Expressions, AreEmptyWhereSomethingIsNotKnown) {
    Experiment broken = blank_experiment();
    broken.spec.kernel_size = {1, 9, 9};
    const Laboratory laboratory{.experiment = &broken};
    EXPECT_EQ(Expression("legal").value(laboratory), 0);
    EXPECT_FALSE(Expression("output.height").value(laboratory));
    EXPECT_FALSE(Expression("output.height == 4 or 1").value(laboratory));
    EXPECT_FALSE(Expression("not(output.height)").holds(laboratory));
    EXPECT_EQ(Expression("legal ? output.height : 7").value(laboratory),
              7);  // what is not come to is not asked
    EXPECT_EQ(Expression("kernel_size.height").value(laboratory), 9);
    EXPECT_FALSE(Expression("answer").value(laboratory));
    EXPECT_FALSE(Expression("1 / (batch - 1)").holds(laboratory));  // infinite
    EXPECT_FALSE(Expression("0 / (batch - 1)").holds(laboratory));  // no number
    EXPECT_FALSE(Expression("sqrt(-batch)").holds(laboratory));
    EXPECT_FALSE(Expression().holds(laboratory));
}

TEST(Expressions, CompareWithTheStartOfTheStep) {
    const Experiment start = blank_experiment();
    Experiment now = start;
    now.spec.padding = {0, 1, 1};
    const Laboratory laboratory{.experiment = &now, .start = &start};
    EXPECT_EQ(Expression("output.height").value(laboratory), 6);
    EXPECT_EQ(Expression("start.output.height").value(laboratory), 4);
    EXPECT_TRUE(Expression("kernel_size.height == start.kernel_size.height").holds(laboratory));
    EXPECT_EQ(Expression("padding.height - start.padding.height").value({.experiment = &now}), 0);
}

TEST(Expressions, GiveErrorsOfFactsAsTheyAre) {
    const Experiment blank = blank_experiment();
    const Laboratory laboratory{.experiment = &blank};
    const auto said = [&](const std::string& text) {
        try {
            (void)Expression(text).value(laboratory);
            return std::string("no error");
        } catch (const Error& error) {
            return std::string(error.what());
        }
    };
    EXPECT_EQ(said("taps_at(0, 0, 4, 0)"), "the output is 1×1×4×4; it has no element (0, 0, 4, 0)");
    EXPECT_EQ(said("taps_at(0, 0)"), "an element of the output has 4 numbers; found 2");
    EXPECT_EQ(said("taps_at(0, 0, 0.5, 0)"), "taps_at(…) takes whole numbers; found 0.5");
    EXPECT_EQ(said("ticked(\"cpu\")"),
              "ticked(\"…\") takes a device and a kernel, as in 'cpu direct'; found 'cpu'");
    EXPECT_EQ(said("0 ? taps_at(0, 0, 9, 9) : 1"), "no error");
    EXPECT_EQ(said("taps_at(0, 0, pin.row, 0)"), "no error");  // nothing is pinned: not known
}

TEST(Expressions, SurviveWhateverIsWritten) {
    const std::vector<std::string> parts{"1",      "2.5",      "0",      "batch", "output.height",
                                         "conv2d", "taps_at(", "min(",   "not(",  "ticked(\"sim naive\")",
                                         "(",      ")",        ",",      "?",     ":",
                                         "+",      "-",        "*",      "/",     "^",
                                         "==",     "!=",       "<",      ">=",    " and ",
                                         " or ",   "\"",       "start.", "1e9",   "abs(",
                                         "pin.row"};
    const Experiment blank = blank_experiment();
    const Laboratory laboratory{.experiment = &blank};
    std::mt19937 random(7);
    int read = 0;
    for (int round = 0; round < 30000; ++round) {
        std::string text;
        for (unsigned i = 0, count = 1 + random() % 9; i < count; ++i)
            text += parts[random() % parts.size()] + " ";
        try {
            const Expression expression(text);
            ++read;
            (void)expression.value(laboratory);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::request) << text;
        }
    }
    EXPECT_GT(read, 300);
    std::string deep(900, '(');
    EXPECT_THROW((void)Expression(deep + "batch"), Error);
    EXPECT_EQ(of_blank(std::string(450, '(') + "batch" + std::string(450, ')')), 1);
    std::string asked;
    for (int i = 0; i < 60; ++i) asked += "batch == 2 ? 3 : ";
    EXPECT_EQ(of_blank(asked.substr(0, 17 * 50) + "4"), 4);
}

}  // namespace
}  // namespace convscope::lessons
