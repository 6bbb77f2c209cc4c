// Pictures that no kernel made: they are worked out for showing, each as a tensor of one channel,
// (1, 1, H, W) or (1, 1, D, H, W).
#pragma once
#include <span>

#include "core/error_model.h"
#include "core/tensor.h"
#include "reference/verification.h"
#include "views/explain.h"

namespace convscope {

// One channel of a volume.
Shape channel_shape(const Axes& size);

// How many taps each element of any output channel gets (one channel's share: K_d·K_h·K_w at most).
TensorPtr tap_count_picture(const Problem& problem);
// Error over rounding bound of one output channel, whose elements `output` holds and which starts at the flat
// output index `start`. NaN where the reference did not compare; Inf where an output is no number and the
// reference is.
TensorPtr error_picture(const Problem& problem, const Reference& reference, const ErrorModel& model,
                        int64_t start, std::span<const float> output);
// a − b, element by element; of two equal infinities 0.
TensorPtr difference_picture(const Axes& size, std::span<const float> a, std::span<const float> b);
// An input channel on its stuffed grid; NaN where nothing stands but zeros.
TensorPtr stuffed_picture(const Problem& problem, std::span<const float> input_channel);
// Whether a picture of the stuffed grid is of a size that can be drawn.
bool can_be_stuffed(const Problem& problem);

// A transposed output channel on its way: each input element adds its stamp, in the order of memory.
class Stamps {
  public:
    // Whether all stamps of one channel are few enough to be added while somebody watches.
    static bool few_enough(const Problem& problem);
    Stamps(const Problem& problem, const Tensors& tensors, int64_t batch, int64_t out_channel);
    // The bias and the stamps of the first `count` input places, of all channels of the group.
    TensorPtr after(int64_t count);

  private:
    void stamp(int64_t place);
    Problem problem_;
    Tensors tensors_;
    int64_t batch_, out_channel_;
    std::vector<double> sums_;
    int64_t done_ = 0;
    TensorPtr picture_{};
};

// The path of the sliding window: over the cells of the shown output picture (a montage: of the volume), or
// over the input's where its elements stamp.
struct Walk {
    ViewKind view = ViewKind::output;
    ShownPlane plane{};
    int64_t channel_start = 0;  // flat index
    int64_t steps = 0;
    Pin at(int64_t step) const;
    // Index within the channel's volume of what a step visits.
    int64_t offset(int64_t step) const;
};
Walk walk_of(const Problem& problem, const ShownPlanes& planes, Method method);

}  // namespace convscope
