// Cases: a folder with problem.json, the tensors as .npy files and the float64 answer, expected.npy.
#pragma once
#include <string>
#include <vector>

#include "core/files/npy.h"
#include "core/problem.h"
#include "core/tensor.h"

namespace convscope {

struct Case {
    std::string name;  // the folder's own
    Problem problem;
    Tensors tensors;
    Float64Array expected;  // output_shape()
};

// Throws Error(request), naming the file, where one is missing or its shape is not the problem's, or where
// problem.json's "output" is not the problem's output.
Case read_case(const std::string& folder);

// Makes the folder where it is missing. Throws Error(request) where a file cannot be written or a shape is
// not the problem's.
void write_case(const std::string& folder, const Problem& problem, const Tensors& tensors,
                const Float64Array& expected);

// The folder itself if it is a case, else the cases directly in it, sorted. Throws Error(request) where
// there is none.
std::vector<std::string> find_cases(const std::string& path);

}  // namespace convscope
