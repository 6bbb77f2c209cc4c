// What one element has to do with the others: which cells of each picture light up, and the sum behind it.
// All of it comes from core/taps.h and its inverses.
#pragma once
#include <optional>
#include <vector>

#include "core/taps.h"
#include "core/tensor.h"
#include "experiment.h"
#include "views/plane.h"

namespace convscope {

// What a picture shows: one channel of one batch. For weights the two are their first two axes.
struct ShownPlane {
    int64_t batch = 0, channel = 0;
    PlaneLayout layout{};
    bool operator==(const ShownPlane&) const = default;
};

// The pointwise weights are one picture, C_out rows by C_in columns.
struct ShownPlanes {
    ShownPlane input, weights, pointwise, middle, output;
    int64_t in_channel = 0, out_channel = 0;  // that the shown weights join
    bool operator==(const ShownPlanes&) const = default;
};
// The shown input channel is always one that feeds the shown output channel: where the display says another,
// it is the one in the same place of the output channel's group.
ShownPlanes shown_planes(const Problem& problem, const Display& display);
// The display after another channel was chosen on one side: the other side moves to the channel's group.
Display with_in_channel(const Problem& problem, Display display, int64_t channel);
Display with_out_channel(const Problem& problem, Display display, int64_t channel);

// The transposed operator's input with zeros between its elements, and around it, as far as windows reach.
// Input element i stands at i·s − first, on each axis.
struct StuffedGrid {
    Axes first{};  // the stuffed coordinate (core/axis_links.h) of cell 0
    Axes size{1, 1, 1};
};
StuffedGrid stuffed_grid(const Problem& problem);
// The picture of the grid that belongs to the shown picture of the input.
PlaneLayout stuffed_layout(const Problem& problem, const PlaneLayout& input);

struct Mark {
    // focus: the element itself. tap: enters or is entered by the focus. padding: a place of the window where
    // nothing is multiplied: outside of the input, or (stuffed) a zero.
    enum class Kind { focus, tap, padding };
    PlaneCell cell;
    Kind kind = Kind::tap;
    float weight = 0;  // of the product behind a tap: gives the mark its colour
    bool operator==(const Mark&) const = default;
};
struct ViewMarks {
    std::vector<Mark> cells{};
    // Around them, one in each slice of a montage: first row and column, and one past the last.
    struct Frame {
        int64_t slice;
        int64_t top, left, bottom, right;
    };
    std::vector<Frame> frames{};
};
struct Marks {
    ViewMarks input{}, weights{}, pointwise{}, middle{}, output{};
};
// Of the focused element, on the pictures that are shown. Where a picture would have more than `most_marks`,
// it has its frame only. Elements that do not exist give nothing.
inline constexpr size_t most_marks = 20000;
Marks marks_of(const Problem& problem, const Tensors& tensors, const ShownPlanes& planes, const Pin& focus,
               Method method);

// Of a view's tensor, and its elements: empty and 0 where the operator has no such tensor.
Shape view_shape(const Problem& problem, ViewKind view);
int64_t view_elements(const Problem& problem, ViewKind view);
// The indices of a flat one, one for each axis of `shape`.
std::vector<int64_t> place_in(const Shape& shape, int64_t element);
// "input[0,1,4,7]"; output, weights, pointwise and middle likewise.
std::string view_element_name(const Problem& problem, const Pin& element);

// One product of a sum, with its numbers.
struct Term {
    Tap tap;
    float weight = 0, input = 0, pointwise = 1;
    double product = 0;
};
struct SumOfTerms {
    std::vector<Term> terms{};  // at most `most_terms`
    int64_t count = 0;          // all of them
    double bias = 0;
    double total = 0;  // of all terms and the bias, added in float64
};
inline constexpr size_t most_terms = 2000;
// The sum that makes an output element.
SumOfTerms sum_of(const Problem& problem, const Tensors& tensors, int64_t output_index);

}  // namespace convscope
