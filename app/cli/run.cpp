// convscope run: computes one problem once.
#include "run/run.h"

#include <iostream>

#include "cli/command.h"
#include "core/files/image.h"
#include "core/files/npy.h"
#include "core/problem_json.h"
#include "core/text.h"
#include "presets.h"
#include "program_files.h"

namespace convscope::cli {
namespace {

struct Arguments {
    ProblemArguments problem;
    InputArguments input;
    KernelArguments kernel;
    std::string output;
    std::vector<float> range{0, 1};
    bool json = false;
};

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

void check_output_name(const Arguments& arguments) {
    if (arguments.output.empty()) return;
    if (!ends_with(arguments.output, ".npy") && !ends_with(arguments.output, ".png"))
        fail_request(cat("--output: '", arguments.output, "' must end in .npy or .png"));
    if (arguments.range.size() != 2 || !(arguments.range[0] < arguments.range[1]))
        fail_request("--range takes two numbers, the lower one first");
    require_writable(arguments.output);
}

Floats host_copy(const OutputBuffer& output) {
    Floats values(size_t(output.elements()));
    output.copy_to_host(0, values);
    return values;
}

// The first image of the batch: three channels as colours, else the first channel in grey.
void write_picture(const Arguments& arguments, const Problem& problem, const Floats& values) {
    const Axes& size = problem.output();
    const int channels = problem.out_channels() == 3 && size[0] == 1 ? 3 : 1;
    const int64_t plane = size[1] * size[2];
    const auto bytes =
        to_bytes({values.data(), size_t(plane * channels)}, arguments.range[0], arguments.range[1]);
    std::vector<uint8_t> pixels(size_t(plane * channels));
    for (int64_t i = 0; i < plane; ++i)
        for (int c = 0; c < channels; ++c) pixels[size_t(i * channels + c)] = bytes[size_t(c * plane + i)];
    write_png(arguments.output, int(size[2]), int(size[1]), channels, pixels);
}

void write_output(const Arguments& arguments, const Problem& problem, const KernelResult& row) {
    if (arguments.output.empty() || !row.output) return;
    const Floats values = host_copy(*row.output);
    if (ends_with(arguments.output, ".npy"))
        write_npy(arguments.output, problem.output_shape(), values);
    else
        write_picture(arguments, problem, values);
}

const char* status_name(const KernelResult& row) {
    if (row.status == KernelResult::Status::unsupported) return "skipped";
    if (row.status != KernelResult::Status::done) return "failed";
    return row.verification.state == Verification::State::wrong ? "failed" : "passed";
}

std::string verified_text(const Verification& v) {
    if (v.state == Verification::State::wrong) return "✗ " + v.reason;
    if (v.state == Verification::State::not_yet)
        return "not verified: its sums on integers would not be exact";
    const std::string share = v.whole() ? "" : cat(" sampled ", number_text(100 * v.share, 2), " %");
    return cat("✓ bound ", number_text(v.bound_ratio, 2), share);
}

nlohmann::json row_json(const KernelResult& row) {
    nlohmann::json out{{"device", row.choice.device},
                       {"kernel", row.choice.kernel},
                       {"status", status_name(row)},
                       {"reason", row.reason},
                       {"bound_ratio", number(row.verification.bound_ratio)},
                       {"max_abs_error", number(row.verification.max_abs_error)}};
    const bool verified = row.verification.state == Verification::State::verified;
    out["verified"] = !verified ? "no" : row.verification.whole() ? "whole" : "sampled";
    out["median_ms"] = row.timing ? number(row.timing->median_ms) : nlohmann::json();
    out["plan"] = row.plan;
    return out;
}

void print_rows(const Problem& problem, const Result& result) {
    std::cout << problem.text() << "\noutput " << dims(problem.output_shape()) << "\n";
    TextTable table({"device", "kernel", "ms", "verification"});
    for (const KernelResult& row : result.rows)
        table.add({row.choice.device, row.choice.kernel,
                   row.timing ? number_text(row.timing->median_ms, 3) : "–",
                   row.status == KernelResult::Status::done ? verified_text(row.verification) : row.reason});
    std::cout << table.text();
}

int exit_code_of(const Result& result) {
    bool done = false, wrong = false, failed = false;
    for (const KernelResult& row : result.rows) {
        done |= row.status == KernelResult::Status::done;
        wrong |= row.verification.state == Verification::State::wrong;
        failed |= row.status == KernelResult::Status::failed;
    }
    if (wrong) return exit_wrong;
    if (failed) return exit_failed;
    return done ? exit_done : exit_request;
}

int compute(const Arguments& arguments) {
    check_output_name(arguments);
    TensorPtr read;
    const Shape image_shape = arguments.input.image_shape(read);
    const Problem problem(arguments.problem.spec(image_shape));
    if (ends_with(arguments.output, ".png") &&
        std::max(problem.output()[1], problem.output()[2]) > largest_image_side)
        fail_request(cat("--output: a picture is at most ", largest_image_side,
                         " pixels wide and high; the output is ", dims(problem.output_shape())));
    require_host_memory(problem.minimal_bytes(), problem.text());
    const Tensors tensors = arguments.input.tensors(problem, read, arguments.problem.chosen_preset());
    const Devices found = find_devices(modules_folder());
    const auto devices = arguments.kernel.devices_of_kernel(found);
    arguments.kernel.require_known_kernel(devices);
    Request request{problem, tensors, {}, TimingEffort::quick(), {}};
    for (const auto& device : devices)
        for (const std::string& kernel : arguments.kernel.kernels(*device, problem, false)) {
            if (devices.size() == 1 && arguments.kernel.kernel != "all")
                if (const Support support = device->supports(problem, kernel); !support)
                    fail_request(support.why_not);
            request.kernels.push_back({device->name(), kernel});
        }
    const ResultPtr result = run(request, found, interrupt_token());
    for (const KernelResult& row : result->rows)
        if (row.status == KernelResult::Status::done) {
            write_output(arguments, problem, row);
            break;
        }
    if (arguments.json) {
        nlohmann::json rows = nlohmann::json::array();
        for (const KernelResult& row : result->rows) rows.push_back(row_json(row));
        print_json({{"problem", to_json(problem)}, {"results", rows}});
    } else {
        print_rows(problem, *result);
    }
    return exit_code_of(*result);
}

}  // namespace

void add_run(CommandLine& line) {
    auto* command = line.app.add_subcommand("run", "computes a problem once, verified and timed");
    auto arguments = std::make_shared<Arguments>();
    arguments->problem.add_to(*command);
    arguments->input.add_to(*command);
    arguments->kernel.add_to(*command, "a kernel's name, or all; left out: the device's default");
    command->add_option("--output", arguments->output, "where to write the output: .npy or .png");
    command->add_option("--range", arguments->range, "PNG: the values that become black and white (0,1)")
        ->delimiter(',');
    command->add_flag("--json", arguments->json, "print one JSON document");
    command->footer(
        "Examples:\n"
        "  convscope run --op depthwise_conv2d --kernel-size 3 --padding 1 --fill sobel_x \\\n"
        "                --image assets/images/astronaut.png --output edges.png --range -1,1\n"
        "  convscope run --op conv_transpose2d --shape 1,4,8,8 --kernel-size 3 --stride 2 --output-padding "
        "1\n"
        "  convscope run --op conv2d --shape 1,1,4,4 --kernel-size 2 --input-fill ramp "
        "--weight-values=0,1,-1,0\n"
        "  convscope run --preset kb83-v0 --device all --kernel all");
    command->callback([&line, arguments] { line.action = [arguments] { return compute(*arguments); }; });
}

}  // namespace convscope::cli
