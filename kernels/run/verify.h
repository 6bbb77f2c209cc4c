// Verifying a kernel on a device: the rounding bound on the given tensors, then exactness on small integers.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/inputs.h"
#include "devices/device.h"
#include "reference/verification.h"

namespace convscope {

// The reference for a problem's tensors: whole where that is quick enough, else sampled.
struct ReferencePlan {
    double whole_up_to_taps = 4e8;
    int64_t samples = 20000;
    uint64_t seed = 1;
};
Reference make_reference(const Problem& problem, const Tensors& tensors, const ReferencePlan& plan,
                         const CancelToken& cancel);

// Every element of it; the caller knows that it fits into memory.
inline constexpr double reference_bytes_per_element = 28;  // at most three doubles and a count
Reference whole_reference(const Problem& problem, const Tensors& tensors, const CancelToken& cancel);

// The reference and the elements `indices` (ascending) that it lacks.
Reference with_elements(const Reference& reference, const std::vector<int64_t>& indices,
                        const Problem& problem, const Tensors& tensors, const CancelToken& cancel);

// The elements of `output` that the reference has, in its order.
std::vector<float> gather(const OutputBuffer& output, const Reference& reference);

// Elements not written or written outside make an output wrong, whatever its values.
void apply_faults(const Problem& problem, const OutputFaults& faults, Verification& verification);

// Prepares, runs and judges. A reason is set, and the state wrong, also where the kernel throws an Error
// of kind failed or request; cancelled goes through.
struct KernelRun {
    OutputPtr output;
    OutputFaults faults;
};
KernelRun run_once(Device& device, const Problem& problem, const Tensors& tensors, const std::string& kernel,
                   const CancelToken& cancel);

// Both criteria for one kernel, and whether a second run gives the same bits. `reference` belongs to
// `tensors`; `exact_reference` to `integers`.
struct ProblemTruth {
    Problem problem;
    Tensors tensors;
    Reference reference;
    std::optional<Tensors> integers;  // empty where integers would not stay exact
    Reference exact_reference;
};
ProblemTruth make_truth(const Problem& problem, const Tensors& tensors, const ReferencePlan& plan,
                        uint64_t seed, const CancelToken& cancel);
Verification verify_kernel(Device& device, const ProblemTruth& truth, const std::string& kernel,
                           const CancelToken& cancel);

// What the device says of its kernel; of an unknown one, that it is repeatable and rounds as float32.
KernelFacts facts_of(const Device& device, Operator op, const std::string& kernel);

}  // namespace convscope
