// All that the user has set, as one value: it is saved, undone, shared and replayed. Only apply() changes it.
#pragma once
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/inputs.h"
#include "core/problem.h"
#include "experiment_colours.h"
#include "run/run.h"

namespace convscope {

// Numbers that were typed in. Two are equal where all their bits are: a NaN is the same NaN.
struct TypedValues : std::vector<float> {
    using std::vector<float>::vector;
    TypedValues(std::vector<float> values) : std::vector<float>(std::move(values)) {}
    bool operator==(const TypedValues& other) const {
        return size() == other.size() && (empty() || std::memcmp(data(), other.data(), size() * 4) == 0);
    }
};

// Where the input comes from. An image is scaled to the problem's height and width and its channels are
// repeated or averaged to C_in; an .npy file has to fit.
struct InputSource {
    enum class Kind { image, npy, fill, constant, values };
    Kind kind = Kind::fill;
    std::string path{};  // image, npy; "assets/…" is looked for beside the program
    Fill fill = Fill::random;
    float value = 1;
    TypedValues values{};
    Shape shape{};  // of the values
    bool operator==(const InputSource&) const = default;
};

struct WeightsSource {
    Fill fill = Fill::random;
    TypedValues values{};  // empty: the fill
    Shape shape{};         // of the values
    bool operator==(const WeightsSource&) const = default;
};

// Tensors of at most this many elements can be typed in and are kept in an experiment's file.
inline constexpr int64_t most_typed_weights = 65536, most_typed_inputs = 4096;

// The pictures of the Explore tab. `middle` is what the separable operator's first stage makes.
enum class ViewKind { none, input, weights, pointwise, middle, output };

// An element that stays explained while the mouse is elsewhere.
struct Pin {
    ViewKind view = ViewKind::none;
    int64_t element = 0;  // flat index into the view's tensor
    bool operator==(const Pin&) const = default;
};

// How a volume becomes a picture: one slice across an axis, or all slices across the depth side by side.
enum class Slicing { depth, height, width, montage };

// What the output's view shows: the values, how many taps each element gets, the error against the reference
// in rounding bounds, the shown kernel's output minus another's, or both with a line between them.
enum class OutputMode { value, taps, error, difference, wipe };

// Three ways to see one transposed convolution: what each output element collects, what each input element
// stamps, or a plain convolution over the input with zeros between its elements.
enum class Method { gather, scatter, stuffed };

// How values become places on the colour map.
enum class RangeMode { automatic, symmetric, percentile, fixed };

// The part of a slice that a view shows. It is relative to the slice, so that linked views of different sizes
// show the same region: zoom 1 fits the slice, (x, y) from 0 to 1 is what stands in the middle.
struct ViewBox {
    double zoom = 1, x = 0.5, y = 0.5;
    bool operator==(const ViewBox&) const = default;
};

struct Display {
    int64_t batch = 0, in_channel = 0, out_channel = 0;
    Slicing slicing = Slicing::depth;
    Axes in_slice{0, 0, 0}, out_slice{0, 0, 0};  // which slice across each axis
    Axes weights_slice{-1, -1, -1};              // −1: the middle one
    bool composite = true;                       // three input channels as red, green and blue
    bool out_composite = false;                  // the same of the output
    OutputMode output_mode = OutputMode::value;
    std::optional<KernelChoice> other{};  // the second kernel of difference and wipe; empty: the next one
    float wipe = 0.5f;                    // where the line stands, as a share of the width
    Method method = Method::gather;
    std::optional<Pin> pin{};
    std::optional<ColourMap> map{};  // empty: diverging where values are negative, else viridis
    RangeMode range = RangeMode::automatic;
    float low = 0, high = 1;  // of the fixed range
    bool linked = true;       // the output's view follows the input's
    ViewBox input{}, weights{}, output{};
    bool operator==(const Display&) const = default;
};

// What the window is turned to.
enum class Tab { explore, xray, lessons, source };

// What the X-ray tab's lower panel shows.
enum class XrayPanel { request, counts, faults, compare, occupancy };

// What the X-ray looks at. Numbers that the present problem does not have are clamped where they are used
// (views/xray_map.h) and kept here.
struct XrayView {
    std::string kernel{};   // empty: the operator's first one
    int64_t step = -1;      // of the plan; −1: the one that writes the output
    int64_t block = 0;      // number in the grid, x fastest
    int64_t warp = -1;      // in the block; −1: all
    int64_t thread = -1;    // in the block; −1: none is singled out
    int64_t position = -1;  // how many of the block's records are played; −1: all
    bool heat = false;      // how often each element is read, in the place of the block's map
    XrayPanel panel = XrayPanel::request;
    std::string gpu{};  // whose occupancy is shown; empty: the first of the table
    bool operator==(const XrayView&) const = default;
};

struct Experiment {
    ProblemSpec spec{};  // may break rules
    InputSource source{};
    WeightsSource weights{};
    std::optional<WeightsSource> pointwise{};  // of the separable operator; empty: follows the weights' fill
    uint64_t seed = 0;
    std::string device{};                               // empty: the best one
    std::optional<std::vector<KernelChoice>> ticked{};  // empty: sensible_kernels()
    std::optional<KernelChoice> shown{};                // whose output is drawn; empty: the device's default
    Display display{};
    Tab tab = Tab::explore;
    XrayView xray{};
    bool operator==(const Experiment&) const = default;
};

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
};  // of the present problem's weights
// A matrix of weights, row by row: the kernel takes its size, and every pair of channels these values.
struct PasteWeights {
    int64_t rows, columns;
    std::vector<float> values;
};
struct SetPointwiseFill {
    std::optional<Fill> fill;
};
// One element of input, weights or pointwise. What is not typed in yet becomes it: from its fill, or, where
// the input is a file's, from `base`, the whole tensor as it is.
struct SetCell {
    ViewKind view;
    int64_t element;
    float value;
    std::vector<float> base{};
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
struct SetTab {
    Tab tab;
};
struct SetXray {
    XrayView xray;
};
struct ReplaceExperiment {
    Experiment experiment;
};
using Action = std::variant<SetOperator, SetAxis, SetCount, SetBias, SamePadding, SetSource, SetWeightsFill,
                            SetWeightValues, PasteWeights, SetPointwiseFill, SetCell, SetSeed, SetDevice,
                            SetTicked, SetShown, SetDisplay, SetTab, SetXray, ReplaceExperiment>;

Experiment apply(Experiment experiment, const Action& action);
// Actions with the same key in quick succession are one step of undo (a slider being dragged).
std::string undo_key(const Experiment& before, const Action& action);
// Moving and zooming, and walking through tabs and the X-ray: however long it takes, it is one step until
// something else is done.
inline constexpr const char* moving_key = "move";

// Whether two experiments ask for the same computation.
bool same_computation(const Experiment& a, const Experiment& b);

// The legal values of one number given all others: the largest v from `value_least` on up to which no rule is
// broken, at most `most`. Empty where even the least is illegal.
std::optional<int64_t> largest_legal(const ProblemSpec& spec, AxisField field, int axis, bool linked,
                                     int64_t most);
int64_t least_value(AxisField field);
// The first legal value of a count from `from` on, upwards to `most` or downwards to 1; empty where none is.
std::optional<int64_t> next_legal(const ProblemSpec& spec, CountField field, int64_t from, bool up,
                                  int64_t most);

// What is ticked where the user has not said: every kernel that measures time, and the simulator's first
// kernel where it has few threads to run.
std::vector<KernelChoice> sensible_kernels(const Devices& devices, const Problem& problem);
// A row of the kernel table.
struct ListedKernel {
    std::string device;
    KernelFacts facts;
    bool by_name = false;  // of an unlisted device: it is there because the experiment names it
    KernelChoice choice() const { return {device, facts.name}; }
};
// Every kernel of the listed devices, and those of the others that the experiment ticks or, where it leaves
// the ticks to us, shows.
std::vector<ListedKernel> listed_kernels(const Experiment& experiment, const Devices& devices, Operator op);
// The ticked kernels that exist for the operator, in the order of the table.
std::vector<KernelChoice> ticked_kernels(const Experiment& experiment, const Devices& devices,
                                         const Problem& problem);
// Whose output is drawn.
std::optional<KernelChoice> shown_kernel(const Experiment& experiment, const Devices& devices,
                                         const Problem& problem);

// Throws Error(request) where weights are typed in and are not as many as the problem's.
void require_weight_count(const WeightsSource& weights, const Problem& problem);

// Typed-in values moved to another shape: kernels (`centred`) keep their middle, inputs their first corner;
// new channels repeat the old ones, new rows and columns are 0. A shape without depth has depth 1.
std::vector<float> reshaped(const std::vector<float>& values, const Shape& from, const Shape& to,
                            bool centred);

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
