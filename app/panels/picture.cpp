// One view, ready to be drawn: which values, in which colours, with which marks.
#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "panels/pictures.h"
#include "widgets/theme.h"

namespace convscope {
namespace {

// One output channel's elements, wherever they are.
std::vector<float> channel_of(const gl::TensorRef& output, const gl::SliceIndex& index) {
    std::vector<float> values(static_cast<size_t>(output.extent().volume()));
    output.read(output.channel_start(index), values);
    return values;
}

const ViewMarks& marks_of_view(const Marks& marks, ViewKind view) {
    switch (view) {
        case ViewKind::input:
            return marks.input;
        case ViewKind::weights:
            return marks.weights;
        case ViewKind::pointwise:
            return marks.pointwise;
        case ViewKind::middle:
            return marks.middle;
        default:
            return marks.output;
    }
}

std::string name_of(const KernelChoice& choice) {
    return cat(choice.device, " ", choice.kernel);
}

// Puts a picture that was worked out in the place of the tensor.
void show_derived(Picture& picture, TensorPtr made) {
    const Shape shape = made->shape;
    picture.canvas.tensor = {.tensor = std::move(made), .shape = shape};
    picture.canvas.index.batch = picture.canvas.index.channel = 0;
    picture.derived = true;
}

void show_error(const Pictures& p, Picture& picture, ViewCaches& caches) {
    picture.caption = "error in rounding bounds";
    if (!p.result.reference) {
        picture.why_not = "The reference is not known yet.";
        return;
    }
    const gl::TensorRef output = picture.canvas.tensor;
    const gl::SliceIndex index = picture.canvas.index;
    show_derived(
        picture,
        caches.derived({OutputMode::error, p.shown->output, p.result.reference, index.batch, index.channel},
                       [&] {
                           return error_picture(p.problem(), *p.result.reference, p.shown->facts.error,
                                                output.channel_start(index), channel_of(output, index));
                       }));
    picture.canvas.gaps_are_empty = true;
    if (!p.result.reference->whole()) picture.caption += ", where sampled";
}

void show_difference(const Pictures& p, Picture& picture, ViewCaches& caches) {
    const KernelResult* other = other_kernel(p);
    if (!other) {
        picture.why_not = "Tick a second kernel below to compare with.";
        return;
    }
    picture.caption = cat(name_of(p.shown->choice), " − ", name_of(other->choice));
    const gl::TensorRef a = picture.canvas.tensor, b = output_of(p, other);
    const gl::SliceIndex index = picture.canvas.index;
    show_derived(
        picture,
        caches.derived(
            {OutputMode::difference, p.shown->output, other->output, index.batch, index.channel}, [&] {
                return difference_picture(p.problem().output(), channel_of(a, index), channel_of(b, index));
            }));
}

void show_wipe(const Pictures& p, Picture& picture) {
    const KernelResult* other = other_kernel(p);
    if (!other) {
        picture.why_not = "Tick a second kernel below to compare with.";
        return;
    }
    picture.caption = cat(name_of(p.shown->choice), " │ ", name_of(other->choice));
    picture.canvas.second = output_of(p, other);
    picture.canvas.wipe = p.experiment.display.wipe;
}

void show_taps(const Pictures& p, Picture& picture, ViewCaches& caches) {
    picture.caption = "taps of each element";
    // The counts depend on the problem alone; the input keeps them apart from those of another problem.
    const TensorPtr kept = caches.derived({OutputMode::taps, p.shown->output, nullptr, 0, 0},
                                          [&] { return tap_count_picture(p.problem()); });
    show_derived(picture, kept);
}

void set_output_mode(const Pictures& p, Picture& picture, ViewCaches& caches) {
    switch (p.experiment.display.output_mode) {
        case OutputMode::value:
            return;
        case OutputMode::taps:
            return show_taps(p, picture, caches);
        case OutputMode::error:
            return show_error(p, picture, caches);
        case OutputMode::difference:
            return show_difference(p, picture, caches);
        case OutputMode::wipe:
            return show_wipe(p, picture);
    }
}

bool animates(const Pictures& p, const Animation& animation) {
    return p.live && animation.on;
}

// What the animation has reached: outputs appear one by one, or grow stamp by stamp.
void set_progress(const Pictures& p, Picture& picture, const Animation& animation, ViewCaches& caches) {
    if (!animates(p, animation) || p.experiment.display.output_mode != OutputMode::value) return;
    const Walk walk = walk_of(p.problem(), p.planes, p.experiment.display.method);
    const auto step = static_cast<int64_t>(animation.position);
    if (walk.view == ViewKind::output) {
        picture.canvas.revealed = step + 1;
        return;
    }
    if (!Stamps::few_enough(p.problem())) {
        picture.caption = "too many stamps to add one by one";
        return;
    }
    const int64_t place = walk.offset(std::clamp<int64_t>(step, 0, walk.steps - 1)) + 1;
    picture.caption = cat("the sum of ", place, place == 1 ? " stamp" : " stamps");
    show_derived(picture, caches.stamped(p.problem(), p.result.tensors, p.planes.output.batch,
                                         p.planes.out_channel, place));
}

void set_stuffed(const Pictures& p, Picture& picture, ViewCaches& caches) {
    const ShownPlane& plane = p.planes.input;
    picture.stuffed = stuffed_layout(p.problem(), plane.layout);
    picture.caption = "with zeros between";
    show_derived(picture, caches.stuffed(p.problem(), p.result.tensors.input, plane.batch, plane.channel));
    picture.canvas.index = {0, 0, *picture.stuffed};
    picture.canvas.gaps_are_empty = true;
    picture.canvas.gap_text = "0";
    picture.canvas.composite = picture.may_composite = false;
}

// Padding stands around the input of a plain convolution.
void set_ring(const Pictures& p, Picture& picture) {
    const PlaneLayout& layout = picture.canvas.index.layout;
    if (p.problem().transposed() || layout.slicing == Slicing::montage) return;
    const Axes& padding = p.problem().padding();
    const bool across_height = layout.slicing == Slicing::height,
               across_width = layout.slicing == Slicing::width;
    picture.canvas.ring_rows = across_height ? padding[0] : padding[1];
    picture.canvas.ring_columns = across_width ? padding[0] : padding[2];
}

void set_colours(const State& state, const Pictures& p, Picture& picture) {
    const Display& d = p.experiment.display;
    TensorCanvas& canvas = picture.canvas;
    const gl::SliceStatistics& s = state.textures.slice(canvas.tensor, canvas.index).statistics;
    picture.statistics = s;
    const OutputMode mode = picture.view == ViewKind::output ? d.output_mode : OutputMode::value;
    canvas.map = d.map.value_or(automatic_map(s.least));
    Display range = d;
    if (picture.view == ViewKind::weights || picture.view == ViewKind::pointwise)
        range.range = RangeMode::automatic;
    if (mode == OutputMode::taps || mode == OutputMode::error || mode == OutputMode::difference)
        range.range = RangeMode::automatic;
    const ValueRange values = range_of(range, s, canvas.map);
    canvas.low = values.low;
    canvas.high = values.high;
    if (mode == OutputMode::difference) {
        canvas.map = ColourMap::diverging;
        canvas.high = std::max(std::abs(s.least), std::abs(s.largest));
        canvas.low = 0 - canvas.high;  // where nothing differs, both ends are 0, not −0
    }
    if (mode == OutputMode::taps || mode == OutputMode::error) {
        canvas.map = mode == OutputMode::error ? ColourMap::magma : d.map.value_or(ColourMap::viridis);
        canvas.low = 0;
        canvas.high = std::max(s.largest, mode == OutputMode::error ? 1e-6f : 1.0f);
    }
    // An image's own range is 0 … 1, whatever the darkest of its pixels.
    if (canvas.composite && d.range != RangeMode::fixed && s.least >= 0 && s.largest <= 1) {
        canvas.low = 0;
        canvas.high = 1;
    }
}

// A tap has the colour that its weight has in the picture of the weights.
struct WeightColours {
    ColourMap map = ColourMap::diverging;
    float low = -1, high = 1;
    ImU32 operator()(float weight) const {
        const Rgb c = colour_of(weight, map, low, high);
        return IM_COL32(c.r, c.g, c.b, 255);
    }
};

WeightColours weight_colours(const State& state, const Pictures& p, ViewKind weights) {
    const gl::TensorRef tensor = tensor_of(p, weights);
    if (!tensor) return {};
    const gl::SliceIndex index = slice_of(p.planes, weights);
    const gl::SliceStatistics& s = state.textures.slice(tensor, index).statistics;
    WeightColours colours;
    colours.map = p.experiment.display.map.value_or(automatic_map(s.least));
    const ValueRange range = range_of({}, s, colours.map);
    colours.low = range.low;
    colours.high = range.high;
    return colours;
}

void set_marks(const State& state, const Pictures& p, Picture& picture, ViewCaches& caches) {
    if (!p.focus) return;
    const Method method = p.problem().transposed() && can_be_stuffed(p.problem())
                              ? p.experiment.display.method
                              : Method::gather;
    const Marks& all = caches.marks(p.slot(), p.problem(), p.result.tensors, p.planes, *p.focus, method);
    const ViewMarks& marks = marks_of_view(all, picture.view);
    // Behind the pointwise step the pointwise weight is what a value meets.
    const bool second_stage = p.problem().op() == Operator::separable_conv2d &&
                              (picture.view == ViewKind::pointwise || picture.view == ViewKind::output ||
                               (picture.view == ViewKind::middle &&
                                (p.focus->view == ViewKind::output || p.focus->view == ViewKind::pointwise)));
    const WeightColours colour =
        weight_colours(state, p, second_stage ? ViewKind::pointwise : ViewKind::weights);
    const bool of_weights = picture.view == ViewKind::weights || picture.view == ViewKind::pointwise;
    for (const Mark& mark : marks.cells) {
        constexpr CellMark::Kind kinds[] = {CellMark::Kind::focus, CellMark::Kind::tap, CellMark::Kind::gap};
        // On the weights themselves their colour would not be seen.
        picture.canvas.marks.push_back({kinds[static_cast<size_t>(mark.kind)], mark.cell,
                                        of_weights ? packed(palette().accent) : colour(mark.weight)});
    }
    const bool single = marks.cells.size() == 1 && marks.cells.front().kind == Mark::Kind::focus;
    if (single || of_weights) return;
    for (const ViewMarks::Frame& f : marks.frames)
        picture.canvas.framed.emplace_back(static_cast<float>(f.left), static_cast<float>(f.top),
                                           static_cast<float>(f.right), static_cast<float>(f.bottom));
}

const char* title_of(ViewKind view, bool separable) {
    switch (view) {
        case ViewKind::input:
            return "Input";
        case ViewKind::weights:
            return separable ? "Depthwise" : "Weights";
        case ViewKind::pointwise:
            return "Pointwise";
        case ViewKind::middle:
            return "Middle";
        default:
            return "Output";
    }
}

}  // namespace

std::optional<int64_t> Picture::element(const Pictures& p, const PlaneCell& cell) const {
    if (!stuffed) {
        const auto at = canvas.index.layout.at(cell.row, cell.column);
        if (!at) return std::nullopt;
        return channel_start + canvas.index.layout.offset(*at);
    }
    const auto at = stuffed->at(cell.row, cell.column);
    if (!at) return std::nullopt;
    const StuffedGrid grid = stuffed_grid(p.problem());
    Axes in{};
    for (size_t a = 0; a < 3; ++a) {
        const int64_t place = (*at)[a] + grid.first[a], stride = p.problem().stride()[a];
        if (place < 0 || place % stride != 0 || place / stride >= p.problem().input()[a]) return std::nullopt;
        in[a] = place / stride;
    }
    return channel_start + PlaneLayout{.size = p.problem().input()}.offset(in);
}

Picture picture_of(const State& state, const Pictures& p, ViewKind view, const Animation& animation,
                   ViewCaches& caches) {
    const Display& d = p.experiment.display;
    Picture out;
    out.view = view;
    out.title = title_of(view, p.problem().op() == Operator::separable_conv2d);
    TensorCanvas& canvas = out.canvas;
    canvas.tensor = tensor_of(p, view);
    canvas.index = slice_of(p.planes, view);
    canvas.stale = p.stale && (view == ViewKind::output || view == ViewKind::middle);
    if (!canvas.tensor) {
        out.why_not = view == ViewKind::output         ? "No kernel gave an output."
                      : p.result.why_no_middle.empty() ? "Not computed yet."
                                                       : p.result.why_no_middle;
        return out;
    }
    out.channel_start = canvas.tensor.channel_start(canvas.index);
    const bool colours = canvas.tensor.extent().channels == 3 && p.problem().input()[0] == 1;
    out.may_composite = colours && (view == ViewKind::input || view == ViewKind::output);
    canvas.composite = out.may_composite && (view == ViewKind::input ? d.composite : d.out_composite);
    if (view == ViewKind::output) {
        if (d.output_mode != OutputMode::value && d.output_mode != OutputMode::wipe) canvas.composite = false;
        set_output_mode(p, out, caches);
        if (!out.why_not.empty()) return out;
        set_progress(p, out, animation, caches);
    }
    if (view == ViewKind::input) {
        if (d.method == Method::stuffed && can_be_stuffed(p.problem())) set_stuffed(p, out, caches);
        set_ring(p, out);
        canvas.editable = p.live && !p.stale && !out.derived && !canvas.composite &&
                          view_elements(p.problem(), view) <= most_typed_inputs;
    }
    if (view == ViewKind::weights || view == ViewKind::pointwise)
        canvas.editable = p.live && !p.stale && view_elements(p.problem(), view) <= most_typed_weights;
    canvas.box = view == ViewKind::input       ? d.input
                 : view == ViewKind::weights   ? d.weights
                 : view == ViewKind::pointwise ? ViewBox{}
                 : d.linked                    ? d.input
                                               : d.output;
    set_colours(state, p, out);
    set_marks(state, p, out, caches);
    return out;
}

}  // namespace convscope
