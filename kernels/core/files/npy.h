// NumPy's .npy files, versions 1 to 3: little-endian float32, float64, integers and bool, C order.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "core/tensor.h"

namespace convscope {

struct Float64Array {
    Shape shape;
    std::vector<double> values;
};

// Both convert from any allowed type, true to 1; a finite float64 that is too large for float32 is refused by
// read_npy. Throw Error(request) with a sentence that names the file,
// what was found and what is allowed, before allocating anything that the file's size does not back.
Tensor read_npy(const std::string& path);
Float64Array read_npy_float64(const std::string& path);

// Written to a temporary file beside `path`, then renamed. Throw Error(request) where that fails.
void write_npy(const std::string& path, const Shape& shape, std::span<const float> values);
void write_npy(const std::string& path, const Shape& shape, std::span<const double> values);

}  // namespace convscope
