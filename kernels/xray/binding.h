// A kernel bound to a problem: its launches, their arrays in host memory, and what can be told of both.
#pragma once
#include <optional>

#include "devices/sim/host_arrays.h"
#include "devices/sim/trace_arrays.h"
#include "xray/kernel_names.h"
#include "xray/module_text.h"
#include "xray/numbered_tensors.h"

namespace convscope::xray {

class Binding {
  public:
    // Throws Error as KernelXray's constructor does.
    Binding(const std::string& modules_folder, const Problem& problem, const std::string& kernel);

    const Problem& problem() const { return problem_; }
    const KernelName& kernel() const { return found_.name; }
    const std::vector<StepFacts>& steps() const { return step_facts_; }
    const std::vector<ArrayFacts>& arrays() const { return array_facts_; }
    int main_step() const;
    int output_array() const;  // an index into arrays()
    ModuleText& text() const { return *text_; }
    uint64_t function_offset(size_t step) const;  // in the traced module

    // As before the first step: the scratch arrays hold no copy of any element.
    void forget_results();
    // Runs the steps before `step` that have not run since; `preparing`: those that prepare weights, and no
    // others. Throws Error: failed, cancelled.
    enum class Which { all, preparing };
    void run_steps_before(size_t step, Which which, const CancelToken& cancel);
    bool steps_before_ran(size_t step) const;
    // One block, access by access; of its requests the first, or 0: all. Throws Error: failed, cancelled.
    sim::Trace trace_block(size_t step, int64_t block, const CancelToken& cancel, size_t first_requests);
    // The whole grid. Throws Error: failed, cancelled.
    sim::Trace trace_step(size_t step, const CancelToken& cancel);

  private:
    Binding(const std::string& modules_folder, const Problem& problem, const FoundKernel& found);
    Binding(const std::string& modules_folder, const Problem& problem, const FoundKernel& found,
            const NumberedTensors& tensors);
    void describe_steps();
    void describe_arrays();
    float* output() const { return output_.data() + HostArrays::guard_elements; }
    void launch(size_t step, const CancelToken& cancel);
    sim::Trace trace(size_t step, sim::TraceOptions options, const CancelToken& cancel);

    std::string modules_folder_;
    Problem problem_;
    FoundKernel found_;
    LaunchPlan plan_;
    HostArrays host_arrays_;
    FreshFloats output_;  // between guards
    std::vector<sim::TraceArray> trace_arrays_;
    std::shared_ptr<ModuleText> text_;
    std::vector<StepFacts> step_facts_;
    std::vector<ArrayFacts> array_facts_;
    std::vector<bool> ran_;  // by step

    // The same launches by the module that does not trace; there once they are needed.
    std::shared_ptr<const LoadedModule> plain_module_;
    std::optional<LaunchPlan> plain_plan_;
};

}  // namespace convscope::xray
