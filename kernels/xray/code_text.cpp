#include "xray/code_text.h"

#include <charconv>
#include <map>
#include <string_view>

#include "xray/elf_symbols.h"

namespace convscope::xray {
namespace {

struct Place {
    std::string file{};
    int line = 0;
};

bool is_ours(const std::string& path) {
    return !path.empty() && path[0] != '/';
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return lines;
}

std::string_view without_blanks(std::string_view text) {
    const size_t begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

// Takes what stands before the first of `ends` from `text`, with the ends that follow.
std::string_view take(std::string_view& text, std::string_view ends) {
    const size_t end = std::min(text.find_first_of(ends), text.size());
    const std::string_view word = text.substr(0, end);
    const size_t next = text.find_first_not_of(ends, end);
    text = next == std::string_view::npos ? std::string_view() : text.substr(next);
    return word;
}

int number(std::string_view digits) {
    int value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

// What stands between the first two quotation marks.
std::string quoted(std::string_view text) {
    const size_t begin = text.find('"');
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin + 1, text.find('"', begin + 1) - begin - 1));
}

// `.target sm_90a` is 90.
int capability_of(std::string_view text) {
    const size_t at = text.find("sm_");
    return at == std::string_view::npos ? 0 : number(text.substr(at + 3));
}

// .file NUMBER "PATH"
std::map<int, std::string> files_of_ptx(const std::vector<std::string_view>& lines) {
    std::map<int, std::string> files;
    for (std::string_view line : lines) {
        line = without_blanks(line);
        if (!line.starts_with(".file")) continue;
        take(line, " \t");
        const int file = number(take(line, " \t"));
        files[file] = quoted(line);
    }
    return files;
}

// FILE LINE COLUMN, as they follow .loc and inlined_at.
Place ptx_place(std::string_view text, const std::map<int, std::string>& files) {
    const auto file = files.find(number(take(text, " \t")));
    const int line = number(take(text, " \t,"));
    if (file == files.end() || !is_ours(file->second) || line == 0) return {};
    return {file->second, line};
}

// .loc FILE LINE COLUMN[, function_name LABEL, inlined_at FILE LINE COLUMN]
Place place_of_loc(std::string_view line, const std::map<int, std::string>& files) {
    constexpr std::string_view caller = "inlined_at ";
    const size_t inlined = line.find(caller);
    const std::string_view outer =
        inlined == std::string_view::npos ? std::string_view() : line.substr(inlined + caller.size());
    take(line, " \t");
    const Place innermost = ptx_place(line, files);
    return innermost.line > 0 ? innermost : ptx_place(outer, files);
}

std::string with_spaces(std::string_view text) {
    std::string line;
    for (const char letter : text)
        if (letter == '\t')
            line.append(4, ' ');
        else
            line += letter;
    line.erase(line.find_last_not_of(" \r") + 1);
    return line;
}

// //## File "PATH", line NUMBER[ inlined at "PATH", line NUMBER]
Place sass_place(std::string_view line) {
    constexpr std::string_view word = "\", line ";
    const size_t at = line.find(word);
    Place place{quoted(line), at == std::string_view::npos ? 0 : number(line.substr(at + word.size()))};
    return is_ours(place.file) && place.line > 0 ? place : Place{};
}

}  // namespace

std::vector<MachineCode> read_ptx(const std::string& text) {
    const std::vector<std::string_view> lines = lines_of(text);
    const std::map<int, std::string> files = files_of_ptx(lines);
    constexpr std::string_view entry = ".entry ";
    std::vector<MachineCode> found;
    int capability = 0;
    bool in_kernel = false;
    Place place;
    for (const std::string_view raw : lines) {
        const std::string_view line = without_blanks(raw);
        if (line.starts_with(".target")) capability = capability_of(line);
        if (const size_t at = line.find(entry); !in_kernel && at != std::string_view::npos) {
            std::string_view rest = line.substr(at + entry.size());
            found.push_back({function_name(std::string(take(rest, "( \t"))), capability, {}});
            in_kernel = true;
            place = {};
        }
        if (!in_kernel) continue;
        if (line.starts_with(".loc")) {
            place = place_of_loc(line, files);
            continue;
        }
        const bool instruction = line.ends_with(';') && !line.starts_with('.');
        found.back().lines.push_back(
            {with_spaces(raw), instruction ? place.file : std::string(), instruction ? place.line : 0});
        in_kernel = raw != "}";
    }
    return found;
}

std::vector<MachineCode> read_sass(const std::string& text) {
    constexpr std::string_view section = "//--------------------- .text.", other = "//---------------------";
    std::vector<MachineCode> found;
    int capability = 0;
    bool in_kernel = false, in_places = false;
    Place place;
    for (const std::string_view raw : lines_of(text)) {
        const std::string_view line = without_blanks(raw);
        if (line.starts_with(".target")) capability = capability_of(line);
        if (line.starts_with(other)) {
            in_kernel = line.starts_with(section);
            if (!in_kernel) continue;
            std::string_view rest = line.substr(section.size());
            found.push_back({function_name(std::string(take(rest, " "))), capability, {}});
            place = {};
        } else if (line.starts_with("//##")) {
            // Innermost first, then where that is inlined at.
            if (!in_places) place = {};
            if (place.line == 0) place = sass_place(line);
            in_places = true;
            continue;
        } else if (in_kernel && line.starts_with("/*")) {
            found.back().lines.push_back({std::string(line), place.file, place.line});
        } else if (in_kernel && line.ends_with(':') && (line[0] == '.' || line[0] == '$') &&
                   !line.starts_with(".text.")) {
            found.back().lines.push_back({std::string(line), {}, 0});
        }
        in_places = false;
    }
    return found;
}

}  // namespace convscope::xray
