#include "lessons/lesson.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/errors.h"
#include "core/files/atomic_file.h"
#include "core/text.h"
#include "core/utf8.h"
#include "lessons/lesson_blocks.h"
#include "lessons/words.h"
#include "numbers.h"

namespace convscope::lessons {
namespace {

constexpr size_t most_bytes = 1 << 20;
constexpr int most_minutes = 600;

struct Line {
    int number = 0;
    std::string_view text;
};
using Lines = std::vector<Line>;

bool is_utf8(std::string_view text) {
    for (size_t at = 0, length = 0; at < text.size(); at += length) {
        length = utf8_length(text, at);
        if (length == 0 || text[at] == 0) return false;
    }
    return true;
}

Lines lines_of(std::string_view text) {
    Lines out;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        out.push_back({static_cast<int>(out.size()) + 1, line});
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t") == std::string_view::npos;
}
bool begins_step(std::string_view line) {
    return line.starts_with("## ") || line == "##";
}
bool is_main_heading(std::string_view line) {
    return line.starts_with("# ") || line == "#";
}

// The line that opens a fenced block, or closes it.
struct Fence {
    char sign = 0;  // 0: it is none
    size_t length = 0;
    std::string info{};
};
Fence fence_of(std::string_view line) {
    const size_t indent = std::min(line.find_first_not_of(' '), line.size());
    line.remove_prefix(indent);
    if (indent > 3 || line.empty() || (line[0] != '`' && line[0] != '~')) return {};
    const size_t length = std::min(line.find_first_not_of(line[0]), line.size());
    std::string info = trimmed(line.substr(length));
    if (length < 3 || (line[0] == '`' && info.find('`') != std::string::npos)) return {};
    return {line[0], length, std::move(info)};
}
bool closes(const Fence& fence, const Fence& open) {
    return fence.sign == open.sign && fence.length >= open.length && fence.info.empty();
}

// Of every line, whether it belongs to a fenced block, its first and last line included. A block that is
// never closed has no lines: what follows it is read all the same. So is one of a lesson's own that reaches
// into another step.
std::vector<bool> lines_in_fences(const Lines& lines) {
    std::vector<bool> inside(lines.size());
    // Up to line `until` no fence of so many signs is closed: of '`' and '~', of the lesson's own and others.
    struct Hopeless {
        size_t length = 0, until = 0;
    };
    std::array<std::array<Hopeless, 2>, 2> unclosed{};
    for (size_t at = 0; at < lines.size(); ++at) {
        const Fence open = fence_of(lines[at].text);
        if (open.sign == 0) continue;
        const bool own = is_block_name(open.info);
        Hopeless& hopeless = unclosed[open.sign == '~'][own];
        if (at < hopeless.until && open.length >= hopeless.length) continue;
        size_t end = at + 1;
        while (end < lines.size() && !closes(fence_of(lines[end].text), open) &&
               !(own && begins_step(lines[end].text)))
            ++end;
        if (end == lines.size() || !closes(fence_of(lines[end].text), open)) {
            hopeless = {open.length, end};
        } else {
            std::fill(inside.begin() + static_cast<std::ptrdiff_t>(at),
                      inside.begin() + static_cast<std::ptrdiff_t>(end) + 1, true);
            at = end;
        }
    }
    return inside;
}

// The header's lines; gives how many of the file's lines it takes.
size_t read_header(const Lines& lines, Lesson& lesson) {
    size_t at = 0;
    while (at < lines.size() && is_blank(lines[at].text)) ++at;
    if (at == lines.size() || trimmed(lines[at].text) != "---")
        throw LineError{at == lines.size() ? 1 : lines[at].number,
                        "a lesson begins with a header between two lines '---'"};
    const int first = lines[at].number;
    std::vector<RawLine> raw;
    for (++at; at < lines.size() && trimmed(lines[at].text) != "---"; ++at)
        raw.push_back({lines[at].number, std::string(lines[at].text)});
    if (at == lines.size()) throw LineError{first, "the header is not closed by a line '---'"};
    for (const Setting& field : read_fields(raw, Comments::none)) {
        if (field.name == "title") {
            lesson.title = field.value;
        } else if (field.name == "about") {
            lesson.about = field.value;
        } else if (field.name == "minutes") {
            try {
                lesson.minutes =
                    static_cast<int>(whole_number(field.value, "minutes", "minutes", 0, most_minutes));
            } catch (const Error& error) {
                throw LineError{field.line, error.what()};
            }
        } else {
            throw LineError{field.line, cat("the header has no field '", field.name,
                                            "'; title, about and minutes are known")};
        }
    }
    if (lesson.title.empty()) throw LineError{first, "the header has no 'title'"};
    return at + 1;
}

// What is wrong with the text between the header and the first step; empty: nothing.
std::optional<LineError> stray_text(const Lines& lines, size_t from, size_t to) {
    for (size_t at = from; at < to; ++at)
        if (!is_blank(lines[at].text) && !is_main_heading(lines[at].text))
            return LineError{lines[at].number,
                             "this text stands before the first step; a heading '## …' begins a step"};
    return std::nullopt;
}

// The step's lines, taken apart: prose with an empty line in the place of each line of a block, and blocks.
struct TakenApart {
    std::string prose{};
    int first_line = 0;  // of the prose
    std::vector<RawBlock> blocks{};
};

TakenApart take_apart(const Lines& lines, size_t from, size_t to) {
    TakenApart out{.first_line = from < to ? lines[from].number : 0};
    for (size_t at = from; at < to; ++at) {
        const Fence open = fence_of(lines[at].text);
        if (open.sign == 0) {
            if (is_main_heading(lines[at].text))
                throw LineError{lines[at].number, "a step has headings of the third level, '### …', at most"};
            out.prose += cat(lines[at].text, "\n");
            continue;
        }
        size_t end = at + 1;
        while (end < to && !closes(fence_of(lines[end].text), open)) ++end;
        if (end == to)
            throw LineError{lines[at].number, cat("the block '", std::string(open.length, open.sign),
                                                  open.info, "' is not closed")};
        require_block_name(open.info, lines[at].number);
        const bool block = is_block_name(open.info);
        for (size_t i = at; i <= end; ++i) out.prose += block ? "\n" : cat(lines[i].text, "\n");
        if (block) {
            RawBlock raw{open.info, lines[at].number, {}};
            for (size_t i = at + 1; i < end; ++i)
                raw.lines.push_back({lines[i].number, std::string(lines[i].text)});
            out.blocks.push_back(std::move(raw));
        }
        at = end;
    }
    return out;
}

Document markdown_at(const std::string& text, int first_line) {
    try {
        return read_markdown(text);
    } catch (const MarkdownError& error) {
        throw LineError{first_line + error.line - 1, error.what()};
    }
}

Document explanation_of(const RawBlock& block) {
    std::string text;
    for (const RawLine& line : block.lines) text += line.text + "\n";
    return markdown_at(text, block.line + 1);
}

void read_block(const RawBlock& block, Step& step) {
    if (block.name == "set") step.set = read_set(block);
    if (block.name == "look") step.look = read_look(block);
    if (block.name == "do") step.goal = read_goal(block);
    if (block.name == "predict") step.prediction = read_prediction(block);
    if (block.name == "explain") step.explanation = explanation_of(block);
}

std::string title_of(std::string_view heading) {
    std::string title = trimmed(heading.substr(2));
    while (title.ends_with('#')) title.pop_back();
    return trimmed(title);
}

// The lines of one step, its heading first. `set_before`: an earlier step has a `set`.
void fill_step(const Lines& lines, size_t from, size_t to, bool& set_before, Step& step) {
    if (step.title.empty()) throw LineError{step.line, "a step's heading needs a text: '## What is seen'"};
    const TakenApart parts = take_apart(lines, from + 1, to);
    for (size_t i = 0; i < parts.blocks.size(); ++i) {
        const RawBlock& block = parts.blocks[i];
        for (size_t j = 0; j < i; ++j)
            if (parts.blocks[j].name == block.name)
                throw LineError{block.line, cat("a step has one block '", block.name,
                                                "'; another begins in line ", parts.blocks[j].line)};
        const bool first_set = block.name == "set" && !std::exchange(set_before, true);
        read_block(block, step);
        if (first_set && (step.set->empty() || step.set->front().name != "start"))
            throw LineError{block.line, "the first 'set' of a lesson begins with a line 'start: …'"};
        if (step.goal && step.prediction)
            throw LineError{block.line, "a step has a 'do' or a 'predict', not both"};
    }
    step.text = markdown_at(parts.prose, parts.first_line);
}

Step read_step(const Lines& lines, size_t from, size_t to, bool& set_before) {
    Step step{.title = title_of(lines[from].text), .line = lines[from].number};
    try {
        fill_step(lines, from, to, set_before, step);
        return step;
    } catch (const LineError& error) {
        return {.title = step.title, .line = step.line, .error = error.sentence, .error_line = error.line};
    }
}

void read_steps(const Lines& lines, size_t at, Lesson& lesson) {
    std::vector<size_t> begins;
    const std::vector<bool> in_fence = lines_in_fences(lines);
    for (size_t i = at; i < lines.size(); ++i)
        if (!in_fence[i] && begins_step(lines[i].text)) begins.push_back(i);
    if (begins.empty())
        throw LineError{lines.empty() ? 1 : lines.back().number,
                        "this lesson has no step; a heading '## …' begins one"};
    if (const auto stray = stray_text(lines, at, begins.front()))
        lesson.steps.push_back({.title = lesson.title,
                                .line = stray->line,
                                .error = stray->sentence,
                                .error_line = stray->line});
    bool set_before = false;
    for (size_t i = 0; i < begins.size(); ++i)
        lesson.steps.push_back(
            read_step(lines, begins[i], i + 1 < begins.size() ? begins[i + 1] : lines.size(), set_before));
}

// A picture that lies beside the lesson's file is meant before one of the program's.
void find_own_pictures(std::vector<Setting>& settings, const std::filesystem::path& folder) {
    constexpr std::string_view image = "image ";
    for (Setting& setting : settings) {
        if (setting.name != "input" || !setting.value.starts_with(image)) continue;
        const auto own = folder / trimmed(setting.value.substr(image.size()));
        std::error_code error;
        if (std::filesystem::is_regular_file(own, error)) setting.value = cat(image, own.string());
    }
}

void find_own_pictures(Lesson& lesson) {
    const auto folder = std::filesystem::absolute(lesson.path).parent_path();
    for (Step& step : lesson.steps) {
        if (step.set) find_own_pictures(*step.set, folder);
        if (step.goal) find_own_pictures(step.goal->solution, folder);
        if (step.prediction) find_own_pictures(step.prediction->then, folder);
    }
}

}  // namespace

Lesson read_lesson(const std::string& id, std::string_view text) {
    Lesson lesson;
    lesson.id = id;
    try {
        if (text.size() > most_bytes)
            throw LineError{1, cat("a lesson has at most ", bytes_text(most_bytes), "; this file has ",
                                   bytes_text(static_cast<double>(text.size())))};
        if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
        const Lines lines = lines_of(text);
        for (const Line& line : lines)
            if (!is_utf8(line.text)) throw LineError{line.number, "this is not a text in UTF-8"};
        const size_t at = read_header(lines, lesson);
        read_steps(lines, at, lesson);
    } catch (const LineError& error) {
        lesson.steps.clear();
        lesson.error = error.sentence;
        lesson.error_line = error.line;
    }
    if (lesson.title.empty()) lesson.title = id;
    return lesson;
}

LessonPtr load_lesson(const std::string& path) {
    const std::string text = read_text_file(path, static_cast<int64_t>(most_bytes));
    Lesson lesson = read_lesson(std::filesystem::path(path).stem().string(), text);
    lesson.path = path;
    find_own_pictures(lesson);
    return std::make_shared<const Lesson>(std::move(lesson));
}

}  // namespace convscope::lessons
