#include "core/case.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/files/atomic_file.h"
#include "core/json_text.h"
#include "core/problem_json.h"
#include "core/text.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;

std::string file_in(const std::string& folder, const char* name) {
    return (fs::path(folder) / name).string();
}

std::string shape_text(const Shape& shape) {
    return shape.empty() ? "()" : dims(shape);
}

Problem read_problem(const std::string& path) {
    const nlohmann::json json = read_json(path);
    try {
        const Problem problem(spec_from_json(json));
        require_output(json, problem);
        return problem;
    } catch (const Error& error) {
        throw Error(error.kind(), cat(path, ": ", error.what()));
    }
}

void require_file_shape(const std::string& path, const Shape& found, const Shape& wanted) {
    if (found != wanted)
        fail_request(cat(path, " has shape ", shape_text(found), "; the problem needs ", dims(wanted)));
}

// Null where the problem has no such tensor.
TensorPtr read_tensor(const std::string& folder, const char* name, const Shape& wanted) {
    if (wanted.empty()) return nullptr;
    const std::string path = file_in(folder, name);
    auto tensor = std::make_shared<const Tensor>(read_npy(path));
    require_file_shape(path, tensor->shape, wanted);
    return tensor;
}

// A file that an earlier case left in the folder goes where the problem has no such tensor.
void write_tensor(const std::string& folder, const char* name, const TensorPtr& tensor, const Shape& wanted) {
    const std::string path = file_in(folder, name);
    std::error_code ignored;
    if (wanted.empty())
        fs::remove(path, ignored);
    else
        write_npy(path, tensor->shape, std::span<const float>(tensor->values));
}

bool is_case(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_regular_file(folder / "problem.json", ignored);
}

}  // namespace

Case read_case(const std::string& folder) {
    const Problem problem = read_problem(file_in(folder, "problem.json"));
    Tensors tensors;
    tensors.input = read_tensor(folder, "input.npy", problem.input_shape());
    tensors.weights = read_tensor(folder, "weights.npy", problem.weights_shape());
    tensors.pointwise = read_tensor(folder, "pointwise.npy", problem.pointwise_shape());
    tensors.bias = read_tensor(folder, "bias.npy", problem.bias_shape());

    const std::string answer = file_in(folder, "expected.npy");
    Float64Array expected = read_npy_float64(answer);
    require_file_shape(answer, expected.shape, problem.output_shape());
    // weakly_canonical also names "." and "folder/".
    std::error_code ignored;
    const fs::path whole = fs::weakly_canonical(folder, ignored);
    std::string name =
        whole.has_filename() ? whole.filename().string() : whole.parent_path().filename().string();
    return {std::move(name), problem, std::move(tensors), std::move(expected)};
}

void write_case(const std::string& folder, const Problem& problem, const Tensors& tensors,
                const Float64Array& expected) {
    require_shapes(problem, tensors);
    if (expected.shape != problem.output_shape())
        fail_request(cat("the expected output of ", folder, " has shape ", shape_text(expected.shape), "; ",
                         problem.text(), " has ", dims(problem.output_shape())));
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) fail_request(cat("cannot make the folder ", folder, ": ", error.message()));

    write_tensor(folder, "input.npy", tensors.input, problem.input_shape());
    write_tensor(folder, "weights.npy", tensors.weights, problem.weights_shape());
    write_tensor(folder, "pointwise.npy", tensors.pointwise, problem.pointwise_shape());
    write_tensor(folder, "bias.npy", tensors.bias, problem.bias_shape());
    write_npy(file_in(folder, "expected.npy"), expected.shape, std::span<const double>(expected.values));
    // Last, because a folder with it counts as a case.
    write_file(file_in(folder, "problem.json"), to_json(problem).dump() + "\n");
}

std::vector<std::string> find_cases(const std::string& path) {
    if (is_case(path)) return {path};
    std::error_code error;
    std::vector<std::string> found;
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error))
        if (is_case(at->path())) found.push_back(at->path().string());
    if (error) fail_request(cat("cannot read ", path, ": ", error.message()));
    if (found.empty())
        fail_request(cat("no case in ", path,
                         "; a case is a folder with problem.json, and a folder of cases is allowed"));
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace convscope
