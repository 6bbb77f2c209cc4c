// An experiment as a Python script.
#pragma once
#include <string>

#include "experiment.h"

namespace convscope {

// A whole script that computes the experiment's output as `y` with torch.nn.functional and prints its shape:
// the input `x`, the weights `w`, pointwise weights `p` and bias `b` are the program's to the bit, the sums
// may be rounded in another order. It needs torch, and where a file is read numpy, for pictures Pillow too.
// Throws Error(request) where the experiment breaks a rule, typed-in values are not as many as the problem
// needs, a picture is of a kind that Pillow does not read (HDR, 16 bits in colour), or weights other than
// random ones are too many to be written out.
std::string pytorch_code(const Experiment& experiment);

}  // namespace convscope
