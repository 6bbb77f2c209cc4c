#include "run/middle.h"

#include <algorithm>
#include <new>

#include "core/taps.h"
#include "core/text.h"
#include "run/verify.h"

namespace convscope {
namespace {

Problem depthwise_stage(const Problem& problem) {
    ProblemSpec spec = problem.spec();
    spec.op = Operator::depthwise_conv2d;
    spec.out_channels = spec.groups = spec.in_channels;
    spec.bias = false;  // it is added after the pointwise step
    return Problem(spec);
}

std::shared_ptr<Tensor> tensor_for(const Problem& stage, double working_bytes) {
    const auto elements = static_cast<double>(element_count(stage.output_shape()));
    require_host_memory(working_bytes + elements * sizeof(float), "the depthwise result");
    return std::make_shared<Tensor>(stage.output_shape());
}

// Of the reference; the rounded copy comes on top.
double reference_bytes(const Problem& stage) {
    return reference_bytes_per_element * static_cast<double>(element_count(stage.output_shape()));
}

TensorPtr from_reference(const Problem& stage, const Tensors& tensors, const CancelToken& cancel) {
    const auto rounded = tensor_for(stage, reference_bytes(stage));
    const Reference exact = whole_reference(stage, tensors, cancel);
    std::copy(exact.values.begin(), exact.values.end(), rounded->values.begin());
    return rounded;
}

TensorPtr from_cpu(const Problem& stage, const Tensors& tensors, const Devices& devices,
                   const CancelToken& cancel) {
    const std::shared_ptr<Device> cpu = devices.find("cpu");
    const std::string kernel = cpu->default_kernel(stage);
    const auto values = tensor_for(stage, cpu->bytes_needed(stage, kernel));
    run_once(*cpu, stage, tensors, kernel, cancel).output->copy_to_host(0, values->values);
    return values;
}

}  // namespace

Middle middle_of(const Problem& problem, const Tensors& tensors, const Devices& devices,
                 double reference_up_to_taps, const CancelToken& cancel) {
    if (problem.op() != Operator::separable_conv2d)
        return {nullptr, cat(facts(problem.op()).name, " has a single stage, and nothing in the middle")};
    const Problem stage = depthwise_stage(problem);
    const Tensors inputs{tensors.input, tensors.weights, nullptr, nullptr};
    try {
        const bool quick = exact_taps(stage) <= reference_up_to_taps;
        if (quick && reference_bytes(stage) <= available_host_bytes() / 2)
            return {from_reference(stage, inputs, cancel), {}};
        return {from_cpu(stage, inputs, devices, cancel), {}};
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled) throw;
        return {nullptr, error.what()};
    } catch (const std::bad_alloc&) {
        return {nullptr, "the system gave no more memory for the depthwise result"};
    }
}

}  // namespace convscope
