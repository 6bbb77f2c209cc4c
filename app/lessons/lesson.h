// A lesson as its file says it: steps of text, and of what the program does beside it. docs/write_a_lesson.md
// tells the format.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiment.h"
#include "lessons/expression.h"
#include "lessons/markdown.h"

namespace convscope::lessons {

// "padding: 1" of a `set`, `then.` or `solution.`, without the prefix.
struct Setting {
    int line = 0;  // of the file, from 1
    std::string name, value;
};

// A sentence that is said while a condition holds; for a number, `when` is the number that a mistake gives.
struct Remark {
    Expression when;
    std::string sentence;
};

enum class LowerPanel { inspect, kernels, times };
enum class Plot { bars, history, spread, roofline };
enum class Play { nothing, slide, requests };

struct Look {
    int line = 0;
    std::optional<Tab> tab{};
    // The words of `view`, in the file's order: each sets one field of the experiment.
    std::vector<std::string> views{};
    // Empty: nothing is said about it. An element with view none: nothing is explained.
    struct Element {
        ViewKind view = ViewKind::none;
        std::vector<int64_t> place{};  // (batch, channel, [depth,] row, column)
    };
    std::optional<Element> hover{};
    std::optional<LowerPanel> panel{};
    std::optional<Plot> plot{};
    Play play = Play::nothing;
    std::vector<std::string> lights{};  // names of the widget registry
};

struct Goal {
    int line = 0;
    Expression when{};
    std::vector<Remark> nearly{};
    std::vector<std::string> hints{};
    std::vector<Setting> solution{};
    std::vector<std::string> commands{};  // "compare", "count": of the solution
};

struct Prediction {
    int line = 0;
    enum class Kind { number, choice, cell } kind = Kind::number;
    Expression number{};  // of Kind::number
    std::string unit{};
    double within = 0;
    bool within_is_share = false;  // of the right number, else in its unit
    struct Option {
        std::string text;
        Expression is_right;
        std::string feedback{};  // may be empty
    };
    std::vector<Option> options{};   // of Kind::choice
    ViewKind view = ViewKind::none;  // of Kind::cell
    Expression where{};              // the cell is right
    std::vector<Remark> wrong{};
    std::vector<std::string> hidden{};  // widgets that are covered until the answer is given
    std::vector<Setting> then{};
};

struct Step {
    std::string title;
    int line = 0;
    Document text{}, explanation{};
    std::optional<std::vector<Setting>> set{};
    Look look{};
    std::optional<Goal> goal{};  // at most one of these
    std::optional<Prediction> prediction{};
    // Why the step cannot be shown: a sentence, and its line. Everything else of the step is then empty.
    std::string error{};
    int error_line = 0;
    bool has_task() const { return goal || prediction; }
};

struct Lesson {
    std::string id{};    // the file's name without .md: "01_slide"
    std::string path{};  // of the file
    std::string title{}, about{};
    int minutes = 0;  // 0: not said
    std::vector<Step> steps{};
    // Why the whole file is no lesson (no header, no step): a sentence with its line. Then there are no
    // steps.
    std::string error{};
    int error_line = 0;
};
using LessonPtr = std::shared_ptr<const Lesson>;

// Never throws: what is wrong is said in the step that it concerns.
Lesson read_lesson(const std::string& id, std::string_view text);
// Pictures that lie beside the file get its folder: "image FOLDER/leaf.png". Throws Error(request)
// where the file cannot be read.
LessonPtr load_lesson(const std::string& path);

}  // namespace convscope::lessons
