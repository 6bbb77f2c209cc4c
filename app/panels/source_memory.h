// What the panels that show a kernel's text remember: which line is lit, and what stands beside it.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiment.h"
#include "widgets/source_view.h"
#include "xray/machine_code.h"
#include "xray/occupancy.h"
#include "xray/xray.h"

namespace convscope {

struct State;

struct SourceMemory {
    // The line that was clicked, in a text or in a table: lit until another one is, or another kernel is
    // looked at. Line 0: none.
    std::string file{};
    int line = 0;
    XrayView lit_at{};  // where the X-ray was then: once it moves on, its own line is lit there
    void light(const std::string& in_file, int the_line, const XrayView& at) {
        file = in_file;
        line = the_line;
        lit_at = at;
        machine_line = 0;
    }

    // The kernel that is looked at, and its own file. Kernels of several operators bear the same name.
    std::string of_kernel{}, of_file{};
    void look_at(const std::string& kernel, const std::string& own_file) {
        if (own_file.empty() || (of_kernel == kernel && of_file == own_file)) return;
        if (!of_file.empty()) light({}, 0, {});
        of_kernel = kernel;
        of_file = shown_file = own_file;
    }

    // The table of lines in the X-ray tab.
    std::string counts_file{};
    struct Sorting {
        std::string column = "line";  // or of line_figures()
        bool down = false;
    } sorting{};

    // What ptxas said, by function and compute capability.
    std::map<std::pair<std::string, int>, std::optional<xray::KernelResources>> resources{};

    // The Source tab.
    std::string shown_file{};
    enum class Side { none, facts, ptx, sass } side = Side::facts;
    struct Code {
        std::vector<xray::MachineCode> functions{};
        std::vector<SourceText> texts{};  // as many
        std::string why_not{};
    };
    std::map<std::string, Code> codes{};  // by "ptx " or "sass " and the file
    std::string function{};               // whose machine code is shown; empty: the present step's
    std::string machine_text{};           // the name of the one that was clicked
    int machine_line = 0;                 // and the line of it; 0: none
    std::array<char, 128> find{};
    SourceViewMemory view{}, machine_view{};
};

// The file of the kernel that is looked at, below kernels/; empty until it is known.
std::string own_file(const State& state);
// What was counted of each line of a file, to stand beside its text: requests, sectors a request, passes of
// shared memory. Without instructions nothing.
SourceFigures beside_lines(const std::vector<xray::Instruction>& instructions, const std::string& file);
// Read once for a function and a capability: the tables are files.
const std::optional<xray::KernelResources>& ptxas_resources(const State& state, SourceMemory& memory,
                                                            const std::string& function, int capability);
// The chosen side of the Source tab: what the kernel says of itself, or its machine code.
void draw_source_facts(const State& state, SourceMemory& memory);
void draw_machine_code(const State& state, SourceMemory& memory, xray::CodeKind kind);
// A mark for each line of the file at which a fault happened.
std::map<int, std::string> fault_marks(const std::vector<xray::Fault>& faults, int step,
                                       const std::string& file);

}  // namespace convscope
