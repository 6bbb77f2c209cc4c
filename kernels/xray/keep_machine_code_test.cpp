// The script that nvcc runs below, with stand-ins for nvcc and nvdisasm: what it keeps is what machine_code()
// and kernel_resources() read.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/files/test_files.h"
#include "xray/machine_code.h"
#include "xray/occupancy.h"

namespace convscope::xray {
namespace {

// Writes what nvcc leaves for two architectures, and what it says; fails if it is told to.
constexpr const char* stand_in_nvcc = R"(#!/bin/sh
for argument in "$@"; do
    [ "$last" = --keep-dir ] && folder=$argument
    [ "$argument" = --fail ] && { echo "naive.cu(3): error: expected a ;" >&2; exit 2; }
    last=$argument
done
for architecture in 80 90; do
    printf '.target sm_%s\n.visible .entry _Z4copyPf(\n)\n{\n.loc 1 7 0\nret;\n}\n.file 1 "%s/conv2d/naive.cu"\n' \
        $architecture "$KERNELS" >"$folder/naive.compute_$architecture.ptx"
    echo $architecture >"$folder/naive.sm_$architecture.cubin"
    echo "ptxas info    : Compiling entry function '_Z4copyPf' for 'sm_$architecture'" >&2
    echo "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads" >&2
    echo "ptxas info    : Used $architecture registers" >&2
done
echo "naive.cu(4): warning: unused" >&2
)";
// Says of one instruction that it lies in a header of the toolkit, inlined in ours, and of the next the same.
constexpr const char* stand_in_nvdisasm = R"(#!/bin/sh
for argument in "$@"; do cubin=$argument; done
printf '\t.target sm_%s\n//--------------------- .text._Z4copyPf ----\n' $(cat "$cubin")
for instruction in LDG STG; do
    printf '\t//## File "/cuda/math.hpp", line 1 inlined at "%s/common/tile.h", line 5\n' "$KERNELS"
    printf '\t//## File "%s/common/tile.h", line 5 inlined at "%s/conv2d/naive.cu", line 7\n' "$KERNELS" "$KERNELS"
    printf '\t//## File "%s/conv2d/naive.cu", line 7\n' "$KERNELS"
    printf '        /*0000*/  %s ;\n' $instruction
done
)";

class KeepMachineCode : public testing::Test {
  protected:
    void SetUp() override {
        std::filesystem::create_directories(kernels + "/conv2d");
        write("nvcc", stand_in_nvcc);
        write("nvdisasm", stand_in_nvdisasm);
    }
    void write(const std::string& name, const char* text) {
        std::ofstream(folder / name) << text;
        ::chmod((folder / name).c_str(), 0755);
    }
    // The exit status; what is said to the user goes to the file "said".
    int run(const std::string& disassembler, const std::string& more = "") {
        const auto quoted = [](const std::string& text) { return "'" + text + "' "; };
        const std::string command = "KERNELS=" + quoted(kernels) + "sh " +
                                    quoted(CONVSCOPE_SOURCE_DIR "/kernels/devices/gpu/keep_machine_code.sh") +
                                    quoted(folder / "gpu_code") + quoted(kernels) + quoted(disassembler) +
                                    quoted(folder / "nvcc") + more + " -c " +
                                    quoted(kernels + "/conv2d/naive.cu") + "2>" + quoted(folder / "said");
        return WEXITSTATUS(std::system(command.c_str()));
    }
    std::vector<MachineCode> code(CodeKind kind) {
        return machine_code(folder / "", "conv2d/naive.cu", kind, why_not);
    }
    test_files::Folder folder;
    // Letters that mean something to sed and to the shell.
    std::string kernels = folder / "a|b [c]*.&$d/kernels";
    std::string why_not;
};

TEST_F(KeepMachineCode, KeepsWhatTheXrayReads) {
    ASSERT_EQ(run(folder / "nvdisasm"), 0) << read_text_file(folder / "said");
    EXPECT_EQ(read_text_file(folder / "said"), "naive.cu(4): warning: unused\n");
    for (const CodeKind kind : {CodeKind::ptx, CodeKind::sass}) {
        const std::vector<MachineCode> codes = code(kind);
        ASSERT_EQ(codes.size(), 2u);
        EXPECT_EQ(codes[0].capability, 80);
        EXPECT_EQ(codes[1].capability, 90);
        EXPECT_EQ(codes[1].function, "copy");
    }
    const MachineCode::Line ret = code(CodeKind::ptx)[0].lines.at(3);
    EXPECT_EQ(ret.text + " " + ret.file + " " + std::to_string(ret.source_line), "ret; conv2d/naive.cu 7");
    for (const MachineCode::Line& line : code(CodeKind::sass)[1].lines) {
        EXPECT_EQ(line.file, "common/tile.h");
        EXPECT_EQ(line.source_line, 5);
    }
    EXPECT_EQ(code(CodeKind::sass)[1].lines.size(), 2u);
    const auto resources = kernel_resources(folder / "", "copy", 90);
    ASSERT_TRUE(resources);
    EXPECT_EQ(resources->registers, 90);
    // Nothing else stays: the report and two texts an architecture, in which a place is said once.
    const std::filesystem::directory_iterator kept(folder / "gpu_code");
    EXPECT_EQ(std::distance(begin(kept), end(kept)), 5);
    const std::string sass = read_text_file(folder / "gpu_code/conv2d.naive.sm_80.sass");
    EXPECT_EQ(sass.find("//##"), sass.rfind("//##"));
}

TEST_F(KeepMachineCode, DoesWithoutADisassemblerAndWithABrokenOne) {
    ASSERT_EQ(run("none"), 0);
    EXPECT_EQ(code(CodeKind::ptx).size(), 2u);
    EXPECT_TRUE(code(CodeKind::sass).empty());
    ASSERT_EQ(run("/bin/false"), 0);
    EXPECT_EQ(code(CodeKind::ptx).size(), 2u);
    EXPECT_TRUE(code(CodeKind::sass).empty());
    EXPECT_NE(read_text_file(folder / "said").find("its SASS is not kept"), std::string::npos);
}

TEST_F(KeepMachineCode, AFailedCompilationIsSaidAndLeavesNoOldCode) {
    ASSERT_EQ(run(folder / "nvdisasm"), 0);
    EXPECT_EQ(run(folder / "nvdisasm", "--fail"), 2);
    EXPECT_EQ(read_text_file(folder / "said"), "naive.cu(3): error: expected a ;\n");
    EXPECT_TRUE(code(CodeKind::ptx).empty());
    EXPECT_TRUE(code(CodeKind::sass).empty());
}

}  // namespace
}  // namespace convscope::xray
