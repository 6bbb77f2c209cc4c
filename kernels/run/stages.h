// One request on its way: the stages in the order of run(), each of them telling the observer.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "run/run.h"
#include "run/verify.h"

namespace convscope {

class Stages {
  public:
    Stages(const Request& request, const Devices& devices, const CancelToken& cancel,
           const Observer& observer);
    void choose();
    void compute();
    void first_times();
    void middle();
    void verify();
    void time();
    ResultPtr finish();

  private:
    using Row = std::function<void(size_t i, KernelResult& row)>;

    // A stage of so many of steps_ begins; its share counts from 0.
    void begin(const std::string& stage, double steps);
    void end(double steps);
    // Does `body` for every row that is still in the race; an Error ends the row, not the run. Each is a
    // stage of its own, or, where `stage` is empty, none.
    void for_each_row(const std::string& stage, double steps, const Row& body);
    ResultPtr tell();

    void require_device_memory(size_t i, KernelResult& row);
    Ceilings measure_ceilings(size_t i);
    void set_timing(size_t i, KernelResult& row, std::vector<double> samples_ms);

    // What follows is in judging.cpp.
    double reference_steps() const;
    void judge_row(size_t i, KernelResult& row);
    void set_verification(KernelResult& row, const Verification& judged);
    bool outputs_are_comparable() const;
    size_t elements_to_compare() const;
    size_t strictest_row() const;
    void compare_outputs();

    // The run on small integers, and the output in which the rows so far agree in every element.
    struct IntegerRun {
        Tensors tensors;
        Reference reference;
        OutputPtr agreed{};
        std::vector<size_t> rows{};
    };
    void verify_on_integers(const ReferencePlan& plan);
    Verification judge_integers(const OutputBuffer& output, const IntegerRun& integers) const;
    void compare_on_integers(size_t i, const OutputPtr& output, IntegerRun& integers, Verification& exact);

    const Request& request_;
    const Devices& found_;
    const CancelToken& cancel_;
    const Observer& observer_;
    Result result_;
    // One a row:
    std::vector<std::shared_ptr<Device>> devices_;
    std::vector<std::unique_ptr<Execution>> executions_;
    std::vector<OutputFaults> faults_;
    double done_ = 0, steps_ = 1;
};

}  // namespace convscope
