// Small text helpers, independent of the user's locale.
#pragma once
#include <array>
#include <cstdint>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// All arguments written after each other.
template <class... T>
std::string cat(const T&... parts) {
    std::ostringstream out;
    out.imbue(std::locale::classic());
    (out << ... << parts);
    return out.str();
}

// "a, b and c"
std::string joined(const std::vector<std::string>& words, std::string_view last = " and ");

// 1×3×512×512
std::string dims(const std::vector<int64_t>& sizes);

// 1.2 GB, 17 MB, 512 B: decimal units, two significant digits or more.
std::string bytes_text(double bytes);

// A number with `digits` significant digits, without a trailing exponent where one can be avoided.
std::string number_text(double value, int digits = 4);

// The float32 with all digits needed to read it back.
std::string exact_text(float value);

}  // namespace convscope
