// Small helpers for the text of lessons' files.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace convscope::lessons {

// Without blanks at both ends.
std::string trimmed(std::string_view text);
// "a, b ,c" -> "a", "b", "c"; nothing of an empty text.
std::vector<std::string> split_list(std::string_view text, char separator = ',');
// The one of `known` that `word` was perhaps meant to be: at most two letters away (one for short words);
// empty where there is none.
std::string nearest_word(std::string_view word, const std::vector<std::string>& known);

}  // namespace convscope::lessons
