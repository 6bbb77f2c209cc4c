// The float64 reference and the judgement of an output against it.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error_model.h"
#include "core/problem.h"
#include "core/tensor.h"

namespace convscope {

// What the bound of a kernel counts that mixes the products of whole tiles (Sums::winograd_f2x2).
struct TileSums {
    std::vector<double> magnitude;  // one for each element of the reference
    int64_t terms = 0;              // n, the same for all
};

// The reference's answer for some output elements, as parallel arrays.
struct Reference {
    std::vector<int64_t> indices;   // flat output indices, ascending; empty: every element
    std::vector<double> values;     // accumulated in float64
    std::vector<double> magnitude;  // M = Σ|w·x| + |bias|; separable: Σ|p|Σ|w·x| + |bias|
    std::vector<int32_t> terms;     // n = taps + 1 for a bias; separable: n₁ + n₂, n₁ being the largest
    TileSums tiles;                 // empty until somebody judges such a kernel: complete_for()
    bool whole() const { return indices.empty(); }
    int64_t index(size_t k) const { return indices.empty() ? static_cast<int64_t>(k) : indices[k]; }
};

// Called now and then, from several threads; returns false to stop, whereupon the reference throws
// Error(cancelled).
using KeepGoing = std::function<bool()>;
// Told from several threads how much has been begun, 0…1.
using ReportShare = std::function<void(double share)>;

// All elements, on all cores.
Reference reference_whole(const Problem& problem, const Tensors& tensors, const KeepGoing& keep_going = {},
                          const ReportShare& report = {});
// The elements `indices` (flat, ascending).
Reference reference_at(const Problem& problem, const Tensors& tensors, std::vector<int64_t> indices,
                       const KeepGoing& keep_going = {}, const ReportShare& report = {});
// Corners, borders and tile edges, and the rest at random: at most about `count` elements, ascending.
std::vector<int64_t> sample_indices(const Problem& problem, int64_t count, uint64_t seed);

struct Verification {
    enum class State { not_yet, verified, wrong };
    // Whether running twice gives bitwise the same output; the later of two outweighs the earlier.
    enum class Repeatable { unknown, yes, not_by_design, no };
    State state = State::not_yet;
    Repeatable repeatable = Repeatable::unknown;
    double share = 0;        // of the output's elements compared: 1 is whole
    double bound_ratio = 0;  // largest error over bound; at most 1 in a right answer; +Inf allowed
    double max_abs_error = 0;
    int64_t worst_index = -1;  // flat output index of the largest bound ratio
    double worst_value = 0;
    double worst_reference = 0;
    bool integer_run = false;  // the exact run on small integers has been done and passed
    bool computed = true;      // false where the kernel failed and there is no answer to judge
    std::string reason;        // a sentence, where wrong
    bool whole() const { return share == 1; }
};

// Computes what the model's bound counts, where the reference lacks it. Judging wants it done.
void complete_for(const ErrorModel& model, Reference& reference, const Problem& problem,
                  const Tensors& tensors, const KeepGoing& keep_going = {});
bool is_complete_for(const ErrorModel& model, const Reference& reference);

// n and M of the model's bound for element k of the reference, and the bound.
struct BoundTerms {
    int64_t terms;
    double magnitude;
};
BoundTerms bound_terms(const ErrorModel& model, const Reference& reference, size_t k);
double rounding_bound(const ErrorModel& model, const Reference& reference, size_t k);

// Error over bound: at most 1 in a right answer. Infinite for a NaN or Inf that the reference does not have;
// 0 where both are the same, or where sums beyond float32 excuse it.
double error_ratio(double value, double reference, double magnitude, double bound);

// Compares `output` (the elements of the reference, in its order) with the reference under the model.
// NaN and Inf where the reference has none fail first; then elements over their bound.
Verification judge(const Problem& problem, const Reference& reference, std::span<const float> output,
                   const ErrorModel& model);
// The exact comparison of the integer run: any difference is wrong.
Verification judge_exact(const Problem& problem, const Reference& reference, std::span<const float> output);

// "output[0,1,12,40]"
std::string element_name(const Problem& problem, int64_t flat_index);

}  // namespace convscope
