#include "widgets/cell_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/text.h"
#include "widgets/layout.h"

namespace convscope {
namespace {

// The visible values' own range; of no values at all, least is larger than largest.
struct Extremes {
    float least = INFINITY, largest = -INFINITY;

    explicit Extremes(const std::vector<float>& values) {
        for (const float v : values) {
            if (!std::isfinite(v)) continue;
            least = std::min(least, v);
            largest = std::max(largest, v);
        }
    }
    float magnitude() const { return std::max(std::abs(least), std::abs(largest)); }
};

constexpr int most_decimals = 4;

// How many decimals say every value in full; one more than the most where none do.
int exact_decimals(const std::vector<float>& values) {
    int decimals = 0;
    float steps = 1;
    const auto exact = [&](float v) { return !std::isfinite(v) || std::round(v * steps) / steps == v; };
    for (; decimals <= most_decimals && !std::ranges::all_of(values, exact); ++decimals) steps *= 10;
    return decimals;
}

bool all_fit(const std::vector<float>& values, const CellFormat& format, float room) {
    return std::ranges::all_of(values, [&](float v) { return text_width(format(v)) <= room; });
}

}  // namespace

std::string value_text(float value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "−Inf";
    std::string words = number_text(value, 4);
    if (!words.empty() && words[0] == '-') words.replace(0, 1, "−");
    return words;
}

std::string CellFormat::operator()(float value) const {
    if (!std::isfinite(value)) return value_text(value);
    char words[64];
    if (exponent) {
        std::snprintf(words, sizeof words, "%.1e", static_cast<double>(value));
        return words[0] == '-' ? cat("−", words + 1) : words;
    }
    std::snprintf(words, sizeof words, "%.*f", decimals, std::abs(static_cast<double>(value)));
    std::string out = words;
    const bool zero = out.find_first_not_of("0.") == std::string::npos;
    if (!leading_zero && decimals > 0 && out[0] == '0') out.erase(0, 1);
    return value < 0 && !zero ? cat("−", out) : out;
}

std::optional<CellFormat> cell_format(const std::vector<float>& values, float room) {
    const Extremes extremes(values);
    if (extremes.least > extremes.largest) return std::nullopt;
    std::optional<CellFormat> with_exponent{{.exponent = true}};
    if (!all_fit(values, *with_exponent, room)) with_exponent.reset();
    const int exact = exact_decimals(values);
    for (int decimals = std::min(exact, most_decimals); decimals >= 0; --decimals) {
        const float step = std::pow(10.0f, static_cast<float>(-decimals));
        if (decimals != exact && extremes.magnitude() < (decimals == 0 ? 10 : 2) * step) return with_exponent;
        for (const bool leading_zero : {true, false}) {
            const CellFormat format{decimals, leading_zero};
            // The longest first: most formats are ruled out without looking at every cell.
            const float longest =
                std::max(text_width(format(extremes.least)), text_width(format(extremes.largest)));
            if (longest <= room && all_fit(values, format, room)) return format;
        }
    }
    return with_exponent;
}

}  // namespace convscope
