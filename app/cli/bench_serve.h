// convscope bench --serve: times one run at a time, whenever another program asks for it.
#pragma once
#include <iosfwd>

#include "core/problem.h"
#include "core/tensor.h"
#include "devices/device.h"

namespace convscope::cli {

// Prepares the kernel, runs it once and prints "ready"; then reads lines and answers each, whatever it holds,
// with the milliseconds of one run on a line of its own. Ends with the input, or where it is cancelled.
// Verifies nothing. Throws Error: request, failed, cancelled.
int bench_serve(Device& device, const std::string& kernel, const Problem& problem, const Tensors& tensors,
                bool cold, std::istream& in, std::ostream& out);

}  // namespace convscope::cli
