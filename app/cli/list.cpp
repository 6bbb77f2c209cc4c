// convscope list: what there is.
#include <iostream>

#include "cli/command.h"
#include "core/problem_json.h"
#include "core/text.h"
#include "presets.h"
#include "program_files.h"
#include "run/run.h"

namespace convscope::cli {
namespace {

using nlohmann::json;

json kernels_json(const Devices& found) {
    json rows = json::array();
    for (const OperatorFacts& op : operators())
        for (const auto& device : found.present)
            for (const KernelFacts& kernel : device->kernels(op.op))
                rows.push_back({{"op", op.name},
                                {"device", device->name()},
                                {"name", kernel.name},
                                {"idea", kernel.idea},
                                {"traffic", kernel.traffic},
                                {"wins_when", kernel.wins_when},
                                {"peer", kernel.peer},
                                {"error_model", kernel.error.name},
                                {"repeatable", kernel.repeatable},
                                {"mixes_taps", kernel.mixes_taps},
                                {"source", kernel.source_file}});
    return {{"kernels", rows}};
}

json devices_json(const Devices& found) {
    json rows = json::array();
    for (const auto& device : found.present)
        rows.push_back({{"name", device->name()}, {"present", true}, {"description", device->description()}});
    for (const MissingDevice& device : found.missing)
        rows.push_back({{"name", device.name}, {"present", false}, {"reason", device.reason}});
    return {{"devices", rows}};
}

json presets_json() {
    json rows = json::array();
    for (const Preset& preset : presets()) {
        const Problem problem(preset.spec);
        rows.push_back({{"name", preset.name},
                        {"title", preset.title},
                        {"source", preset.source},
                        {"problem", to_json(problem)},
                        {"flops", problem.flops()},
                        {"bytes", problem.minimal_bytes()}});
    }
    return {{"presets", rows}};
}

json operators_json() {
    json rows = json::array();
    for (const OperatorFacts& op : operators())
        rows.push_back(
            {{"name", op.name}, {"title", op.title}, {"meaning", op.meaning}, {"axes", op.spatial_axes}});
    return {{"operators", rows}};
}

// A table of some of the fields.
std::string table_of(const json& rows, const std::vector<std::string>& fields) {
    TextTable table(fields);
    for (const json& row : rows) {
        std::vector<std::string> cells;
        for (const std::string& field : fields)
            cells.push_back(!row.contains(field)      ? ""
                            : row[field].is_string()  ? row[field].get<std::string>()
                            : row[field].is_boolean() ? (row[field].get<bool>() ? "yes" : "no")
                                                      : row[field].dump());
        table.add(cells);
    }
    return table.text();
}

std::string presets_text() {
    TextTable table({"name", "problem", "GFLOP", "memory"});
    for (const Preset& preset : presets()) {
        const Problem problem(preset.spec);
        table.add({preset.name, problem.text(), number_text(problem.flops() / 1e9, 3),
                   bytes_text(problem.minimal_bytes())});
    }
    return table.text();
}

// docs/kernels.md: the kernels of our own texts and of the CPU, described by their KernelInfo.
std::string kernels_markdown(const Devices& found) {
    std::string out =
        "# The kernels\n\nMade by `convscope list kernels --markdown` from what each kernel's file says of "
        "itself; "
        "the tests\ncompare. `gpu` and `sim` run the same texts, in this order, which is the teaching "
        "order.\n";
    for (const OperatorFacts& op : operators()) {
        out += cat("\n## ", op.name, "\n");
        for (const auto& device : found.present) {
            if (device->name() != "sim" && device->name() != "cpu") continue;
            for (const KernelFacts& kernel : device->kernels(op.op)) {
                out +=
                    cat("\n### ", kernel.name, device->name() == "cpu" ? " (cpu)" : "", "\n\n", kernel.idea,
                        "\n\n- Memory traffic: ", kernel.traffic, "\n- Wins: ", kernel.wins_when,
                        "\n- Rounding: ", kernel.error.name, kernel.repeatable ? "" : ", not repeatable",
                        kernel.mixes_taps ? ", an Inf or a NaN spoils its neighbours" : "", "\n");
                if (!kernel.source_file.empty())
                    out += cat("- Text: [kernels/", kernel.source_file, "](../kernels/", kernel.source_file,
                               ")\n");
            }
        }
    }
    return out;
}

int list(const std::string& what, bool as_json, bool as_markdown) {
    if (as_markdown) {
        if (what != "kernels") fail_request(cat("--markdown is for kernels; found ", what));
        std::cout << kernels_markdown(find_devices(modules_folder()));
        return exit_done;
    }
    if (what == "presets") {
        if (as_json)
            print_json(presets_json());
        else
            std::cout << presets_text();
        return exit_done;
    }
    const json document = what == "operators" ? operators_json()
                          : what == "kernels" ? kernels_json(find_devices(modules_folder()))
                                              : devices_json(find_devices(modules_folder()));
    if (as_json) {
        print_json(document);
        return exit_done;
    }
    const std::vector<std::string> fields =
        what == "operators" ? std::vector<std::string>{"name", "title", "meaning"}
        : what == "kernels" ? std::vector<std::string>{"op", "device", "name", "idea"}
                            : std::vector<std::string>{"name", "present", "description", "reason"};
    std::cout << table_of(document.begin().value(), fields);
    return exit_done;
}

}  // namespace

void add_list(CommandLine& line) {
    auto* command = line.app.add_subcommand("list", "operators, kernels, devices or presets");
    struct Arguments {
        std::string what;
        bool json = false, markdown = false;
    };
    auto arguments = std::make_shared<Arguments>();
    command->add_option("WHAT", arguments->what, "operators, kernels, devices or presets")
        ->required()
        ->check(CLI::IsMember({"operators", "kernels", "devices", "presets"}));
    command->add_flag("--json", arguments->json, "print one JSON document");
    command->add_flag("--markdown", arguments->markdown, "kernels: the text of docs/kernels.md");
    command->footer("Example:\n  convscope list kernels --json");
    command->callback([&line, arguments] {
        line.action = [arguments] { return list(arguments->what, arguments->json, arguments->markdown); };
    });
}

}  // namespace convscope::cli
