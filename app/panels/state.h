// What panels see and what they answer with. A panel draws from State and posts; it changes nothing itself.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "background_runner.h"
#include "experiment.h"
#include "gl/tensor_painter.h"
#include "gl/tensor_ref.h"
#include "gl/tensor_textures.h"

namespace convscope {

// What the mouse points at, in the last frame.
enum class ViewKind { none, input, weights, output };
struct Hover {
    ViewKind view = ViewKind::none;
    int64_t flat_index = -1;  // in the tensor of that view
};

// What is wanted of the program rather than of the experiment.
struct Command {
    enum class Kind {
        undo,
        redo,
        cancel,
        fit_views,
        next_colours,
        toggle_fullscreen,
        quit,
        ask_open,
        ask_save,
        open_file,
        save_file,
        dismiss_banner,
        toggle_shortcuts,
    };
    Kind kind;
    std::string path{};  // of open_file and save_file
};

class Post {
  public:
    void action(Action action) { actions.push_back(std::move(action)); }
    void command(Command::Kind kind, std::string path = {}) { commands.push_back({kind, std::move(path)}); }
    std::vector<Action> actions{};
    std::vector<Command> commands{};
};

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
    std::string trouble{};  // why the present experiment has no result: a sentence
    std::string banner{};   // a sentence to dismiss
    std::string sharing{};  // how outputs reach the screen
    std::string renderer{};
    double latency_ms = 0;  // from the last change to its pixels; 0: not known
    double frame_ms = 0;
    Hover hover{};
    gl::TensorTextures& textures;
    gl::TensorPainter& painter;
};

// What the widgets themselves remember between frames, beside the experiment.
struct PanelMemory {
    bool shortcuts_open = false;
    enum class Prompt { none, open, save } prompt = Prompt::none;
    bool prompt_is_new = false;
    std::array<char, 1024> path{};
    std::array<bool, 6> linked{false, true, true, true, true, true};  // by AxisField
    Hover hover{};                                                    // of the frame being drawn
};

// Each draws into the present Dear ImGui window, or opens its own.
void draw_menu_bar(const State& state, Post& post);
void draw_device_menu(const State& state, Post& post);
void draw_banner(const State& state, Post& post);
void draw_problem_panel(const State& state, PanelMemory& memory, Post& post);
void draw_views_panel(const State& state, PanelMemory& memory, Post& post);
void draw_view_controls(const State& state, Post& post);
void draw_inspect_panel(const State& state);
void draw_kernel_table(const State& state, Post& post);
void draw_times_panel(const State& state);
void draw_status_line(const State& state, Post& post);
void draw_shortcuts(PanelMemory& memory);
void draw_file_prompt(const State& state, PanelMemory& memory, Post& post);
// Keyboard shortcuts of the whole window.
void read_keyboard(const State& state, Post& post);

// The tensors behind the three views; empty where there is no result.
gl::TensorRef shown_input(const State& state);
gl::TensorRef shown_weights(const State& state);
gl::TensorRef shown_output(const State& state);

}  // namespace convscope
