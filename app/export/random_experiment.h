// Experiments for tests: every operator, fill, source, typed-in values with the odd ones among them.
#pragma once
#include <algorithm>
#include <cmath>
#include <limits>

#include "experiment.h"
#include "run/random_problem.h"

namespace convscope {

class RandomExperiment {
  public:
    explicit RandomExperiment(uint64_t index) : index_(index) {}

    Experiment make() {
        Experiment e;
        const Problem problem = random_problem(77, index_, operators()[index_ % 6].op);
        e.spec = problem.spec();
        e.seed = index_ % 3 == 0 ? 0 : index_ % 3 == 1 ? index_ : UINT64_MAX - index_;
        e.source = source(problem.input_shape());
        e.weights = weights(problem.weights_shape());
        if (!problem.pointwise_shape().empty() && one_in(2)) e.pointwise = weights(problem.pointwise_shape());
        return e;
    }

  private:
    uint64_t below(uint64_t n) { return random_bits(index_, TensorRole::bias, next_++) % n; }
    bool one_in(uint64_t n) { return below(n) == 0; }

    // Numbers that are hard to write: all digits, tiny, −0 and, now and then, infinite.
    TypedValues values(const Shape& shape) {
        TypedValues out;
        for (int64_t i = 0; i < element_count(shape); ++i)
            out.push_back(random_unit(index_, TensorRole::bias, next_++) * 2 - 1);
        out.front() = one_in(2) ? -0.0f : 1e-42f;
        if (one_in(6)) out.back() = one_in(2) ? INFINITY : -INFINITY;
        return out;
    }

    InputSource source(const Shape& shape) {
        using Kind = InputSource::Kind;
        switch (below(5)) {
            case 0:
                if (element_count(shape) > most_typed_inputs) break;
                return {.kind = Kind::values, .values = values(shape), .shape = shape};
            case 1:
                return {.kind = Kind::constant, .value = -0.3f};
            case 2:
                return {.kind = Kind::image,
                        .path = one_in(2) ? "assets/images/chelsea.png" : "assets/images/single_pixel.png"};
            case 3:
                return {.kind = Kind::fill, .fill = Fill::integers};
            default:
                break;
        }
        return {.kind = Kind::fill, .fill = fill(true)};
    }

    WeightsSource weights(const Shape& shape) {
        WeightsSource out{.fill = one_in(4) ? Fill::integers : fill(false)};
        if (one_in(3)) out = {.fill = out.fill, .values = values(shape), .shape = shape};
        return out;
    }

    Fill fill(bool for_input) {
        for (;;) {
            const FillFacts& row = fills()[below(fills().size())];
            if (for_input ? row.for_input : row.for_weights) return row.fill;
        }
    }

    uint64_t index_, next_ = 0;
};

inline Experiment random_experiment(uint64_t index) {
    return RandomExperiment(index).make();
}

}  // namespace convscope
