#include "core/case.h"

#include "core/files/test_files.h"
#include "core/inputs.h"

namespace convscope {
namespace {

using test_files::Folder;
using test_files::sentence_of;

const std::string known_cases = CONVSCOPE_SOURCE_DIR "/tests/cases";

Problem separable_with_bias() {
    ProblemSpec spec;
    spec.op = Operator::separable_conv2d;
    spec.in_channels = 2;
    spec.out_channels = 3;
    spec.input = {1, 4, 5};
    spec.kernel_size = {1, 3, 1};
    spec.bias = true;
    return Problem(spec);
}

class Cases : public testing::Test {
  protected:
    void write() { write_case(path, problem, tensors, expected); }
    testing::AssertionResult refused(const std::string& file, const std::string& part) {
        const std::string sentence = sentence_of([&] { read_case(path); });
        if (sentence.find(path + "/" + file) != std::string::npos && sentence.find(part) != std::string::npos)
            return testing::AssertionSuccess();
        return testing::AssertionFailure() << "'" << sentence << "' lacks '" << part << "'";
    }
    testing::AssertionResult problem_refused(const std::string& json, const std::string& part) {
        write_file(path + "/problem.json", json);
        return refused("problem.json", part);
    }

    Folder folder;
    const std::string path = folder / "deep/one";
    const Problem problem = separable_with_bias();
    const Tensors tensors = make_tensors(problem, Fill::random, Fill::random, 5);
    const Float64Array expected{problem.output_shape(), std::vector<double>(30, 0.125)};
};

TEST_F(Cases, AllKnownOnesAreRead) {
    const std::vector<std::string> found = find_cases(known_cases);
    ASSERT_EQ(found.size(), 120u);
    EXPECT_EQ(found.front(), known_cases + "/0000_conv2d");
    EXPECT_EQ(found.back(), known_cases + "/0119_conv3d");
    for (const std::string& one : found) {
        const Case known = read_case(one);
        EXPECT_EQ(known_cases + "/" + known.name, one);
        EXPECT_EQ(known.name.substr(5), facts(known.problem.op()).name);
        EXPECT_NO_THROW(require_shapes(known.problem, known.tensors)) << one;
        EXPECT_EQ(known.expected.shape, known.problem.output_shape()) << one;
        EXPECT_EQ(known.tensors.bias != nullptr, known.problem.bias()) << one;
        EXPECT_EQ(known.tensors.pointwise != nullptr, known.problem.op() == Operator::separable_conv2d)
            << one;
    }
}

TEST_F(Cases, AreReadAsTheyWereWritten) {
    write();
    const Case read = read_case(path + "/");
    EXPECT_EQ(read.name, "one");
    EXPECT_TRUE(read.problem == problem);
    EXPECT_EQ(read.tensors.input->values, tensors.input->values);
    EXPECT_EQ(read.tensors.weights->values, tensors.weights->values);
    EXPECT_EQ(read.tensors.pointwise->values, tensors.pointwise->values);
    EXPECT_EQ(read.tensors.bias->values, tensors.bias->values);
    EXPECT_EQ(read.expected.values, expected.values);
}

TEST_F(Cases, OfAnotherProblemReplaceFiles) {
    write();
    ProblemSpec spec;
    spec.input = {1, 2, 2};
    const Problem plain(spec);
    write_case(path, plain, make_tensors(plain, Fill::ramp, Fill::ones, 0), {{1, 1, 2, 2}, {0, 1, 2, 3}});
    EXPECT_FALSE(std::filesystem::exists(path + "/pointwise.npy"));
    EXPECT_FALSE(std::filesystem::exists(path + "/bias.npy"));
    EXPECT_EQ(read_case(path).tensors.input->values, (Floats{0, 1, 2, 3}));
}

TEST_F(Cases, WithWrongFilesAreRefused) {
    write();
    const std::vector<float> twelve(12);
    write_npy(path + "/weights.npy", {2, 1, 3, 2}, twelve);
    EXPECT_TRUE(refused("weights.npy", "has shape 2×1×3×2; the problem needs 2×1×3×1"));
    std::filesystem::remove(path + "/weights.npy");
    EXPECT_TRUE(refused("weights.npy", "cannot read"));
    write();
    write_npy(path + "/expected.npy", {12}, std::vector<double>(12));
    EXPECT_TRUE(refused("expected.npy", "has shape 12; the problem needs 1×3×2×5"));
    write();
    write_npy(path + "/bias.npy", {}, std::vector<float>{1});
    EXPECT_TRUE(refused("bias.npy", "has shape (); the problem needs 3"));
}

TEST_F(Cases, WithWrongProblemsAreRefused) {
    write();
    EXPECT_TRUE(problem_refused("", "is not complete, valid JSON"));
    EXPECT_TRUE(problem_refused("{\"op\": \"conv2d\"", "is not complete, valid JSON"));
    EXPECT_TRUE(problem_refused("[1, 2]", "JSON object"));
    EXPECT_TRUE(
        problem_refused("{\"op\": \"conv9d\", \"input\": [1, 1, 2, 2]}", "'conv9d' is not an operator"));
    EXPECT_TRUE(problem_refused("{\"op\": \"conv2d\", \"input\": [1, 1, 2, 2], \"output\": [1, 1, 2, 3]}",
                                "'output' is [1,1,2,3]; the problem's output is 1×1×2×2"));
    EXPECT_TRUE(
        problem_refused("{\"op\": \"conv2d\", \"input\": [1, 1, 2, 2], \"kernel_size\": 3}", "kernel"));
}

TEST_F(Cases, SurviveADamagedProblem) {
    write();
    const std::string file = path + "/problem.json";
    test_files::damage(read_file(file, 10'000), file, 1000, [&] { read_case(path); });
}

TEST_F(Cases, AreFoundInAFolder) {
    write();
    write_case(folder / "deep/a", problem, tensors, expected);
    std::filesystem::create_directory(folder / "deep/not_a_case");
    EXPECT_EQ(find_cases(folder / "deep"), (std::vector{folder / "deep/a", path}));
    EXPECT_EQ(find_cases(path), std::vector{path});
    EXPECT_NE(sentence_of([&] { find_cases(folder / "."); }).find("no case in "), std::string::npos);
    EXPECT_EQ(sentence_of([&] { find_cases(folder / "none"); }),
              "cannot read " + (folder / "none") + ": No such file or directory");
}

TEST_F(Cases, AreNotWrittenWithWrongShapes) {
    Tensors others = tensors;
    others.bias = nullptr;
    EXPECT_NE(sentence_of([&] { write_case(path, problem, others, expected); }).find("bias is missing"),
              std::string::npos);
    EXPECT_NE(sentence_of([&] {
                  write_case(path, problem, tensors, {{30}, std::vector<double>(30)});
              }).find("has shape 30"),
              std::string::npos);
    EXPECT_EQ(folder.entries(), 0u);
    write_file(folder / "deep", std::string_view("a file"));
    EXPECT_NE(sentence_of([&] { write(); }).find("cannot make the folder"), std::string::npos);
}

}  // namespace
}  // namespace convscope
