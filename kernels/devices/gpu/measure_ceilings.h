// What a GPU can do at best, measured on it.
#pragma once
#include "devices/device.h"
#include "devices/gpu/cuda_context.h"

namespace convscope {

// Copies, float32 multiply-adds and TF32 matrix products, each warmed up and then timed a few times with
// events; takes about a tenth of a second. Throws Error(failed).
Ceilings measure_ceilings(const ContextPtr& context);

}  // namespace convscope
