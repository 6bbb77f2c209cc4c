// What check and verify have in common: rows that passed, failed or were skipped.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "cli/command.h"
#include "reference/verification.h"

namespace convscope::cli {

struct TallyRow {
    nlohmann::json subject;  // the case's name, or the problem
    Operator op;
    std::string device, kernel;
    std::string status;  // "passed", "failed", "skipped"
    std::string reason;
    double bound_ratio = 0, max_abs_error = 0;
    Verification::Repeatable repeatable = Verification::Repeatable::unknown;
    bool computed = true;  // false where the kernel failed and gave no answer
};

class Tally {
  public:
    explicit Tally(std::string subject_name) : subject_name_(std::move(subject_name)) {}
    void add(TallyRow row);
    int failed() const { return failed_; }
    // 1 where an answer was wrong, 4 where kernels failed to give one, else 0.
    int exit_code() const;
    nlohmann::json json() const;
    // A line a device and kernel: counts, the largest bound ratio, whether all ran twice to the same; then
    // the failures.
    std::string text() const;

  private:
    struct Sum {
        int passed = 0, failed = 0, skipped = 0;
        double bound_ratio = 0;
        Verification::Repeatable repeatable = Verification::Repeatable::unknown;
    };
    std::string subject_name_;
    std::vector<TallyRow> rows_;
    std::vector<std::string> order_;  // of sums_, as they came
    std::map<std::string, Sum> sums_;
    int passed_ = 0, failed_ = 0, skipped_ = 0;
};

TallyRow skipped_row(nlohmann::json subject, Operator op, const Device& device, const std::string& kernel,
                     const std::string& reason);
TallyRow judged_row(nlohmann::json subject, Operator op, const Device& device, const std::string& kernel,
                    const Verification& verification);

}  // namespace convscope::cli
