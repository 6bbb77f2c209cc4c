// The program behind the panels: it owns the experiment's history, the worker and the surface.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "background_runner.h"
#include "errands.h"
#include "experiment_tensors.h"
#include "gl/surface.h"
#include "panels/state.h"
#include "settings.h"
#include "undo.h"
#include "window_lessons.h"
#include "xray_runner.h"

struct ImGuiContext;

namespace convscope {

struct AppOptions {
    Experiment experiment{};
    std::function<Devices()> find_devices{};
    XrayServices xray{};
    std::string modules_folder{};
    bool refine = true;  // go on timing while nothing changes
    Settings settings{};
    std::string lessons_folder{};   // a teacher's; empty: none
    std::string program_lessons{};  // empty: those that come with the program
};
// With the devices of this machine; `modules_folder` empty: beside the program.
AppOptions app_options(const Experiment& experiment, const std::string& modules_folder);

class App {
  public:
    App(std::unique_ptr<gl::Surface> surface, AppOptions options);
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // Draws one frame. `before` may write Dear ImGui's input after the surface has, before the frame starts.
    void frame(const std::function<void()>& before = {});

    const Experiment& experiment() const { return history_.present(); }
    // The learner's own, also while a lesson has set it aside: what is worth keeping.
    const Experiment& own_experiment() const {
        return lessons_.own ? lessons_.own->history.present() : history_.present();
    }
    bool can_undo() const { return history_.can_undo(); }
    // The lesson that is being taken; nullptr: none.
    const lessons::LessonRun* lesson() const { return lessons_.run ? &*lessons_.run : nullptr; }
    // Empty until they have been looked for.
    std::shared_ptr<const Devices> devices() const { return runner_.devices(); }
    // What the expressions of lessons ask, now. `devices` has to outlive it.
    lessons::Laboratory laboratory(const Devices* devices) const;
    const std::vector<lessons::Course>& courses() const { return lessons_.courses; }
    bool presenting() const { return lessons_.presenting; }
    // Of the panels, as of the last frame.
    const PanelMemory& memory() const { return memory_; }
    const Settings& settings() const { return settings_; }
    const ResultPtr& result() const { return result_; }
    // The row of the result whose output is drawn; nullptr where there is none.
    const KernelResult* shown() const;
    // The present experiment is a problem, and the result is its own and complete.
    bool settled() const;
    // Settled, its times are as good as they get, and nothing is traced or counted.
    bool at_rest() const { return settled() && runner_.resting() && xray_.resting(); }
    bool stale() const;
    bool busy() const { return runner_.busy(); }
    // What the X-ray tab knows.
    std::shared_ptr<const XrayNews> xray() const { return xray_.news(); }
    // The block that the tab looks at is traced, or refused with a sentence. Always on other tabs.
    bool xray_settled() const;
    bool counting() const { return !xray_.resting(); }
    const XrayPlay& xray_play() const { return memory_.xray_play; }
    // Ends the workers; false: one cannot be interrupted within this time.
    bool stop_within(double seconds);
    bool quit_wanted() const { return quit_; }
    const std::string& banner() const { return banner_; }
    const Animation& animation() const { return memory_.animation; }
    const Pinned* pinned() const { return pinned_ ? &*pinned_ : nullptr; }
    // What is explained now, as of the last frame.
    std::optional<Pin> focus() { return state().focus; }
    // Channels that are not shown yet are still on their way to the GPU.
    bool prefetching() const { return prefetching_; }
    // The animation is being saved.
    bool recording() const { return recording_ != nullptr; }
    const std::string& trouble() const { return trouble_; }
    const std::string& notice() const { return notice_; }  // for a few seconds
    double frame_ms() const { return frame_ms_; }
    double last_frame_ms() const { return last_frame_ms_; }
    double latency_ms() const { return latency_ms_; }
    // The last change has no pixels yet.
    bool pixels_pending() const { return latency_open_ || pixels_due_; }
    gl::Surface& surface() { return *surface_; }

    void act(const Action& action);
    void set(const Settings& settings);
    void command(const Command& command);
    // Told of every command before it is carried out.
    void watch_commands(std::function<void(const Command&)> watcher) { watcher_ = std::move(watcher); }
    // What was dropped on the window: an experiment or the first file that can be opened, or a folder.
    void drop(const std::vector<std::string>& paths);

  private:
    State state();
    void set_progress(State& state) const;
    void collect_news();
    void accept(const BackgroundRunner::Update& update);
    void accept(const BackgroundRunner::Loaded& loaded);
    void experiment_changed(const Experiment& before);
    void submit();
    void take_back_banner();  // of a request that failed before the present one
    void open_file(const std::string& path);
    void ask_for_file(FileRequest request);
    void save(const Command& wanted);
    void save_tensor(const Command& wanted);
    void hide_mouse();
    void take_picture();  // of the frame that was just drawn, where one is wanted
    void saved(const Errands::Outcome& outcome);
    void remember(const std::string& path);  // a file that was opened or saved
    void notify(const std::string& words);
    void age_notice();
    void remember_times(const Result& result);
    // What the Explore tab asks for; false where the command is not of that kind.
    bool explore_command(const Command& wanted);
    bool xray_command(const Command& wanted);
    // What the tab needs of the X-ray; empty on a tab that needs none, or while there is no problem.
    std::optional<XrayWish> xray_wish() const;
    void ask_xray();
    void play_xray(double seconds);
    void step_xray(int by);
    void choose_next(int by);
    void show_record(int64_t position);
    bool lesson_command(const Command& wanted);
    void read_courses();
    void reload_lesson();
    void open_lesson(const std::string& name);
    void leave_lesson();
    void turn_page(const Command& wanted);
    void begin_step(const std::optional<Experiment>& shown, bool jumped);
    void play_step();
    void keep_progress();
    void reset_lessons(const std::string& name);
    void tend_lessons();
    LessonState lesson_state(const Devices* devices) const;
    bool clipboard_command(const Command& wanted);
    void copy_values(const std::string& name);
    void paste_weights();
    void save_animation(const std::string& path);
    void record_frame();
    void stop_recording();
    void animate(double seconds);
    void step_animation(int by);
    void toggle_play();
    void show_worst();
    void pin_experiment();
    void swap_experiments();
    void prefetch();
    void adjust_look();
    void draw_windows(const State& state, Post& post);

    std::unique_ptr<gl::Surface> surface_;
    ImGuiContext* context_ = nullptr;
    std::unique_ptr<gl::TensorTextures> textures_;
    std::unique_ptr<gl::TensorPainter> painter_;
    History history_;
    std::shared_ptr<TensorMaker> tensors_;
    AppOptions options_;
    PanelMemory memory_;
    Settings settings_;
    LessonDesk lessons_;
    std::vector<HistoryEntry> times_;
    std::optional<Pinned> pinned_;
    std::string renderer_, banner_, trouble_, notice_;
    std::string aging_notice_;  // the one whose time runs
    std::chrono::steady_clock::time_point notice_at_{};
    std::function<void(const Command&)> watcher_{};
    std::optional<Command> picture_{};  // save_view, of the next frame
    std::string request_banner_;        // what banner_ says where the last request failed
    ResultPtr result_;
    ResultPtr news_;            // how far the present computation is, with or without an output
    uint64_t wanted_id_ = 0;    // of the present experiment
    uint64_t result_id_ = 0;    // of the one that result_ belongs to
    uint64_t finished_id_ = 0;  // the last one whose first run is over
    uint64_t timed_id_ = 0;     // of the newest entry in times_
    float look_scale_ = 0;
    Theme look_theme_ = Theme::dark;
    bool quit_ = false;
    double frame_ms_ = 0, last_frame_ms_ = 0, latency_ms_ = 0;
    std::chrono::steady_clock::time_point changed_at_{}, submitted_at_{};
    bool latency_open_ = false, pixels_due_ = false;
    struct Recording;
    std::unique_ptr<Recording> recording_;
    bool prefetching_ = false;
    struct Prefetched {
        std::shared_ptr<const OutputBuffer> output{};
        ShownPlanes planes{};
        bool operator==(const Prefetched&) const = default;
    };
    Prefetched prefetched_{};
    Errands errands_;
    BackgroundRunner runner_;  // its worker uses tensors_
    XrayRunner xray_;          // last: the workers stop first
};

}  // namespace convscope
