// The table that comes with the source tells of the kernels that there are: those of the traced module, which
// every machine has, compared by name with those that nvcc compiled when the table was made.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>

#include "core/files/atomic_file.h"
#include "core/hand_made_problems.h"
#include "xray/elf_symbols.h"
#include "xray/resource_tables.h"
#include "xray/xray.h"

namespace convscope::xray {
namespace {

const char* const how_to_renew =
    "; where nvcc is, build convscope_kernels_gpu and run tools/kernel_resources.py to renew "
    "assets/kernel_resources.json";

bool is_word(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) || letter == '_';
}

std::string word_at(const std::string& text, size_t& at) {
    while (at < text.size() && !is_word(text[at])) ++at;
    const size_t begin = at;
    while (at < text.size() && is_word(text[at])) ++at;
    return text.substr(begin, at - begin);
}

size_t behind_brackets(const std::string& text, size_t at) {
    int depth = 0;
    for (; at < text.size(); ++at) {
        depth += (text[at] == '(') - (text[at] == ')');
        if (text[at] == ')' && depth == 0) return at + 1;
    }
    return at;
}

// "conv2d_naive" of `__global__ void __launch_bounds__(…) conv2d_naive(`, for each in the text.
void add_kernels(const std::string& text, std::set<std::string>& names) {
    const std::string global = "__global__";
    for (size_t at = text.find(global); at != std::string::npos; at = text.find(global, at)) {
        at += global.size();
        std::string word = word_at(text, at);
        if (word == "void") word = word_at(text, at);
        if (word == "__launch_bounds__") {
            at = behind_brackets(text, at);
            word = word_at(text, at);
        }
        names.insert(word);
    }
}

// Without namespaces and template arguments.
std::string last_name(const std::string& function) {
    const std::string name = function.substr(0, function.find('<'));
    const size_t colon = name.rfind(':');
    return colon == std::string::npos ? name : name.substr(colon + 1);
}

std::set<std::string> kernels_of_the_sources() {
    std::set<std::string> names;
    for (const std::string folder : {"conv2d", "conv3d", "depthwise", "separable", "transpose", "common"})
        for (const auto& file :
             std::filesystem::directory_iterator(std::string(CONVSCOPE_SOURCE_DIR) + "/kernels/" + folder))
            if (file.path().extension() == ".cu" || file.path().extension() == ".h")
                add_kernels(read_text_file(file.path().string()), names);
    return names;
}

std::set<std::string> kernels_of_the_traced_module() {
    const std::set<std::string> names = kernels_of_the_sources();
    std::set<std::string> functions;
    for (const ElfSymbol& symbol : elf_symbols(CONVSCOPE_MODULES "/traced.so")) {
        const std::string function = function_name(symbol.name);
        if (!symbol.is_thread_local && names.contains(last_name(function))) functions.insert(function);
    }
    return functions;
}

TEST(KernelResources, AreKnownOfEveryKernelAndOfNoOther) {
    std::set<std::string> stored, capabilities;
    for (const NamedResources& row : stored_resources(CONVSCOPE_MODULES)) {
        stored.insert(row.function);
        capabilities.insert(std::to_string(row.resources.capability));
        EXPECT_GT(row.resources.registers, 0) << row.function;
        EXPECT_LE(row.resources.registers, 255) << row.function;
    }
    const std::set<std::string> there = kernels_of_the_traced_module();
    for (const std::string& name : kernels_of_the_sources())
        EXPECT_TRUE(std::ranges::any_of(there, [&](const std::string& f) { return last_name(f) == name; }))
            << name << " is in no symbol of the traced module";
    for (const std::string& function : there)
        EXPECT_TRUE(stored.contains(function)) << "no resources are stored of " << function << how_to_renew;
    for (const std::string& function : stored)
        EXPECT_TRUE(there.contains(function)) << function << " is stored but no longer there" << how_to_renew;
    EXPECT_GE(there.size(), 50u);
    EXPECT_EQ(capabilities, (std::set<std::string>{"80", "90"}));
}

// Between them every kernel does one.
constexpr const char* problems[] = {
    R"({"op":"conv2d","input":[1,8,12,12],"out_channels":16,"kernel_size":3,"padding":1})",
    R"({"op":"conv2d","input":[1,8,12,12],"out_channels":16,"kernel_size":1})",
    R"({"op":"depthwise_conv2d","input":[1,4,12,12],"kernel_size":3,"padding":1})",
    R"({"op":"separable_conv2d","input":[1,4,12,12],"out_channels":8,"kernel_size":3,"padding":1})",
    R"({"op":"conv_transpose2d","input":[1,8,6,6],"out_channels":8,"kernel_size":3,"stride":2})",
    R"({"op":"conv3d","input":[1,4,6,6,6],"out_channels":8,"kernel_size":3})",
    R"({"op":"conv_transpose3d","input":[1,4,4,4,4],"out_channels":8,"kernel_size":3,"stride":2})"};

TEST(KernelResources, AreFoundByTheNamesThatStepsCarry) {
    std::map<std::string, int> steps;  // of each kernel that is not broken on purpose
    for (const char* text : problems) {
        const Problem problem = problem_of(text);
        for (const KernelName& kernel : kernels(CONVSCOPE_MODULES, problem.op())) {
            if (kernel.broken_on_purpose) continue;
            int& count = steps[std::string(facts(problem.op()).name) + " " + kernel.name];
            try {
                const KernelXray xray(CONVSCOPE_MODULES, problem, kernel.name);
                for (const StepFacts& step : xray.steps()) {
                    EXPECT_TRUE(kernel_resources(CONVSCOPE_MODULES, step.function, 90)) << step.function;
                    ++count;
                }
            } catch (const Error& error) {
                EXPECT_EQ(error.kind(), ErrorKind::request) << error.what();  // it cannot do this one
            }
        }
    }
    EXPECT_GE(steps.size(), 30u);
    for (const auto& [kernel, count] : steps) EXPECT_GT(count, 0) << kernel << " did no problem";
}

}  // namespace
}  // namespace convscope::xray
