// The window for the command line: opened on a display, or drawn into pictures without one.
#pragma once
#include <string>
#include <vector>

#include "experiment.h"

namespace convscope {

struct WindowOptions {
    std::string experiment_file{};  // empty: as it was left, or the first start
    int width = 1600, height = 1000;
    bool restore = true;           // start with the experiment of the last time, and keep this one
    std::string modules_folder{};  // empty: beside the program
    std::string lessons_folder{};  // a teacher's, listed above those of the program; empty: none
};
// Returns the exit code once the window is closed. Throws Error(failed) with a sentence where there is no
// display, Error(request) for a wrong experiment file and for a folder of lessons that is not there.
int open_window(const WindowOptions& options);

struct ShotOptions {
    std::string out{};              // .png
    std::string experiment_file{};  // empty: that of `view`
    std::string view{};             // one of tour_names(); empty: the first start
    int width = 1600, height = 1000;
    float scale = 0;               // 0: 1
    std::string theme{};           // "dark", "light"; empty: dark
    double seconds_at_most = 60;   // what is not finished then is drawn as it is
    std::string modules_folder{};  // empty: beside the program
};
// Draws the window without a display, once its result is finished. Throws Error: request for an unknown view
// or a wrong file, failed where nothing can draw.
void draw_shot(const ShotOptions& options);

std::vector<std::string> tour_names();
// Every state of the tour as `folder`/NAME.png; `common` gives size, scale and theme. Returns the files.
std::vector<std::string> draw_tour(const std::string& folder, const ShotOptions& common);

struct LatencyOptions {
    Experiment experiment{};
    int width = 1600, height = 1000;
    int changes = 40;
    std::string modules_folder{};  // empty: beside the program
};
struct LatencyFigures {
    std::vector<double> change_ms;  // from each change of a dragged number to its first pixels
    std::vector<double> frame_ms;   // drawing a frame while nothing computes
};
// Throws Error(failed) where nothing can draw, Error(request) where the experiment has no result.
LatencyFigures measure_latency(const LatencyOptions& options);

// For `convscope doctor`, a line each: what draws offscreen, which fonts were found; or why nothing draws.
std::vector<std::string> describe_drawing();

}  // namespace convscope
