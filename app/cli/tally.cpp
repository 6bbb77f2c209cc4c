#include "cli/tally.h"

#include "core/text.h"

namespace convscope::cli {
namespace {

using Repeatable = Verification::Repeatable;

// null where it is not known: the kernel was skipped, or was wrong before.
nlohmann::json repeatable_json(Repeatable repeatable) {
    if (repeatable == Repeatable::unknown) return nullptr;
    return repeatable == Repeatable::yes;
}

const char* repeatable_text(Repeatable repeatable) {
    switch (repeatable) {
        case Repeatable::yes:
            return "yes";
        case Repeatable::not_by_design:
            return "no (by design)";
        case Repeatable::no:
            return "no";
        case Repeatable::unknown:
            break;
    }
    return "–";
}

}  // namespace

void Tally::add(TallyRow row) {
    const std::string key = row.device + " " + row.kernel;
    if (!sums_.contains(key)) order_.push_back(key);
    Sum& sum = sums_[key];
    sum.repeatable = std::max(sum.repeatable, row.repeatable);
    if (row.status == "passed") {
        ++passed_, ++sum.passed;
        sum.bound_ratio = std::max(sum.bound_ratio, row.bound_ratio);
    } else if (row.status == "failed") {
        ++failed_, ++sum.failed;
    } else {
        ++skipped_, ++sum.skipped;
    }
    rows_.push_back(std::move(row));
}

int Tally::exit_code() const {
    if (failed_ == 0) return exit_done;
    for (const TallyRow& row : rows_)
        if (row.status == "failed" && row.computed) return exit_wrong;
    return exit_failed;
}

nlohmann::json Tally::json() const {
    nlohmann::json results = nlohmann::json::array();
    for (const TallyRow& row : rows_)
        results.push_back({{subject_name_, row.subject},
                           {"op", facts(row.op).name},
                           {"device", row.device},
                           {"kernel", row.kernel},
                           {"status", row.status},
                           {"reason", row.reason},
                           {"bound_ratio", number(row.bound_ratio)},
                           {"max_abs_error", number(row.max_abs_error)},
                           {"repeatable", repeatable_json(row.repeatable)}});
    return {{"passed", passed_}, {"failed", failed_}, {"skipped", skipped_}, {"results", results}};
}

std::string Tally::text() const {
    TextTable table({"device", "kernel", "passed", "failed", "skipped", "largest bound ratio", "repeatable"});
    for (const std::string& key : order_) {
        const Sum& sum = sums_.at(key);
        const size_t space = key.find(' ');
        table.add({key.substr(0, space), key.substr(space + 1), cat(sum.passed), cat(sum.failed),
                   cat(sum.skipped), sum.passed ? number_text(sum.bound_ratio, 3) : "–",
                   repeatable_text(sum.repeatable)});
    }
    std::string out = table.text();
    for (const TallyRow& row : rows_)
        if (row.status == "failed")
            out +=
                cat("failed: ", row.subject.is_string() ? row.subject.get<std::string>() : row.subject.dump(),
                    " ", row.device, " ", row.kernel, ": ", row.reason, "\n");
    return out + cat(passed_, " passed, ", failed_, " failed, ", skipped_, " skipped\n");
}

TallyRow skipped_row(nlohmann::json subject, Operator op, const Device& device, const std::string& kernel,
                     const std::string& reason) {
    return {std::move(subject), op, device.name(), kernel, "skipped", reason};
}

TallyRow judged_row(nlohmann::json subject, Operator op, const Device& device, const std::string& kernel,
                    const Verification& v) {
    const bool passed = v.state == Verification::State::verified;
    return {std::move(subject),
            op,
            device.name(),
            kernel,
            passed ? "passed" : "failed",
            v.reason,
            v.bound_ratio,
            v.max_abs_error,
            v.repeatable,
            v.computed};
}

}  // namespace convscope::cli
