#include "core/tensor.h"

#include <algorithm>
#include <fstream>
#include <limits>

#include "core/errors.h"
#include "core/text.h"

namespace convscope {
namespace {

struct Name {
    const char* text;
    bool plural = false;
};

void require_shape(const Name& name, const TensorPtr& tensor, const Shape& wanted, const Problem& problem) {
    if (wanted.empty()) return;
    if (!tensor)
        fail_request(cat("the ", name.text, name.plural ? " are" : " is", " missing; ", problem.text(),
                         " needs ", dims(wanted)));
    if (tensor->shape != wanted)
        fail_request(cat("the ", name.text, name.plural ? " have" : " has", " shape ", dims(tensor->shape),
                         "; ", problem.text(), " needs ", dims(wanted)));
}

// One number of a file of the control group; infinity for "max" or where there is no such file.
double control_group_bytes(const char* path) {
    std::ifstream file(path);
    double value = 0;
    return file >> value ? value : std::numeric_limits<double>::infinity();
}

}  // namespace

void require_shapes(const Problem& problem, const Tensors& tensors) {
    require_shape({"input"}, tensors.input, problem.input_shape(), problem);
    require_shape({"weights", true}, tensors.weights, problem.weights_shape(), problem);
    require_shape({"pointwise weights", true}, tensors.pointwise, problem.pointwise_shape(), problem);
    require_shape({"bias"}, tensors.bias, problem.bias_shape(), problem);
}

double available_host_bytes() {
    double available = std::numeric_limits<double>::infinity();
    std::ifstream file("/proc/meminfo");
    std::string name, unit;
    for (double kib = 0; file >> name >> kib;) {
        if (name == "MemAvailable:") available = kib * 1024;
        std::getline(file, unit);
    }
    const double limit = control_group_bytes("/sys/fs/cgroup/memory.max");
    const double used = control_group_bytes("/sys/fs/cgroup/memory.current");
    if (limit < std::numeric_limits<double>::infinity() && used < limit)
        available = std::min(available, limit - used);
    return available;
}

void require_host_memory(double bytes, const std::string& what) {
    const double available = available_host_bytes();
    if (bytes > available)
        fail_request(
            cat(what, " needs ", bytes_text(bytes), " of memory; ", bytes_text(available), " are free"));
}

}  // namespace convscope
