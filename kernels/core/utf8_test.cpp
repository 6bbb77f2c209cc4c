#include "core/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace convscope {
namespace {

// RFC 3629, by the first number of each length and the last.
TEST(Utf8, KnowsHowLongACharacterIs) {
    for (const std::string character : {"A", "\x7F"}) EXPECT_EQ(utf8_length(character), 1u);
    for (const std::string character : {"\xC2\x80", "\xDF\xBF"}) EXPECT_EQ(utf8_length(character), 2u);
    for (const std::string character : {"\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF"})
        EXPECT_EQ(utf8_length(character), 3u);
    for (const std::string character : {"\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
        EXPECT_EQ(utf8_length(character), 4u);
    EXPECT_EQ(utf8_length("a×b", 1), 2u);
    EXPECT_EQ(utf8_length(std::string(1, '\0')), 1u);
}

TEST(Utf8, KnowsWhatIsNoCharacter) {
    for (const std::string wrong : {"\x80", "\xBF", "\xFF", "\xF8\x88\x80\x80\x80"})
        EXPECT_EQ(utf8_length(wrong), 0u);
    for (const std::string cut : {"\xC3", "\xE2\x82", "\xF0\x9F\x98",
                                  "\xE2\x82"
                                  "A"})
        EXPECT_EQ(utf8_length(cut), 0u);
    for (const std::string too_long : {"\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF"})
        EXPECT_EQ(utf8_length(too_long), 0u);
    for (const std::string half : {"\xED\xA0\x80", "\xED\xBF\xBF"}) EXPECT_EQ(utf8_length(half), 0u);
    for (const std::string beyond : {"\xF4\x90\x80\x80", "\xF5\x80\x80\x80"})
        EXPECT_EQ(utf8_length(beyond), 0u);
    EXPECT_EQ(utf8_length("a×b", 2), 0u) << "in the middle of ×";
}

}  // namespace
}  // namespace convscope
