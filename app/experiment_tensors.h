// Makes the tensors that an experiment describes. Slow parts (reading and scaling an image, filling a large
// input) are remembered, so that turning a parameter that does not touch them costs nothing.
#pragma once
#include <string>

#include "core/tensor.h"
#include "experiment.h"

namespace convscope {

// A file as an input: (1, C, H, W) for images; .npy files of rank 2 and 3 get the sizes 1 in front.
// Throws Error(request) with a sentence.
Tensor read_input_file(const std::string& path);
Tensor read_input_npy(const std::string& path);  // whatever the file's name
// "assets/…" is looked for beside the program where it is not found as it stands; anything else is unchanged.
std::string resolved_path(const std::string& path);

class TensorMaker {
  public:
    // What `given` holds stands in place of the experiment's own. Throws Error(request): a file that cannot
    // be read or does not fit, too little memory.
    Tensors make(const Experiment& experiment, const Problem& problem, Tensors given = {});
    // The file of that path, read by the caller.
    void remember(const std::string& path, TensorPtr file);

  private:
    TensorPtr input(const Experiment& experiment, const Problem& problem);
    TensorPtr from_file(const InputSource& source, const Problem& problem);

    std::string file_path_;
    TensorPtr file_;  // what file_path_ holds
    InputSource last_source_;
    uint64_t last_seed_ = 0;
    TensorPtr last_input_;
};

// Throws Error(request) where weights, pointwise weights or an input are typed in and are not as many as the
// problem needs.
void require_typed_values(const Experiment& experiment, const Problem& problem);

// What the tensors without a choice of their own follow.
WeightsSource pointwise_source(const Experiment& experiment);
Fill bias_fill(const Experiment& experiment);

// An image (1, C, h, w) in the problem's input shape: averaged where it shrinks, nearest where it grows;
// channels repeated, or averaged to one; the same in every batch and depth.
Tensor image_as_input(const Tensor& image, const Problem& problem);

}  // namespace convscope
