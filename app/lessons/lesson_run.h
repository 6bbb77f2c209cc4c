// A lesson that is being taken: at which step it is, what was answered, what is said about it. It knows no
// window: it is told what the program shows, and says what experiment the program should show.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "lessons/facts.h"
#include "lessons/lesson.h"
#include "lessons/progress.h"

namespace convscope::lessons {

class LessonRun {
  public:
    // Where the step has a task:
    enum class Phase {
        asking,   // nothing was answered yet
        judging,  // the answer was given, and what it is held against is being computed
        wrong,    // remark() says why; another answer can be given
        done,     // solved
        told,     // the answer was asked for
    };
    struct Answer {
        double number = 0;  // or the option's index
        std::optional<Pin> cell{};
    };

    // The lesson has a step: one without is a file that is no lesson (Lesson::error), and cannot be taken.
    LessonRun(LessonPtr lesson, Progress progress);

    const Lesson& lesson() const { return *lesson_; }
    const LessonPtr& file() const { return lesson_; }
    size_t at() const { return at_; }
    const Step& step() const { return lesson_->steps[at_]; }
    bool first() const { return at_ == 0; }
    bool last() const { return at_ + 1 == lesson_->steps.size(); }
    const Progress& progress() const { return progress_; }

    // These say which experiment is to be shown then; empty: as it is. A line of the file that cannot be
    // carried out makes the step show that error. `next` at the last step marks the lesson as finished.
    std::optional<Experiment> enter(size_t step, const Experiment& present);
    std::optional<Experiment> next(const Experiment& present);
    std::optional<Experiment> back(const Experiment& present);
    // The file changed on the disk; it has a step.
    std::optional<Experiment> reload(LessonPtr lesson, const Experiment& present);

    // Once a frame: judges. What the step's conditions need of the X-ray is told by wants_counts().
    void see(const Laboratory& laboratory);
    // A number, an option or a cell. What `then` makes of the experiment; empty: as it is.
    std::optional<Experiment> answer(const Answer& answer, const Experiment& present);
    // Gives up: `do` shows its solution, `predict` the right answer.
    std::optional<Experiment> tell(const Experiment& present);
    void ask_hint();

    Phase phase() const { return phase_; }
    bool solved() const { return phase_ == Phase::done || phase_ == Phase::told; }
    // The explanation is shown.
    bool explained() const { return !step().has_task() || solved(); }
    // What is said about the last answer, or about what was nearly done; may be empty.
    const std::string& remark() const { return remark_; }
    // The hints that were asked for, the first one first.
    std::vector<std::string> hints() const;
    bool more_hints() const;
    const std::optional<Answer>& given() const { return given_; }
    // Where the answer was told or found: the right number, the right option's index, or a right element.
    std::optional<double> right_number() const { return right_number_; }
    // Why the step cannot go on: a sentence, and its line in the file; empty where nothing is wrong.
    const std::string& error() const { return error_; }
    int error_line() const { return error_line_; }
    // That is so whatever the experiment becomes: the step has nothing to show.
    bool broken() const { return broken_; }
    // The experiment as the step began; conditions ask it as `start.`.
    const Experiment& start() const { return start_; }
    // Widgets that are covered, and those that glow.
    const std::vector<std::string>& hidden() const;
    const std::vector<std::string>& lights() const { return step().look.lights; }
    // The step asks for counts of a whole grid: of the kernel that the X-ray looks at, or of all of them.
    bool wants_counts() const;
    bool wants_all_counts() const;
    // Commands of a solution that was told, once: "compare", "count".
    std::vector<std::string> take_commands();

  private:
    std::optional<Experiment> arrive(size_t step, const Experiment& present, bool forwards);
    std::optional<Experiment> carry_out(const Experiment& from, const std::vector<Setting>& settings,
                                        const Experiment& present);
    void settle(Phase phase);
    void say_wrong(const std::string& remark, const Laboratory& laboratory);
    // Why nothing can be judged, though nothing is under way; empty: something is.
    std::string never_known(const Laboratory& laboratory);
    void see_goal(const Goal& goal, const Laboratory& laboratory);
    void judge(const Prediction& prediction, const Laboratory& laboratory);
    bool judge_number(const Prediction& prediction, const Laboratory& laboratory);
    bool judge_choice(const Prediction& prediction, const Laboratory& laboratory);
    bool judge_cell(const Prediction& prediction, const Laboratory& laboratory);
    bool find_right(const Prediction& prediction, const Laboratory& laboratory);

    LessonPtr lesson_;
    Progress progress_;
    size_t at_ = 0;
    Phase phase_ = Phase::asking;
    Experiment start_{};
    std::optional<Answer> given_{};
    std::optional<double> right_number_{};
    std::vector<std::string> hint_texts_{};  // with their values
    bool broken_ = false;                    // the step's own lines: nothing mends that
    // What `then` made, until it is what the program shows; how often see() waited for that.
    std::optional<Experiment> awaited_{};
    int waited_ = 0;
    std::optional<std::chrono::steady_clock::time_point> quiet_since_{};  // while judging
    std::string remark_{}, error_{};
    int error_line_ = 0;
    size_t hints_ = 0;
    std::vector<std::string> commands_{};
};

}  // namespace convscope::lessons
