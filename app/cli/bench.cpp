// convscope bench: times kernels.
#include <iostream>
#include <set>

#include "cli/bench_serve.h"
#include "cli/command.h"
#include "cli/latency.h"
#include "core/files/atomic_file.h"
#include "core/json_text.h"
#include "core/problem_json.h"
#include "core/text.h"
#include "experiment.h"
#include "presets.h"
#include "program_files.h"
#include "run/peer.h"
#include "run/run.h"
#include "run/timing.h"

namespace convscope::cli {
namespace {

using nlohmann::json;

struct Arguments {
    ProblemArguments problem;
    InputArguments input;
    KernelArguments kernel;
    std::string csv, baseline;
    bool cold = false, json = false, latency = false, serve = false;
};

struct Row {
    KernelResult result;
    std::string status, reason;
    double peer_ratio = 0;  // peer's median over ours; 0: none
    double baseline_ms = 0;
};

const char* verified_name(const Verification& v) {
    if (v.state != Verification::State::verified) return "no";
    return v.whole() ? "whole" : "sampled";
}

void set_status(Row& row, const Device& device) {
    const KernelResult& result = row.result;
    row.reason = result.reason;
    row.status = "passed";
    if (result.status == KernelResult::Status::unsupported) {
        row.status = "skipped";
    } else if (result.status != KernelResult::Status::done ||
               result.verification.state == Verification::State::wrong) {
        row.status = "failed";
    } else if (!device.measures_time()) {
        row.status = "skipped";
        row.reason = cat(device.name(), " counts; it does not time");
    }
}

void compare_with_peers(std::vector<Row>& rows) {
    for (Row& row : rows)
        for (const Row& peer : rows)
            if (is_peer_of(peer.result, row.result) && peer.result.timing && row.result.timing)
                row.peer_ratio = peer_ratio(*peer.result.timing, *row.result.timing);
}

// Throws Error(request) for anything that bench --json did not print, or printed of another problem.
json read_baseline(const std::string& path, const Problem& problem) {
    const json earlier = read_json(path);
    if (!earlier.is_object() || !earlier.contains("results") || !earlier.contains("problem"))
        fail_request(cat("--baseline: ", path, " is not what bench --json prints"));
    if (earlier["problem"] != to_json(problem))
        fail_request(cat("--baseline: ", path, " is of another problem than ", problem.text()));
    return earlier;
}

void compare_with_baseline(const json& earlier, std::vector<Row>& rows) {
    for (Row& row : rows)
        for (const json& before : earlier["results"])
            if (before.value("device", "") == row.result.choice.device &&
                before.value("kernel", "") == row.result.choice.kernel && before.contains("median_ms") &&
                before["median_ms"].is_number())
                row.baseline_ms = before["median_ms"].get<double>();
}

json measured(double value) {
    return value > 0 ? number(value) : json();
}

json row_json(const Problem& problem, const Row& row) {
    const auto& [result, status, reason, peer_ratio, baseline_ms] = row;
    json out{{"device", result.choice.device},
             {"kernel", result.choice.kernel},
             {"status", status},
             {"reason", reason}};
    const bool timed = result.timing.has_value();
    const Timing t = result.timing.value_or(Timing{});
    const auto value = [&](double v) { return timed ? number(v) : json(); };
    out["median_ms"] = value(t.median_ms);
    out["p20_ms"] = value(t.p20_ms);
    out["p80_ms"] = value(t.p80_ms);
    out["samples"] = t.samples_ms.size();
    out["prepare_ms"] = value(t.prepare_ms);
    out["gbs"] = value(t.gbs);
    out["tflops"] = value(t.tflops);
    out["roofline_share"] = value(t.roofline_share);
    const Floors least = floors(problem, result.ceilings.value_or(Ceilings{}));
    out["floor_memory_ms"] = measured(least.memory_ms);
    out["floor_fp32_ms"] = measured(least.fp32_ms);
    out["floor_tf32_ms"] = measured(least.tf32_ms);
    out["scratch_bytes"] = result.scratch_bytes;
    out["plan"] = result.plan;
    out["peer_ratio"] = peer_ratio > 0 ? number(peer_ratio) : json();
    out["bound_ratio"] = status == "passed" ? number(result.verification.bound_ratio) : json();
    out["verified"] = verified_name(result.verification);
    return out;
}

json devices_json(const std::vector<std::shared_ptr<Device>>& devices) {
    json rows = json::array();
    for (const auto& device : devices) {
        const Ceilings c = device->measures_time() ? device->ceilings() : Ceilings{};
        rows.push_back({{"device", device->name()},
                        {"name", device->description()},
                        {"bandwidth_gbs", measured(c.bandwidth_gbs)},
                        {"fp32_tflops", measured(c.fp32_tflops)},
                        {"tf32_tflops", measured(c.tf32_tflops)}});
    }
    return rows;
}

std::string verified_text(const Verification& v) {
    if (v.state == Verification::State::wrong) return "✗";
    if (v.state == Verification::State::not_yet) return "no";
    return v.whole()
               ? cat("✓ ", number_text(v.bound_ratio, 2))
               : cat("✓ ", number_text(v.bound_ratio, 2), " sampled ", number_text(100 * v.share, 2), " %");
}

std::string table_text(const std::vector<Row>& rows, bool with_baseline) {
    std::vector<std::string> heads{"device",  "kernel",   "median ms", "p20–p80", "GB/s",
                                   "TFLOP/s", "roofline", "vs peer",   "verified"};
    if (with_baseline) heads.insert(heads.end() - 1, "vs baseline");
    TextTable table(heads);
    std::string remarks;
    for (const Row& row : rows) {
        const KernelResult& r = row.result;
        if (r.scratch_bytes > 0)
            remarks += cat(r.choice.device, " ", r.choice.kernel, ": works with ",
                           bytes_text(r.scratch_bytes), " of scratch memory\n");
        if (!r.timing) {
            remarks += cat(r.choice.device, " ", r.choice.kernel, ": ", row.status, ", ", row.reason, "\n");
            continue;
        }
        const Timing& t = *r.timing;
        std::vector<std::string> cells{r.choice.device,
                                       r.choice.kernel,
                                       number_text(t.median_ms, 4),
                                       cat(number_text(t.p20_ms, 3), "–", number_text(t.p80_ms, 3)),
                                       number_text(t.gbs, 3),
                                       number_text(t.tflops, 3),
                                       cat(number_text(100 * t.roofline_share, 3), " %"),
                                       r.facts.peer         ? "peer"
                                       : row.peer_ratio > 0 ? cat(number_text(row.peer_ratio, 3), "×")
                                                            : "–"};
        if (with_baseline)
            cells.push_back(row.baseline_ms > 0 ? cat(number_text(row.baseline_ms / t.median_ms, 3), "×")
                                                : "–");
        cells.push_back(verified_text(r.verification));
        table.add(cells);
    }
    return table.text() + remarks;
}

// What no kernel can beat on each device, beside which the times stand.
std::string floors_text(const Problem& problem, const std::vector<Row>& rows) {
    std::string out;
    std::set<std::string> said;
    const auto ms = [](double floor) { return floor > 0 ? cat(number_text(floor, 3), " ms") : "–"; };
    for (const Row& row : rows) {
        if (!row.result.ceilings || !said.insert(row.result.choice.device).second) continue;
        const Floors least = floors(problem, *row.result.ceilings);
        out += cat("floors of ", row.result.choice.device, ": memory ", ms(least.memory_ms), ", fp32 ",
                   ms(least.fp32_ms), ", TF32 ", ms(least.tf32_ms), "\n");
    }
    return out;
}

std::string csv_text(const Problem& problem, const std::vector<Row>& rows) {
    std::string out =
        "device,kernel,status,median_ms,p20_ms,p80_ms,samples,prepare_ms,gbs,tflops,roofline_share,"
        "floor_memory_ms,floor_fp32_ms,floor_tf32_ms,scratch_bytes,peer_ratio,bound_ratio,verified\n";
    for (const Row& row : rows) {
        const json j = row_json(problem, row);
        for (const char* field : {"device", "kernel", "status"}) out += j[field].get<std::string>() + ",";
        for (const char* field : {"median_ms", "p20_ms", "p80_ms", "samples", "prepare_ms", "gbs", "tflops",
                                  "roofline_share", "floor_memory_ms", "floor_fp32_ms", "floor_tf32_ms",
                                  "scratch_bytes", "peer_ratio", "bound_ratio"})
            out += (j[field].is_null() ? "" : j[field].dump()) + ",";
        out += j["verified"].get<std::string>() + "\n";
    }
    return out;
}

std::vector<Row> measure(const Arguments& arguments, const Problem& problem, const TensorPtr& read,
                         const Devices& found, const std::vector<std::shared_ptr<Device>>& devices) {
    const Tensors tensors = arguments.input.tensors(problem, read, arguments.problem.chosen_preset());
    TimingEffort effort = TimingEffort::bench();
    effort.cold = arguments.cold;
    Request request{problem, tensors, {}, effort, {}};
    std::vector<Row> rows, skipped;
    for (const auto& device : devices)
        for (const std::string& kernel : arguments.kernel.kernels(*device, problem, true)) {
            if (device->measures_time()) {
                request.kernels.push_back({device->name(), kernel});
                continue;
            }
            Row row;
            row.result.choice = {device->name(), kernel};
            row.status = "skipped";
            row.reason = cat(device->name(), " counts; it does not time");
            skipped.push_back(row);
        }
    const ResultPtr measured = run(request, found, interrupt_token());
    for (const KernelResult& result : measured->rows) {
        rows.push_back({result, "", "", 0, 0});
        set_status(rows.back(), *found.find(result.choice.device));
    }
    rows.insert(rows.end(), skipped.begin(), skipped.end());
    return rows;
}

// The window's answer to a dragged number instead of a kernel's time.
int latency(const Arguments& arguments) {
    Experiment experiment = first_experiment();
    if (arguments.problem.any_given()) {
        TensorPtr read;
        experiment = {};
        experiment.spec = arguments.problem.spec(arguments.input.image_shape(read));
    }
    if (!arguments.kernel.device.empty() && arguments.kernel.device != "all")
        experiment.device = arguments.kernel.device;
    return bench_latency(experiment, arguments.json);
}

// One kernel's samples, one by one, for a script that times another program in between.
int serve(const Arguments& arguments) {
    if (arguments.kernel.kernel == "all" || arguments.kernel.device == "all")
        fail_request("--serve times one kernel of one device; found all");
    TensorPtr read;
    const Problem problem(arguments.problem.spec(arguments.input.image_shape(read)));
    require_host_memory(problem.minimal_bytes(), problem.text());
    const Devices found = find_devices(modules_folder());
    const auto devices = arguments.kernel.devices(found);
    arguments.kernel.require_known_kernel(devices);
    const Tensors tensors = arguments.input.tensors(problem, read, arguments.problem.chosen_preset());
    return bench_serve(*devices.front(), arguments.kernel.kernels(*devices.front(), problem, false).front(),
                       problem, tensors, arguments.cold, std::cin, std::cout);
}

int bench(const Arguments& arguments) {
    if (arguments.serve) return serve(arguments);
    if (arguments.latency) return latency(arguments);
    if (!arguments.csv.empty()) require_writable(arguments.csv);
    TensorPtr read;
    const Problem problem(arguments.problem.spec(arguments.input.image_shape(read)));
    require_host_memory(problem.minimal_bytes(), problem.text());
    const json earlier = arguments.baseline.empty() ? json() : read_baseline(arguments.baseline, problem);
    const Devices found = find_devices(modules_folder());
    const auto devices = arguments.kernel.devices(found);
    arguments.kernel.require_known_kernel(devices);
    std::vector<Row> rows = measure(arguments, problem, read, found, devices);
    compare_with_peers(rows);
    if (!arguments.baseline.empty()) compare_with_baseline(earlier, rows);
    bool wrong = false, failed = false;
    json results = json::array();
    for (const Row& row : rows) {
        results.push_back(row_json(problem, row));
        wrong |= row.result.verification.state == Verification::State::wrong;
        failed |= row.result.status == KernelResult::Status::failed;
    }
    if (!arguments.csv.empty()) write_file(arguments.csv, csv_text(problem, rows));
    if (arguments.json)
        print_json({{"problem", to_json(problem)}, {"devices", devices_json(devices)}, {"results", results}});
    else
        std::cout << problem.text() << "\n"
                  << number_text(problem.flops() / 1e9, 4) << " GFLOP, "
                  << bytes_text(problem.minimal_bytes())
                  << (arguments.cold ? ", cold caches\n" : ", warm caches\n") << floors_text(problem, rows)
                  << table_text(rows, !arguments.baseline.empty());
    return wrong ? exit_wrong : failed ? exit_failed : exit_done;
}

}  // namespace

void add_bench(CommandLine& line) {
    auto* command =
        line.app.add_subcommand("bench", "times kernels: median, spread, rates, share of the roofline");
    auto arguments = std::make_shared<Arguments>();
    arguments->problem.add_to(*command);
    arguments->input.add_to(*command);
    arguments->kernel.add_to(*command, "a kernel's name; left out: all");
    command->add_flag("--cold", arguments->cold, "flush the last-level cache before each sample");
    command->add_option("--csv", arguments->csv, "also write the table there");
    command->add_option("--baseline", arguments->baseline, "an earlier --json, to show the changes");
    command->add_flag("--latency", arguments->latency,
                      "time the window instead: from a dragged number to its pixels (left out: the first "
                      "start's problem, 1x3x512x512)");
    command
        ->add_flag("--serve", arguments->serve,
                   "time one run for each line read from the standard input, and print its milliseconds; "
                   "\"ready\" comes first. Nothing is verified (--kernel left out: the default)")
        ->excludes("--csv", "--baseline", "--latency");
    command->add_flag("--json", arguments->json, "print one JSON document");
    command->footer(
        "A wrong answer has no time. Examples:\n"
        "  convscope bench --preset kb83-v0\n"
        "  convscope bench --op conv2d --shape 1,64,56,56 --kernel-size 3 --padding 1 --device cpu --json");
    command->callback([&line, arguments] { line.action = [arguments] { return bench(*arguments); }; });
}

}  // namespace convscope::cli
