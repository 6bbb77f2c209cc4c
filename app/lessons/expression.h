// Conditions and numbers in lessons. The grammar is muParser's; the names are those of facts.h.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace convscope::lessons {

struct Laboratory;

// A number as a condition: a finite one, and not 0.
bool is_true(double value);

// Values belong to the thread that the window is drawn by: two threads must not ask one expression at once.
class Expression {
  public:
    // One name that it uses: "output.height"; start.stride.height; load_requests of "naive".
    struct Use {
        std::string name;  // of facts.h, without start.
        std::string of{};  // the text between the quotes
        bool at_start = false;
        bool operator==(const Use&) const = default;
    };
    Expression() = default;  // empty: never true, no number
    // Throws Error(request) with a sentence: what cannot be read, or which name is not known.
    explicit Expression(const std::string& text);

    bool empty() const { return !compiled_; }
    const std::string& text() const { return text_; }
    // Names of facts and functions that it uses: none of them makes it a constant.
    const std::vector<Use>& uses() const { return uses_; }
    bool constant() const { return uses_.empty(); }

    // What it amounts to now. Empty while something it needs is not there yet (a result that is being
    // computed, counts that were not made), and while the experiment breaks rules. Throws Error(request)
    // where it asks for what cannot be: a kernel that nobody has, an element outside of its tensor.
    std::optional<double> value(const Laboratory& laboratory) const;
    // Whether it is there, and true.
    bool holds(const Laboratory& laboratory) const;

  private:
    struct Compiled;
    std::string text_;
    std::vector<Use> uses_;
    std::shared_ptr<const Compiled> compiled_;
};

}  // namespace convscope::lessons
