#include "export/python_text.h"

#include <charconv>
#include <cmath>

#include "core/text.h"
#include "core/utf8.h"

namespace convscope {
namespace {

constexpr size_t line_width = 100;

// The shortest digits of a float32 are meant to be read as one. Python reads a float64 first, and rounding
// twice ends beside it for 7.038531e-26 (of all float32: tried); then the digits of the float64 are written.
std::string digits_of(float value) {
    const std::string text = exact_text(value);
    double read = 0;
    std::from_chars(text.data(), text.data() + text.size(), read);
    if (static_cast<float>(read) == value) return text;
    char buffer[64];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, static_cast<double>(value));
    return error == std::errc() ? std::string(buffer, end) : text;
}

std::string hex(unsigned char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    return {digits[byte >> 4], digits[byte & 15u]};
}

// How many values make a row: the last axis that is longer than 1, and what lies behind it.
int64_t row_length(const Shape& shape) {
    int64_t length = 1;
    for (size_t axis = shape.size(); axis-- > 0 && length == 1;) length = shape[axis];
    return length;
}

}  // namespace

std::string python_number(float value, bool whole_as_integer) {
    const std::string sign = std::signbit(value) ? "-" : "";
    if (!std::isfinite(value)) return cat(sign, "float(\"", std::isnan(value) ? "nan" : "inf", "\")");
    if (value == 0 && std::signbit(value)) return "-0.0";
    const std::string text = digits_of(value);
    const bool whole = text.find_first_of(".e") == std::string::npos;
    return whole && !whole_as_integer ? text + ".0" : text;
}

std::string python_string(const std::string& text) {
    std::string out = "\"";
    for (size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const size_t length = utf8_length(text, at);
        if (length == 0)
            out += "\\udc" + hex(byte);
        else if (byte == '"' || byte == '\\')
            out += std::string("\\") + text[at];
        else if (byte < ' ' || byte == 127)
            out += "\\x" + hex(byte);
        else
            out += text.substr(at, length);
        at += std::max<size_t>(length, 1);
    }
    return out + "\"";
}

std::string python_tuple(std::span<const int64_t> sizes) {
    std::string out;
    for (const int64_t size : sizes) out += cat(out.empty() ? "(" : ", ", size);
    return out + (sizes.size() == 1 ? ",)" : ")");
}

std::string python_tensor(const Shape& shape, std::span<const float> values) {
    const int64_t row = row_length(shape);
    std::string out = "torch.tensor([\n", line = "   ";
    const auto end_line = [&] {
        out += line + "\n";
        line = "   ";
    };
    for (size_t i = 0; i < values.size(); ++i) {
        const std::string word = " " + python_number(values[i], true) + ",";
        if (line.size() + word.size() > line_width) end_line();
        line += word;
        if (static_cast<int64_t>(i + 1) % row == 0) end_line();
    }
    return out + "], dtype=torch.float32).reshape" + python_tuple(shape);
}

}  // namespace convscope
