#include "devices/cpu/onednn_pieces.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace convscope::onednn {
namespace {

using dnnl::memory;

constexpr int64_t block = 16;  // channels that oneDNN computes together

int64_t ceil_div(int64_t a, int64_t b) {
    return a >= 0 ? (a + b - 1) / b : -(-a / b);
}

// How far a kernel reaches along a spatial axis.
int64_t span_of(const Layer& layer, size_t axis) {
    return (layer.dilation[axis] + 1) * (layer.weights[3 + axis] - 1) + 1;
}

// The coordinates of an axis that some outputs read, and the padding that is left around them.
struct Reach {
    int64_t from, to, padding_before, padding_after;
};

// Of the outputs [from, to) along spatial axis `axis` of the layer.
Reach reach_of(const Layer& layer, size_t axis, int64_t from, int64_t to) {
    const int64_t size = layer.input[2 + axis], stride = layer.stride[axis],
                  padding = layer.padding_before[axis];
    const int64_t span = span_of(layer, axis);
    if (!layer.transposed) {
        const int64_t first = from * stride - padding, end = (to - 1) * stride - padding + span;
        const int64_t begin = std::clamp<int64_t>(first, 0, size), last = std::clamp<int64_t>(end, 0, size);
        return {begin, last, begin - first, end - last};
    }
    int64_t first = std::max<int64_t>(0, ceil_div(from + padding - span + 1, stride));
    const int64_t end = std::min(size, (to - 1 + padding) / stride + 1);
    // oneDNN takes no negative padding in front: one more input avoids it, which reaches none of the outputs.
    while (first > 0 && padding + from < first * stride) --first;
    const int64_t before = padding + from - first * stride;
    return {first, end, before, (end - first - 1) * stride + span - before - (to - from)};
}

// How oneDNN computes a layer, by the name that it gives its implementation.
enum class Way {
    loops,    // plain ones
    product,  // a matrix product for each group and image
    compiled  // for just this layer
};

Way way_of(const Layer& layer) {
    const std::string name = primitive_for(layer)->implementation;
    if (name.find("ref") != std::string::npos) return Way::loops;
    return name.find("gemm") != std::string::npos ? Way::product : Way::compiled;
}

// A transposed layer by a matrix product multiplies each input with the whole kernel, also for outputs that
// it does not have: the fewer rows a piece has, the more is computed in vain.
bool scatters(const Layer& layer, Way way) {
    return layer.transposed && way == Way::product;
}

// Products along a spatial axis: those whose input exists, or all that are computed.
double axis_products(const Layer& layer, size_t axis, Way way) {
    const int64_t stride = layer.stride[axis], step = layer.dilation[axis] + 1;
    const int64_t walked = layer.transposed ? layer.input[2 + axis] : layer.output[2 + axis];
    const int64_t reached = layer.transposed ? layer.output[2 + axis] : layer.input[2 + axis];
    if (scatters(layer, way)) return double(walked) * double(layer.weights[3 + axis]);
    double products = 0;
    for (int64_t k = 0; k < layer.weights[3 + axis]; ++k) {
        const int64_t offset = k * step - layer.padding_before[axis];
        const int64_t first = std::max<int64_t>(0, ceil_div(-offset, stride));
        const int64_t last = std::min(walked, ceil_div(reached - offset, stride));
        products += double(std::max<int64_t>(0, last - first));
    }
    return products;
}

double elements(const memory::dims& sizes) {
    double product = 1;
    for (const int64_t size : sizes) product *= double(size);
    return product;
}

// How many channels oneDNN computes for each that is wanted, as it computes `together` of them at once.
double computed_share(int64_t channels, int64_t together = block) {
    return double(ceil_div(channels, together) * together) / double(channels);
}

// Seconds of one thread for a FLOP that is wanted: rates as measured with oneDNN 2.6 on cores with AVX-512.
double seconds_a_flop(const Layer& layer, Way way) {
    const int64_t out = layer.weights[1], in = layer.weights[2];
    if (way == Way::loops) return 1 / 4.5e8;
    if (way == Way::product) return (layer.transposed ? computed_share(in, 8) : computed_share(out)) / 2e10;
    if (out == 1 && in == 1) return computed_share(layer.groups) / 7e10;
    return computed_share(out) * (layer.transposed && layer.groups == 1 ? computed_share(in) : 1) / 1e11;
}

}  // namespace

double estimated_seconds(const Layer& layer) {
    constexpr double bytes_a_second = 2e9;  // in and out of oneDNN's layouts, into memory that is new
    const Way way = way_of(layer);
    double flops = 2 * elements({layer.input[0], layer.weights[0], layer.weights[1], layer.weights[2]});
    for (size_t axis = 0; axis + 2 < layer.input.size(); ++axis) flops *= axis_products(layer, axis, way);
    const double bytes = sizeof(float) * (elements(layer.input) + elements(layer.output));
    return (flops * seconds_a_flop(layer, way) + bytes / bytes_a_second) / omp_get_max_threads();
}

Piece piece_of(const Layer& whole, const memory::dims& from, const memory::dims& to) {
    const int64_t per_group = whole.weights[1], in_per_group = whole.weights[2];
    Piece piece{whole, from, from};
    Layer& layer = piece.layer;
    for (size_t i = 0; i < from.size(); ++i) layer.output[i] = to[i] - from[i];
    layer.input[0] = layer.output[0];
    const int64_t first_group = from[1] / per_group;
    layer.groups = std::max<int64_t>(1, layer.output[1] / per_group);
    layer.weights[0] = layer.groups;
    layer.weights[1] = layer.output[1] / layer.groups;
    layer.input[1] = layer.groups * in_per_group;
    piece.input_from[1] = first_group * in_per_group;
    piece.weights_from =
        first_group * whole.weights_strides[0] + from[1] % per_group * whole.weights_strides[1];
    for (size_t axis = 0; axis + 2 < from.size(); ++axis) {
        const Reach reach = reach_of(whole, axis, from[2 + axis], to[2 + axis]);
        piece.input_from[2 + axis] = reach.from;
        layer.input[2 + axis] = reach.to - reach.from;
        layer.padding_before[axis] = reach.padding_before;
        layer.padding_after[axis] = reach.padding_after;
        if (reach.to <= reach.from) piece.reads_nothing = true;
    }
    return piece;
}

namespace {

// Where to cut: along which of N, C_out and the spatial axes, into parts that are multiples of `unit`.
struct Cut {
    size_t axis;
    int64_t unit, most_parts;
};

Cut cut_into(const Layer& layer, size_t axis, int64_t unit) {
    return {axis, unit, ceil_div(layer.output[axis], unit)};
}

// Images, then groups, then rows; channels last, because they share the input that is read, and in blocks.
// Where rows are costly, channels come before them and rows stay four times as many as the kernel spans.
std::optional<Cut> cut_of(const Layer& layer) {
    const Way way = way_of(layer);
    const int64_t per_group = layer.weights[1];
    const int64_t together = way == Way::compiled ? std::max<int64_t>(1, block / per_group) : 1;
    if (layer.output[0] > 1) return cut_into(layer, 0, 1);
    if (layer.groups > together) return cut_into(layer, 1, together * per_group);
    if (scatters(layer, way) && per_group > 1) return cut_into(layer, 1, 1);
    for (size_t axis = 2; axis < layer.output.size(); ++axis) {
        Cut cut = cut_into(layer, axis, 1);
        if (scatters(layer, way)) cut.most_parts = layer.output[axis] / (4 * span_of(layer, axis - 2));
        if (cut.most_parts > 1) return cut;
    }
    if (layer.groups == 1 && per_group > block) return cut_into(layer, 1, block);
    return std::nullopt;
}

// A part of the outputs, or where that would take too long its parts: twice as many as would do, because they
// differ and should not have to be cut again, and where it can be of sizes that the threads share evenly.
void add_pieces(const Layer& whole, const memory::dims& from, const memory::dims& to, double longest_s,
                std::vector<Piece>& pieces) {
    Piece piece = piece_of(whole, from, to);
    const double seconds = piece.reads_nothing ? 0 : estimated_seconds(piece.layer);
    const std::optional<Cut> cut = seconds > longest_s ? cut_of(piece.layer) : std::nullopt;
    if (!cut) {
        pieces.push_back(std::move(piece));
        return;
    }
    const int64_t units = ceil_div(piece.layer.output[cut->axis], cut->unit);
    const auto parts = int64_t(std::min(std::ceil(2 * seconds / longest_s), double(cut->most_parts)));
    const int64_t threads = omp_get_max_threads(), share = ceil_div(units, parts);
    const int64_t step = cut->unit * (share > threads ? ceil_div(share, threads) * threads : share);
    for (int64_t at = from[cut->axis]; at < to[cut->axis]; at += step) {
        memory::dims part_from = from, part_to = to;
        part_from[cut->axis] = at;
        part_to[cut->axis] = std::min(at + step, to[cut->axis]);
        add_pieces(whole, part_from, part_to, longest_s, pieces);
    }
}

memory::dims contiguous_strides(const memory::dims& sizes) {
    memory::dims strides(sizes.size());
    int64_t step = 1;
    for (size_t axis = sizes.size(); axis-- > 0;) {
        strides[axis] = step;
        step *= sizes[axis];
    }
    return strides;
}

// The part of a contiguous tensor of `sizes` that has `part` elements from `from` on.
memory view_of(const float* tensor, const memory::dims& sizes, const memory::dims& from,
               const memory::dims& part) {
    const memory::dims strides = contiguous_strides(sizes);
    int64_t offset = 0;
    for (size_t axis = 0; axis < sizes.size(); ++axis) offset += from[axis] * strides[axis];
    return {{part, memory::data_type::f32, strides}, engine(), const_cast<float*>(tensor + offset)};
}

}  // namespace

std::vector<Piece> pieces_of(const Layer& whole, double longest_s) {
    std::vector<Piece> pieces;
    add_pieces(whole, memory::dims(whole.output.size(), 0), whole.output, longest_s, pieces);
    return pieces;
}

memory CutLayer::Room::in_layout(const memory::desc& layout) {
    const size_t floats = (layout.get_size() + sizeof(float) - 1) / sizeof(float);
    if (memory_.size() < floats) {
        memory_ = Floats();
        memory_.resize(floats);
    }
    return {layout, engine(), memory_.data()};
}

CutLayer::CutLayer(const Layer& whole, double longest_s) : whole_(whole) {
    for (Piece& piece : pieces_of(whole, longest_s)) {
        auto made = piece.reads_nothing ? nullptr : primitive_for(piece.layer);
        calls_.push_back({std::move(piece), std::move(made), {}});
    }
}

// Pieces of the same channels mostly want the same layout.
void CutLayer::prepare(dnnl::stream& stream, const Tensor& weights, const TensorPtr& bias) {
    if (whole_.bias) bias_ = bias->values.data();
    std::map<int64_t, std::vector<memory>> prepared;  // by where they begin
    for (Call& call : calls_) {
        if (!call.made) continue;
        std::vector<memory>& there = prepared[call.piece.weights_from];
        const auto same = std::find_if(there.begin(), there.end(), [&](const memory& values) {
            return values.get_desc() == call.made->weights;
        });
        if (same != there.end()) {
            call.weights = *same;
            continue;
        }
        const Layer& layer = call.piece.layer;
        memory ours({layer.weights, memory::data_type::f32, layer.weights_strides}, engine(),
                    const_cast<float*>(weights.values.data() + call.piece.weights_from));
        call.weights = memory(call.made->weights, engine());
        dnnl::reorder(ours, call.weights).execute(stream, ours, call.weights);
        there.push_back(call.weights);
    }
    stream.wait();
}

void CutLayer::execute(dnnl::stream& stream, const float* input, float* output, const CancelToken& cancel) {
    double done = 0;
    for (const Call& call : calls_) {
        cancel.check();
        if (call.piece.reads_nothing)
            fill_with_bias(call.piece, output);
        else
            execute(stream, call, input, output);
        cancel.report(++done / double(calls_.size()));
    }
}

void CutLayer::execute(dnnl::stream& stream, const Call& call, const float* input, float* output) {
    const Piece& piece = call.piece;
    memory from = view_of(input, whole_.input, piece.input_from, piece.layer.input);
    memory to = view_of(output, whole_.output, piece.output_from, piece.layer.output);
    memory read = input_.in_layout(call.made->input), written = output_.in_layout(call.made->output);
    dnnl::reorder(from, read).execute(stream, from, read);
    std::unordered_map<int, memory> arguments{
        {DNNL_ARG_SRC, read},
        {DNNL_ARG_WEIGHTS, call.weights},
        {DNNL_ARG_DST, written},
        {DNNL_ARG_SCRATCHPAD, scratchpad_.in_layout(call.made->scratchpad)}};
    if (bias_)
        arguments.emplace(DNNL_ARG_BIAS,
                          memory({{piece.layer.output[1]}, memory::data_type::f32, memory::format_tag::a},
                                 engine(), const_cast<float*>(bias_ + piece.output_from[1])));
    call.made->primitive.execute(stream, arguments);
    dnnl::reorder(written, to).execute(stream, written, to);
    stream.wait();
}

void CutLayer::fill_with_bias(const Piece& piece, float* output) const {
    const memory::dims strides = contiguous_strides(whole_.output);
    const memory::dims& size = piece.layer.output;
    const int64_t count = int64_t(elements(size));
    for (int64_t i = 0; i < count; ++i) {
        int64_t rest = i, at = 0, channel = 0;
        for (size_t axis = size.size(); axis-- > 0; rest /= size[axis]) {
            const int64_t coordinate = piece.output_from[axis] + rest % size[axis];
            at += coordinate * strides[axis];
            if (axis == 1) channel = coordinate;
        }
        output[at] = bias_ ? bias_[channel] : 0.0f;
    }
}

}  // namespace convscope::onednn
