// What the user takes away: experiments, pictures, tensors.
#include "window_exports.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "core/errors.h"
#include "core/files/image.h"
#include "core/files/npy.h"
#include "core/text.h"
#include "folder_listing.h"
#include "widgets/registry.h"
#include "window_app.h"

namespace convscope {
namespace {

using Kind = Command::Kind;

// "view.output" is "output" for people.
std::string plain_name(const std::string& widget) {
    return widget.substr(widget.rfind('.') + 1);
}

void require_ending(const std::string& path, const char* ending) {
    if (!has_ending(path, {ending}))
        fail_request(cat("'", path, "' cannot be saved: its name must end in ", ending));
}

struct Picture {
    int width = 0, height = 0;
    std::vector<uint8_t> pixels{};  // RGB, rows from the top
};

// A frame as it was read, RGBA.
struct Frame {
    gl::PixelSize size;
    std::vector<uint8_t> pixels;
};

// The part of it that lies in the rectangle, given in pixels.
Picture cropped(const Frame& frame, ImVec2 from, ImVec2 to) {
    const auto clamped = [](float at, int most) {
        return static_cast<size_t>(std::clamp(static_cast<int>(std::lround(at)), 0, most));
    };
    const size_t left = clamped(from.x, frame.size.width), right = clamped(to.x, frame.size.width);
    const size_t top = clamped(from.y, frame.size.height), bottom = clamped(to.y, frame.size.height);
    Picture picture{static_cast<int>(right - left), static_cast<int>(bottom - top)};
    picture.pixels.reserve((right - left) * (bottom - top) * 3);
    for (size_t y = top; y < bottom; ++y) {
        const uint8_t* row = &frame.pixels[y * static_cast<size_t>(frame.size.width) * 4];
        for (size_t x = left; x < right; ++x)
            for (size_t channel = 0; channel < 3; ++channel) picture.pixels.push_back(row[4 * x + channel]);
    }
    return picture;
}

// The elements of a tensor of the result as the file needs them; called where time does not matter.
struct Elements {
    Shape shape{};
    std::function<std::span<const float>(std::vector<float>& room)> values{};
};

Elements of_tensor(const TensorPtr& tensor, const Shape& shape) {
    return {shape, [tensor](std::vector<float>&) { return std::span<const float>(tensor->values); }};
}

Elements of_output(const OutputPtr& output, const Shape& shape) {
    return {shape, [output](std::vector<float>& room) {
                const auto count = static_cast<size_t>(output->elements());
                if (const float* host = output->host()) return std::span<const float>(host, count);
                require_host_memory(static_cast<double>(count) * sizeof(float), "the copy of the output");
                room.resize(count);
                output->copy_to_host(0, room);
                return std::span<const float>(room);
            }};
}

Elements elements_of(const State& state, const std::string& name) {
    if (!has_tensor(state, name))
        fail_request(cat("there is no ", name, " tensor to save", state.result ? " in this result" : " yet"));
    const Problem& problem = state.result->problem;
    const Tensors& tensors = state.result->tensors;
    if (name == "input") return of_tensor(tensors.input, tensors.input->shape);
    if (name == "weights") return of_tensor(tensors.weights, tensors.weights->shape);
    if (name == "pointwise") return of_tensor(tensors.pointwise, tensors.pointwise->shape);
    if (name == "bias") return of_tensor(tensors.bias, tensors.bias->shape);
    if (name == "middle") return of_tensor(state.result->middle, state.result->middle->shape);
    return of_output(state.shown->output, problem.output_shape());
}

}  // namespace

FileRequest saving_request(const Command& asked) {
    const std::string name = plain_name(asked.name);
    const bool whole = name == "window";
    FileRequest request{.saving = true};
    switch (asked.kind) {
        case Kind::ask_save_view:
            request.title = whole ? "Save a picture of the window" : cat("Save a picture of the ", name);
            request.hint = "A PNG file with the pixels as they are on the screen.";
            request.endings = {".png"};
            request.name = whole ? "convscope.png" : name + ".png";
            request.then = {Kind::save_view, {}, asked.name};
            break;
        case Kind::ask_save_tensor:
            request.title = cat("Save the ", name, " tensor");
            request.hint = "A float32 .npy file; numpy.load reads it.";
            request.endings = {".npy"};
            request.name = name + ".npy";
            request.then = {Kind::save_tensor, {}, asked.name};
            break;
        case Kind::ask_save_animation:
            request.title = "Save the animation";
            request.hint = "A GIF of the window on its way over the output.";
            request.endings = {".gif"};
            request.name = "convolution.gif";
            request.then = {Kind::save_animation};
            break;
        default:
            request.title = "Save the experiment";
            request.hint = "A JSON file; it holds everything that you have set.";
            request.endings = {".json"};
            request.name = "experiment.json";
            request.then = {Kind::save_file};
    }
    return request;
}

void App::save(const Command& wanted) {
    banner_.clear();
    try {
        if (wanted.kind == Kind::save_file) {
            require_ending(wanted.path, ".json");
            save_experiment(wanted.path, experiment());
            saved({.path = wanted.path});
        } else if (wanted.kind == Kind::save_view) {
            require_ending(wanted.path, ".png");
            picture_ = wanted;
        } else {
            require_ending(wanted.path, ".npy");
            save_tensor(wanted);
        }
    } catch (const Error& error) {
        banner_ = error.what();
    }
}

void App::save_tensor(const Command& wanted) {
    errands_.start(wanted.path, [path = wanted.path, elements = elements_of(state(), wanted.name)] {
        std::vector<float> room;
        const std::span<const float> values = elements.values(room);
        write_npy(path, elements.shape, values);
    });
}

void App::take_picture() {
    const Command wanted = *std::exchange(picture_, std::nullopt);
    const gl::PixelSize size = surface_->size();
    const ImVec2 scale = ImGui::GetIO().DisplayFramebufferScale;
    const bool whole = wanted.name == "window";
    const std::optional<WidgetRect> place = whole ? std::nullopt : registry().find_drawn(wanted.name);
    if (!whole && !place) {
        banner_ = cat("the window does not show '", wanted.name, "' now, so there is no picture of it");
        return;
    }
    const ImVec2 from = whole ? ImVec2() : ImVec2(place->from.x * scale.x, place->from.y * scale.y);
    const ImVec2 to = whole ? ImVec2(static_cast<float>(size.width), static_cast<float>(size.height))
                            : ImVec2(place->to.x * scale.x, place->to.y * scale.y);
    surface_->bind();
    errands_.start(wanted.path, [path = wanted.path, frame = Frame{size, gl::read_pixels(size)}, from, to] {
        const Picture picture = cropped(frame, from, to);
        write_png(path, picture.width, picture.height, 3, picture.pixels);
    });
}

void App::saved(const Errands::Outcome& outcome) {
    if (!outcome.error.empty()) {
        banner_ = outcome.error;
        return;
    }
    remember(outcome.path);
    notify(cat("saved as ", outcome.path));
}

}  // namespace convscope
