#include <cassert>
#include <cfloat>
#include <cmath>
#include <limits>

#include "core/taps.h"
#include "core/text.h"
#include "reference/tile_sums.h"
#include "reference/verification.h"

namespace convscope {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();

double share_of(const Problem& problem, const Reference& reference) {
    if (reference.whole()) return 1;
    return double(reference.values.size()) / double(element_count(problem.output_shape()));
}

// Finds the worst element under `bound_of(k)` and fills everything but the sentence.
template <class Bound>
Verification compare(const Problem& problem, const Reference& reference, std::span<const float> output,
                     const Bound& bound_of) {
    Verification result;
    result.share = share_of(problem, reference);
    size_t worst = 0;
    for (size_t k = 0; k < output.size(); ++k) {
        const double error = std::fabs(output[k] - reference.values[k]);
        if (error > result.max_abs_error ||
            (std::isnan(error) && std::isnan(output[k]) && !std::isnan(reference.values[k])))
            result.max_abs_error = std::isnan(error) ? infinite : error;
        const double ratio = error_ratio(output[k], reference.values[k], reference.magnitude[k], bound_of(k));
        if (k == 0 || ratio > result.bound_ratio) {
            result.bound_ratio = ratio;
            worst = k;
        }
    }
    if (!output.empty()) {
        result.worst_index = reference.index(worst);
        result.worst_value = output[worst];
        result.worst_reference = reference.values[worst];
    }
    result.state = result.bound_ratio <= 1 ? Verification::State::verified : Verification::State::wrong;
    return result;
}

}  // namespace

bool is_complete_for(const ErrorModel& model, const Reference& reference) {
    return model.sums == Sums::products || reference.tiles.magnitude.size() == reference.values.size();
}

void complete_for(const ErrorModel& model, Reference& reference, const Problem& problem,
                  const Tensors& tensors, const KeepGoing& keep_going) {
    if (!is_complete_for(model, reference)) add_tile_sums(reference, problem, tensors, keep_going);
}

BoundTerms bound_terms(const ErrorModel& model, const Reference& reference, size_t k) {
    assert(is_complete_for(model, reference));
    if (model.sums == Sums::winograd_f2x2) return {reference.tiles.terms, reference.tiles.magnitude[k]};
    return {reference.terms[k], reference.magnitude[k]};
}

double rounding_bound(const ErrorModel& model, const Reference& reference, size_t k) {
    const BoundTerms of = bound_terms(model, reference, k);
    const double bound = rounding_bound(model, of.terms, of.magnitude);
    // Twice the underflows: reference/tile_sums.h says why.
    return model.sums == Sums::winograd_f2x2 ? bound + double(of.terms) * 0x1p-149 : bound;
}

// Error over bound. A NaN or Inf that the reference does not have is infinitely wrong; where the reference
// itself is not finite (an Inf among the inputs, or sums beyond float32), the same kind is right.
double error_ratio(double value, double reference, double magnitude, double bound) {
    if (std::isfinite(value) && std::isfinite(reference)) {
        const double error = std::fabs(value - reference);
        if (error == 0) return 0;
        return bound > 0 ? error / bound : infinite;
    }
    if (std::isnan(reference)) return std::isnan(value) ? 0 : infinite;
    if (std::isinf(reference)) return value == reference ? 0 : infinite;
    return magnitude > FLT_MAX ? 0 : infinite;
}

std::string element_name(const Problem& problem, int64_t flat) {
    const OutputPosition at = output_position(problem, flat);
    std::string out = cat("output[", at.n, ",", at.c);
    for (int axis = 3 - problem.spatial_axes(); axis < 3; ++axis) out += cat(",", at.at[axis]);
    return out + "]";
}

Verification judge(const Problem& problem, const Reference& reference, std::span<const float> output,
                   const ErrorModel& model) {
    Verification result =
        compare(problem, reference, output, [&](size_t k) { return rounding_bound(model, reference, k); });
    if (result.state == Verification::State::wrong) {
        const std::string where = element_name(problem, result.worst_index);
        result.reason = cat(where, " is ", number_text(result.worst_value, 9), "; the reference is ",
                            number_text(result.worst_reference, 9));
        if (std::isfinite(result.bound_ratio))
            result.reason +=
                cat(", and the error is ", number_text(result.bound_ratio, 3), " times the rounding bound");
    }
    return result;
}

Verification judge_exact(const Problem& problem, const Reference& reference, std::span<const float> output) {
    Verification result = compare(problem, reference, output, [](size_t) { return 0.0; });
    result.integer_run = result.state == Verification::State::verified;
    if (!result.integer_run)
        result.reason = cat("on small integers, ", element_name(problem, result.worst_index), " is ",
                            number_text(result.worst_value, 9), "; exactly ",
                            number_text(result.worst_reference, 9), " is right");
    return result;
}

}  // namespace convscope
