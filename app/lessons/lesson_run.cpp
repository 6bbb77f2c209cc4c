#include "lessons/lesson_run.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "core/errors.h"
#include "core/text.h"
#include "lessons/facts_parts.h"
#include "lessons/settings_lines.h"
#include "views/explain.h"

namespace convscope::lessons {
namespace {

constexpr const char* not_quite = "Not quite. Try again, or let the program show it.";
// How long nothing may be under way before a missing answer is one that never comes.
constexpr std::chrono::seconds longest_quiet{10};
// Frames in which the window may still show what was before `then`.
constexpr int most_waits = 4;
constexpr int64_t most_elements_searched = 65536;

bool any_set(const Lesson& lesson, size_t up_to) {
    for (size_t i = 0; i <= up_to; ++i)
        if (lesson.steps[i].set) return true;
    return false;
}

// A hair more than what is asked for, as the typed number went through decimal digits; never a whole one.
bool near(double number, double right, const Prediction& prediction) {
    const double within =
        prediction.within_is_share ? prediction.within * std::abs(right) : prediction.within;
    const double hair = std::min(1e-6 * std::abs(right) + 1e-12, 0.25);
    return std::abs(number - right) <= within + hair;
}

// The index of the option that is right; empty where one of them is not known yet. Throws Error(request)
// where none is right, or several are.
std::optional<size_t> right_option(const Prediction& prediction, const Laboratory& laboratory) {
    std::vector<size_t> right;
    for (size_t i = 0; i < prediction.options.size(); ++i) {
        const std::optional<double> found = prediction.options[i].is_right.value(laboratory);
        if (!found) return std::nullopt;
        if (is_true(*found)) right.push_back(i);
    }
    if (right.size() != 1)
        fail_request(
            cat(right.empty() ? "none" : "more than one", " of the options is right; one has to be"));
    return right.front();
}

}  // namespace

LessonRun::LessonRun(LessonPtr lesson, Progress progress)
    : lesson_(std::move(lesson)), progress_(std::move(progress)) {
    assert(!lesson_->steps.empty());
    const int last_step = static_cast<int>(lesson_->steps.size()) - 1;
    at_ = static_cast<size_t>(std::clamp(progress_.at, 0, last_step));
    progress_.at = static_cast<int>(at_);
    std::erase_if(progress_.done, [&](int step) { return step < 0 || step > last_step; });
}

std::optional<Experiment> LessonRun::arrive(size_t step, const Experiment& present, bool forwards) {
    at_ = std::min(step, lesson_->steps.size() - 1);
    progress_.at = static_cast<int>(at_);
    phase_ = Phase::asking;
    given_.reset();
    right_number_.reset();
    awaited_.reset();
    quiet_since_.reset();
    remark_.clear();
    hint_texts_.clear();
    commands_.clear();
    hints_ = 0;
    start_ = present;
    const Step& now = this->step();
    error_ = now.error;
    error_line_ = now.error_line;
    broken_ = !error_.empty();
    if (broken_) return std::nullopt;
    try {
        Experiment next = present;
        if ((forwards && !now.set) || !any_set(*lesson_, at_)) {
            next.display.pin.reset();
            next = with_look(std::move(next), now.look);
        } else {
            next = experiment_at(*lesson_, at_);
        }
        start_ = next;
        return next == present ? std::nullopt : std::optional(next);
    } catch (const LineError& error) {
        error_ = error.sentence;
        error_line_ = error.line;
        broken_ = true;
        return std::nullopt;
    }
}

std::optional<Experiment> LessonRun::enter(size_t step, const Experiment& present) {
    return arrive(step, present, false);
}

std::optional<Experiment> LessonRun::next(const Experiment& present) {
    if (!step().has_task()) progress_.done.insert(static_cast<int>(at_));
    if (last()) {
        progress_.finished = true;
        return std::nullopt;
    }
    return arrive(at_ + 1, present, true);
}

std::optional<Experiment> LessonRun::back(const Experiment& present) {
    return first() ? std::nullopt : arrive(at_ - 1, present, false);
}

std::optional<Experiment> LessonRun::reload(LessonPtr lesson, const Experiment& present) {
    assert(!lesson->steps.empty());
    lesson_ = std::move(lesson);
    std::erase_if(progress_.done, [&](int step) { return step >= static_cast<int>(lesson_->steps.size()); });
    return arrive(at_, present, false);
}

void LessonRun::settle(Phase phase) {
    phase_ = phase;
    awaited_.reset();
    quiet_since_.reset();
    if (phase == Phase::done) progress_.done.insert(static_cast<int>(at_));
}

void LessonRun::see(const Laboratory& laboratory) {
    if (broken_) return;
    Laboratory mine = laboratory;
    mine.start = &start_;
    if (given_ && step().prediction) {
        if (step().prediction->kind == Prediction::Kind::number) mine.answer = given_->number;
        mine.cell = given_->cell;
    }
    hint_texts_.clear();
    if (step().goal)
        for (size_t i = 0; i < hints_; ++i) hint_texts_.push_back(filled(step().goal->hints[i], mine));
    try {
        if (step().goal) see_goal(*step().goal, mine);
        if (step().prediction) judge(*step().prediction, mine);
    } catch (const Error& error) {
        // Once the experiment is another one it can be asked again.
        if (phase_ == Phase::judging || (phase_ == Phase::told && !right_number_)) phase_ = Phase::asking;
        error_ = error.what();
        error_line_ = step().goal ? step().goal->line : step().prediction->line;
    }
}

void LessonRun::see_goal(const Goal& goal, const Laboratory& laboratory) {
    if (solved()) return;
    error_.clear();
    remark_.clear();
    if (goal.when.holds(laboratory)) {
        settle(Phase::done);
        return;
    }
    for (const Remark& nearly : goal.nearly)
        if (nearly.when.holds(laboratory)) {
            remark_ = filled(nearly.sentence, laboratory);
            return;
        }
}

void LessonRun::judge(const Prediction& prediction, const Laboratory& laboratory) {
    const bool telling = phase_ == Phase::told && !right_number_;
    if (phase_ != Phase::judging && !telling) return;
    if (awaited_ && !(*laboratory.experiment == *awaited_) && ++waited_ < most_waits) return;
    awaited_.reset();
    using Kind = Prediction::Kind;
    const bool known = telling                           ? find_right(prediction, laboratory)
                       : prediction.kind == Kind::number ? judge_number(prediction, laboratory)
                       : prediction.kind == Kind::choice ? judge_choice(prediction, laboratory)
                                                         : judge_cell(prediction, laboratory);
    if (known) return;
    const std::string why = never_known(laboratory);
    if (why.empty()) return;
    remark_ = why;
    if (!telling) phase_ = Phase::asking;
}

std::string LessonRun::never_known(const Laboratory& laboratory) {
    const std::vector<BrokenRule> rules = broken_rules(laboratory.experiment->spec);
    if (!rules.empty())
        return cat("The experiment breaks a rule, so nothing can be computed: ", rules.front().sentence);
    if (!laboratory.failure.empty()) return cat("The program cannot compute this: ", laboratory.failure);
    const bool busy = !laboratory.result || !laboratory.result->finished ||
                      (laboratory.xray && (laboratory.xray->counting || laboratory.xray->block_goes_on));
    const auto now = std::chrono::steady_clock::now();
    if (busy || !quiet_since_) quiet_since_ = now;
    if (now - *quiet_since_ < longest_quiet) return {};
    quiet_since_.reset();
    return "The program does not know the answer: what it needs was not computed. Try again.";
}

void LessonRun::say_wrong(const std::string& remark, const Laboratory& laboratory) {
    settle(Phase::wrong);
    remark_ = remark.empty() ? not_quite : filled(remark, laboratory);
}

bool LessonRun::judge_number(const Prediction& prediction, const Laboratory& laboratory) {
    const std::optional<double> right = prediction.number.value(laboratory);
    if (!right) return false;
    if (!std::isfinite(*right))
        fail_request(
            cat("'", prediction.number.text(), "' is no number that could be typed: ", value_text(*right)));
    if (near(given_->number, *right, prediction)) {
        right_number_ = right;
        settle(Phase::done);
        return true;
    }
    for (const Remark& mistake : prediction.wrong)
        if (const std::optional<double> number = mistake.when.value(laboratory);
            number && near(given_->number, *number, prediction)) {
            say_wrong(mistake.sentence, laboratory);
            return true;
        }
    say_wrong("", laboratory);
    return true;
}

bool LessonRun::judge_choice(const Prediction& prediction, const Laboratory& laboratory) {
    const std::optional<size_t> right = right_option(prediction, laboratory);
    if (!right) return false;
    const auto chosen = static_cast<size_t>(
        std::clamp<double>(given_->number, 0, static_cast<double>(prediction.options.size() - 1)));
    const std::string& feedback = prediction.options[chosen].feedback;
    if (chosen == *right) {
        right_number_ = static_cast<double>(*right);
        settle(Phase::done);
        remark_ = filled(feedback, laboratory);
    } else {
        say_wrong(feedback, laboratory);
    }
    return true;
}

bool LessonRun::judge_cell(const Prediction& prediction, const Laboratory& laboratory) {
    if (!given_->cell || given_->cell->view != prediction.view) {
        say_wrong("", laboratory);
        return true;
    }
    const std::optional<double> found = prediction.where.value(laboratory);
    if (!found) return false;
    if (is_true(*found)) {
        right_number_ = static_cast<double>(given_->cell->element);
        settle(Phase::done);
        return true;
    }
    for (const Remark& mistake : prediction.wrong)
        if (mistake.when.holds(laboratory)) {
            say_wrong(mistake.sentence, laboratory);
            return true;
        }
    say_wrong("", laboratory);
    return true;
}

bool LessonRun::find_right(const Prediction& prediction, const Laboratory& laboratory) {
    if (prediction.kind == Prediction::Kind::number) {
        right_number_ = prediction.number.value(laboratory);
    } else if (prediction.kind == Prediction::Kind::choice) {
        if (const std::optional<size_t> right = right_option(prediction, laboratory))
            right_number_ = static_cast<double>(*right);
    } else if (const std::optional<Problem> problem = problem_of(*laboratory.experiment)) {
        const Shape shape = view_shape(*problem, prediction.view);
        const int64_t count = shape.empty() ? 0 : std::min(element_count(shape), most_elements_searched);
        Laboratory trial = laboratory;
        for (int64_t element = 0; element < count; ++element) {
            trial.cell = Pin{prediction.view, element};
            const std::optional<double> found = prediction.where.value(trial);
            if (!found) return false;
            if (!is_true(*found)) continue;
            given_ = Answer{.cell = trial.cell};
            right_number_ = static_cast<double>(element);
            return true;
        }
        fail_request("no element is a right answer");
    }
    return right_number_.has_value();
}

std::optional<Experiment> LessonRun::carry_out(const Experiment& from, const std::vector<Setting>& settings,
                                               const Experiment& present) {
    try {
        const Experiment next = with_settings(from, settings);
        if (next == present) return std::nullopt;
        awaited_ = next;
        waited_ = 0;
        return next;
    } catch (const LineError& error) {
        error_ = error.sentence;
        error_line_ = error.line;
        broken_ = true;
        return std::nullopt;
    }
}

std::optional<Experiment> LessonRun::answer(const Answer& answer, const Experiment& present) {
    if (broken_ || !step().prediction || solved()) return std::nullopt;
    given_ = answer;
    remark_.clear();
    error_.clear();
    quiet_since_.reset();
    phase_ = Phase::judging;
    return carry_out(present, step().prediction->then, present);
}

std::optional<Experiment> LessonRun::tell(const Experiment& present) {
    if (broken_ || !step().has_task() || solved()) return std::nullopt;
    settle(Phase::told);
    remark_.clear();
    error_.clear();
    given_.reset();
    if (step().prediction) return carry_out(present, step().prediction->then, present);
    commands_ = step().goal->commands;
    if (step().goal->solution.empty()) return std::nullopt;
    return carry_out(start_, step().goal->solution, present);
}

void LessonRun::ask_hint() {
    if (more_hints()) ++hints_;
}

std::vector<std::string> LessonRun::hints() const {
    std::vector<std::string> out = hint_texts_;
    for (size_t i = out.size(); i < hints_; ++i) out.push_back(step().goal->hints[i]);
    return out;
}

bool LessonRun::more_hints() const {
    return step().goal && hints_ < step().goal->hints.size();
}

const std::vector<std::string>& LessonRun::hidden() const {
    static const std::vector<std::string> nothing;
    return step().prediction && !solved() ? step().prediction->hidden : nothing;
}

std::vector<std::string> LessonRun::take_commands() {
    return std::exchange(commands_, {});
}

}  // namespace convscope::lessons
