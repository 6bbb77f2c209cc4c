#include "experiment.h"

#include <algorithm>

namespace convscope {
namespace {

// A simulated thread costs about 0.1 µs; this many are over before anyone waits.
constexpr int64_t few_threads = 100'000;

// Unticking a kernel says what is ticked, and so ends what showing it had asked for.
bool names(const Experiment& experiment, const KernelChoice& choice) {
    if (!experiment.ticked) return experiment.shown == choice;
    return std::ranges::find(*experiment.ticked, choice) != experiment.ticked->end();
}

}  // namespace

const char* field_name(AxisField field) {
    constexpr const char* names[] = {"input",   "kernel_size", "stride",
                                     "padding", "dilation",    "output_padding"};
    return names[static_cast<int>(field)];
}

const char* field_name(CountField field) {
    constexpr const char* names[] = {"batch", "in_channels", "out_channels", "groups"};
    return names[static_cast<int>(field)];
}

Axes& axes_of(ProblemSpec& spec, AxisField field) {
    Axes* const axes[] = {&spec.input,   &spec.kernel_size, &spec.stride,
                          &spec.padding, &spec.dilation,    &spec.output_padding};
    return *axes[static_cast<int>(field)];
}

const Axes& axes_of(const ProblemSpec& spec, AxisField field) {
    return axes_of(const_cast<ProblemSpec&>(spec), field);
}

int64_t value_of(const ProblemSpec& spec, CountField field) {
    switch (field) {
        case CountField::batch:
            return spec.batch;
        case CountField::in_channels:
            return spec.in_channels;
        case CountField::out_channels:
            return spec.out_channels.value_or(spec.in_channels);
        case CountField::groups:
            return spec.groups.value_or(facts(spec.op).per_channel ? spec.in_channels : 1);
    }
    return 0;
}

int64_t least_value(AxisField field) {
    return field == AxisField::padding || field == AxisField::output_padding ? 0 : 1;
}

std::optional<int64_t> largest_legal(const ProblemSpec& spec, AxisField field, int axis, bool linked,
                                     int64_t most) {
    const auto legal = [&](int64_t value) {
        ProblemSpec trial = spec;
        for (int a = 3 - facts(spec.op).spatial_axes; a < 3; ++a)
            if (linked || a == axis) axes_of(trial, field)[static_cast<size_t>(a)] = value;
        return broken_rules(trial).empty();
    };
    // Some parameters are legal from a value on (a padding that makes room), all are legal up to one.
    int64_t low = axes_of(spec, field)[static_cast<size_t>(axis)];
    if (!legal(low)) low = least_value(field);
    if (!legal(low)) return std::nullopt;
    if (most <= low || legal(most)) return std::max(most, low);
    int64_t high = most;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        (legal(middle) ? low : high) = middle;
    }
    return low;
}

bool same_computation(const Experiment& a, const Experiment& b) {
    return a.spec == b.spec && a.source == b.source && a.weights == b.weights && a.pointwise == b.pointwise &&
           a.seed == b.seed && a.ticked == b.ticked && a.shown == b.shown && a.device == b.device;
}

std::vector<KernelChoice> sensible_kernels(const Devices& devices, const Problem& problem) {
    std::vector<KernelChoice> out;
    for (const auto& device : devices.present) {
        if (device->measures_time()) {
            for (const KernelFacts& kernel : device->kernels(problem.op()))
                if (device->supports(problem, kernel.name)) out.push_back({device->name(), kernel.name});
        } else if (element_count(problem.output_shape()) < few_threads && problem.flops() < 1e7) {
            const std::string kernel = device->default_kernel(problem);
            if (device->supports(problem, kernel)) out.push_back({device->name(), kernel});
        }
    }
    return out;
}

std::vector<ListedKernel> listed_kernels(const Experiment& experiment, const Devices& devices, Operator op) {
    std::vector<ListedKernel> out;
    for (const auto& device : devices.present)
        for (KernelFacts& kernel : device->kernels(op)) out.push_back({device->name(), std::move(kernel)});
    for (const auto& device : devices.unlisted)
        for (KernelFacts& kernel : device->kernels(op))
            if (names(experiment, {device->name(), kernel.name}))
                out.push_back({device->name(), std::move(kernel), true});
    return out;
}

std::vector<KernelChoice> ticked_kernels(const Experiment& experiment, const Devices& devices,
                                         const Problem& problem) {
    const std::vector<KernelChoice> wanted =
        experiment.ticked ? *experiment.ticked : sensible_kernels(devices, problem);
    std::vector<KernelChoice> out;
    for (const ListedKernel& kernel : listed_kernels(experiment, devices, problem.op()))
        if (kernel.by_name || std::ranges::find(wanted, kernel.choice()) != wanted.end())
            out.push_back(kernel.choice());
    return out;
}

std::optional<KernelChoice> shown_kernel(const Experiment& experiment, const Devices& devices,
                                         const Problem& problem) {
    const std::vector<KernelChoice> ticked = ticked_kernels(experiment, devices, problem);
    if (ticked.empty()) return std::nullopt;
    const auto is_ticked = [&](const KernelChoice& choice) {
        return std::ranges::find(ticked, choice) != ticked.end();
    };
    if (experiment.shown && is_ticked(*experiment.shown)) return experiment.shown;
    for (const auto& device : devices.present) {
        if (!experiment.device.empty() && device->name() != experiment.device) continue;
        const KernelChoice choice{device->name(), device->default_kernel(problem)};
        if (is_ticked(choice)) return choice;
        for (const KernelChoice& other : ticked)
            if (other.device == device->name()) return other;
    }
    return ticked.front();
}

}  // namespace convscope
