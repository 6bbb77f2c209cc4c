// All that the user has set, as one value: it is saved, undone, shared and replayed. Only apply() changes it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/inputs.h"
#include "core/problem.h"
#include "experiment_colours.h"
#include "run/run.h"

namespace convscope {

// Where the input comes from. An image is scaled to the problem's height and width and its channels are
// repeated or averaged to C_in; an .npy file has to fit.
struct InputSource {
    enum class Kind { image, npy, fill, constant };
    Kind kind = Kind::fill;
    std::string path{};  // image, npy; "assets/…" is looked for beside the program
    Fill fill = Fill::random;
    float value = 1;
    bool operator==(const InputSource&) const = default;
};

struct WeightsSource {
    Fill fill = Fill::random;
    std::vector<float> values{};  // typed in by the user; empty: the fill
    bool operator==(const WeightsSource&) const = default;
};

// How values become places on the colour map.
enum class RangeMode { automatic, symmetric, percentile, fixed };

// The part of a slice that a view shows. It is relative to the slice, so that linked views of different sizes
// show the same region: zoom 1 fits the slice, (x, y) from 0 to 1 is what stands in the middle.
struct ViewBox {
    double zoom = 1, x = 0.5, y = 0.5;
    bool operator==(const ViewBox&) const = default;
};

struct Display {
    int64_t batch = 0, in_channel = 0, out_channel = 0, in_depth = 0, out_depth = 0;
    bool composite = true;           // three input channels as red, green and blue
    std::optional<ColourMap> map{};  // empty: diverging where values are negative, else viridis
    RangeMode range = RangeMode::automatic;
    float low = 0, high = 1;  // of the fixed range
    bool linked = true;       // the output's view follows the input's
    ViewBox input{}, weights{}, output{};
    bool operator==(const Display&) const = default;
};

enum class Theme { dark, light };

struct Experiment {
    ProblemSpec spec{};  // may break rules
    InputSource source{};
    WeightsSource weights{};
    uint64_t seed = 0;
    std::string device{};                               // empty: the best one
    std::optional<std::vector<KernelChoice>> ticked{};  // empty: sensible_kernels()
    std::optional<KernelChoice> shown{};                // whose output is drawn; empty: the device's default
    Display display{};
    Theme theme = Theme::dark;
    float scale = 1;  // of everything in the window
    bool operator==(const Experiment&) const = default;
};

inline constexpr float smallest_scale = 0.5f, largest_scale = 3.0f;

// The per-axis parameters and the plain sizes, with the names of their JSON fields.
enum class AxisField { input, kernel_size, stride, padding, dilation, output_padding };
enum class CountField { batch, in_channels, out_channels, groups };
const char* field_name(AxisField field);
const char* field_name(CountField field);
const Axes& axes_of(const ProblemSpec& spec, AxisField field);
Axes& axes_of(ProblemSpec& spec, AxisField field);
int64_t value_of(const ProblemSpec& spec, CountField field);

struct SetOperator {
    Operator op;
};
struct SetAxis {
    AxisField field;
    int axis;
    int64_t value;
    bool linked;
};  // linked: all spatial axes
struct SetCount {
    CountField field;
    int64_t value;
};
struct SetBias {
    bool bias;
};
struct SamePadding {};  // the padding that keeps the size at stride 1
struct SetSource {
    InputSource source;
    Shape shape;
};  // shape: of the file, (C, H, W) or more; may be empty
struct SetWeightsFill {
    Fill fill;
};
struct SetWeightValues {
    std::vector<float> values;
};
struct SetSeed {
    uint64_t seed;
};
struct SetDevice {
    std::string name;
};
struct SetTicked {
    std::vector<KernelChoice> kernels;
};
struct SetShown {
    KernelChoice kernel;
};
struct SetDisplay {
    Display display;
};
struct SetTheme {
    Theme theme;
};
struct SetScale {
    float scale;
};
struct ReplaceExperiment {
    Experiment experiment;
};
using Action = std::variant<SetOperator, SetAxis, SetCount, SetBias, SamePadding, SetSource, SetWeightsFill,
                            SetWeightValues, SetSeed, SetDevice, SetTicked, SetShown, SetDisplay, SetTheme,
                            SetScale, ReplaceExperiment>;

Experiment apply(Experiment experiment, const Action& action);
// Actions with the same key in quick succession are one step of undo (a slider being dragged). Empty: no step
// (looking somewhere else is not a change that anyone wants to take back).
std::string undo_key(const Experiment& before, const Action& action);

// Whether two experiments ask for the same computation.
bool same_computation(const Experiment& a, const Experiment& b);

// The legal values of one number given all others: the largest v from `value_least` on up to which no rule is
// broken, at most `most`. Empty where even the least is illegal.
std::optional<int64_t> largest_legal(const ProblemSpec& spec, AxisField field, int axis, bool linked,
                                     int64_t most);
int64_t least_value(AxisField field);

// What is ticked where the user has not said: every kernel that measures time, and the simulator's first
// kernel where it has few threads to run.
std::vector<KernelChoice> sensible_kernels(const Devices& devices, const Problem& problem);
// The ticked kernels that exist for the operator, in the order of the table.
std::vector<KernelChoice> ticked_kernels(const Experiment& experiment, const Devices& devices,
                                         const Problem& problem);
// Whose output is drawn.
std::optional<KernelChoice> shown_kernel(const Experiment& experiment, const Devices& devices,
                                         const Problem& problem);

// Throws Error(request) where weights are typed in and are not as many as the problem's.
void require_weight_count(const WeightsSource& weights, const Problem& problem);

// Versioned JSON. Throws Error(request) with a sentence for anything that is not an experiment.
std::string experiment_json(const Experiment& experiment);
Experiment experiment_from_json(std::string_view text);
Experiment load_experiment(const std::string& path);
void save_experiment(const std::string& path, const Experiment& experiment);

// Worth looking at: what the first start and the Presets menu show.
struct ExperimentPreset {
    const char* name;   // "photograph_edges"
    const char* title;  // "Photograph, edges (depthwise Sobel)"
    Experiment (*make)();
};
std::span<const ExperimentPreset> experiment_presets();
Experiment first_experiment();

}  // namespace convscope
