#include "numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/errors.h"
#include "core/text.h"

namespace convscope {
namespace {

std::string refusal(const std::string& text) {
    try {
        float_of(text, "--constant");
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::request);
        return error.what();
    }
    return "";
}

TEST(Numbers, EveryFormOfAFloatIsRead) {
    for (const auto& [text, value] : std::initializer_list<std::pair<const char*, float>>{
             {"1", 1},
             {"+1.5", 1.5f},
             {"-.5", -0.5f},
             {"2.", 2},
             {"1e-3", 0.001f},
             {"inf", INFINITY},
             {"-Inf", -INFINITY},
             {"+Infinity", INFINITY},
             {"3.4028235e38", std::numeric_limits<float>::max()},
             {"1e-45", std::numeric_limits<float>::denorm_min()},
             {"1e-60", 0},
             {"1e-400", 0},
             {"-1e-400", 0},
             {"0.1", 0.1f}})
        EXPECT_EQ(float_of(text, "it"), value) << text;
    EXPECT_TRUE(std::isnan(float_of("NaN", "it")));
    EXPECT_TRUE(std::signbit(float_of("-0", "it")));
    EXPECT_TRUE(std::signbit(float_of("-1e-400", "it")));
}

TEST(Numbers, WhatIsNoneIsASentence) {
    for (const char* text : {"", "x", "1x", "+-1", "--1", "0x10", "1,5", " 1", "1 ", "e5", "."})
        EXPECT_EQ(refusal(text),
                  cat("--constant: '", text, "' is not a number; nan, inf and -inf are also allowed"));
    for (const char* text : {"1e39", "-3.5e38", "1e400", "-1e400"})
        EXPECT_EQ(refusal(text),
                  cat("--constant: ", text, " is too large for float32, which reaches 3.4028235e+38"));
    EXPECT_NE(refusal(std::string(1000, 'x')).find("…"), std::string::npos);
}

// What exact_text writes, number_start reads back, whichever bits.
TEST(Numbers, ExactTextComesBack) {
    for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 65521) {
        const auto pattern = static_cast<uint32_t>(bits);
        float value;
        std::memcpy(&value, &pattern, sizeof value);
        const float read = float_of(exact_text(value), "it");
        if (std::isnan(value))
            EXPECT_TRUE(std::isnan(read));
        else
            EXPECT_EQ(std::memcmp(&read, &value, sizeof value), 0) << exact_text(value);
    }
}

}  // namespace
}  // namespace convscope
