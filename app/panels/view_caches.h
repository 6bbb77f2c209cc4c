// What the pictures need and is too slow to be worked out in every frame.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "gl/tensor_ref.h"
#include "views/derived.h"
#include "views/explain.h"

namespace convscope {

class ViewCaches {
  public:
    struct Key {
        OutputMode mode = OutputMode::value;
        std::shared_ptr<const void> a{}, b{};  // what it is made from; kept, so that addresses stay its own
        int64_t batch = 0, channel = 0;
        bool operator==(const Key&) const = default;
    };
    // A picture made for showing. The last few are kept.
    TensorPtr derived(const Key& key, const std::function<TensorPtr()>& make);
    // The stuffed input of one channel.
    TensorPtr stuffed(const Problem& problem, const TensorPtr& input, int64_t batch, int64_t channel);
    // The stamps of one output channel, after the first `count` places.
    TensorPtr stamped(const Problem& problem, const Tensors& tensors, int64_t batch, int64_t channel,
                      int64_t count);
    // `slot` 0 for the present experiment, 1 for A.
    const Marks& marks(size_t slot, const Problem& problem, const Tensors& tensors, const ShownPlanes& planes,
                       const Pin& focus, Method method);
    const SumOfTerms& sum(const Problem& problem, const Tensors& tensors, int64_t output);

  private:
    struct Made {
        Key key;
        TensorPtr picture;
    };
    struct MarksEntry {
        Problem problem;
        TensorPtr weights, pointwise;
        ShownPlanes planes;
        Pin focus;
        Method method;
        Marks marks;
    };
    struct SumEntry {
        Problem problem;
        Tensors tensors;
        int64_t output;
        SumOfTerms sum;
    };
    struct StampsEntry {
        Problem problem;
        Tensors tensors;
        int64_t batch, channel;
        Stamps stamps;
    };
    std::vector<Made> made_;
    std::array<std::optional<MarksEntry>, 2> marks_;
    std::array<std::optional<SumEntry>, 2> sums_;  // of one stage each
    std::optional<StampsEntry> stamps_;
};

}  // namespace convscope
