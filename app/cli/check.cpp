// convscope check: runs cases and compares with their expected answers.
#include <iostream>
#include <limits>

#include "cli/tally.h"
#include "core/case.h"
#include "core/text.h"
#include "program_files.h"
#include "run/run.h"
#include "run/verify.h"

namespace convscope::cli {
namespace {

struct Arguments {
    std::vector<std::string> folders;
    KernelArguments kernel;
    bool json = false;
};

int check(const Arguments& arguments) {
    std::vector<std::string> folders;
    for (const std::string& path : arguments.folders)
        for (const std::string& folder : find_cases(path)) folders.push_back(folder);
    const Devices found = find_devices(modules_folder());
    const auto devices = arguments.kernel.devices(found);
    arguments.kernel.require_known_kernel(devices);
    const ReferencePlan whole{std::numeric_limits<double>::infinity(), 0, 1};
    Tally tally("case");
    for (const std::string& folder : folders) {
        const Case c = read_case(folder);
        ProblemTruth truth = make_truth(c.problem, c.tensors, whole, 1, interrupt_token());
        truth.reference.values = c.expected.values;  // the file's answer is the judge, ours only bounds it
        for (const auto& device : devices)
            for (const std::string& kernel : arguments.kernel.kernels(*device, c.problem, false)) {
                const Support support = device->supports(c.problem, kernel);
                tally.add(support ? judged_row(c.name, c.problem.op(), *device, kernel,
                                               verify_kernel(*device, truth, kernel, interrupt_token()))
                                  : skipped_row(c.name, c.problem.op(), *device, kernel, support.why_not));
            }
    }
    if (arguments.json)
        print_json(tally.json());
    else
        std::cout << tally.text();
    return tally.exit_code();
}

}  // namespace

void add_check(CommandLine& line) {
    auto* command = line.app.add_subcommand("check", "runs cases and compares with their expected.npy");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("DIR", arguments->folders, "a case's folder, or a folder of them")->required();
    arguments->kernel.add_to(*command, "a kernel's name, or all; left out: the device's default");
    command->add_flag("--json", arguments->json, "print one JSON document");
    command->footer(
        "Every kernel runs twice, and must give the same bits; it is also run on small integers, where it "
        "must\n"
        "be exact.\n"
        "Examples:\n"
        "  convscope check tests/cases --device all --kernel all\n"
        "  convscope check tests/cases/0003_conv_transpose2d --device sim --kernel naive --json");
    command->callback([&line, arguments] { line.action = [arguments] { return check(*arguments); }; });
}

}  // namespace convscope::cli
