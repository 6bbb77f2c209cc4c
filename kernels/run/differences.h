// Where the outputs of two kernels differ. A sample of elements cannot show everything; another kernel's
// output can, for it is there in full.
#pragma once
#include <cstdint>
#include <vector>

#include "devices/device.h"

namespace convscope {

// Outputs are compared where one of them is no larger than this, and fits into the host's memory once more.
inline constexpr double most_compared_bytes = 1e9;
bool comparable(int64_t elements);

// The elements in which two outputs of one size differ most: up to `most` by their absolute and up to `most`
// by their relative difference; ascending. A NaN beside a number is a difference as large as can be.
std::vector<int64_t> most_different(const OutputBuffer& a, const OutputBuffer& b, size_t most,
                                    const CancelToken& cancel);

// The first element whose bits are not the same in two outputs of one size; -1 where all are.
int64_t first_difference(const OutputBuffer& a, const OutputBuffer& b, const CancelToken& cancel);

// The output itself where it is in host memory, else a copy there.
OutputPtr on_host(const OutputPtr& output);

}  // namespace convscope
