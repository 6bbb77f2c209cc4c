// What an X-ray found, as text and as JSON.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "xray/occupancy.h"
#include "xray/xray.h"

namespace convscope::cli {

// What all counts mean; printed with every table.
extern const char* const counting_model;

// Counts of one line, or of what one line does in one way. An instruction counts for its innermost line, so
// that the lines of a step add up to its totals; those of unknown lines have no file.
struct CountedLine {
    int step = 0;
    std::string file{};
    sim::AccessKind kind = sim::AccessKind::load;       // where lines are told apart by what they do
    sim::MemorySpace space = sim::MemorySpace::global;  // likewise
    bool barrier = false;                               // likewise
    xray::LineCounts counts{};
};
std::vector<CountedLine> counted_lines(const xray::Counts& counts);
std::vector<CountedLine> counted_lines_by_kind(const xray::Counts& counts);

// The text of a line without the space around it; empty where it is not there.
std::string line_text(const std::string& file, int line);
// "conv2d/naive.cu:52" of the innermost place; "–" where it is not known.
std::string place_text(const std::vector<xray::SourcePlace>& places);
const char* name_of(sim::AccessKind kind);
const char* name_of(sim::MemorySpace space);
const char* name_of(sim::TraceFault::Kind kind);
// x, y and z of a block or thread.
Dim3 position_in(const Dim3& sizes, int64_t number);

std::string counts_text(const xray::Counts& counts);
nlohmann::json counts_json(const xray::Counts& counts);

std::string faults_text(const std::vector<xray::Fault>& faults, int64_t count, bool watched_all);
nlohmann::json fault_json(const xray::Fault& fault, const xray::StepFacts& step,
                          const std::vector<xray::ArrayFacts>& arrays);

// The requests and barriers of one block, in order, and its faults.
std::string accesses_text(const xray::BlockXray& block);
nlohmann::json accesses_json(const Problem& problem, const std::string& kernel, const xray::BlockXray& block);

// A kernel of a comparison: its counts, or why there are none.
struct ComparedKernel {
    std::string kernel;
    xray::CountsPtr counts;
    std::string why_not;
};
std::string comparison_text(const Problem& problem, const std::vector<ComparedKernel>& kernels);
nlohmann::json comparison_json(const Problem& problem, const std::vector<ComparedKernel>& kernels);

// Throws Error(request), naming those there are, where the table has no GPU of that name.
const xray::GpuModel& gpu_named(const std::string& name);
// Occupancy of each step on the GPU, and the floor that no kernel beats there.
std::string gpu_text(const xray::GpuModel& gpu, const Problem& problem, const xray::KernelName& kernel,
                     const std::vector<xray::StepFacts>& steps);
nlohmann::json gpu_json(const xray::GpuModel& gpu, const Problem& problem, const xray::KernelName& kernel,
                        const std::vector<xray::StepFacts>& steps);

}  // namespace convscope::cli
