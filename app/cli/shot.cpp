// convscope shot: draws the window without a display and saves it.
#include <charconv>
#include <filesystem>
#include <iostream>

#include "cli/command.h"
#include "core/text.h"

#ifdef CONVSCOPE_HAVE_WINDOW
#include "window.h"
#endif

namespace convscope::cli {
namespace {

struct Arguments {
    std::string out, tour, size = "1600x1000", experiment, view, theme;
    double scale = 0;
    double seconds = 60;
};

#ifdef CONVSCOPE_HAVE_WINDOW
// "1600x1000"
std::pair<int, int> size_of(const std::string& text) {
    int width = 0, height = 0;
    const char* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, width);
    if (first.ec == std::errc() && first.ptr != end && *first.ptr == 'x') {
        const auto second = std::from_chars(first.ptr + 1, end, height);
        if (second.ec == std::errc() && second.ptr == end && width >= 640 && height >= 480 && width <= 7680 &&
            height <= 4320)
            return {width, height};
    }
    fail_request(cat("--size: '", text, "' is not WIDTHxHEIGHT between 640x480 and 7680x4320"));
}

int shoot(const Arguments& arguments) {
    if (arguments.out.empty() == arguments.tour.empty())
        fail_request("shot takes --out FILE.png or --tour FOLDER; found " +
                     std::string(arguments.out.empty() ? "none" : "both"));
    ShotOptions options;
    options.out = arguments.out;
    options.experiment_file = arguments.experiment;
    options.view = arguments.view;
    options.theme = arguments.theme;
    options.scale = float(arguments.scale);
    options.seconds_at_most = arguments.seconds;
    std::tie(options.width, options.height) = size_of(arguments.size);
    if (!arguments.tour.empty()) {
        std::error_code ignored;
        std::filesystem::create_directories(arguments.tour, ignored);
        require_writable(arguments.tour + "/tour.png");
        for (const std::string& file : draw_tour(arguments.tour, options)) std::cout << file << "\n";
        return exit_done;
    }
    if (!arguments.out.ends_with(".png")) fail_request(cat("--out: '", arguments.out, "' must end in .png"));
    require_writable(arguments.out);
    draw_shot(options);
    return exit_done;
}
std::string view_names() {
    return joined(tour_names(), ", ");
}
#else
int shoot(const Arguments&) {
    throw Error(ErrorKind::failed,
                "this build has no window: Dear ImGui, GLFW, EGL and glad were not all found");
}
std::string view_names() {
    return "none in this build";
}
#endif

}  // namespace

void add_shot(CommandLine& line) {
    auto* command = line.app.add_subcommand("shot", "draws the window offscreen and saves it");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("--out", arguments->out, "the PNG to write");
    command->add_option("--tour", arguments->tour, "a folder that gets a PNG of every view instead");
    command->add_option("--size", arguments->size, "WIDTHxHEIGHT")->capture_default_str();
    command->add_option("--experiment", arguments->experiment, "a saved experiment to show");
    command->add_option("--view", arguments->view, "what to show: " + view_names());
    command->add_option("--theme", arguments->theme, "dark or light")
        ->check(CLI::IsMember({"dark", "light"}));
    command->add_option("--scale", arguments->scale, "of everything: 0.5 to 3")->check(CLI::Range(0.5, 3.0));
    command->add_option("--seconds", arguments->seconds, "how long to wait for results")
        ->capture_default_str();
    command->footer(
        "Examples:\n"
        "  convscope shot --out window.png\n"
        "  convscope shot --out slide.png --size 3840x2160 --scale 2 --theme light\n"
        "  convscope shot --tour out");
    command->callback([&line, arguments] { line.action = [arguments] { return shoot(*arguments); }; });
}

}  // namespace convscope::cli
