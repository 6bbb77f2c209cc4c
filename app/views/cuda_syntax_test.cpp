#include "views/cuda_syntax.h"

#include <gtest/gtest.h>

#include "core/text.h"

namespace convscope {
namespace {

char letter(Syntax kind) {
    return "-ktcnsmp"[static_cast<size_t>(kind)];
}

// Each byte's kind as a letter: plain -, keyword k, type t, cuda c, number n, string s, comment m,
// preprocessor p. Also checks that the spans cover the line without gaps and that neighbours differ.
std::vector<std::string> letters(const std::vector<std::string>& lines,
                                 const std::vector<SyntaxLine>& spans) {
    std::vector<std::string> out;
    EXPECT_EQ(lines.size(), spans.size());
    for (size_t i = 0; i < std::min(lines.size(), spans.size()); ++i) {
        std::string row;
        for (size_t j = 0; j < spans[i].size(); ++j) {
            const SyntaxSpan& span = spans[i][j];
            EXPECT_EQ(static_cast<size_t>(span.begin), row.size()) << lines[i];
            EXPECT_LT(span.begin, span.end) << lines[i];
            if (j > 0) {
                EXPECT_NE(span.kind, spans[i][j - 1].kind) << lines[i];
            }
            row.append(static_cast<size_t>(span.end - span.begin), letter(span.kind));
        }
        EXPECT_EQ(row.size(), lines[i].size()) << lines[i];
        out.push_back(row);
    }
    return out;
}

std::vector<std::string> cuda(const std::vector<std::string>& lines) {
    return letters(lines, cuda_syntax(lines));
}
std::string cuda_line(const std::string& line) {
    return cuda({line})[0];
}
std::string machine_line(const std::string& line) {
    return letters({line}, machine_syntax({line}))[0];
}

TEST(CudaSyntax, WordsOfCppAndOfCuda) {
    EXPECT_EQ(cuda_line("__global__ void f(const float* x);"), "cccccccccc-tttt---kkkkk-ttttt-----");
    EXPECT_EQ(cuda_line("int i = blockIdx.x;"), "ttt-----cccccccc---");
    EXPECT_EQ(cuda_line("__syncthreads();"), "ccccccccccccc---");
    EXPECT_EQ(cuda_line("atomicAdd(p)"), "ccccccccc---");
    EXPECT_EQ(cuda_line("atomically(p)"), "-------------");
    EXPECT_EQ(cuda_line("float4 a; float5 b;"), "tttttt-------------");
    EXPECT_EQ(cuda_line("int64_t x"), "ttttttt--");
    EXPECT_EQ(cuda_line("ConvSizes s; PITCH"), "ttttttttt---------");
    EXPECT_EQ(cuda_line("iffy if"), "-----kk");
}

TEST(CudaSyntax, NumbersWithMarksSuffixesAndExponents) {
    EXPECT_EQ(cuda_line("300'000+0x1p-3f"), "nnnnnnn-nnnnnnn");
    EXPECT_EQ(cuda_line("1e-5f-.5f"), "nnnnn-nnn");
    EXPECT_EQ(cuda_line("0xE-1"), "nnn-n");
    EXPECT_EQ(cuda_line("a1"), "--");
}

TEST(CudaSyntax, StringsAndCharacters) {
    EXPECT_EQ(cuda_line(R"(f("a\"b", 'c'))"), "--ssssss--sss-");
    EXPECT_EQ(cuda_line("\"open"), "sssss");
    EXPECT_EQ(cuda_line("u8\"x\"y"), "sssss-");
    EXPECT_EQ(cuda_line("\"// no comment\""), "sssssssssssssss");
}

TEST(CudaSyntax, RawStringsReachOverLines) {
    EXPECT_EQ(cuda({"R\"x(a", ")\" int", ")x\" int"}),
              (std::vector<std::string>{"sssss", "ssssss", "sss-ttt"}));
}

TEST(CudaSyntax, CommentsReachOverLines) {
    EXPECT_EQ(cuda({"int /* a", "if", "*/ if", "", "x // int"}),
              (std::vector<std::string>{"ttt-mmmm", "mm", "mm-kk", "", "--mmmmmm"}));
    EXPECT_EQ(cuda({"// a \\", "int", "int"}), (std::vector<std::string>{"mmmmmm", "mmm", "ttt"}));
    EXPECT_EQ(cuda_line("a /**/ if"), "--mmmm-kk");
    EXPECT_EQ(cuda_line("/*/ if"), "mmmmmm");
}

TEST(CudaSyntax, Directives) {
    EXPECT_EQ(cuda_line("#include <x.h>  // y"), "pppppppppsssssppmmmm");
    EXPECT_EQ(cuda_line("#include \"x.h\""), "pppppppppsssss");
    EXPECT_EQ(cuda({"#define A \\", "  if (1)", "if"}),
              (std::vector<std::string>{"ppppppppppp", "pppppppp", "kk"}));
    EXPECT_EQ(cuda_line("a # b"), "-----");
}

TEST(MachineSyntax, Ptx) {
    EXPECT_EQ(machine_line("ld.global.f32 %f1, [%rd4+8];"), "ccccccccccccc-ttt---tttt-n--");
    EXPECT_EQ(machine_line("@%p1 bra $L__BB0_2; // out"), "tttt-kkk------------mmmmmm");
    EXPECT_EQ(machine_line(".loc 1 57 9"), "pppp-n-nn-n");
    EXPECT_EQ(machine_line("$L__BB0_2:"), "ttttttttt-");
    EXPECT_EQ(machine_line("bar.sync 0;"), "cccccccc-n-");
}

TEST(MachineSyntax, Sass) {
    EXPECT_EQ(machine_line("/*0010*/ @!P0 LDG.E R2, [R4.64] ;"), "mmmmmmmm-tttt-ccccc-tt---ttttt---");
    EXPECT_EQ(machine_line("FFMA R0, RZ, R3, 0x4 ;"), "kkkk-tt--tt--tt--nnn--");
    EXPECT_EQ(machine_line("RETURN R1"), "kkkkkk-tt");
}

TEST(DrawableLine, TabsControlCharactersAndBrokenBytes) {
    EXPECT_EQ(drawable_line("\ta\tb"), "    a   b");
    EXPECT_EQ(drawable_line("×\ta"), "×   a");
    EXPECT_EQ(drawable_line("a\rb\x01"
                            "c"),
              "abc");
    EXPECT_EQ(drawable_line("a\xFF"
                            "b\xC3"),
              "a\uFFFD"
              "b\uFFFD");
    EXPECT_EQ(drawable_line("\xC0\x80"), "\uFFFD\uFFFD");
    EXPECT_EQ(drawable_line("γ·𝑥"), "γ·𝑥");
}

}  // namespace
}  // namespace convscope
