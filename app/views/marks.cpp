// Which cells light up for an element. Products along the three axes are walked, never the whole tensors.
#include <algorithm>
#include <array>

#include "core/separable.h"
#include "views/explain.h"

namespace convscope {
namespace {

using Links = std::array<std::vector<AxisLink>, 3>;

// Collects the marks of one picture.
class Marker {
  public:
    Marker(ViewMarks& marks, const ShownPlane& plane) : marks_(marks), plane_(plane) {}
    void add(const Axes& at, Mark::Kind kind, float weight = 0) {
        const auto cell = plane_.layout.place(at);
        if (!cell) return;
        widen(frame_of(at), *cell);
        if (++count_ <= most_marks) marks_.cells.push_back({*cell, kind, weight});
    }
    ~Marker() {
        if (count_ > most_marks) marks_.cells.clear();
    }
    Marker(const Marker&) = delete;
    Marker& operator=(const Marker&) = delete;

  private:
    ViewMarks::Frame& frame_of(const Axes& at) {
        const int64_t slice = plane_.layout.slicing == Slicing::montage ? at[0] : 0;
        for (auto frame = marks_.frames.rbegin(); frame != marks_.frames.rend(); ++frame)
            if (frame->slice == slice) return *frame;
        marks_.frames.push_back({slice, INT64_MAX, INT64_MAX, INT64_MIN, INT64_MIN});
        return marks_.frames.back();
    }
    static void widen(ViewMarks::Frame& f, const PlaneCell& cell) {
        f.top = std::min(f.top, cell.row);
        f.left = std::min(f.left, cell.column);
        f.bottom = std::max(f.bottom, cell.row + 1);
        f.right = std::max(f.right, cell.column + 1);
    }

    ViewMarks& marks_;
    const ShownPlane& plane_;
    size_t count_ = 0;
};

// Everything that the marks of one element need.
struct Scene {
    const Problem& problem;  // of separable: its depthwise stage
    const Tensors& tensors;
    const ShownPlanes& planes;
    Method method;
    Marks& marks;

    float weight(int64_t out_channel, int64_t in_channel, const Axes& k) const {
        const int64_t flat = weight_index(problem, {out_channel, in_channel, k});
        return tensors.weights->values[static_cast<size_t>(flat)];
    }
    bool joins(int64_t out_channel, int64_t in_channel) const {
        const ChannelRange range = in_channels_of(problem, out_channel);
        return in_channel >= range.first && in_channel < range.first + range.count;
    }
};

template <class Visit>
void each_link(const Links& links, const Visit& visit) {
    for (const AxisLink& d : links[0])
        for (const AxisLink& h : links[1])
            for (const AxisLink& w : links[2])
                visit(Axes{d.out, h.out, w.out}, Axes{d.k, h.k, w.k}, Axes{d.in, h.in, w.in});
}

// Places of the window where nothing is multiplied: outside of the input, or a stuffed zero.
void mark_window_gaps(const Scene& s, const Axes& out, Marker& input) {
    std::array<std::vector<WindowCell>, 3> cells;
    for (int axis = 0; axis < 3; ++axis)
        cells[static_cast<size_t>(axis)] = window_cells(s.problem, axis, out[static_cast<size_t>(axis)]);
    using Kind = WindowCell::Kind;
    for (const WindowCell& d : cells[0])
        for (const WindowCell& h : cells[1])
            for (const WindowCell& w : cells[2]) {
                const auto any = [&](Kind kind) {
                    return d.kind == kind || h.kind == kind || w.kind == kind;
                };
                if (any(Kind::padding) && !any(Kind::between))
                    input.add({d.place, h.place, w.place}, Mark::Kind::padding);
            }
}

// The same on the zero-stuffed input: every place of the window, taps in their weight's colour.
void mark_stuffed_window(const Scene& s, const Axes& out, int64_t out_channel) {
    const StuffedGrid grid = stuffed_grid(s.problem);
    ShownPlane plane = s.planes.input;
    plane.layout = stuffed_layout(s.problem, plane.layout);
    Marker marker(s.marks.input, plane);
    const Axes& size = s.problem.kernel_size();
    for (int64_t d = 0; d < size[0]; ++d)
        for (int64_t h = 0; h < size[1]; ++h)
            for (int64_t w = 0; w < size[2]; ++w) {
                const Axes k{d, h, w};
                Axes at{};
                bool tap = true;
                for (int axis = 0; axis < 3; ++axis) {
                    const auto a = static_cast<size_t>(axis);
                    at[a] = stuffed_coordinate(s.problem, axis, out[a], k[a]) - grid.first[a];
                    tap = tap && input_coordinate(s.problem, axis, out[a], k[a]);
                }
                marker.add(at, tap ? Mark::Kind::tap : Mark::Kind::padding,
                           tap ? s.weight(out_channel, s.planes.in_channel, k) : 0.0f);
            }
}

// What an element (n, out_channel, at) of the output, or of separable's middle tensor, reads.
void mark_reads(const Scene& s, int64_t n, int64_t out_channel, const Axes& out) {
    if (!s.joins(out_channel, s.planes.in_channel)) return;
    Links links;
    for (int axis = 0; axis < 3; ++axis)
        links[static_cast<size_t>(axis)] =
            axis_links_of_output(s.problem, axis, out[static_cast<size_t>(axis)]);
    Marker weights(s.marks.weights, s.planes.weights);
    if (s.planes.out_channel == out_channel)
        each_link(links, [&](const Axes&, const Axes& k, const Axes&) {
            weights.add(k, Mark::Kind::tap, s.weight(out_channel, s.planes.in_channel, k));
        });
    if (n != s.planes.input.batch) return;
    if (s.method == Method::stuffed && s.problem.transposed())
        return mark_stuffed_window(s, out, out_channel);
    Marker input(s.marks.input, s.planes.input);
    each_link(links, [&](const Axes&, const Axes& k, const Axes& in) {
        input.add(in, Mark::Kind::tap, s.weight(out_channel, s.planes.in_channel, k));
    });
    mark_window_gaps(s, out, input);
}

// The focused input element where it stands, on the plain picture or on the stuffed one.
void mark_focused_input(const Scene& s, const Axes& at) {
    if (s.method != Method::stuffed || !s.problem.transposed()) {
        Marker(s.marks.input, s.planes.input).add(at, Mark::Kind::focus);
        return;
    }
    const StuffedGrid grid = stuffed_grid(s.problem);
    ShownPlane plane = s.planes.input;
    plane.layout = stuffed_layout(s.problem, plane.layout);
    Axes stuffed{};
    for (size_t a = 0; a < 3; ++a) stuffed[a] = at[a] * s.problem.stride()[a] - grid.first[a];
    Marker(s.marks.input, plane).add(stuffed, Mark::Kind::focus);
}

// What an input element feeds: of the shown output channel, or of separable's middle tensor.
void mark_feeds(const Scene& s, const InputPosition& in, int64_t out_channel, const ShownPlane& plane,
                ViewMarks& fed) {
    if (!s.joins(out_channel, in.c)) return;
    Links links;
    for (int axis = 0; axis < 3; ++axis)
        links[static_cast<size_t>(axis)] =
            axis_links_of_input(s.problem, axis, in.at[static_cast<size_t>(axis)]);
    Marker weights(s.marks.weights, s.planes.weights), output(fed, plane);
    each_link(links, [&](const Axes& out, const Axes& k, const Axes&) {
        const float weight = s.weight(out_channel, in.c, k);
        if (in.c == s.planes.in_channel) weights.add(k, Mark::Kind::tap, weight);
        if (in.n == plane.batch) output.add(out, Mark::Kind::tap, weight);
    });
}

// Where a weight is used: the places that it reads and those that it feeds.
void mark_uses(const Scene& s, const WeightPosition& w, const ShownPlane& plane, ViewMarks& fed) {
    Links links;
    for (int axis = 0; axis < 3; ++axis)
        links[static_cast<size_t>(axis)] =
            axis_links_of_weight(s.problem, axis, w.k[static_cast<size_t>(axis)]);
    const float weight = s.weight(w.out_channel, w.in_channel, w.k);
    Marker input(s.marks.input, s.planes.input), output(fed, plane);
    const bool plain = s.method != Method::stuffed || !s.problem.transposed();
    each_link(links, [&](const Axes& out, const Axes&, const Axes& in) {
        if (w.in_channel == s.planes.in_channel && plain) input.add(in, Mark::Kind::tap, weight);
        if (plane.channel == w.out_channel) output.add(out, Mark::Kind::tap, weight);
    });
}

void mark_weight(const Scene& s, const WeightPosition& w) {
    if (w.in_channel == s.planes.in_channel && w.out_channel == s.planes.out_channel)
        Marker(s.marks.weights, s.planes.weights).add(w.k, Mark::Kind::focus);
}

// Separable: the two stages are explained one after the other, the first as the depthwise problem it is.
class Separable {
  public:
    Separable(const Problem& p, const Tensors& tensors, const ShownPlanes& planes, Marks& marks)
        : problem_(p),
          stage_(depthwise_stage(p)),
          stage_planes_(of_stage(planes)),
          scene_{stage_, tensors, stage_planes_, Method::gather, marks} {}

    void mark(const Pin& focus) {
        switch (focus.view) {
            case ViewKind::output:
                return mark_output(output_position(problem_, focus.element));
            case ViewKind::middle:
                return mark_middle(output_position(stage_, focus.element));
            case ViewKind::pointwise:
                return mark_pointwise(pointwise_position(problem_, focus.element));
            case ViewKind::input: {
                const InputPosition in = input_position(problem_, focus.element);
                if (in.n != planes().input.batch || in.c != planes().in_channel) return;
                mark_focused_input(scene_, in.at);
                mark_feeds(scene_, in, in.c, planes().middle, marks().middle);
                return pass_on(in.c);
            }
            case ViewKind::weights: {
                const WeightPosition w = weight_position(stage_, focus.element);
                if (w.in_channel != planes().in_channel) return;
                mark_weight(scene_, w);
                mark_uses(scene_, w, planes().middle, marks().middle);
                return pass_on(w.in_channel);
            }
            case ViewKind::none:
                return;
        }
    }

  private:
    static ShownPlanes of_stage(ShownPlanes planes) {
        planes.out_channel = planes.in_channel;  // the stage's own output channels are the middle's
        return planes;
    }
    const ShownPlanes& planes() const { return stage_planes_; }
    Marks& marks() { return scene_.marks; }
    float pointwise(int64_t out_channel, int64_t in_channel) const {
        const int64_t flat = pointwise_index(problem_, {out_channel, in_channel});
        return scene_.tensors.pointwise->values[static_cast<size_t>(flat)];
    }
    void mark_pointwise_cell(int64_t out_channel, int64_t in_channel, Mark::Kind kind) {
        Marker(marks().pointwise, planes().pointwise)
            .add({0, out_channel, in_channel}, kind, pointwise(out_channel, in_channel));
    }
    void mark_output(const OutputPosition& o) {
        if (o.n != planes().output.batch) return;
        if (o.c == planes().output.channel)
            Marker(marks().output, planes().output).add(o.at, Mark::Kind::focus);
        Marker row(marks().pointwise, planes().pointwise);
        for (int64_t c = 0; c < problem_.in_channels(); ++c)
            row.add({0, o.c, c}, Mark::Kind::tap, pointwise(o.c, c));
        Marker(marks().middle, planes().middle)
            .add(o.at, Mark::Kind::tap, pointwise(o.c, planes().in_channel));
        mark_reads(scene_, o.n, planes().in_channel, o.at);
    }
    void mark_middle(const OutputPosition& m) {
        if (m.n != planes().middle.batch || m.c != planes().in_channel) return;
        Marker(marks().middle, planes().middle).add(m.at, Mark::Kind::focus);
        Marker column(marks().pointwise, planes().pointwise);
        for (int64_t c = 0; c < problem_.out_channels(); ++c)
            column.add({0, c, m.c}, Mark::Kind::tap, pointwise(c, m.c));
        Marker(marks().output, planes().output)
            .add(m.at, Mark::Kind::tap, pointwise(planes().output.channel, m.c));
        mark_reads(scene_, m.n, m.c, m.at);
    }
    void mark_pointwise(const PointwisePosition& p) {
        mark_pointwise_cell(p.out_channel, p.in_channel, Mark::Kind::focus);
        const float weight = pointwise(p.out_channel, p.in_channel);
        const PlaneLayout& layout = planes().output.layout;
        Marker middle(marks().middle, planes().middle), output(marks().output, planes().output);
        for (int64_t h = 0; h < layout.size[1]; ++h)
            for (int64_t w = 0; w < layout.size[2]; ++w) {
                if (p.in_channel == planes().in_channel) middle.add({0, h, w}, Mark::Kind::tap, weight);
                if (p.out_channel == planes().output.channel) output.add({0, h, w}, Mark::Kind::tap, weight);
            }
    }
    // From the marked middle elements on to the shown output channel: the same places.
    void pass_on(int64_t middle_channel) {
        const float weight = pointwise(planes().output.channel, middle_channel);
        mark_pointwise_cell(planes().output.channel, middle_channel, Mark::Kind::tap);
        marks().output = marks().middle;
        for (Mark& mark : marks().output.cells) mark.weight = weight;
    }

    const Problem& problem_;
    Problem stage_;
    ShownPlanes stage_planes_;
    Scene scene_;
};

}  // namespace

Marks marks_of(const Problem& p, const Tensors& tensors, const ShownPlanes& planes, const Pin& focus,
               Method method) {
    Marks marks;
    if (focus.element < 0 || focus.element >= view_elements(p, focus.view)) return marks;
    if (p.op() == Operator::separable_conv2d) {
        Separable(p, tensors, planes, marks).mark(focus);
        return marks;
    }
    const Scene scene{p, tensors, planes, method, marks};
    if (focus.view == ViewKind::output) {
        const OutputPosition o = output_position(p, focus.element);
        if (o.n == planes.output.batch && o.c == planes.output.channel)
            Marker(marks.output, planes.output).add(o.at, Mark::Kind::focus);
        mark_reads(scene, o.n, o.c, o.at);
    } else if (focus.view == ViewKind::input) {
        const InputPosition in = input_position(p, focus.element);
        if (in.n == planes.input.batch && in.c == planes.in_channel) mark_focused_input(scene, in.at);
        mark_feeds(scene, in, planes.output.channel, planes.output, marks.output);
    } else if (focus.view == ViewKind::weights) {
        const WeightPosition w = weight_position(p, focus.element);
        mark_weight(scene, w);
        mark_uses(scene, w, planes.output, marks.output);
    }
    return marks;
}

}  // namespace convscope
