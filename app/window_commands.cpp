// What the program does when it is told to, beside changing the experiment.
#include <algorithm>
#include <cstring>

#include "core/errors.h"
#include "core/files/image.h"
#include "core/text.h"
#include "window_app.h"

namespace convscope {
namespace {

bool ends_with(const std::string& text, std::string_view end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

void App::command(const Command& wanted) {
    using Kind = Command::Kind;
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
            break;
        case Kind::fit_views: {
            Display display = before.display;
            display.input = display.weights = display.output = ViewBox{};
            act(SetDisplay{display});
            break;
        }
        case Kind::next_colours:
            next_colours();
            break;
        case Kind::toggle_fullscreen:
            surface_->toggle_fullscreen();
            break;
        case Kind::quit:
            quit_ = true;
            break;
        case Kind::ask_open:
            ask_for_file(
                {.title = "Open a file",
                 .hint = "An image (PNG, JPEG, BMP, HDR, PGM, PPM), an .npy file or an experiment "
                         "(.json). Dropping a file on the window does the same.",
                 .endings = {".png", ".jpg", ".jpeg", ".bmp", ".hdr", ".pgm", ".ppm", ".npy", ".json"},
                 .then = {Kind::open_file}});
            break;
        case Kind::ask_save:
            ask_for_file({.saving = true,
                          .title = "Save the experiment",
                          .hint = "A JSON file; it holds everything that you have set.",
                          .endings = {".json"},
                          .name = "experiment.json",
                          .then = {Kind::save_file}});
            break;
        case Kind::open_file:
            open_file(wanted.path);
            break;
        case Kind::save_file:
            try {
                save_experiment(wanted.path, before);
            } catch (const Error& error) {
                banner_ = error.what();
            }
            break;
        case Kind::dismiss_banner:
            banner_.clear();
            break;
        case Kind::toggle_shortcuts:
            memory_.shortcuts_open = !memory_.shortcuts_open;
            break;
        case Kind::error_view: {
            Display display = before.display;
            const bool on = display.output_mode == OutputMode::error;
            display.output_mode = on ? OutputMode::value : OutputMode::error;
            act(SetDisplay{display});
            break;
        }
        default:
            explore_command(wanted);
            break;
    }
}

void App::ask_for_file(FileRequest request) {
    memory_.file_request = std::move(request);
    memory_.request_is_new = true;
}

void App::next_colours() {
    Display display = experiment().display;
    if (!display.map)
        display.map = colour_maps().front().map;
    else if (static_cast<size_t>(*display.map) + 1 < colour_maps().size())
        display.map = static_cast<ColourMap>(static_cast<int>(*display.map) + 1);
    else
        display.map.reset();
    act(SetDisplay{display});
}

void App::open_file(const std::string& path) {
    banner_.clear();
    if (ends_with(path, ".json")) {
        try {
            act(ReplaceExperiment{load_experiment(path)});
        } catch (const Error& error) {
            banner_ = error.what();
        }
        return;
    }
    if (!ends_with(path, ".npy") && !has_image_name(path)) {
        banner_ = cat("'", path,
                      "' cannot be opened: an image (PNG, JPEG, BMP, HDR, PGM, PPM), an .npy file or an "
                      "experiment (.json) is allowed");
        return;
    }
    runner_.load(path);
}

void App::accept(const BackgroundRunner::Loaded& loaded) {
    if (!loaded.error.empty()) {
        banner_ = loaded.error;
        return;
    }
    const auto kind = ends_with(loaded.path, ".npy") ? InputSource::Kind::npy : InputSource::Kind::image;
    act(SetSource{{.kind = kind, .path = loaded.path}, loaded.tensor->shape});
}

}  // namespace convscope
