#include "devices/default_kernel.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/problem_json.h"

namespace convscope {
namespace {

Problem problem_of(const char* text) {
    return Problem(spec_from_json(nlohmann::json::parse(text)));
}

// A table that is made up, and kernels of it that cannot do the problem.
struct Table {
    std::vector<KernelFacts> rows;
    std::set<std::string> unable;

    Table& add(const char* name, const char* error = "float32", bool repeatable = true, bool peer = false) {
        KernelFacts row;
        row.name = name;
        row.error.name = error;
        row.repeatable = repeatable;
        row.peer = peer;
        rows.push_back(row);
        return *this;
    }
    SupportsKernel supports() const {
        return [this](const std::string& kernel) {
            return unable.contains(kernel) ? Support::no("it cannot") : Support::yes();
        };
    }
    std::string fastest(const char* problem) const {
        return fastest_kernel(problem_of(problem), rows, supports());
    }
    std::string plainest() const { return plainest_kernel(rows, supports()); }
};

const char* many_channels = R"({"op":"conv2d","input":[1,64,9,9],"out_channels":64,"kernel_size":3})";
const char* few_outputs = R"({"op":"conv2d","input":[1,64,9,9],"out_channels":8,"kernel_size":3})";
const char* short_sums = R"({"op":"conv2d","input":[1,3,9,9],"out_channels":64,"kernel_size":3})";
const char* one_by_one = R"({"op":"conv2d","input":[1,64,9,9],"out_channels":64,"kernel_size":1})";
const char* transposed = R"({"op":"conv_transpose2d","input":[1,64,9,9],"out_channels":64,"kernel_size":3})";
const char* in_groups =
    R"({"op":"conv_transpose3d","input":[1,32,5,5,5],"out_channels":32,"kernel_size":3,"groups":4})";
const char* depthwise = R"({"op":"depthwise_conv2d","input":[1,8,9,9],"kernel_size":3})";

Table conv2d_table() {
    return Table()
        .add("strided")
        .add("naive")
        .add("shared_tile")
        .add("register_tile")
        .add("im2col_gemm")
        .add("implicit_gemm")
        .add("implicit_gemm_tf32", "tf32")
        .add("winograd_f2x2", "winograd F(2×2, 3×3)")
        .add("pointwise")
        .add("cudnn_fp32", "float32", true, true);
}

TEST(DefaultKernel, IsTheOneThatTheProblemSuits) {
    const Table table = conv2d_table();
    EXPECT_EQ(table.fastest(many_channels), "implicit_gemm");
    EXPECT_EQ(table.fastest(few_outputs), "register_tile");
    EXPECT_EQ(table.fastest(short_sums), "register_tile");
    EXPECT_EQ(table.fastest(one_by_one), "pointwise");
    const Table steps =
        Table().add("scatter", "float32", false).add("naive").add("phase").add("implicit_gemm");
    EXPECT_EQ(steps.fastest(transposed), "implicit_gemm");
    EXPECT_EQ(steps.fastest(in_groups), "phase");
    EXPECT_EQ(Table().add("naive").add("shared_tile").add("row_march").fastest(depthwise), "row_march");
}

TEST(DefaultKernel, IsTheNextWhereTheFirstCannotOrIsNotThere) {
    Table table = conv2d_table();
    table.unable = {"pointwise", "implicit_gemm"};
    EXPECT_EQ(table.fastest(one_by_one), "register_tile");
    EXPECT_EQ(table.fastest(many_channels), "register_tile");
    table.unable.insert({"register_tile", "shared_tile"});
    EXPECT_EQ(table.fastest(many_channels), "naive");
    table.unable.insert("naive");
    EXPECT_EQ(table.fastest(many_channels), "strided");
    EXPECT_EQ(Table().add("mine").fastest(many_channels), "mine");
}

TEST(DefaultKernel, RoundsAsFloat32DoesAndRepeatsItself) {
    EXPECT_EQ(Table().add("naive").add("implicit_gemm", "tf32").fastest(many_channels), "naive");
    EXPECT_EQ(Table().add("naive").add("implicit_gemm", "float32", false).fastest(many_channels), "naive");
    EXPECT_EQ(Table().add("scatter", "float32", false).add("other").fastest(transposed), "other");
    EXPECT_EQ(Table().add("cudnn", "float32", true, true).add("naive").fastest(many_channels), "naive");
    // Any answer is better than none.
    EXPECT_EQ(Table().add("scatter", "float32", false).fastest(transposed), "scatter");
}

TEST(DefaultKernel, WhereNoneCanThePlainestSaysWhy) {
    Table table = conv2d_table();
    for (const KernelFacts& row : table.rows) table.unable.insert(row.name);
    EXPECT_EQ(table.fastest(many_channels), "naive");
    EXPECT_EQ(table.plainest(), "naive");
    table.rows.erase(table.rows.begin() + 1);
    EXPECT_EQ(table.fastest(many_channels), "strided");
    EXPECT_EQ(table.plainest(), "strided");
    EXPECT_EQ(Table().fastest(many_channels), "");
    Table with_peer = Table().add("scatter").add("cudnn", "float32", true, true);
    with_peer.unable.insert("scatter");
    EXPECT_EQ(with_peer.fastest(many_channels), "scatter");
}

TEST(DefaultKernel, OfTheSimulatorIsThePlainest) {
    Table table = conv2d_table();
    EXPECT_EQ(table.plainest(), "naive");
    table.unable = {"naive"};
    EXPECT_EQ(table.plainest(), "strided");
}

TEST(DefaultKernel, OfTheCpuIsThePeerWhereChannelsAreSummed) {
    const SupportsKernel all = [](const std::string&) { return Support::yes(); };
    const SupportsKernel no_peer = [](const std::string& kernel) {
        return kernel == "onednn" ? Support::no("refused") : Support::yes();
    };
    for (const OperatorFacts& op : operators()) {
        ProblemSpec spec;
        spec.op = op.op;
        spec.in_channels = 4;
        spec.input = {1, 9, 9};
        spec.kernel_size = {1, 3, 3};
        const Problem problem(spec);
        const bool by_channel = op.op == Operator::depthwise_conv2d || op.op == Operator::separable_conv2d;
        EXPECT_EQ(cpu_kernel(problem, all), by_channel ? "direct" : "onednn") << op.name;
        EXPECT_EQ(cpu_kernel(problem, no_peer), "direct") << op.name;
    }
}

}  // namespace
}  // namespace convscope
