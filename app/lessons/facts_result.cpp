#include <algorithm>
#include <cmath>
#include <limits>

#include "core/taps.h"
#include "core/text.h"
#include "lessons/facts_parts.h"
#include "run/timing.h"
#include "views/explain.h"

namespace convscope::lessons {
namespace {

using Value = std::optional<double>;
using Lab = const Laboratory&;
using Place = std::span<const int64_t>;
using Status = KernelResult::Status;

// Of a place that depends on what was clicked: nothing was.
bool nowhere(Place place) {
    return std::ranges::find(place, -1) != place.end();
}

Value element_of(const TensorPtr& tensor, Place place, const std::string& name) {
    if (!tensor) fail_request(cat("this operator has no ", name));
    if (nowhere(place)) return std::nullopt;
    return tensor->values[static_cast<size_t>(element_at(tensor->shape, place, name))];
}

template <TensorPtr Tensors::*Which>
Value tensor_element(Lab lab, Place place, const char* name) {
    if (!lab.result) return std::nullopt;
    return element_of(lab.result->tensors.*Which, place, name);
}
Value input_at(Lab lab, Place place) {
    return tensor_element<&Tensors::input>(lab, place, "the input");
}
Value weights_at(Lab lab, Place place) {
    return tensor_element<&Tensors::weights>(lab, place, "the weights");
}
Value pointwise_at(Lab lab, Place place) {
    return tensor_element<&Tensors::pointwise>(lab, place, "pointwise weights");
}

Value middle_at(Lab lab, Place place) {
    if (!lab.result) return std::nullopt;
    if (view_shape(lab.result->problem, ViewKind::middle).empty())
        fail_request("this operator has no middle");
    if (!lab.result->middle) {
        if (!lab.result->why_no_middle.empty()) fail_request(lab.result->why_no_middle);
        return std::nullopt;
    }
    return element_of(lab.result->middle, place, "the middle");
}

// The shown row's output; null where it is not there yet. Throws Error(request) where it will not be.
OutputPtr shown_output(Lab lab) {
    if (!lab.shown) return nullptr;
    if (lab.shown->status == Status::unsupported || lab.shown->status == Status::failed)
        fail_request(cat(lab.shown->choice.device, " ", lab.shown->choice.kernel,
                         " has no output: ", lab.shown->reason));
    return lab.shown->output;
}

Value output_at(Lab lab, Place place) {
    if (!lab.result) return std::nullopt;
    const OutputPtr output = shown_output(lab);
    if (nowhere(place)) return std::nullopt;
    const int64_t element = element_at(lab.result->problem.output_shape(), place, "the output");
    if (!output) return std::nullopt;
    if (const float* values = output->host()) return values[element];
    float value = 0;
    output->copy_to_host(element, {&value, 1});
    return value;
}

Value taps_at(Lab lab, Place place) {
    const std::optional<Problem> problem = problem_of(*lab.experiment);
    if (!problem || nowhere(place)) return std::nullopt;
    return static_cast<double>(tap_count(*problem, element_at(problem->output_shape(), place, "the output")));
}

struct Range {
    double smallest = NAN, largest = NAN;
};

Range scan(const OutputBuffer& output) {
    constexpr int64_t at_once = 1 << 20;
    Range range;
    std::vector<float> copy;
    for (int64_t first = 0; first < output.elements(); first += at_once) {
        const auto count = static_cast<size_t>(std::min(at_once, output.elements() - first));
        const float* values = output.host() ? output.host() + first : nullptr;
        if (!values) {
            copy.resize(count);
            output.copy_to_host(first, copy);
            values = copy.data();
        }
        for (size_t i = 0; i < count; ++i) {
            const double value = values[i];
            range.smallest = std::fmin(range.smallest, value);  // passes over NaN
            range.largest = std::fmax(range.largest, value);
        }
    }
    return range;
}

// Of the shown output, looked through once: a lesson asks for it every frame.
std::optional<Range> output_range(Lab lab) {
    static thread_local std::weak_ptr<const OutputBuffer> scanned;
    static thread_local Range range;
    const OutputPtr output = shown_output(lab);
    if (!output) return std::nullopt;
    if (scanned.lock() != output) {
        range = scan(*output);
        scanned = output;
    }
    return range;
}

Value output_smallest(Lab lab) {
    const std::optional<Range> range = output_range(lab);
    return range ? Value(range->smallest) : Value();
}
Value output_largest(Lab lab) {
    const std::optional<Range> range = output_range(lab);
    return range ? Value(range->largest) : Value();
}
Value untouched(Lab lab) {
    const std::optional<Problem> problem = problem_of(*lab.experiment);
    return problem ? Value(1 - fed_share(*problem)) : Value();
}

std::string device_names(const Devices& devices) {
    std::vector<std::string> names;
    for (const auto& device : devices.present) names.push_back(device->name());
    return joined(names, " or ");
}

// Also of those that no list has; null where there is none.
std::shared_ptr<Device> device_called(const Devices& devices, const std::string& name) {
    for (const auto* some : {&devices.present, &devices.unlisted})
        for (const auto& device : *some)
            if (device->name() == name) return device;
    return nullptr;
}

// Throws Error(request) where no device has a kernel of that name for any operator that is set now.
void require_kernel(Lab lab, const KernelChoice& wanted) {
    if (!lab.devices) return;
    const std::shared_ptr<Device> device = device_called(*lab.devices, wanted.device);
    if (!device) {
        for (const MissingDevice& missing : lab.devices->missing)
            if (missing.name == wanted.device)
                fail_request(cat("the device ", wanted.device, " is missing: ", missing.reason));
        fail_request(
            cat("there is no device '", wanted.device, "'; ", device_names(*lab.devices), " is there"));
    }
    const Operator op = lab.experiment->spec.op;
    const std::vector<KernelFacts> kernels = device->kernels(op);
    if (std::ranges::find(kernels, wanted.kernel, &KernelFacts::name) == kernels.end())
        fail_request(
            cat(wanted.device, " has no kernel '", wanted.kernel, "' for ", convscope::facts(op).name));
}

// The row of a ticked kernel; null where there is no result yet, or the kernel is not ticked.
const KernelResult* row_of(Lab lab, const std::string& of, const char* name) {
    const KernelChoice wanted = choice_of(of, name);
    require_kernel(lab, wanted);
    if (!lab.result) return nullptr;
    const auto at = std::ranges::find(lab.result->rows, wanted, &KernelResult::choice);
    if (at == lab.result->rows.end()) return nullptr;
    return &*at;
}

Value verified(Lab lab, const std::string& of) {
    const KernelResult* row = row_of(lab, of, "verified(\"…\")");
    if (!row) return std::nullopt;
    if (row->status == Status::failed || row->status == Status::unsupported) return 0;
    if (row->verification.state == Verification::State::not_yet) return std::nullopt;
    return row->verification.state == Verification::State::verified;
}

template <double Verification::*Member>
Value of_verification(Lab lab, const std::string& of) {
    const KernelResult* row = row_of(lab, of, "bounds(\"…\") and largest_error(\"…\")");
    if (!row || row->verification.state == Verification::State::not_yet || !row->verification.computed)
        return std::nullopt;
    return row->verification.*Member;
}

const Timing* timing_of(Lab lab, const std::string& of) {
    const KernelResult* row = row_of(lab, of, "time_ms(\"…\")");
    if (!row) return nullptr;
    if (!row->timing && lab.result->finished && lab.devices)
        if (const auto device = device_called(*lab.devices, row->choice.device);
            device && !device->measures_time())
            fail_request(cat(of, " has no time: ", device->name(), " measures none"));
    return row->timing ? &*row->timing : nullptr;
}
template <double Timing::*Member>
Value of_timing(Lab lab, const std::string& of) {
    const Timing* timing = timing_of(lab, of);
    return timing ? Value(timing->*Member) : Value();
}
Value samples(Lab lab, const std::string& of) {
    const Timing* timing = timing_of(lab, of);
    return timing ? Value(static_cast<double>(timing->samples_ms.size())) : Value();
}

// A row's share is 0 where its device's ceilings were not measured.
Value roofline_share(Lab lab, const std::string& of) {
    const Timing* timing = timing_of(lab, of);
    return timing && timing->roofline_share > 0 ? Value(timing->roofline_share) : Value();
}

// Measured ceilings of a device, from any of its rows.
const KernelResult* row_with_ceilings(Lab lab, const std::string& device) {
    if (lab.devices &&
        std::ranges::none_of(lab.devices->present, [&](const auto& d) { return d->name() == device; }))
        fail_request(cat("there is no device '", device, "'; ", device_names(*lab.devices), " is there"));
    if (!lab.result) return nullptr;
    for (const KernelResult& row : lab.result->rows)
        if (row.choice.device == device && row.ceilings && row.ceilings->bandwidth_gbs > 0) return &row;
    return nullptr;
}
Value bandwidth_gbs(Lab lab, const std::string& of) {
    const KernelResult* row = row_with_ceilings(lab, of);
    return row ? Value(row->ceilings->bandwidth_gbs) : Value();
}
Value peak_tflops(Lab lab, const std::string& of) {
    const KernelResult* row = row_with_ceilings(lab, of);
    return row ? Value(row->ceilings->fp32_tflops) : Value();
}
Value device_floor_ms(Lab lab, const std::string& of) {
    const KernelResult* row = row_with_ceilings(lab, of);
    return row ? Value(floor_ms(lab.result->problem, *row->ceilings)) : Value();
}

constexpr std::array fact_table{
    Fact{"output_smallest", "of the shown output", output_smallest},
    Fact{"output_largest", "of the shown output", output_largest},
    Fact{"untouched", "share of output elements that get no product", untouched},
};
constexpr std::array place_table{
    PlaceFact{"input_at", "an element of the input", input_at},
    PlaceFact{"weights_at", "an element of the weights", weights_at},
    PlaceFact{"pointwise_at", "an element of the pointwise weights", pointwise_at},
    PlaceFact{"middle_at", "an element of what the depthwise stage gives", middle_at},
    PlaceFact{"output_at", "an element of the shown output", output_at},
    PlaceFact{"taps_at", "products that an output element sums", taps_at},
};
constexpr std::array named_table{
    NamedFact{"verified", "1 where it is right", verified},
    NamedFact{"bounds", "largest error in rounding bounds", of_verification<&Verification::bound_ratio>},
    NamedFact{"largest_error", "largest error", of_verification<&Verification::max_abs_error>},
    NamedFact{"time_ms", "median time", of_timing<&Timing::median_ms>},
    NamedFact{"p20_ms", "a fifth of the times is shorter", of_timing<&Timing::p20_ms>},
    NamedFact{"p80_ms", "a fifth of the times is longer", of_timing<&Timing::p80_ms>},
    NamedFact{"samples", "how often it was timed", samples},
    NamedFact{"gbs", "minimal bytes over the median", of_timing<&Timing::gbs>},
    NamedFact{"tflops", "nominal operations over the median", of_timing<&Timing::tflops>},
    NamedFact{"roofline_share", "floor over median", roofline_share},
    NamedFact{"bandwidth_gbs", "the device's measured bandwidth", bandwidth_gbs},
    NamedFact{"peak_tflops", "the device's measured float32 arithmetic", peak_tflops},
    NamedFact{"floor_ms", "what those ceilings give this problem", device_floor_ms},
};

}  // namespace

std::span<const Fact> result_facts() {
    return fact_table;
}
std::span<const PlaceFact> result_place_facts() {
    return place_table;
}
std::span<const NamedFact> result_named_facts() {
    return named_table;
}

}  // namespace convscope::lessons
