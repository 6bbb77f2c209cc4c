#include "lessons/words.h"

#include <algorithm>
#include <numeric>

namespace convscope::lessons {
namespace {

constexpr size_t longest_compared = 64;

// How many letters have to be changed, added or left out (Levenshtein's distance).
size_t distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t changed = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string trimmed(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return std::string(text);
}

std::vector<std::string> split_list(std::string_view text, char separator) {
    std::vector<std::string> out;
    if (trimmed(text).empty()) return out;
    for (size_t from = 0; from <= text.size();) {
        const size_t to = std::min(text.find(separator, from), text.size());
        out.push_back(trimmed(text.substr(from, to - from)));
        from = to + 1;
    }
    return out;
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
    std::string best;
    size_t least = (word.size() < 5 ? 1 : 2) + 1;
    if (word.size() > longest_compared) return best;
    for (const std::string& candidate : known)
        if (const size_t away = distance(word, candidate); away < least) {
            least = away;
            best = candidate;
        }
    return best;
}

}  // namespace convscope::lessons
