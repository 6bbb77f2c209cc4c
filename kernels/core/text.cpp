#include "core/text.h"

#include <charconv>
#include <cmath>

namespace convscope {

std::string joined(const std::vector<std::string>& words, std::string_view last) {
    std::string out;
    for (size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? std::string(last) : ", ";
        out += words[i];
    }
    return out;
}

std::string dims(const std::vector<int64_t>& sizes) {
    std::string out;
    for (size_t i = 0; i < sizes.size(); ++i) out += (i ? "×" : "") + std::to_string(sizes[i]);
    return out;
}

std::string number_text(double value, int digits) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "Inf" : "-Inf";
    char buffer[64];
    const auto [end, error] =
        std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, digits);
    return error == std::errc() ? std::string(buffer, end) : cat(value);
}

std::string exact_text(float value) {
    if (!std::isfinite(value)) return number_text(value);
    char buffer[64];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return error == std::errc() ? std::string(buffer, end) : cat(value);
}

std::string bytes_text(double bytes) {
    static constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < units.size()) {
        bytes /= 1000;
        ++unit;
    }
    return number_text(bytes, bytes < 99.5 && unit > 0 ? 2 : 3) + " " + units[unit];
}

}  // namespace convscope
