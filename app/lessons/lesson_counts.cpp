// Which counts of whole grids a step asks for.
#include <algorithm>

#include "lessons/lesson_run.h"

namespace convscope::lessons {
namespace {

template <class Act>
void each_expression(const Document& document, const Act& act) {
    for (const Block& block : document.blocks) {
        for (const Span& span : block.spans) act(span.value);
        for (const auto& row : block.rows)
            for (const auto& cell : row)
                for (const Span& span : cell) act(span.value);
    }
}

// All that the program may be asked for while the step is shown. Where counting is what the learner is to do,
// nobody counts before.
template <class Act>
void each_expression(const Step& step, bool explained, const Act& act) {
    each_expression(step.text, act);
    if (explained) each_expression(step.explanation, act);
    if (step.goal && step.goal->commands.empty()) {
        act(step.goal->when);
        for (const Remark& remark : step.goal->nearly) act(remark.when);
    }
    if (!step.prediction) return;
    act(step.prediction->number);
    act(step.prediction->where);
    for (const Prediction::Option& option : step.prediction->options) act(option.is_right);
    for (const Remark& remark : step.prediction->wrong) act(remark.when);
}

bool is_of_counts(const std::string& name) {
    return std::ranges::any_of(named_facts(),
                               [&](const NamedFact& fact) { return fact.of_counts && name == fact.name; });
}

bool wants(const Step& step, bool explained, bool named) {
    bool wanted = false;
    each_expression(step, explained, [&](const Expression& expression) {
        for (const Expression::Use& use : expression.uses())
            wanted = wanted || (is_of_counts(use.name) && use.of.empty() != named);
    });
    return wanted;
}

}  // namespace

bool LessonRun::wants_counts() const {
    return wants(step(), explained(), false);
}
bool LessonRun::wants_all_counts() const {
    return wants(step(), explained(), true);
}

}  // namespace convscope::lessons
