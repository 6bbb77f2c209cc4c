// What a script of pytorch_code is put together from.
#pragma once
#include <set>
#include <string>

#include "experiment.h"

namespace convscope {

// The lines of one script so far.
struct PythonScript {
    std::set<std::string> imports{"import torch", "import torch.nn.functional as F"};
    std::set<std::string> functions;  // their whole texts
    std::string body;
};

// Adds "x = …": the input.
void add_input(PythonScript& script, const Experiment& experiment, const Problem& problem);
// Adds "w = …", "p = …" or "b = …" for weights, pointwise weights and bias.
void add_weights(PythonScript& script, const WeightsSource& source, const Problem& problem, TensorRole role,
                 uint64_t seed);
// Adds "x = …" for a file. Throws Error(request) for a picture that Pillow does not read.
void add_file_input(PythonScript& script, const InputSource& source, const Problem& problem);

}  // namespace convscope
