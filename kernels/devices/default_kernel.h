// Which kernel a device takes where the user names none: one plain rule for all devices. It measures nothing.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/problem.h"
#include "devices/device.h"

namespace convscope {

using SupportsKernel = std::function<Support(const std::string& kernel)>;

// Names in the order in which they are expected to be fast for the problem; not every device has all of them.
std::vector<std::string> fastest_expected(const Problem& problem);

// Where kernels are timed: the first of the above that the table has and that can do the problem, else any
// that can. Only kernels that round as float32 does and repeat themselves to the bit, peers not: what gives
// that up is the user's choice. Only where there is none of these, the table's first that can and is no
// peer. Where none can, `naive` or the first, to say why; empty where the table is.
std::string fastest_kernel(const Problem& problem, const std::vector<KernelFacts>& table,
                           const SupportsKernel& supports);

// Where kernels are counted, on the simulator: the plainest text, `naive`; else the table's first that can.
std::string plainest_kernel(const std::vector<KernelFacts>& table, const SupportsKernel& supports);

// On the cpu: the peer, which is fastest where channels are summed; else our own loop, which always can. With
// a channel at a time the peer moves more memory to change the layout than it saves.
std::string cpu_kernel(const Problem& problem, const SupportsKernel& supports);

}  // namespace convscope
