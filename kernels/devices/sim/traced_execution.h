// Runs a kernel of a traced module for its output: safely, whatever the kernel does.
#pragma once
#include <memory>

#include "cuda_cpp/module_loader.h"
#include "devices/device.h"

namespace convscope {

// `entry` is a row of `module`. A thread stops before an access that no array holds. Blocks, and a block's
// warps up to a barrier, run one after the other in ascending order: every run gives the same bits, and a
// race is lost by the warps that come last or first, in whole rows of a tile, so that the error can be seen.
std::unique_ptr<Execution> traced_execution(std::shared_ptr<const LoadedModule> module,
                                            const KernelEntry& entry, const Problem& problem,
                                            const Tensors& tensors);
// Of host memory, beside the tensors and the output: their copies, and what is compared between blocks.
double traced_bytes(const Problem& problem);

}  // namespace convscope
