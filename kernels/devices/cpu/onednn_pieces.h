// A layer whose one call would take long, cut into pieces: a call of oneDNN cannot be interrupted.
#pragma once
#include <memory>
#include <vector>

#include "core/tensor.h"
#include "devices/cpu/onednn_primitives.h"
#include "devices/device.h"

namespace convscope::onednn {

// About how long one call takes on this machine's threads, right within a factor of a few.
double estimated_seconds(const Layer& layer);

// The part of a layer that computes some of its outputs from what they read.
struct Piece {
    Layer layer;
    dnnl::memory::dims input_from, output_from;  // coordinates in the whole layer's tensors
    int64_t weights_from = 0;                    // offset of the first weight that it uses
    bool reads_nothing = false;                  // its outputs see only padding: they are the bias
};

// The outputs [from, to) along N, C_out and the spatial axes; the channels are whole groups or of one group.
Piece piece_of(const Layer& whole, const dnnl::memory::dims& from, const dnnl::memory::dims& to);

// Pieces that together compute every output once, each of them estimated to take at most `longest_s`, or too
// small to be cut.
std::vector<Piece> pieces_of(const Layer& whole, double longest_s);

// The pieces of a layer, with their weights in the layouts that oneDNN chose for each.
class CutLayer {
  public:
    CutLayer(const Layer& whole, double longest_s);
    // Before anything is executed; refers to the tensors.
    void prepare(dnnl::stream& stream, const Tensor& weights, const TensorPtr& bias);
    size_t pieces() const { return calls_.size(); }
    // From and to tensors that are contiguous in N C (D) H W.
    void execute(dnnl::stream& stream, const float* input, float* output, const CancelToken& cancel);

  private:
    struct Call {
        Piece piece;
        std::shared_ptr<const Primitive> made;
        dnnl::memory weights;
    };
    // Memory for one thing after the other.
    class Room {
      public:
        dnnl::memory in_layout(const dnnl::memory::desc& layout);

      private:
        Floats memory_;
    };

    void execute(dnnl::stream& stream, const Call& call, const float* input, float* output);
    void fill_with_bias(const Piece& piece, float* output) const;

    Layer whole_;
    const float* bias_ = nullptr;
    std::vector<Call> calls_;
    Room input_, output_, scratchpad_;
};

}  // namespace convscope::onednn
