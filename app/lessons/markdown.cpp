#include "lessons/markdown.h"

#include <md4c.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/text.h"
#include "lessons/facts.h"

namespace convscope::lessons {
namespace {

// Expressions hide from md4c behind marks, letters of Unicode's private area that no text holds otherwise:
// stars and underscores in them would else be emphasis. In code a mark is turned back into what it was.
constexpr std::string_view mark_begins = "\uE000", mark_ends = "\uE001", replaced = "\uFFFD";

constexpr size_t most_braces = 500;  // each keeps its expression

struct Brace {
    std::string text;  // with its braces
    int line = 0;
    bool closed = true;
};

struct Hidden {
    std::string text;
    std::vector<Brace> braces;
};

Hidden hide_braces(std::string_view text) {
    Hidden out;
    int line = 1;
    for (size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\n') ++line;
        if (c == '\\' && at + 1 < text.size() && text[at + 1] != '\n') {
            out.text += text.substr(at++, 2);
        } else if (text.substr(at).starts_with(mark_begins) || text.substr(at).starts_with(mark_ends)) {
            out.text += replaced;
            at += mark_begins.size() - 1;
        } else if (c == '{') {
            const size_t end = text.find_first_of("}\n", at);
            if (out.braces.size() == most_braces)
                throw MarkdownError(line, cat("a text has at most ", most_braces, " expressions in braces"));
            const bool closed = end != std::string_view::npos && text[end] == '}';
            const std::string_view brace = text.substr(at, closed ? end + 1 - at : 1);
            out.text += cat(mark_begins, out.braces.size(), mark_ends);
            out.braces.push_back({std::string(brace), line, closed});
            at += brace.size() - 1;
        } else {
            out.text += c;
        }
    }
    return out;
}

Expression expression_of(const Brace& brace) {
    if (!brace.closed)
        throw MarkdownError(brace.line, "a '{' is not closed on its line; '\\{' is a brace itself");
    try {
        return Expression(brace.text.substr(1, brace.text.size() - 2));
    } catch (const Error& error) {
        throw MarkdownError(brace.line, error.what());
    }
}

// Calls text(string_view) and brace(const Brace&) for what stands between and behind the marks.
template <class Text, class Found>
void each_part(std::string_view text, const std::vector<Brace>& braces, const Text& plain,
               const Found& brace) {
    while (!text.empty()) {
        const size_t begin = std::min(text.find(mark_begins), text.size());
        if (begin > 0) plain(text.substr(0, begin));
        text.remove_prefix(begin);
        if (text.empty()) return;
        text.remove_prefix(mark_begins.size());
        size_t index = 0;
        for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1))
            index = index * 10 + static_cast<size_t>(text.front() - '0');
        if (text.starts_with(mark_ends)) text.remove_prefix(mark_ends.size());
        if (index < braces.size()) brace(braces[index]);
    }
}

std::string entity(std::string_view text) {
    static constexpr std::array<std::pair<const char*, const char*>, 8> known{{{"&amp;", "&"},
                                                                               {"&lt;", "<"},
                                                                               {"&gt;", ">"},
                                                                               {"&quot;", "\""},
                                                                               {"&nbsp;", "\u00A0"},
                                                                               {"&times;", "×"},
                                                                               {"&minus;", "−"},
                                                                               {"&hellip;", "…"}}};
    for (const auto& [name, meaning] : known)
        if (text == name) return meaning;
    return std::string(text);
}

// Turns md4c's calls into a document.
class Reader {
  public:
    explicit Reader(const std::vector<Brace>& braces) : braces_(braces) {}

    int enter(MD_BLOCKTYPE type, void* detail) {
        switch (type) {
            case MD_BLOCK_UL:
                flush();
                lists_.push_back({});
                break;
            case MD_BLOCK_OL:
                flush();
                lists_.push_back(
                    {static_cast<int64_t>(static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start), true});
                break;
            case MD_BLOCK_LI:
                flush();
                begin_item();
                break;
            case MD_BLOCK_QUOTE:
                flush();
                ++quotes_;
                break;
            case MD_BLOCK_H:
                flush();
                heading_ = static_cast<int>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
                break;
            case MD_BLOCK_HR:
                flush();
                out_.blocks.push_back({Block::Kind::rule, depth()});
                break;
            case MD_BLOCK_CODE:
                flush();
                in_code_ = true;
                break;
            case MD_BLOCK_TABLE:
                flush();
                out_.blocks.push_back({Block::Kind::table, depth()});
                break;
            case MD_BLOCK_TR:
                out_.blocks.back().rows.emplace_back();
                break;
            default:
                break;
        }
        return 0;
    }

    int leave(MD_BLOCKTYPE type) {
        switch (type) {
            case MD_BLOCK_UL:
            case MD_BLOCK_OL:
                flush();
                lists_.pop_back();
                break;
            case MD_BLOCK_QUOTE:
                flush();
                --quotes_;
                break;
            case MD_BLOCK_H:
                out_.blocks.push_back({Block::Kind::heading, heading_, "", take_spans()});
                heading_ = 0;
                break;
            case MD_BLOCK_CODE:
                if (!spans_.empty() && spans_.back().text.ends_with('\n')) spans_.back().text.pop_back();
                out_.blocks.push_back({Block::Kind::code, depth(), "", take_spans()});
                in_code_ = false;
                break;
            case MD_BLOCK_TH:
            case MD_BLOCK_TD:
                out_.blocks.back().rows.back().push_back(take_spans());
                break;
            case MD_BLOCK_P:
                flush();
                break;
            case MD_BLOCK_LI:
                flush();
                mark_.clear();  // of an item without text
                break;
            default:
                break;
        }
        return 0;
    }

    int style(MD_SPANTYPE type, int by) {
        if (type == MD_SPAN_STRONG) strong_ += by;
        if (type == MD_SPAN_EM) emphasised_ += by;
        if (type == MD_SPAN_CODE) code_ += by;
        return 0;
    }

    int text(MD_TEXTTYPE type, std::string_view text) {
        if (type == MD_TEXT_BR) {
            if (spans_.empty()) add("");
            spans_.back().line_break = true;
        } else if (type == MD_TEXT_SOFTBR) {
            add(" ");
        } else if (type == MD_TEXT_NULLCHAR) {
            add(replaced);
        } else if (type == MD_TEXT_ENTITY) {
            add(entity(text));
        } else {
            add_with_braces(text);
        }
        return 0;
    }

    Document take() {
        flush();
        return std::move(out_);
    }

  private:
    struct List {
        int64_t number = 0;
        bool numbered = false;
    };

    int depth() const { return static_cast<int>(lists_.size()); }

    void begin_item() {
        List& list = lists_.back();
        mark_ = list.numbered ? cat(list.number++, ".") : "•";
    }

    // Neighbours of one style are one span.
    void add(std::string_view text) {
        const bool code = code_ > 0 || in_code_;
        if (!spans_.empty()) {
            Span& last = spans_.back();
            if (last.value.empty() && !last.line_break && last.strong == (strong_ > 0) &&
                last.emphasised == (emphasised_ > 0) && last.code == code) {
                last.text += text;
                return;
            }
        }
        spans_.push_back({std::string(text), strong_ > 0, emphasised_ > 0, code});
    }

    void add_with_braces(std::string_view text) {
        each_part(
            text, braces_, [&](std::string_view plain) { add(plain); },
            [&](const Brace& brace) {
                if (code_ > 0 || in_code_) {
                    add(brace.text);
                    return;
                }
                spans_.push_back(
                    {brace.text, strong_ > 0, emphasised_ > 0, false, false, expression_of(brace)});
            });
    }

    std::vector<Span> take_spans() { return std::exchange(spans_, {}); }

    // What was read so far is a paragraph of wherever it stands.
    void flush() {
        if (spans_.empty()) return;
        const Block::Kind kind = depth() > 0   ? Block::Kind::item
                                 : quotes_ > 0 ? Block::Kind::quote
                                               : Block::Kind::paragraph;
        const int level = kind == Block::Kind::quote ? quotes_ : depth();
        out_.blocks.push_back({kind, level, std::exchange(mark_, ""), take_spans()});
    }

    const std::vector<Brace>& braces_;
    Document out_;
    std::vector<Span> spans_;
    std::vector<List> lists_;
    std::string mark_;
    int quotes_ = 0, heading_ = 0, strong_ = 0, emphasised_ = 0, code_ = 0;
    bool in_code_ = false;
};

// An exception does not travel through C: it waits here.
struct Call {
    Reader reader;
    std::exception_ptr error{};
    template <class Act>
    int guarded(const Act& act) {
        try {
            return act();
        } catch (...) {
            error = std::current_exception();
            return 1;
        }
    }
};

Call& call_of(void* data) {
    return *static_cast<Call*>(data);
}

MD_PARSER callbacks() {
    MD_PARSER parser{};
    parser.flags = MD_FLAG_TABLES | MD_FLAG_NOHTML;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* data) {
        return call_of(data).guarded([&] { return call_of(data).reader.enter(type, detail); });
    };
    parser.leave_block = [](MD_BLOCKTYPE type, void*, void* data) {
        return call_of(data).guarded([&] { return call_of(data).reader.leave(type); });
    };
    parser.enter_span = [](MD_SPANTYPE type, void*, void* data) {
        return call_of(data).reader.style(type, 1);
    };
    parser.leave_span = [](MD_SPANTYPE type, void*, void* data) {
        return call_of(data).reader.style(type, -1);
    };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* data) {
        return call_of(data).guarded([&] { return call_of(data).reader.text(type, {text, size}); });
    };
    return parser;
}

}  // namespace

Document read_markdown(std::string_view text) {
    const Hidden hidden = hide_braces(text);
    Call call{Reader(hidden.braces)};
    const MD_PARSER parser = callbacks();
    const int failed = md_parse(hidden.text.data(), static_cast<MD_SIZE>(hidden.text.size()), &parser, &call);
    if (call.error) std::rethrow_exception(call.error);
    if (failed != 0) throw MarkdownError(1, "this text cannot be read as Markdown");
    return call.reader.take();
}

std::vector<Span> read_sentence(std::string_view text) {
    const Hidden hidden = hide_braces(text);
    std::vector<Span> out;
    const auto plain = [&](std::string_view part) {
        std::string said(part);
        for (size_t at = 0; (at = said.find("\\{", at)) != std::string::npos; ++at) said.erase(at, 1);
        out.push_back({said});
    };
    each_part(hidden.text, hidden.braces, plain, [&](const Brace& brace) {
        out.push_back({brace.text, false, false, false, false, expression_of(brace)});
    });
    return out;
}

std::string filled(const Expression& expression, const Laboratory& laboratory) {
    try {
        const std::optional<double> value = expression.value(laboratory);
        return value ? value_text(*value) : "…";
    } catch (const Error&) {
        return "…";  // where it matters, the task says why
    }
}

std::string filled(const std::string& sentence, const Laboratory& laboratory) {
    std::string out;
    try {
        for (const Span& span : read_sentence(sentence))
            out += span.value.empty() ? span.text : filled(span.value, laboratory);
    } catch (const Error&) {
        return sentence;  // reading the lesson refuses such a sentence
    }
    return out;
}

}  // namespace convscope::lessons
