// The menus. Every action of the program that is not a widget of its own can be found here, with its keys.
#include <cmath>
#include <filesystem>

#include "core/errors.h"
#include "core/text.h"
#include "panels/keyboard.h"
#include "panels/lesson_words.h"
#include "panels/problem_fields.h"
#include "panels/state.h"
#include "presets.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/registry.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

using Kind = Command::Kind;

// In the registry: "menu.File", "menu.File.open".
bool begin_menu(const char* title, const std::string& name, bool enabled = true) {
    ImGui::PushStyleVar(ImGuiStyleVar_ChildBorderSize, 1);  // menus inside menus count as child windows
    ImGui::PushStyleVar(ImGuiStyleVar_ChildRounding, px(6));
    const bool open = ImGui::BeginMenu(title, enabled);
    ImGui::PopStyleVar(2);
    registry().add_item(cat("menu.", name));
    return open;
}

bool item(const char* title, const std::string& name, const char* keys = nullptr, bool enabled = true,
          bool ticked = false) {
    const bool clicked = ImGui::MenuItem(title, keys, ticked, enabled);
    registry().add_item(cat("menu.", name));
    return clicked;
}

// An item that posts one command, with the keys that do the same.
struct Entry {
    const char* title;
    const char* name;
    Kind kind;
    bool enabled = true;
    bool ticked = false;
    const char* of = "";  // the command's name
    bool shows_keys = true;
};
void entry(Post& post, const Entry& e) {
    if (item(e.title, e.name, e.shows_keys ? keys_of(e.kind) : nullptr, e.enabled, e.ticked))
        post.command(e.kind, {}, e.of);
}

void recent_menu(const State& state, Post& post) {
    Settings settings = state.settings;
    if (!begin_menu("Open recent", "File.recent", !settings.recent.empty())) return;
    if (ImGui::IsWindowAppearing())
        std::erase_if(settings.recent, [](const std::string& path) {
            std::error_code ignored;
            return !std::filesystem::exists(path, ignored);
        });
    for (size_t i = 0; i < settings.recent.size(); ++i) {
        const std::string& path = settings.recent[i];
        const std::filesystem::path parts(path);
        ImGui::PushID(static_cast<int>(i));
        const std::string name = fitted(parts.filename().string(), px(280));
        const std::string folder = fitted(parts.parent_path().string(), px(320));
        if (item(name.c_str(), cat("File.recent.", i), folder.c_str())) post.command(Kind::open_file, path);
        tooltip(path);
        ImGui::PopID();
    }
    ImGui::Separator();
    if (item("Clear", "File.recent.clear")) settings.recent.clear();
    if (settings != state.settings) post.set(settings);
    ImGui::EndMenu();
}

void tensor_menu(const State& state, Post& post) {
    if (!begin_menu("Tensor as .npy", "File.export.tensor", state.result != nullptr)) return;
    struct Row {
        const char *title, *name;
    };
    for (const Row& row :
         {Row{"Input …", "input"}, Row{"Weights …", "weights"}, Row{"Pointwise weights …", "pointwise"},
          Row{"Bias …", "bias"}, Row{"Middle …", "middle"}, Row{"Output …", "output"}})
        if (item(row.title, cat("File.export.tensor.", row.name), nullptr, has_tensor(state, row.name)))
            post.command(Kind::ask_save_tensor, {}, row.name);
    ImGui::EndMenu();
}

void export_menu(const State& state, Post& post) {
    if (!begin_menu("Export", "File.export")) return;
    const auto picture = [&](const char* title, const char* name, const char* view, bool enabled) {
        entry(post, {title, name, Kind::ask_save_view, enabled, false, view});
    };
    const auto has = [&](const char* tensor) { return has_tensor(state, tensor); };
    picture("Picture of the input …", "File.export.input", "view.input", has("input"));
    picture("Picture of the weights …", "File.export.weights", "view.weights", has("weights"));
    if (has("pointwise"))
        picture("Picture of the pointwise weights …", "File.export.pointwise", "view.pointwise", true);
    if (has("middle")) picture("Picture of the middle …", "File.export.middle", "view.middle", true);
    picture("Picture of the output …", "File.export.output", "view.output", has("output"));
    picture("Picture of the whole window …", "File.export.window", "window", true);
    ImGui::Separator();
    tensor_menu(state, post);
    entry(post, {"Animation as GIF …", "File.export.animation", Kind::ask_save_animation, has("output")});
    ImGui::EndMenu();
}

void file_menu(const State& state, Post& post) {
    if (!begin_menu("File", "File")) return;
    entry(post, {"Open …", "File.open", Kind::ask_open});
    recent_menu(state, post);
    ImGui::Separator();
    entry(post, {"Save experiment …", "File.save", Kind::ask_save});
    export_menu(state, post);
    ImGui::Separator();
    entry(post, {"Quit", "File.quit", Kind::quit});
    ImGui::EndMenu();
}

void copy_items(const State& state, Post& post) {
    constexpr Kind copy = Kind::copy_values;
    const bool problem = state.problem.has_value();
    entry(post, {"Copy as PyTorch code", "Edit.copy_pytorch", Kind::copy_pytorch, problem});
    entry(post, {"Copy as command line", "Edit.copy_command_line", Kind::copy_command_line, problem});
    const auto values = [&](const char* title, const char* name, const char* of) {
        // Ctrl+C copies the slice under the mouse, and the output's where it is under none.
        entry(post, {title, name, copy, has_tensor(state, of), false, of, std::string_view(of) == "output"});
    };
    values("Copy values of the input slice", "Edit.copy_input", "input");
    values("Copy values of the weights slice", "Edit.copy_weights", "weights");
    values("Copy values of the output slice", "Edit.copy_output", "output");
    entry(post, {"Paste weight matrix", "Edit.paste_weights", Kind::paste_weights});
}

void edit_menu(const State& state, Post& post) {
    if (!begin_menu("Edit", "Edit")) return;
    entry(post, {"Undo", "Edit.undo", Kind::undo, state.can_undo});
    entry(post, {"Redo", "Edit.redo", Kind::redo, state.can_redo});
    ImGui::Separator();
    copy_items(state, post);
    ImGui::Separator();
    const bool pinned = state.pinned != nullptr;
    entry(post, {"Pin as A", "Edit.pin", Kind::pin_experiment, state.result != nullptr});
    entry(post, {"Unpin A", "Edit.unpin", Kind::unpin_experiment, pinned});
    entry(post, {"Swap A and B", "Edit.swap", Kind::swap_experiments, pinned});
    ImGui::EndMenu();
}

void size_menu(Settings& settings) {
    if (!begin_menu("Size of everything", "View.size")) return;
    if (item("Larger", "View.size.larger", larger_keys)) settings.scale *= scale_step;
    if (item("Smaller", "View.size.smaller", smaller_keys)) settings.scale /= scale_step;
    ImGui::Separator();
    for (const int percent : {80, 100, 125, 150, 200, 250}) {
        const float scale = static_cast<float>(percent) / 100;
        const bool present = std::abs(settings.scale - scale) < 0.005f;
        if (item(cat(percent, " %").c_str(), cat("View.size.", percent),
                 percent == 100 ? normal_keys : nullptr, true, present))
            settings.scale = scale;
    }
    ImGui::EndMenu();
}

void view_menu(const State& state, Post& post) {
    if (!begin_menu("View", "View")) return;
    const Tab tab = state.experiment.tab;
    entry(post, {"Explore", "View.explore", Kind::show_explore, true, tab == Tab::explore});
    entry(post, {"X-ray", "View.xray", Kind::show_xray, true, tab == Tab::xray});
    entry(post, {"Lessons", "View.lessons", Kind::show_lessons, true, tab == Tab::lessons});
    entry(post, {"Source", "View.source", Kind::show_source, true, tab == Tab::source});
    ImGui::Separator();
    const bool errors = state.experiment.display.output_mode == OutputMode::error;
    entry(post, {"Fit tensors", "View.fit", Kind::fit_views, works_on(tab, Kind::fit_views)});
    entry(post, {"Next colours", "View.colours", Kind::next_colours, works_on(tab, Kind::next_colours)});
    entry(post, {"Error view", "View.error", Kind::error_view, works_on(tab, Kind::error_view), errors});
    ImGui::Separator();
    Settings settings = state.settings;
    size_menu(settings);
    if (item("Dark", "View.dark", nullptr, true, settings.theme == Theme::dark)) settings.theme = Theme::dark;
    if (item("Light", "View.light", nullptr, true, settings.theme == Theme::light))
        settings.theme = Theme::light;
    if (settings != state.settings) post.set(settings);
    ImGui::Separator();
    entry(post, {"Full screen", "View.fullscreen", Kind::toggle_fullscreen});
    ImGui::EndMenu();
}

// Another experiment, looked at from the same tab in the same way.
void open_preset(const State& state, Experiment experiment, Post& post) {
    experiment.tab = state.experiment.tab;
    experiment.xray = state.experiment.xray;
    post.action(ReplaceExperiment{std::move(experiment)});
}

// From benchmarks that people compare with; the tooltip says which.
void known_problems(const State& state, Post& post) {
    try {
        for (const Preset& preset : presets()) {
            // Not so wide that the menu had to cover the one that it comes from; the tooltip says all of it.
            const std::string title = fitted(preset.title, px(570));
            if (ImGui::MenuItem(cat(title, "###", preset.name).c_str())) {
                Experiment e;
                e.spec = preset.spec;
                e.source.fill = preset.input_fill;
                if (!preset.image.empty())
                    e.source = {.kind = InputSource::Kind::image, .path = "assets/images/" + preset.image};
                e.weights.fill = preset.weights_fill;
                open_preset(state, e, post);
            }
            registry().add_item(cat("preset.", preset.name));
            const Problem problem(preset.spec);
            tooltip(cat(preset.source, ": ", problem.text(), "; ", flops_text(problem.flops()), ", ",
                        bytes_text(problem.minimal_bytes())));
        }
    } catch (const Error& error) {
        note(palette().warning, error.what());
    }
}

void presets_menu(const State& state, Post& post) {
    if (!begin_menu("Presets", "Presets")) return;
    for (const ExperimentPreset& preset : experiment_presets()) {
        if (ImGui::MenuItem(preset.title)) open_preset(state, preset.make(), post);
        registry().add_item(cat("preset.", preset.name));
    }
    ImGui::Separator();
    // As many as there are, never beyond the screen: what does not fit is scrolled to.
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowSizeConstraints({0, 0}, {screen.x, screen.y - px(80)});
    if (begin_menu("Known problems", "Presets.known")) {
        known_problems(state, post);
        ImGui::EndMenu();
    }
    ImGui::EndMenu();
}

std::string progress_words(const State& state, const std::string& key) {
    const lessons::Progress progress = progress_of(state.settings, key);
    if (progress.finished) return "✓";
    return begun(progress) ? cat("step ", progress.at + 1) : std::string();
}

void lessons_menu(const State& state, Post& post) {
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowSizeConstraints({0, 0}, {screen.x, screen.y - px(60)});
    if (!begin_menu("Lessons", "Lessons")) return;
    for (const lessons::Course& course : state.lesson.courses) {
        int number = 0;
        for (const lessons::LessonPtr& lesson : course.lessons) {
            const std::string key = lesson_key(course, *lesson);
            const std::string title = lesson->steps.empty() ? lesson->id : lesson->title;
            if (item(cat(++number, "  ", fitted(title, px(330)), "###", key).c_str(), cat("Lessons.", key),
                     progress_words(state, key).c_str(), !lesson->steps.empty(), key == state.lesson.key))
                post.command(Kind::open_lesson, {}, key);
        }
        if (!course.lessons.empty()) ImGui::Separator();
    }
    const bool runs = state.lesson.run != nullptr;
    entry(post, {"Leave the lesson", "Lessons.leave", Kind::leave_lesson, runs});
    entry(post, {"Presentation", "Lessons.presentation", Kind::toggle_presentation, runs});
    ImGui::EndMenu();
}

void help_menu(Post& post) {
    if (!begin_menu("Help", "Help")) return;
    entry(post, {"Keyboard and mouse", "Help.shortcuts", Kind::toggle_shortcuts});
    entry(post, {"About ConvScope", "Help.about", Kind::show_about});
    ImGui::EndMenu();
}

}  // namespace

void draw_menu_bar(const State& state, Post& post) {
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(px(10), px(8)));
    const bool open = ImGui::BeginMainMenuBar();
    ImGui::PopStyleVar();
    if (!open) return;
    {
        const WithFont strong(fonts().strong);
        coloured_text(palette().accent, "ConvScope");
    }
    ImGui::Dummy({px(8), 0});
    file_menu(state, post);
    edit_menu(state, post);
    view_menu(state, post);
    presets_menu(state, post);
    lessons_menu(state, post);
    help_menu(post);
    draw_device_menu(state, post);
    ImGui::EndMainMenuBar();
}

}  // namespace convscope
