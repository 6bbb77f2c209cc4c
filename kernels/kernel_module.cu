// The table that a kernel module exports. The .def file of each folder lists its kernels in teaching order:
// adding a kernel is one .cu file and one line there.
#include "cuda_cpp/compiler_name.h"
#include "cuda_cpp/cuda_cpp.h"

// The gallery's modules have a table of their own.
#ifndef CONVSCOPE_KERNEL_TABLE
#define CONVSCOPE_KERNEL_TABLE "kernels.def"
#endif

// KERNEL(op, kernel): the text in the namespace op::kernel. KERNEL_OF(op, family, kernel): one text, in
// family::kernel, that serves several operators and is told for which one it describes itself.
#define KERNEL(op, kernel)            \
    namespace convscope::op::kernel { \
    KernelInfo info();                \
    Support supports(const Problem&); \
    LaunchPlan plan(const Problem&);  \
    }
#define KERNEL_OF(op, family, kernel)     \
    namespace convscope::family::kernel { \
    KernelInfo info(Operator);            \
    Support supports(const Problem&);     \
    LaunchPlan plan(const Problem&);      \
    }
#include CONVSCOPE_KERNEL_TABLE
#undef KERNEL
#undef KERNEL_OF

namespace convscope {
namespace {

KernelModule make_module() {
    static const std::string compiled_by = compiler_name();
    return {.layout = kernel_module_layout,
            .compiler = compiled_by.c_str(),
            .kernels = {
#define KERNEL(op, kernel) {op::kernel::info(), &op::kernel::supports, &op::kernel::plan},
#define KERNEL_OF(op, family, kernel) \
    {family::kernel::info(Operator::op), &family::kernel::supports, &family::kernel::plan},
#include CONVSCOPE_KERNEL_TABLE
#undef KERNEL
#undef KERNEL_OF
            }};
}

}  // namespace
}  // namespace convscope

extern "C" __attribute__((visibility("default"))) const convscope::KernelModule* convscope_kernel_module() {
    static const convscope::KernelModule module = convscope::make_module();
    return &module;
}
