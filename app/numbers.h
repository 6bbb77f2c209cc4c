// Numbers that somebody typed or pasted, read the same under every locale.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace convscope {

// The number that a text begins with: digits, or nan, inf, infinity in any case, with a sign or without.
struct NumberStart {
    size_t length = 0;       // bytes of the text; 0: it does not begin with a number
    float value = 0;         // rounded once
    double wide = 0;         // for what is still to be divided or multiplied
    bool too_large = false;  // finite, but larger than any float32
};
NumberStart number_start(std::string_view text);

// The whole text as a float32. Throws Error(request): "WHAT: 'x' is not a number; …".
float float_of(std::string_view text, const std::string& what);

// The whole text as a whole number. Throws Error(request) that shows the text as it was typed, however large:
// "TITLE must be at most 1000; it is 99999999999999999999". The option is named where it is no number.
int64_t whole_number(std::string_view text, const std::string& option, const std::string& title,
                     int64_t least, int64_t most);
// From 0 to 2⁶⁴ − 1.
uint64_t seed_of(std::string_view text, const std::string& option);

}  // namespace convscope
