// convscope xray: what a kernel asks of memory, access by access, counted by the simulator.
#include "xray/xray.h"

#include <algorithm>
#include <iostream>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/xray_pictures.h"
#include "cli/xray_report.h"
#include "core/files/image.h"
#include "core/text.h"
#include "devices/sim/sim_device.h"
#include "numbers.h"
#include "program_files.h"

namespace convscope::cli {
namespace {

struct Arguments {
    ProblemArguments problem;
    InputArguments input;
    std::string kernel, step, channel, heat, map, png, gpu;
    std::vector<std::string> block;
    bool accesses = false, json = false;

    bool needs_block() const { return accesses || !map.empty(); }
};

// --png F.png stands for --heat F-heat.png and --map F-map.png.
void share_png(Arguments& arguments) {
    if (arguments.png.empty()) return;
    if (!arguments.heat.empty() || !arguments.map.empty())
        fail_request("--png stands for --heat and --map together; found it beside one of them");
    if (!arguments.png.ends_with(".png")) fail_request(cat("--png: '", arguments.png, "' must end in .png"));
    const std::string stem = arguments.png.substr(0, arguments.png.size() - 4);
    arguments.heat = stem + "-heat.png";
    arguments.map = stem + "-map.png";
}

void check_words(const Arguments& arguments) {
    for (const auto& [option, path] :
         {std::pair{"--heat", arguments.heat}, std::pair{"--map", arguments.map}}) {
        if (path.empty()) continue;
        if (!path.ends_with(".png")) fail_request(cat(option, ": '", path, "' must end in .png"));
        require_writable(path);
    }
    const bool pictures = !arguments.heat.empty() || !arguments.map.empty();
    const bool one_block = !arguments.block.empty() || !arguments.step.empty();
    if (arguments.kernel == "all" && (pictures || one_block || arguments.accesses))
        fail_request(
            "--kernel all compares counts; pictures, --block, --step and --accesses need one kernel");
    if (arguments.kernel == "all" && !arguments.gpu.empty())
        fail_request("--gpu tells what one kernel's blocks take; found it beside --kernel all");
    if (one_block && !arguments.needs_block())
        fail_request("--block and --step choose a block for --accesses, --map or --png; found none of them");
    if (arguments.accesses && !arguments.heat.empty())
        fail_request("--accesses is of one block, the heat of the whole grid; found both");
    if (!arguments.channel.empty() && !pictures)
        fail_request("--channel is for --heat, --map or --png; found none of them");
}

// Requests of one block. A list has no use for more, and a document of so many takes some hundred megabytes.
constexpr size_t most_listed = 100'000;

int chosen_step(const Arguments& arguments, const xray::KernelXray& kernel) {
    if (arguments.step.empty()) return kernel.main_step();
    const auto last = static_cast<int64_t>(kernel.steps().size()) - 1;
    return static_cast<int>(
        whole_number(arguments.step, "--step", cat("the step of ", kernel.kernel().name), 0, last));
}

// The block's number; coordinates that are left out are 0.
int64_t chosen_block(const Arguments& arguments, const xray::StepFacts& step) {
    if (arguments.block.size() > 3)
        fail_request(cat("--block takes x, y and z; found ", arguments.block.size(), " numbers"));
    const std::array<std::pair<const char*, unsigned>, 3> axes{
        {{"x", step.grid.x}, {"y", step.grid.y}, {"z", step.grid.z}}};
    int64_t number = 0, stride = 1;
    for (size_t axis = 0; axis < axes.size(); ++axis) {
        if (axis < arguments.block.size())
            number += stride * whole_number(arguments.block[axis], "--block",
                                            cat("the block's ", axes[axis].first, " in '", step.label, "'"),
                                            0, int64_t{axes[axis].second} - 1);
        stride *= axes[axis].second;
    }
    return number;
}

std::optional<int64_t> chosen_channel(const Arguments& arguments, const Problem& problem) {
    if (arguments.channel.empty()) return std::nullopt;
    return whole_number(arguments.channel, "--channel", "the input channel", 0, problem.in_channels() - 1);
}

int compare(const Arguments& arguments, const Problem& problem) {
    std::vector<ComparedKernel> all;
    int64_t faults = 0;
    for (const xray::KernelName& name : xray::kernels(modules_folder(), problem.op())) {
        if (name.broken_on_purpose) continue;
        ComparedKernel& row = all.emplace_back();
        row.kernel = name.name;
        try {
            xray::KernelXray kernel(modules_folder(), problem, name.name);
            const ProgressLine progress("counting " + name.name, interrupt_token());
            row.counts = xray::without_elements(*kernel.counts(interrupt_token()));
            faults += row.counts->fault_count;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::request) throw;
            row.why_not = error.what();
        }
    }
    if (arguments.json)
        print_json(comparison_json(problem, all));
    else
        std::cout << comparison_text(problem, all);
    if (faults > 0) return exit_wrong;
    return std::any_of(all.begin(), all.end(), [](const ComparedKernel& one) { return bool(one.counts); })
               ? exit_done
               : exit_request;
}

// What can be wrong with the pictures is found out before anything is counted. Gives the input that --map
// draws on; null without.
TensorPtr input_of_pictures(const Arguments& arguments, const Problem& problem, TensorPtr read) {
    chosen_channel(arguments, problem);
    if (!arguments.heat.empty() &&
        std::max(problem.input()[axis_height], problem.input()[axis_width]) > largest_image_side)
        fail_request(cat("--heat: a picture is at most ", largest_image_side,
                         " pixels wide and high; the input is ", dims(problem.input_shape())));
    if (arguments.map.empty()) return nullptr;
    require_host_memory(problem.minimal_bytes(), problem.text());
    return arguments.input.tensors(problem, read, arguments.problem.chosen_preset()).input;
}

// The document or the text, and what the chosen GPU makes of the kernel.
template <class Document, class Text>
void print(const Arguments& arguments, const Problem& problem, const xray::KernelXray& kernel,
           const Document& document, const Text& text) {
    const xray::GpuModel* gpu = arguments.gpu.empty() ? nullptr : &gpu_named(arguments.gpu);
    if (arguments.json) {
        nlohmann::json whole = document();
        if (gpu) whole["gpu"] = gpu_json(*gpu, problem, kernel.kernel(), kernel.steps());
        print_json(whole);
        return;
    }
    std::cout << text();
    if (gpu) std::cout << gpu_text(*gpu, problem, kernel.kernel(), kernel.steps());
}

// One kernel's whole grid; gives how many faults there are.
int64_t count_grid(const Arguments& arguments, const Problem& problem, xray::KernelXray& kernel) {
    xray::CountsPtr counts;
    {
        const ProgressLine progress("counting " + kernel.kernel().name, interrupt_token());
        counts = kernel.counts(interrupt_token());
    }
    print(
        arguments, problem, kernel, [&] { return counts_json(*counts); },
        [&] { return counts_text(*counts); });
    if (!arguments.heat.empty()) {
        const std::string legend =
            draw_heat(arguments.heat, *counts, chosen_channel(arguments, problem).value_or(0));
        if (!arguments.json) std::cout << legend << "\n";
    }
    return counts->fault_count;
}

int look_through(Arguments arguments) {
    share_png(arguments);
    check_words(arguments);
    TensorPtr read;
    const Shape image_shape = arguments.input.image_shape(read);
    const Problem problem(arguments.problem.spec(image_shape));
    if (arguments.kernel == "all") return compare(arguments, problem);
    if (arguments.kernel.empty())
        arguments.kernel = make_sim_device(modules_folder())->default_kernel(problem);

    xray::KernelXray kernel(modules_folder(), problem, arguments.kernel);
    const TensorPtr input = input_of_pictures(arguments, problem, read);
    if (!arguments.gpu.empty()) gpu_named(arguments.gpu);
    const int step = chosen_step(arguments, kernel);
    const int64_t number = chosen_block(arguments, kernel.steps()[static_cast<size_t>(step)]);
    int64_t faults = 0;
    if (!arguments.accesses) faults = count_grid(arguments, problem, kernel);
    if (!arguments.needs_block()) return faults > 0 ? exit_wrong : exit_done;

    const auto traced = [&](size_t first_requests) {
        const ProgressLine progress("tracing a block of " + arguments.kernel, interrupt_token());
        return kernel.block(step, number, interrupt_token(), first_requests);
    };
    xray::BlockXrayPtr block;
    if (arguments.accesses) {
        block = traced(most_listed);
        print(
            arguments, problem, kernel, [&] { return accesses_json(problem, arguments.kernel, *block); },
            [&] { return cat(problem.text(), "\n", accesses_text(*block)); });
    }
    if (input) {
        // The map is of the whole block, however long a list of it would be.
        if (!block || block->records_cut) block = traced(0);
        const std::string legend =
            draw_map(arguments.map, *block, problem, *input, chosen_channel(arguments, problem));
        if (!arguments.json) std::cout << legend << "\n";
    }
    return faults > 0 || !block->faults.empty() ? exit_wrong : exit_done;
}

}  // namespace

void add_xray(CommandLine& line) {
    auto* command = line.app.add_subcommand("xray", "what a kernel asks of memory, counted access by access");
    auto arguments = std::make_shared<Arguments>();
    arguments->problem.add_to(*command);
    arguments->input.add_to(*command);
    command->add_option("--kernel", arguments->kernel,
                        "a kernel's name, one that is broken on purpose too, or all to compare them; left "
                        "out: the plainest");
    command->add_flag("--json", arguments->json, "print one JSON document");
    command->add_option("--heat", arguments->heat,
                        "a PNG of how often each element of an input channel is read");
    command->add_option("--map", arguments->map,
                        "a PNG of which lane of a block reads and writes which element");
    command->add_option("--png", arguments->png, "F.png: both, as F-heat.png and F-map.png");
    command
        ->add_option("--channel", arguments->channel,
                     "the input channel of the pictures; left out: 0, of the map the first that is read")
        ->type_name("INT");
    command->add_option("--gpu", arguments->gpu,
                        "a GPU's name: what fits on it, and the time that no kernel beats there from memory");
    command->add_flag("--accesses", arguments->accesses,
                      "list the requests of one block instead of counting");
    command->add_option("--block", arguments->block, "x,y,z of the block to list or to map; left out: 0,0,0")
        ->delimiter(',')
        ->type_name("INT");
    command->add_option("--step", arguments->step, "the launch that the block is of; left out: the main one")
        ->type_name("INT");
    command->footer(
        "The counts do not depend on the values: INPUT gives a shape, and the picture that --map draws on.\n"
        "Exit code 1 says that the kernel has faults.\n"
        "Examples:\n"
        "  convscope xray --op depthwise_conv2d --shape 1,3,512,512 --kernel-size 3 --padding 1 --kernel "
        "all\n"
        "  convscope xray --op conv2d --kernel-size 3 --padding 1 --kernel shared_tile --png tile.png \\\n"
        "                 --image assets/images/astronaut.png --block 3,2\n"
        "  convscope xray --op conv2d --shape 1,1,16,16 --kernel-size 3 --kernel naive --accesses\n"
        "  convscope xray --op depthwise_conv2d --shape 1,1,64,64 --kernel-size 3 --kernel missing_barrier");
    command->callback([&line, arguments] { line.action = [arguments] { return look_through(*arguments); }; });
}

}  // namespace convscope::cli
