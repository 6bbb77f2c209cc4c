// What the program does when it is told to, beside changing the experiment.
#include <imgui.h>

#include <algorithm>
#include <filesystem>

#include "core/errors.h"
#include "core/files/image.h"
#include "core/text.h"
#include "folder_listing.h"
#include "window_app.h"
#include "window_exports.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;

constexpr const char* opened_kinds =
    "an image (PNG, JPEG, BMP, HDR, PGM, PPM), an .npy file or an experiment (.json)";

bool is_experiment(const std::string& path) {
    return has_ending(path, {".json"});
}

bool is_npy(const std::string& path) {
    return has_ending(path, {".npy"});
}

bool can_be_opened(const std::string& path) {
    return is_experiment(path) || is_npy(path) || has_image_name(path);
}

FileRequest opening_request(const std::string& folder = {}) {
    return {.title = "Open a file",
            .hint = "An image, an .npy file or an experiment. Dropping it on the window does the same.",
            .endings = {".png", ".jpg", ".jpeg", ".bmp", ".hdr", ".pgm", ".ppm", ".npy", ".json"},
            .folder = folder,
            .then = {Command::Kind::open_file}};
}

Display fitted_views(Display display) {
    display.input = display.weights = display.output = ViewBox{};
    return display;
}

Display next_colours(Display display) {
    if (!display.map)
        display.map = colour_maps().front().map;
    else if (static_cast<size_t>(*display.map) + 1 < colour_maps().size())
        display.map = static_cast<ColourMap>(static_cast<int>(*display.map) + 1);
    else
        display.map.reset();
    return display;
}

Display error_view(Display display) {
    const bool errors = display.output_mode == OutputMode::error;
    display.output_mode = errors ? OutputMode::value : OutputMode::error;
    return display;
}

std::string file_name(const std::string& path) {
    return fs::path(path).filename().string();
}

}  // namespace

void App::command(const Command& wanted) {
    using Kind = Command::Kind;
    if (watcher_) watcher_(wanted);
    const Experiment before = experiment();
    switch (wanted.kind) {
        case Kind::undo:
            if (history_.undo()) experiment_changed(before);
            break;
        case Kind::redo:
            if (history_.redo()) experiment_changed(before);
            break;
        case Kind::cancel:
            runner_.cancel();
            if (experiment().tab != Tab::explore) xray_.cancel();
            break;
        case Kind::fit_views:
            if (before.tab == Tab::xray)
                memory_.xray.boxes.clear();
            else if (before.tab == Tab::explore)
                act(SetDisplay{fitted_views(before.display)});
            break;
        case Kind::next_colours:
            act(SetDisplay{next_colours(before.display)});
            break;
        case Kind::error_view:
            act(SetDisplay{error_view(before.display)});
            break;
        case Kind::toggle_fullscreen:
            surface_->toggle_fullscreen();
            break;
        case Kind::quit:
            quit_ = true;
            break;
        case Kind::ask_open:
            ask_for_file(opening_request());
            break;
        case Kind::ask_save:
        case Kind::ask_save_view:
        case Kind::ask_save_tensor:
        case Kind::ask_save_animation:
            ask_for_file(saving_request(wanted));
            break;
        case Kind::open_file:
            open_file(wanted.path);
            break;
        case Kind::save_file:
        case Kind::save_view:
        case Kind::save_tensor:
            save(wanted);
            break;
        case Kind::dismiss_banner:
            banner_.clear();
            break;
        case Kind::toggle_shortcuts:
            memory_.shortcuts_open = !memory_.shortcuts_open;
            break;
        case Kind::show_about:
            memory_.about_is_new = true;
            break;
        case Kind::copy_plot:
            ImGui::SetClipboardText(plot_csv(state(), memory_.plot).c_str());
            notify("copied the plot's numbers as CSV");
            break;
        default:
            if (!lesson_command(wanted) && !xray_command(wanted) && !explore_command(wanted))
                clipboard_command(wanted);
            break;
    }
}

void App::ask_for_file(FileRequest request) {
    memory_.file_request = std::move(request);
    memory_.request_is_new = true;
}

void App::open_file(const std::string& path) {
    banner_.clear();
    if (is_experiment(path)) {
        try {
            act(ReplaceExperiment{load_experiment(path)});
            remember(path);
        } catch (const Error& error) {
            banner_ = error.what();
        }
    } else if (can_be_opened(path)) {
        runner_.load(path, lessons_.run ? lessons_.key : std::string());
    } else {
        banner_ = cat("'", path, "' cannot be opened: ", opened_kinds, " is allowed");
    }
}

void App::accept(const BackgroundRunner::Loaded& loaded) {
    if (!loaded.error.empty()) {
        banner_ = loaded.error;
        return;
    }
    const auto kind = is_npy(loaded.path) ? InputSource::Kind::npy : InputSource::Kind::image;
    const SetSource wanted{{.kind = kind, .path = loaded.path}, loaded.tensor->shape};
    // A file belongs to the experiment in which it was opened, also where a lesson came in between. One that
    // was opened in a lesson goes with it.
    const std::string present = lessons_.run ? lessons_.key : std::string();
    if (loaded.asker == present)
        act(wanted);
    else if (loaded.asker.empty())
        lessons_.own->history.act(wanted);
    else
        notify(cat("'", file_name(loaded.path), "' was not opened: its lesson was left meanwhile"));
    remember(loaded.path);
}

void App::remember(const std::string& path) {
    std::error_code ignored;
    const std::string whole = path_of(path, fs::current_path(ignored).string());
    if (can_be_opened(whole)) remember_file(settings_, whole);
    settings_.folder = parent_folder(whole);
}

void App::drop(const std::vector<std::string>& paths) {
    if (paths.empty()) return;
    auto opened = std::ranges::find_if(paths, is_experiment);
    if (opened == paths.end()) opened = std::ranges::find_if(paths, can_be_opened);
    std::error_code ignored;
    if (opened == paths.end())
        opened =
            std::ranges::find_if(paths, [&](const auto& path) { return fs::is_directory(path, ignored); });
    if (opened == paths.end()) opened = paths.begin();  // its sentence says what is allowed
    if (!fs::is_directory(*opened, ignored))
        open_file(*opened);
    else if (memory_.file_request)
        memory_.browser.go_to(*opened);
    else
        ask_for_file(opening_request(*opened));
    std::vector<std::string> others;
    for (const std::string& path : paths)
        if (&path != &*opened) others.push_back(file_name(path));
    if (others.empty()) return;
    constexpr size_t named = 3;
    const size_t count = others.size();
    if (count > named) others.resize(named - 1);
    if (count > named) others.push_back(cat(count - named + 1, " more"));
    notify(cat("one file at a time; not opened: ", joined(others)));
}

}  // namespace convscope
