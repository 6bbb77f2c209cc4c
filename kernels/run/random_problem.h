// Random problems that are small, legal, and fond of the corners where kernels go wrong.
#pragma once
#include <cstdint>
#include <optional>

#include "core/problem.h"

namespace convscope {

// The `index`-th problem of the seed's sequence; the same on every machine. `op` fixes the operator.
// At most about 400,000 products.
Problem random_problem(uint64_t seed, uint64_t index, std::optional<Operator> op = std::nullopt);

}  // namespace convscope
