// What the commands share. Each command is one file that adds its subcommand and leaves what to do in
// CommandLine::action.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/inputs.h"
#include "core/problem.h"
#include "core/tensor.h"
#include "devices/device.h"
#include "experiment.h"
#include "presets.h"

namespace convscope::cli {

// Exit codes of the program.
enum ExitCode : int { exit_done = 0, exit_wrong = 1, exit_request = 2, exit_no_device = 3, exit_failed = 4 };

struct CommandLine {
    CLI::App app;
    std::function<int()> action;
};

void add_run(CommandLine& line);
void add_check(CommandLine& line);
void add_verify(CommandLine& line);
void add_bench(CommandLine& line);
void add_list(CommandLine& line);
void add_shot(CommandLine& line);
void add_doctor(CommandLine& line);
void add_xray(CommandLine& line);
void add_lessons(CommandLine& line);

// PROBLEM: --op … or --problem FILE or --preset NAME. Numbers are kept as they were typed, so that a sentence
// about one shows it, however large.
struct ProblemArguments {
    std::string op, file, preset, out_channels, groups;
    std::vector<std::string> shape, kernel_size, stride, padding, dilation, output_padding;
    bool bias = false;

    void add_to(CLI::App& command);
    // `image_shape` gives the input's size where --shape is left out; empty: --shape is needed.
    ProblemSpec spec(const Shape& image_shape = {}) const;
    // The preset named, or one that asks for random numbers.
    Preset chosen_preset() const;
    bool any_given() const { return !op.empty() || !file.empty() || !preset.empty(); }

  private:
    ProblemSpec spec_of_numbers(const Shape& image_shape) const;
};

// INPUT: where the tensors come from. What is not a file becomes an Experiment, whose tensors the window's
// TensorMaker makes.
struct InputArguments {
    std::string image, npy, random, input_fill, constant, seed;
    std::string weights, fill, pointwise, pointwise_fill, bias_file;
    std::vector<std::string> input_values, weight_values, pointwise_values;
    bool integers = false;

    void add_to(CLI::App& command);
    Shape image_shape(TensorPtr& read) const;  // of --image or --input, which it reads
    // `read` as image_shape left it. An image is scaled to the problem's size.
    Tensors tensors(const Problem& problem, TensorPtr read, const Preset& preset) const;

  private:
    void require_one_of_each() const;
    InputSource source(const Preset& preset) const;
    WeightsSource weights_source(const Preset& preset) const;
    std::optional<WeightsSource> pointwise_source() const;
    Tensors files(const Problem& problem) const;
};

// A check of options: "" is no value.
std::string not_empty(const std::string& value);
// --seed and the like: a whole number from 0 to 2⁶⁴ − 1.
CLI::Option* add_seed(CLI::App& command, const std::string& name, uint64_t& to, const std::string& help);

// --device and --kernel.
struct KernelArguments {
    std::string device, kernel;
    void add_to(CLI::App& command, const char* kernel_help);
    // `all`, or the one named, or the best one. Throws Error(device_missing).
    std::vector<std::shared_ptr<Device>> devices(const Devices& found) const;
    // Likewise; where a kernel is named too, also a device that is not listed.
    std::vector<std::shared_ptr<Device>> devices_of_kernel(const Devices& found) const;
    // `all`, or the one named; empty: `by_default` decides (the device's default kernel, or all). Throws
    // Error(request) where no device of `devices` has that kernel for any operator of `ops`.
    std::vector<std::string> kernels(const Device& device, const Problem& problem, bool all_by_default) const;
    void require_known_kernel(const std::vector<std::shared_ptr<Device>>& devices) const;
};

// The `convscope run` line that computes the problem again on random tensors of the seed.
std::string run_line(const Problem& problem, const std::string& device, const std::string& kernel,
                     const std::string& input);

// Cancelled by Ctrl-C, which then ends the command with its own sentence and exit code 4.
const CancelToken& interrupt_token();

// A finite number, or null.
nlohmann::json number(double value);
void print_json(const nlohmann::json& document);
// Throws Error(request) where a file cannot be written there; found out before computing.
void require_writable(const std::string& path);

// Columns aligned by the number of characters.
class TextTable {
  public:
    explicit TextTable(std::vector<std::string> heads) { rows_.push_back(std::move(heads)); }
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    std::string text() const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace convscope::cli
