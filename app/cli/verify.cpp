// convscope verify: random problems against the float64 reference.
#include "run/verify.h"

#include <iostream>
#include <limits>

#include "cli/tally.h"
#include "core/case.h"
#include "core/problem_json.h"
#include "core/text.h"
#include "numbers.h"
#include "program_files.h"
#include "run/random_problem.h"
#include "run/run.h"

namespace convscope::cli {
namespace {

struct Arguments {
    int64_t count = 100;
    uint64_t seed = 0;
    std::string op = "all", failures = "convscope-failures";
    KernelArguments kernel;
    bool json = false;
};

std::optional<Operator> chosen_operator(const Arguments& arguments) {
    if (arguments.op == "all") return std::nullopt;
    const auto op = operator_named(arguments.op);
    if (!op)
        fail_request(
            cat("--op: '", arguments.op, "' is not an operator; ", operator_names(), " or all is allowed"));
    return op;
}

// Prints how to run the problem again, and keeps it as a case.
void report_failure(const Arguments& arguments, const ProblemTruth& truth, int64_t index,
                    uint64_t tensor_seed, const TallyRow& row) {
    std::cerr << "failed: " << row.reason << "\n  "
              << run_line(truth.problem, row.device, row.kernel, cat("--random ", tensor_seed)) << "\n";
    const std::string folder =
        cat(arguments.failures, "/", facts(truth.problem.op()).name, "_", arguments.seed, "_", index);
    try {
        write_case(folder, truth.problem, truth.tensors,
                   {truth.problem.output_shape(), truth.reference.values});
        std::cerr << "  convscope check " << folder << " --device " << row.device << " --kernel "
                  << row.kernel << "\n";
    } catch (const Error& error) {
        std::cerr << "  the case was not saved: " << error.what() << "\n";
    }
}

int verify(const Arguments& arguments) {
    const auto op = chosen_operator(arguments);
    const Devices found = find_devices(modules_folder());
    const auto devices = arguments.kernel.devices(found);
    arguments.kernel.require_known_kernel(devices);
    const ReferencePlan whole{std::numeric_limits<double>::infinity(), 0, 1};
    Tally tally("problem");
    for (int64_t index = 0; index < arguments.count; ++index) {
        const Problem problem = random_problem(arguments.seed, uint64_t(index), op);
        const uint64_t tensor_seed = arguments.seed * 1'000'003 + uint64_t(index);
        const ProblemTruth truth =
            make_truth(problem, make_tensors(problem, Fill::random, Fill::random, tensor_seed), whole,
                       tensor_seed, interrupt_token());
        for (const auto& device : devices)
            for (const std::string& kernel : arguments.kernel.kernels(*device, problem, true)) {
                const Support support = device->supports(problem, kernel);
                TallyRow row =
                    support ? judged_row(to_json(problem), problem.op(), *device, kernel,
                                         verify_kernel(*device, truth, kernel, interrupt_token()))
                            : skipped_row(to_json(problem), problem.op(), *device, kernel, support.why_not);
                if (row.status == "failed") report_failure(arguments, truth, index, tensor_seed, row);
                tally.add(std::move(row));
            }
    }
    if (arguments.json)
        print_json(tally.json());
    else
        std::cout << arguments.count << " random problems, seed " << arguments.seed << "\n" << tally.text();
    return tally.exit_code();
}

}  // namespace

void add_verify(CommandLine& line) {
    auto* command = line.app.add_subcommand("verify", "random problems against the float64 reference");
    auto arguments = std::make_shared<Arguments>();
    command
        ->add_option_function<std::string>(
            "--count",
            [arguments](const std::string& text) {
                arguments->count = whole_number(text, "--count", "--count", 1, largest_size);
            },
            "how many problems")
        ->default_str(cat(arguments->count))
        ->type_name("INT");
    add_seed(*command, "--seed", arguments->seed, "of the problems and their tensors");
    command->add_option("--op", arguments->op, operator_names() + ", or all")->capture_default_str();
    arguments->kernel.add_to(*command, "a kernel's name; left out: all");
    command->add_option("--failures", arguments->failures, "where failing problems are saved as cases")
        ->capture_default_str();
    command->add_flag("--json", arguments->json, "print one JSON document");
    command->footer(
        "Each kernel runs on random tensors twice, within the rounding bound and to the same bits, and on\n"
        "small integers exactly.\n"
        "Examples:\n"
        "  convscope verify --count 2000 --device sim\n"
        "  convscope verify --op conv_transpose3d --device all --seed 7");
    command->callback([&line, arguments] { line.action = [arguments] { return verify(*arguments); }; });
}

}  // namespace convscope::cli
