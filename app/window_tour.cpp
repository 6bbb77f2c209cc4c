// Pictures of the window in named states, drawn without a display.
#include <imgui.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/errors.h"
#include "core/text.h"
#include "program_files.h"
#include "window.h"
#include "window_tour.h"

namespace convscope {
namespace {

using Stop = TourStop;

void nothing(OffscreenApp&) {}

void zoom_in(OffscreenApp& app) {
    app.wheel("view.output", 18);
    app.hover("view.output");
}

void illegal_value(OffscreenApp& app) {
    app.enter_number("groups", "2");
}

void wrong_file(OffscreenApp& app) {
    app.app().command({Command::Kind::open_file, "/no/such/picture.png"});
}

void shortcuts(OffscreenApp& app) {
    app.app().command({Command::Kind::toggle_shortcuts, {}});
}

void single_elements(OffscreenApp& app) {
    for (const char* field : {"input.height", "input.width", "kernel_size.width"})
        app.enter_number(field, "1");
    app.wait_for_result();
    app.mouse_away();
}

void presets_menu(OffscreenApp& app) {
    app.click("menu.Presets");
}

void known_problems(OffscreenApp& app) {
    app.click("menu.Presets");
    app.hover("menu.Presets.known");
    app.frames(30);  // until it opens
}

void help_menu(OffscreenApp& app) {
    app.click("menu.Help");
}

// Lists that drop from a box.
template <const char* name>
void drop(OffscreenApp& app) {
    app.click(name);
    app.frames(5);
}
constexpr char mode_box[] = "mode", colours_box[] = "colours", range_box[] = "range", source_box[] = "source",
               weights_box[] = "weights", operator_box[] = "operator";

void limit_explained(OffscreenApp& app) {
    app.hover("kernel_size.width");
    app.frames(40);  // until the tooltip is there
}

void device_menu(OffscreenApp& app) {
    app.click("device");
}

void file_menu(OffscreenApp& app) {
    app.click("menu.File");
    app.click("menu.File.export");
    app.hover("menu.File.export.tensor");
    app.frames(10);
}

void edit_menu(OffscreenApp& app) {
    app.click("menu.Edit");
}

void view_menu(OffscreenApp& app) {
    app.click("menu.View");
    app.click("menu.View.size");
}

void about(OffscreenApp& app) {
    app.app().command({Command::Kind::show_about});
}

void file_browser(OffscreenApp& app) {
    app.app().command({Command::Kind::ask_open});
    app.wait_until(5, [&] { return app.widget("browser.entry.astronaut.png").has_value(); });
    app.click("browser.entry.coffee.png");
}

void replace_file(OffscreenApp& app) {
    app.app().command({Command::Kind::ask_save_view, {}, "view.output"});
    app.wait_until(5, [&] { return app.widget("browser.entry.astronaut.png").has_value(); });
    app.double_click("browser.entry.astronaut.png");
}

void save_experiment_as(OffscreenApp& app) {
    app.app().command({Command::Kind::ask_save});
    app.frames(20);
}

// A folder that is not there is answered below the field.
void no_such_folder(OffscreenApp& app) {
    file_browser(app);
    app.type("/no/such/folder/");
    app.press_enter();
    app.frames(20);
}

void no_match(OffscreenApp& app) {
    file_browser(app);
    app.type("zebra");
    app.frames(5);
}

void wrong_matrix(OffscreenApp& app) {
    ImGui::SetClipboardText("1 2 3\n4 five 6\n7 8 9");
    app.app().command({Command::Kind::paste_weights});
}

void no_kernel(OffscreenApp& app) {
    for (const char* kernel : {"kernel.cpu.onednn", "kernel.cpu.direct"}) app.click(kernel);
    app.wait_for_result(2);
    app.mouse_away();
}

void kernel_explained(OffscreenApp& app) {
    app.hover("kernel.cpu.direct.name");
    app.frames(40);
}

void copied(OffscreenApp& app) {
    app.app().command({Command::Kind::copy_command_line});
    app.frames(3);
}

// While it computes: progress, an estimate and Cancel.
void computing(OffscreenApp& app) {
    app.click("kernel.sim.naive");
    app.frames(30);
}

// A few changes, so that there is something to look back at.
void plot_history(OffscreenApp& app) {
    app.click("plot.history");
    for (const char* size : {"5", "7", "9", "11", "7", "3", "1"}) {
        app.enter_number("kernel_size.width", size);
        app.wait_for_rest();
    }
    app.mouse_away();
}

void plot_spread(OffscreenApp& app) {
    app.click("plot.spread");
    app.mouse_away();
}

void plot_roofline(OffscreenApp& app) {
    app.click("plot.roofline");
    app.mouse_away();
}

constexpr std::array<Stop, 41> stops{{
    {"first_start", "photograph_edges", nothing},
    {"zoomed_in", "photograph_edges", zoom_in},
    {"blur", "photograph_blur", nothing},
    {"feature_maps", "feature_maps", nothing},
    {"separable", "separable", nothing},
    {"small_numbers", "small_numbers", nothing},
    {"checkerboard", "checkerboard", nothing},
    {"volume", "volume", nothing},
    {"volume_upsampled", "volume_upsampled", nothing},
    {"illegal_value", "feature_maps", illegal_value},
    {"wrong_file", "photograph_edges", wrong_file},
    {"single_elements", "small_numbers", single_elements},
    {"shortcuts", "photograph_edges", shortcuts},
    {"device_menu", "photograph_edges", device_menu},
    {"presets_menu", "photograph_edges", presets_menu},
    {"file_menu", "separable", file_menu},
    {"known_problems", "photograph_edges", known_problems},
    {"help_menu", "photograph_edges", help_menu},
    {"mode_box", "photograph_edges", drop<mode_box>},
    {"colours_box", "photograph_edges", drop<colours_box>},
    {"range_box", "photograph_edges", drop<range_box>},
    {"source_box", "photograph_edges", drop<source_box>},
    {"weights_box", "photograph_edges", drop<weights_box>},
    {"operator_box", "photograph_edges", drop<operator_box>},
    {"save_experiment", "photograph_edges", save_experiment_as},
    {"no_such_folder", "photograph_edges", no_such_folder},
    {"no_match", "photograph_edges", no_match},
    {"wrong_matrix", "small_numbers", wrong_matrix},
    {"no_kernel", "feature_maps", no_kernel},
    {"kernel_explained", "feature_maps", kernel_explained},
    {"copied", "photograph_edges", copied},
    {"computing", "feature_maps", computing, false},
    {"edit_menu", "photograph_edges", edit_menu},
    {"view_menu", "photograph_edges", view_menu},
    {"about", "photograph_edges", about},
    {"file_browser", "photograph_edges", file_browser},
    {"replace_file", "photograph_edges", replace_file},
    {"limit_explained", "small_numbers", limit_explained},
    {"plot_history", "photograph_edges", plot_history},
    {"plot_spread", "feature_maps", plot_spread},
    {"plot_roofline", "feature_maps", plot_roofline},
}};

const Stop& stop_named(const std::string& name) {
    if (name.empty() || name == "explore") return stops.front();
    for (const Stop& stop : stops)
        if (name == stop.name) return stop;
    for (const auto& others : {explore_stops(), xray_stops(), source_stops(), lesson_stops()})
        for (const Stop& stop : others)
            if (name == stop.name) return stop;
    fail_request(cat("'", name, "' is not a view; ", joined(tour_names(), " or "), " is allowed"));
}

Experiment preset_named(const char* name) {
    for (const ExperimentPreset& preset : experiment_presets())
        if (std::string_view(name) == preset.name) return preset.make();
    return first_experiment();
}

// A picture of a file's experiment is wanted for its result: without one it would be an empty picture.
void require_problem(const Experiment& e) {
    const std::vector<BrokenRule> broken = broken_rules(e.spec);
    if (!broken.empty()) fail_request(cat("the experiment is illegal: ", broken.front().sentence));
}

Settings look_of(const ShotOptions& options) {
    if (options.scale != 0 && !(options.scale >= smallest_scale && options.scale <= largest_scale))
        fail_request(
            cat("the scale must be from ", smallest_scale, " to ", largest_scale, "; found ", options.scale));
    if (!options.theme.empty() && options.theme != "dark" && options.theme != "light")
        fail_request(cat("'", options.theme, "' is not a theme; dark or light is allowed"));
    return {.theme = options.theme == "light" ? Theme::light : Theme::dark,
            .scale = options.scale != 0 ? options.scale : 1,
            .folder = asset_path("images")};
}

void require_size(const ShotOptions& options) {
    constexpr int least = 320, most = 8192;
    if (options.width < least || options.height < least || options.width > most || options.height > most)
        fail_request(cat("the picture's size must be from ", least, "×", least, " to ", most, "×", most,
                         "; found ", options.width, "×", options.height));
}

}  // namespace

void draw_shot(const ShotOptions& options) {
    require_size(options);
    const Stop& stop = stop_named(options.view);
    Experiment e = options.experiment_file.empty() ? preset_named(stop.preset)
                                                   : load_experiment(options.experiment_file);
    if (!options.experiment_file.empty()) require_problem(e);
    AppOptions with_look = app_options(e, options.modules_folder);
    with_look.settings = look_of(options);
    OffscreenApp app({options.width, options.height}, with_look);
    app.wait_for_rest(options.seconds_at_most);
    if (!app.app().trouble().empty()) fail_request(app.app().trouble());
    stop.act(app);
    if (stop.rests) app.wait_for_rest(std::min(options.seconds_at_most, 10.0));
    app.frames(3);
    app.save_png(options.out);
}

std::vector<std::string> tour_names() {
    std::vector<std::string> names;
    for (const Stop& stop : stops) names.emplace_back(stop.name);
    for (const auto& others : {explore_stops(), xray_stops(), source_stops(), lesson_stops()})
        for (const Stop& stop : others) names.emplace_back(stop.name);
    return names;
}

std::vector<std::string> draw_tour(const std::string& folder, const ShotOptions& common) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) fail_request(cat("cannot make the folder ", folder, ": ", failed.message()));
    std::vector<std::string> files;
    for (const std::string& name : tour_names()) {
        ShotOptions shot = common;
        shot.view = name;
        shot.out = cat(folder, "/", name, ".png");
        draw_shot(shot);
        files.push_back(shot.out);
    }
    return files;
}

}  // namespace convscope
