#include "numbers.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "core/errors.h"
#include "core/text.h"

namespace convscope {
namespace {

// from_chars says of a number only that it is out of range, not on which side.
bool is_tiny(std::string_view digits) {
    const size_t exponent = digits.find_first_of("eE");
    if (exponent != std::string_view::npos) return digits.substr(exponent + 1).starts_with('-');
    return digits.starts_with("0.") || digits.starts_with('.');
}

// The start of a long text, printable: an argument may hold anything.
std::string shown(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 40)) out += static_cast<unsigned char>(c) < ' ' ? '?' : c;
    return text.size() > 40 ? out + "…" : out;
}

std::string_view without_plus(std::string_view text) {
    return text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+' ? text.substr(1) : text;
}

}  // namespace

NumberStart number_start(std::string_view text) {
    const std::string_view digits = without_plus(text);
    const char* const last = digits.data() + digits.size();
    NumberStart out;
    const auto [end, error] = std::from_chars(digits.data(), last, out.value);
    if (error == std::errc::invalid_argument) return {};
    out.length = static_cast<size_t>(end - text.data());
    const auto [wide_end, wide_error] = std::from_chars(digits.data(), last, out.wide);
    if (error == std::errc()) return out;

    const size_t sign = digits.starts_with('-') ? 1 : 0;
    const std::string_view magnitude = digits.substr(sign, static_cast<size_t>(end - digits.data()) - sign);
    if (wide_error == std::errc() ? std::abs(out.wide) > 1 : !is_tiny(magnitude)) {
        out.too_large = true;
        return out;
    }
    if (wide_error != std::errc()) out.wide = sign ? -0.0 : 0.0;
    out.value = static_cast<float>(out.wide);
    return out;
}

float float_of(std::string_view text, const std::string& what) {
    const NumberStart number = number_start(text);
    if (number.length == 0 || number.length != text.size())
        fail_request(cat(what, ": '", shown(text), "' is not a number; nan, inf and -inf are also allowed"));
    if (number.too_large)
        fail_request(cat(what, ": ", shown(text), " is too large for float32, which reaches ",
                         exact_text(std::numeric_limits<float>::max())));
    return number.value;
}

int64_t whole_number(std::string_view text, const std::string& option, const std::string& title,
                     int64_t least, int64_t most) {
    const std::string_view digits = without_plus(text);
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::invalid_argument || end != digits.data() + digits.size())
        fail_request(cat(option, ": '", shown(text), "' is not a whole number"));
    const bool overflow = error != std::errc();
    if (overflow ? text.starts_with('-') : value < least)
        fail_request(cat(title, " must be at least ", least, "; it is ", shown(text)));
    if (overflow || value > most)
        fail_request(cat(title, " must be at most ", most, "; it is ", shown(text)));
    return value;
}

uint64_t seed_of(std::string_view text, const std::string& option) {
    constexpr uint64_t most = std::numeric_limits<uint64_t>::max();
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        fail_request(cat(option, ": '", shown(text), "' is not a whole number from 0 to ", most));
    return value;
}

}  // namespace convscope
