#include "window.h"

#include <imgui.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "core/errors.h"
#include "core/text.h"
#include "widgets/fonts.h"
#include "widgets/layout.h"
#include "widgets/source_view.h"
#include "window_app.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;

// The experiment as the user left it (XDG: state that is worth keeping but not worth a backup).
std::string kept_experiment_path() {
    const char* state = std::getenv("XDG_STATE_HOME");
    if (state && *state == '/') return cat(state, "/convscope/experiment.json");
    const char* home = std::getenv("HOME");
    return home && *home == '/' ? cat(home, "/.local/state/convscope/experiment.json") : std::string();
}

Experiment starting_experiment(const WindowOptions& options) {
    if (!options.experiment_file.empty()) return load_experiment(options.experiment_file);
    const std::string kept = options.restore ? kept_experiment_path() : "";
    std::error_code ignored;
    if (kept.empty() || !fs::exists(kept, ignored)) return first_experiment();
    try {
        return load_experiment(kept);
    } catch (const Error&) {
        return first_experiment();  // of another version, or damaged: nothing the user asked for now
    }
}

void keep_experiment(const Experiment& experiment) {
    const std::string path = kept_experiment_path();
    if (path.empty()) return;
    std::error_code failed;
    fs::create_directories(fs::path(path).parent_path(), failed);
    try {
        if (!failed) save_experiment(path, experiment);
    } catch (const Error&) {
        // Closing the window must not fail because the disk is full.
    }
}

void keep_settings(const Settings& settings) {
    try {
        if (const std::string path = settings_path(); !path.empty()) save_settings(path, settings);
    } catch (const Error&) {
        // As above.
    }
}

// Draws when something happened, and sleeps otherwise. `kept` are the settings as the disk has them.
void run_until_closed(App& app, Settings& kept) {
    using Clock = std::chrono::steady_clock;
    constexpr int frames_to_settle = 3;  // hovering, opening and layout take a frame each
    int due = frames_to_settle;
    while (!app.surface().closing() && !app.quit_wanted()) {
        const bool moves = app.animation().playing || app.xray_play().playing || source_view_glides();
        const double longest = moves                                  ? 1.0 / 60
                               : app.prefetching() || app.recording() ? 0.0
                               : tooltip_is_due()                     ? 0.05
                               : app.busy() || app.counting()         ? 0.1
                               : ImGui::GetIO().WantTextInput         ? 0.25
                                                                      : 1.0;
        const auto start = Clock::now();
        app.surface().wait_events(due > 0 ? 0.0 : longest);
        const bool woken = std::chrono::duration<double>(Clock::now() - start).count() < longest * 0.98;
        due = due > 0 ? due - 1 : woken ? frames_to_settle : 0;
        app.frame();
        // How far the learner is outlives a machine that is switched off.
        if (app.settings().lessons == kept.lessons) continue;
        kept = app.settings();
        keep_settings(kept);
    }
}

}  // namespace

int open_window(const WindowOptions& options) {
    std::error_code ignored;
    if (!options.lessons_folder.empty() && !fs::is_directory(options.lessons_folder, ignored))
        fail_request(cat("--lessons: '", options.lessons_folder, "' is not a folder"));
    const Experiment experiment = starting_experiment(options);
    auto surface = gl::make_window_surface("ConvScope", {options.width, options.height});
    AppOptions with_settings = app_options(experiment, options.modules_folder);
    with_settings.settings = load_settings(settings_path());
    // Progress is kept by a file's path, wherever the program is started.
    if (!options.lessons_folder.empty())
        with_settings.lessons_folder =
            fs::absolute(options.lessons_folder, ignored).lexically_normal().string();
    App app(std::move(surface), with_settings);
    Settings kept = with_settings.settings;
    run_until_closed(app, kept);
    if (options.restore) keep_experiment(app.own_experiment());
    if (app.settings() != kept) keep_settings(app.settings());
    // A library's call can take many seconds and cannot be interrupted, and a thread inside it cannot be
    // ended from outside. All that is worth keeping has been written: the system takes the rest back.
    constexpr double patience_s = 0.6;
    if (!app.stop_within(patience_s)) std::_Exit(0);
    return 0;
}

std::vector<std::string> describe_drawing() {
    try {
        const auto surface = gl::make_offscreen_surface({64, 64});
        std::vector<std::string> lines{cat("offscreen drawing: ", gl::renderer_description())};
        App app(gl::make_offscreen_surface({64, 64}),
                {.experiment = Experiment{}, .find_devices = [] { return Devices{}; }, .refine = false});
        app.frame();
        lines.push_back(cat("fonts: ", fonts().description));
        lines.push_back(cat("Dear ImGui ", ImGui::GetVersion()));
        return lines;
    } catch (const Error& error) {
        return {error.what()};
    }
}

}  // namespace convscope
