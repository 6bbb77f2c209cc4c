// Values as Python writes them.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "core/problem.h"

namespace convscope {

// With all digits of the float32, so that Python's float64 rounds to it again: -0.0, 1e-45, float("nan").
// Whole numbers need no point where the type is said beside them.
std::string python_number(float value, bool whole_as_integer = false);
// "it's", with escapes; bytes that are no UTF-8 become what Python has them as in a path.
std::string python_string(const std::string& text);
// "(1, 3, 8, 8)", "(5,)"
std::string python_tuple(std::span<const int64_t> sizes);
// The tensor's values row by row: torch.tensor([…], dtype=torch.float32).reshape(1, 1, 3, 3).
std::string python_tensor(const Shape& shape, std::span<const float> values);

}  // namespace convscope
