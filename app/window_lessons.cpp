// Lessons: which there are, taking one, and giving the learner's own work back.
#include "window_lessons.h"

#include <algorithm>

#include "core/text.h"
#include "panels/lesson_words.h"
#include "widgets/registry.h"
#include "window_app.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using lessons::Course;
using lessons::LessonPtr;
using lessons::LessonRun;

// A folder that cannot be read has none.
void add_files(const std::string& folder, LessonDesk::Files& files) {
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
        std::error_code ignored;
        if (at->path().extension() == ".md")
            files.emplace_back(at->path().string(), at->last_write_time(ignored));
    }
}

// When the file was written; empty where it is not among them.
std::optional<fs::file_time_type> written(const LessonDesk::Files& files, const std::string& path) {
    const auto at = std::ranges::find(files, path, [](const auto& file) { return file.first; });
    return at == files.end() ? std::nullopt : std::optional(at->second);
}

// The folder's name, but never that of the program's own course: their lessons do not share progress.
std::string course_title(const std::string& folder) {
    const fs::path path = fs::path(folder).lexically_normal();
    const std::string name = (path.has_filename() ? path : path.parent_path()).filename().string();
    return name == lessons::own_course_title ? folder : name;
}

}  // namespace

std::string lesson_key(const Course& course, const lessons::Lesson& lesson) {
    return course.title == lessons::own_course_title ? lesson.id : lesson.path;
}

LessonPtr LessonDesk::find(const std::string& name, std::string& found_key) const {
    for (const bool by_key : {true, false})
        for (const Course& course : courses)
            for (const LessonPtr& lesson : course.lessons) {
                const std::string key_here = lesson_key(course, *lesson);
                if (name != (by_key ? key_here : lesson->id)) continue;
                found_key = key_here;
                return lesson;
            }
    return nullptr;
}

std::optional<LessonState::Following> LessonDesk::following() const {
    for (const Course& course : courses) {
        bool passed = false;
        for (const LessonPtr& lesson : course.lessons) {
            if (passed && !lesson->steps.empty())
                return LessonState::Following{lesson_key(course, *lesson), lesson->title};
            passed = passed || lesson_key(course, *lesson) == key;
        }
    }
    return std::nullopt;
}

// Reads the courses where their files are not those that were read. A file that is not there any more leaves
// the lesson that is being taken as it was.
void App::read_courses() {
    LessonDesk& desk = lessons_;
    const std::string own =
        options_.program_lessons.empty() ? lessons::own_lessons_folder() : options_.program_lessons;
    LessonDesk::Files files;
    for (const std::string& folder : {options_.lessons_folder, own})
        if (!folder.empty()) add_files(folder, files);
    std::ranges::sort(files);
    if (desk.files == files) return;
    const std::string present = desk.run ? desk.run->file()->path : std::string();
    const bool mended = desk.files && desk.run && written(*desk.files, present) != written(files, present);
    desk.files = std::move(files);
    desk.courses.clear();
    if (const std::string& folder = options_.lessons_folder; !folder.empty())
        desk.courses.push_back(lessons::read_course(folder, course_title(folder)));
    desk.courses.push_back(lessons::read_course(own, lessons::own_course_title));
    if (mended) reload_lesson();
}

// Where the file of the running lesson changed.
void App::reload_lesson() {
    LessonDesk& desk = lessons_;
    std::string key;
    const LessonPtr lesson = desk.find(desk.key, key);
    if (!lesson || key != desk.key) return;
    desk.file_error = lesson->steps.empty() ? error_of_file(*lesson) : std::string();
    if (lesson->steps.empty()) return;
    const Tab tab = experiment().tab;
    begin_step(desk.run->reload(lesson, experiment()), false);
    if (tab == Tab::lessons) act(SetTab{tab});
}

void App::open_lesson(const std::string& name) {
    LessonDesk& desk = lessons_;
    read_courses();
    std::string key;
    const LessonPtr lesson = desk.find(name, key);
    if (!lesson) {
        banner_ = cat("there is no lesson '", name, "'");
        return;
    }
    if (lesson->steps.empty()) {
        banner_ = error_of_file(*lesson);
        return;
    }
    if (desk.run && key == desk.key && !desk.at_end) {
        if (experiment().tab == Tab::lessons) act(SetTab{desk.tab});
        return;
    }
    if (!desk.own) {
        const Experiment present = experiment();
        desk.own.emplace(LessonDesk::SetAside{std::move(history_), pinned_, times_, memory_.animation,
                                              memory_.plot, memory_.linked});
        history_ = History(present);
    }
    pinned_.reset();
    times_.clear();
    timed_id_ = 0;
    settings_.newcomer = false;
    const lessons::Progress progress = settings_.lessons[key];
    const size_t last = lesson->steps.size() - 1;
    const size_t at = progress.finished ? 0 : std::min(static_cast<size_t>(std::max(progress.at, 0)), last);
    desk.key = key;
    desk.file_error.clear();
    desk.tab = Tab::explore;
    desk.run.emplace(lesson, progress);
    begin_step(desk.run->enter(at, experiment()), true);
}

void App::leave_lesson() {
    LessonDesk& desk = lessons_;
    if (!desk.run) return;
    desk.run.reset();
    desk.at_end = desk.presenting = false;
    stop_recording();
    const Experiment before = experiment();
    LessonDesk::SetAside own = std::move(*desk.own);
    desk.own.reset();
    history_ = std::move(own.history);
    pinned_ = std::move(own.pinned);
    times_ = std::move(own.times);
    timed_id_ = 0;
    memory_.animation = own.animation;
    memory_.plot = own.plot;
    memory_.linked = own.linked;
    memory_.xray_play.playing = false;
    memory_.typing.reset();
    experiment_changed(before);
    // A lesson is taken from the list of them; the way back leads to the experiment.
    if (experiment().tab == Tab::lessons) act(SetTab{desk.home});
}

// A step's beginning: what was done before it cannot be undone any more.
void App::begin_step(const std::optional<Experiment>& shown, bool jumped) {
    LessonDesk& desk = lessons_;
    const LessonRun& run = *desk.run;
    if (recording()) {
        stop_recording();
        notify("the animation was not saved: the lesson went on meanwhile");
    }
    if (shown) {
        const Experiment before = experiment();
        history_ = History(*shown);
        experiment_changed(before);
    }
    // What was cancelled before would never come otherwise.
    if (finished_id_ == wanted_id_ && !trouble_.empty()) submit();
    if (experiment().tab == Tab::lessons) act(SetTab{desk.tab});
    desk.at_end = false;
    memory_.typing.reset();
    memory_.animation.on = memory_.animation.playing = memory_.xray_play.playing = false;
    memory_.xray.boxes.clear();
    if (jumped) {
        memory_.lower = lessons::LowerPanel::inspect;
        memory_.plot = lessons::Plot::bars;
    }
    for (size_t i = jumped ? 0 : run.at(); i <= run.at(); ++i) {
        const lessons::Look& look = run.lesson().steps[i].look;
        memory_.lower = look.panel.value_or(memory_.lower);
        memory_.plot = look.plot.value_or(memory_.plot);
    }
    desk.play = run.step().look.play;
    registry().seek(run.lights());
    keep_progress();
}

void App::keep_progress() {
    if (lessons_.run) settings_.lessons[lessons_.key] = lessons_.run->progress();
}

// Forgets how far the learner is. The lesson that is being taken begins again.
void App::reset_lessons(const std::string& name) {
    std::string key;
    if (name.empty())
        settings_.lessons.clear();
    else if (lessons_.find(name, key))
        settings_.lessons.erase(key);
    if (!lessons_.run || !(name.empty() || key == lessons_.key)) return;
    const Tab tab = experiment().tab;
    lessons_.run.emplace(lessons_.run->file(), lessons::Progress{});
    begin_step(lessons_.run->enter(0, experiment()), true);
    if (tab == Tab::lessons) act(SetTab{tab});
}

lessons::Laboratory App::laboratory(const Devices* devices) const {
    lessons::Laboratory out{.experiment = &experiment(), .devices = devices};
    if (finished_id_ == wanted_id_) out.failure = trouble_;
    if (!stale()) {
        out.result = result_;
        out.shown = shown();
    }
    const auto news = xray_.news();
    if (news->problem && broken_rules(experiment().spec).empty() &&
        *news->problem == Problem(experiment().spec))
        out.xray = news;
    if (!lessons_.run) return out;
    out.start = &lessons_.run->start();
    if (const auto& given = lessons_.run->given()) {
        out.answer = given->number;
        out.cell = given->cell;
    }
    return out;
}

// Once a frame.
void App::tend_lessons() {
    constexpr std::chrono::seconds between_looks{1};
    LessonDesk& desk = lessons_;
    // The first frame does not wait for files that nobody has asked for.
    const bool first_frame = last_frame_ms_ <= 0;
    const bool looks = desk.run || !desk.files || experiment().tab == Tab::lessons;
    if (looks && !first_frame && Clock::now() - desk.looked_at >= between_looks) {
        desk.looked_at = Clock::now();
        read_courses();
    }
    if (!desk.run) {
        if (experiment().tab != Tab::lessons) desk.home = experiment().tab;
        return;
    }
    const auto devices = runner_.devices();
    desk.run->see(laboratory(devices.get()));
    keep_progress();
    if (experiment().tab != Tab::lessons) desk.tab = experiment().tab;
    for (const std::string& wanted : desk.run->take_commands())
        command({wanted == "compare" ? Command::Kind::compare_kernels : Command::Kind::count_grid});
    play_step();
}

// What a step plays begins once its result or its requests are there.
void App::play_step() {
    using lessons::Play;
    LessonDesk& desk = lessons_;
    if (desk.play == Play::slide && settled() && !stale()) {
        desk.play = Play::nothing;
        toggle_play();
    }
    if (desk.play == Play::requests && experiment().tab == Tab::xray && xray_settled()) {
        desk.play = Play::nothing;
        show_record(0);
        memory_.xray_play.playing = true;
        memory_.xray_play.position = 0;
    }
}

LessonState App::lesson_state(const Devices* devices) const {
    const LessonDesk& desk = lessons_;
    LessonState out{.courses = desk.courses};
    if (!desk.run) return out;
    out.laboratory = laboratory(devices);
    out.run = &*desk.run;
    out.key = desk.key;
    out.following = desk.following();
    out.file_error = desk.file_error;
    out.at_end = desk.at_end;
    out.presenting = desk.presenting;
    return out;
}

// Onwards, back, or to a step.
void App::turn_page(const Command& wanted) {
    using Kind = Command::Kind;
    LessonDesk& desk = lessons_;
    LessonRun& run = *desk.run;
    if (experiment().tab == Tab::lessons) act(SetTab{desk.tab});
    if (wanted.kind == Kind::lesson_next) {
        if (desk.at_end) return;
        const bool last = run.last();
        const auto shown = run.next(experiment());
        if (!last) return begin_step(shown, false);
        desk.at_end = true;
        keep_progress();
    } else if (wanted.kind == Kind::lesson_back) {
        if (desk.at_end) {
            desk.at_end = false;
            return;
        }
        if (!run.first()) begin_step(run.back(experiment()), true);
    } else {
        const auto last = static_cast<double>(run.lesson().steps.size() - 1);
        begin_step(run.enter(static_cast<size_t>(std::clamp(wanted.number, 0.0, last)), experiment()), true);
    }
}

bool App::lesson_command(const Command& wanted) {
    using Kind = Command::Kind;
    LessonDesk& desk = lessons_;
    const auto show = [&](const std::optional<Experiment>& shown) {
        if (shown) act(ReplaceExperiment{*shown});
        // An answer is held against a result: what was cancelled is computed again.
        if (finished_id_ == wanted_id_ && !trouble_.empty()) submit();
    };
    switch (wanted.kind) {
        case Kind::show_lessons:
            act(SetTab{Tab::lessons});
            return true;
        case Kind::open_lesson:
            open_lesson(wanted.name);
            return true;
        case Kind::leave_lesson:
            leave_lesson();
            return true;
        case Kind::lesson_next:
        case Kind::lesson_back:
        case Kind::lesson_step:
            if (desk.run) turn_page(wanted);
            return true;
        case Kind::lesson_answer:
            if (!desk.run) return true;
            show(desk.run->answer({wanted.number, wanted.cell}, experiment()));
            // So are counts that were cancelled, or that nobody makes unasked.
            if (desk.run->wants_counts()) xray_.count();
            if (desk.run->wants_all_counts()) xray_.compare();
            return true;
        case Kind::lesson_tell:
            if (desk.run) show(desk.run->tell(experiment()));
            return true;
        case Kind::lesson_hint:
            if (desk.run) desk.run->ask_hint();
            return true;
        case Kind::lesson_reset:
            reset_lessons(wanted.name);
            return true;
        case Kind::toggle_presentation:
            desk.presenting = desk.run && !desk.presenting;
            if (desk.presenting && experiment().tab == Tab::lessons) act(SetTab{desk.tab});
            if (!desk.run) notify("a presentation is of a lesson: open one first");
            return true;
        case Kind::greeted:
            settings_.newcomer = false;
            return true;
        default:
            return false;
    }
}

}  // namespace convscope
