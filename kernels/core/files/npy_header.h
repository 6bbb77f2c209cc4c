// The text at the start of a .npy file: a Python dictionary with exactly descr, fortran_order and shape.
#pragma once
#include <string>
#include <string_view>

#include "core/tensor.h"

namespace convscope {

struct NpyHeader {
    std::string type;  // as NumPy writes it: "<f4"
    bool fortran_order = false;
    Shape shape;
};

inline constexpr int64_t npy_largest_header = 10'000;  // bytes; NumPy's own limit
inline constexpr size_t npy_largest_rank = 8;

// Reads the dictionary word by word; nothing is evaluated. `path` is for the sentences of Error(request).
NpyHeader parse_npy_header(std::string_view text, const std::string& path);

// The dictionary that NumPy writes for a C-ordered array.
std::string npy_header_text(std::string_view type, const Shape& shape);

}  // namespace convscope
