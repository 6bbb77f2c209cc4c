#include <array>

#include "experiment.h"

namespace convscope {
namespace {

Experiment of_image(const char* path, int64_t height, int64_t width, Operator op, Fill weights) {
    Experiment e;
    e.source = {.kind = InputSource::Kind::image, .path = path};
    e.spec.op = op;
    e.spec.in_channels = 3;
    e.spec.input = {1, height, width};
    e.spec.kernel_size = {1, 3, 3};
    e.spec.padding = {0, 1, 1};
    e.weights.fill = weights;
    return e;
}

Experiment photograph_edges() {
    Experiment e =
        of_image("assets/images/astronaut.png", 512, 512, Operator::depthwise_conv2d, Fill::sobel_x);
    e.display.range = RangeMode::percentile;  // a few strong edges would leave all others pale
    return e;
}

Experiment photograph_blur() {
    Experiment e =
        of_image("assets/images/chelsea.png", 300, 451, Operator::depthwise_conv2d, Fill::gaussian);
    e.spec.kernel_size = {1, 7, 7};
    e.spec.padding = {0, 3, 3};
    return e;
}

Experiment feature_maps() {
    Experiment e = of_image("assets/images/chelsea.png", 300, 451, Operator::conv2d, Fill::random);
    e.spec.out_channels = 16;
    e.spec.stride = {1, 2, 2};
    e.spec.kernel_size = {1, 5, 5};
    e.spec.padding = {0, 2, 2};
    e.spec.bias = true;
    return e;
}

Experiment separable() {
    Experiment e =
        of_image("assets/images/astronaut.png", 256, 256, Operator::separable_conv2d, Fill::gaussian);
    e.spec.out_channels = 8;
    e.pointwise = WeightsSource{.fill = Fill::random};
    return e;
}

Experiment checkerboard() {
    Experiment e;
    e.spec.op = Operator::conv_transpose2d;
    e.spec.input = {1, 12, 12};
    e.spec.kernel_size = {1, 3, 3};
    e.spec.stride = {1, 2, 2};
    e.spec.output_padding = {0, 1, 1};
    e.spec.padding = {0, 1, 1};
    e.source = {.kind = InputSource::Kind::constant, .value = 1};
    e.weights.fill = Fill::ones;
    return e;
}

Experiment small_numbers() {
    Experiment e;
    e.spec.input = {1, 6, 6};
    e.spec.kernel_size = {1, 3, 3};
    e.source = {.kind = InputSource::Kind::fill, .fill = Fill::integers};
    e.weights.fill = Fill::integers;
    return e;
}

Experiment volume() {
    Experiment e;
    e.spec.op = Operator::conv3d;
    e.spec.input = {16, 48, 48};
    e.spec.in_channels = 2;
    e.spec.out_channels = 4;
    e.spec.kernel_size = {3, 3, 3};
    e.spec.padding = {1, 1, 1};
    e.weights.fill = Fill::gaussian;
    return e;
}

Experiment volume_upsampled() {
    Experiment e;
    e.spec.op = Operator::conv_transpose3d;
    e.spec.input = {6, 16, 16};
    e.spec.in_channels = 2;
    e.spec.out_channels = 2;
    e.spec.kernel_size = {4, 4, 4};
    e.spec.stride = {2, 2, 2};
    e.spec.padding = {1, 1, 1};
    return e;
}

constexpr std::array<ExperimentPreset, 8> table{{
    {"photograph_edges", "Photograph: edges (depthwise Sobel)", photograph_edges},
    {"photograph_blur", "Photograph: blur (depthwise Gaussian 7×7)", photograph_blur},
    {"feature_maps", "Photograph: 16 random feature maps, stride 2", feature_maps},
    {"separable", "Photograph: depthwise separable, 8 channels", separable},
    {"small_numbers", "Small whole numbers, 6×6", small_numbers},
    {"checkerboard", "Transposed: the checkerboard", checkerboard},
    {"volume", "Volume: 3D Gaussian", volume},
    {"volume_upsampled", "Volume: upsampled by a transposed 3D", volume_upsampled},
}};

}  // namespace

std::span<const ExperimentPreset> experiment_presets() {
    return table;
}

Experiment first_experiment() {
    return photograph_edges();
}

}  // namespace convscope
