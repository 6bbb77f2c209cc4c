// What panels see and what they answer with. A panel draws from State and posts; it changes nothing itself.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "background_runner.h"
#include "experiment.h"
#include "file_browser.h"
#include "gl/tensor_painter.h"
#include "gl/tensor_ref.h"
#include "gl/tensor_textures.h"
#include "lessons/course.h"
#include "lessons/lesson_run.h"
#include "panels/source_memory.h"
#include "panels/source_texts.h"
#include "panels/view_caches.h"
#include "panels/xray_caches.h"
#include "settings.h"
#include "widgets/source_view.h"
#include "xray_runner.h"

namespace convscope {

// What the mouse points at, in the last frame.
struct Hover {
    ViewKind view = ViewKind::none;
    int64_t flat_index = -1;  // in the tensor of that view
    bool operator==(const Hover&) const = default;
};

// What is wanted of the program rather than of the experiment.
struct Command {
    enum class Kind {
        undo,
        redo,
        cancel,
        fit_views,
        next_colours,
        error_view,
        toggle_fullscreen,
        quit,
        ask_open,
        ask_save,
        open_file,  // path
        save_file,
        refuse,  // `name`: a sentence for the banner
        dismiss_banner,
        toggle_shortcuts,
        show_about,
        toggle_play,
        step_forward,
        step_back,
        stop_animation,
        show_worst,        // the worst element of the shown output: moved there and pinned
        pin_experiment,    // the present experiment becomes A
        unpin_experiment,  // A goes
        swap_experiments,  // A becomes the present experiment and the other way round
        copy_pytorch,
        copy_command_line,
        copy_values,      // the slice of the view `name`, as text
        paste_weights,    // from the clipboard
        ask_save_view,    // `name`: the widget whose picture is wanted
        save_view,        // path, name
        ask_save_tensor,  // `name`: "input", "weights", "pointwise", "bias", "middle", "output"
        save_tensor,      // path, name
        ask_save_animation,
        save_animation,  // path
        copy_plot,       // the numbers of the plot that is shown, as CSV
        show_explore,    // the tabs
        show_xray,
        show_source,
        xray_next,  // the next thread, warp or block, whichever is chosen
        xray_previous,
        count_grid,       // the whole grid of the kernel that is X-rayed
        compare_kernels,  // the same of all kernels of the operator
        cancel_count,
        copy_comparison,  // of the kernels, as CSV
        show_lessons,     // the tab
        open_lesson,      // name: its key, or its id
        leave_lesson,
        lesson_next,
        lesson_back,
        lesson_step,          // number: from 0
        lesson_answer,        // number: typed, or the option's index; cell
        lesson_hint,          // one more
        lesson_tell,          // the answer, or the solution
        lesson_reset,         // the progress of lesson `name`; of all where it is empty
        toggle_presentation,  // of the lesson that runs
        greeted,              // the line for newcomers goes
    };
    Kind kind;
    std::string path{};
    std::string name{};
    double number = 0;
    std::optional<Pin> cell{};
};

// Asks for a file's name; `then` is posted with it.
struct FileRequest {
    bool saving = false;
    std::string title{}, hint{};
    std::vector<std::string> endings{};  // of the files that are listed, ".png"; empty: all
    std::string name{};                  // suggested
    std::string folder{};                // where to start; empty: where it was last
    Command then{};
};

class Post {
  public:
    void action(Action action) { actions.push_back(std::move(action)); }
    void command(Command::Kind kind, std::string path = {}, std::string name = {}) {
        commands.push_back({kind, std::move(path), std::move(name)});
    }
    void command(Command wanted) { commands.push_back(std::move(wanted)); }
    void set(Settings wanted) { settings = std::move(wanted); }
    std::vector<Action> actions{};
    std::vector<Command> commands{};
    std::optional<Settings> settings{};
};

// The experiment that was set aside to be compared with.
struct Pinned {
    Experiment experiment;
    ResultPtr result;
    KernelChoice shown;  // the row of it whose output is drawn
};

// One finished change of the experiment, for the plot of times over changes.
struct HistoryEntry {
    std::string problem;  // in words
    struct Time {
        KernelChoice kernel;
        double median_ms = 0;
    };
    std::vector<Time> times;
};

// The sliding window on its way over the output (scatter: over the input).
struct Animation {
    bool on = false;  // its position is shown: it was started and not ended
    bool playing = false;
    double position = 0;    // in elements of the plane that it walks over
    double per_second = 4;  // elements
};

// The playing of a block's requests. Where it stands is in the experiment.
struct XrayPlay {
    bool playing = false;
    double position = 0;    // in records, with the part of one that has passed
    double per_second = 8;  // records
};

// The lessons, and the one that is being taken.
struct LessonState {
    std::span<const lessons::Course> courses{};  // the teacher's before the program's
    const lessons::LessonRun* run = nullptr;     // nullptr: none
    std::string key{};                           // of the one that runs
    struct Following {
        std::string key, title;
    };
    std::optional<Following> following{};  // the next one of its course
    std::string file_error{};              // why its file cannot be read again: a sentence
    bool at_end = false;                   // its last step was left forwards just now
    bool presenting = false;               // large text, only the views and the step
    lessons::Laboratory laboratory{};      // what expressions ask
};
// Where its progress is kept: its id where it comes with the program, else its file's path.
std::string lesson_key(const lessons::Course& course, const lessons::Lesson& lesson);

struct State {
    const Experiment& experiment;
    std::optional<Problem> problem{};  // empty while the experiment breaks rules
    std::vector<BrokenRule> broken{};
    std::shared_ptr<const Devices> devices{};  // empty until they have been looked for
    ResultPtr result{};                        // the last one that has an output
    const KernelResult* shown = nullptr;       // the row of it whose output is drawn
    bool stale = false;                        // the result is not the present experiment's
    bool busy = false;
    std::string stage{};  // what the worker does now
    double progress = 0;  // 0 … 1
    bool can_undo = false, can_redo = false;
    std::string trouble{};    // why the present experiment has no result: a sentence
    std::string banner{};     // a sentence to dismiss
    std::string notice{};     // what was just done: "copied", "saved as …"
    double seconds_left = 0;  // of what runs now; 0: not known
    const Settings& settings;
    const std::vector<HistoryEntry>& history;
    const Pinned* pinned = nullptr;
    std::string sharing{};  // how outputs reach the screen
    std::string renderer{};
    double latency_ms = 0;  // from the last change to its pixels; 0: not known
    double frame_ms = 0;
    Hover hover{};
    std::optional<Pin> focus{};              // what is explained: hovered, else animated, else pinned
    std::shared_ptr<const XrayNews> xray{};  // never empty; of the present problem where the tab needs it
    bool xray_settled = false;               // it is what was last asked for, or says why not
    double xray_share = 0;                   // of the grid that is being counted, 0 … 1
    std::string modules_folder{};            // where the traced module and kept machine code are
    LessonState lesson{};
    gl::TensorTextures& textures;
    gl::TensorPainter& painter;
};

// Of the lesson beside the tabs.
struct LessonMemory {
    std::string key{};       // of the lesson and
    size_t step = 0;         // the step that these belong to
    bool explained = false;  // as of the last frame
    int scrolling = 0;       // frames in which what was just said is scrolled to
    std::array<char, 64> typed{};
    std::string refused{};    // why what was typed is no number
    bool asks_reset = false;  // whether all progress shall be forgotten
};

// What the widgets themselves remember between frames, beside the experiment.
struct PanelMemory {
    bool shortcuts_open = false;
    std::optional<FileRequest> file_request{};
    bool request_is_new = false;
    FileBrowser browser{};
    std::array<char, 4096> path{};  // the browser's text field
    bool about_is_new = false;
    Animation animation{};
    XrayPlay xray_play{};
    XrayCaches xray{};
    SourceTexts source_texts{};
    SourceMemory source{};
    SourceViewMemory xray_source{};  // the text beside the map
    using Plot = lessons::Plot;
    Plot plot = Plot::bars;
    lessons::LowerPanel lower = lessons::LowerPanel::inspect;  // below the pictures while a lesson runs
    LessonMemory lesson{};
    std::array<bool, 6> linked{false, true, true, true, true, true};  // by AxisField
    Hover hover{};                                                    // of the frame being drawn
    ViewCaches caches{};
    // The field in which a cell's value is typed.
    struct Typing {
        ViewKind view = ViewKind::none;
        int64_t element = 0;
        PlaneCell cell{};
        std::array<char, 32> text{};
        bool is_new = true;
    };
    std::optional<Typing> typing{};
};

// Each draws into the present Dear ImGui window, or opens its own.
void draw_menu_bar(const State& state, Post& post);
void draw_tab_bar(const State& state, Post& post);
void draw_device_menu(const State& state, Post& post);
void draw_banner(const State& state, Post& post);
void draw_problem_panel(const State& state, PanelMemory& memory, Post& post);
void draw_views_panel(const State& state, PanelMemory& memory, Post& post);
void draw_view_controls(const State& state, Post& post);
void draw_animation_bar(const State& state, PanelMemory& memory, Post& post);
// In the place of the next three while a lesson runs: one of them.
void draw_lower_panel(const State& state, PanelMemory& memory, Post& post);
void draw_inspect_panel(const State& state, PanelMemory& memory, Post& post);
void draw_kernel_table(const State& state, Post& post);
void draw_times_panel(const State& state, PanelMemory& memory, Post& post);
// The numbers of the plot that is shown, as CSV with a header.
std::string plot_csv(const State& state, PanelMemory::Plot plot);
// The X-ray tab: what is looked at, its pictures, the scrubber over its requests, the lower panel and the
// kernel's text.
void draw_xray_choice(const State& state, PanelMemory& memory, Post& post);
void draw_xray_map(const State& state, PanelMemory& memory, Post& post);
void draw_xray_player(const State& state, PanelMemory& memory, Post& post);
void draw_xray_lower(const State& state, PanelMemory& memory, Post& post);
// The lower panel's own, listed in xray_lower.cpp; each draws into the rest of a child window.
void draw_xray_request(const State& state, PanelMemory& memory, Post& post);
void draw_xray_counts(const State& state, PanelMemory& memory, Post& post);
void draw_xray_faults(const State& state, PanelMemory& memory, Post& post);
void draw_xray_compare(const State& state, PanelMemory& memory, Post& post);
// Every figure of every kernel that was counted, as CSV with a header.
std::string comparison_csv(const State& state);
void draw_xray_occupancy(const State& state, PanelMemory& memory, Post& post);
void draw_xray_source(const State& state, PanelMemory& memory, Post& post);
void draw_source_tab(const State& state, PanelMemory& memory, Post& post);
void draw_status_line(const State& state, Post& post);
void draw_shortcuts(PanelMemory& memory);
void draw_about(const State& state, PanelMemory& memory);
// The course as a path.
void draw_lessons_tab(const State& state, PanelMemory& memory, Post& post);
// The step of the lesson that runs.
void draw_lesson_panel(const State& state, PanelMemory& memory, Post& post);
void draw_file_browser(const State& state, PanelMemory& memory, Post& post);
// Keyboard shortcuts of the whole window. Comes before the panels: a dialog that Escape closes while it is
// drawn still keeps that key from everything else.
void read_keyboard(const State& state, const PanelMemory& memory, Post& post);

// The tensors behind the three views; empty where there is no result.
gl::TensorRef shown_input(const State& state);
gl::TensorRef shown_weights(const State& state);
gl::TensorRef shown_output(const State& state);
// "input", "weights", "pointwise", "middle", "output".
std::string view_name(ViewKind kind);
// The tensors that can be saved: "input", "weights", "pointwise", "bias", "middle", "output".
bool has_tensor(const State& state, const std::string& name);

}  // namespace convscope
