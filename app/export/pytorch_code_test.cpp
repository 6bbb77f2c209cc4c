// The scripts are compiled by python3 and, where it has torch and numpy, run: their tensors are the program's
// to the bit and their output is within the reference's rounding bound. CONVSCOPE_PYTHON names another
// python3.
#include "export/pytorch_code.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "core/errors.h"
#include "core/files/npy.h"
#include "core/files/test_files.h"
#include "core/text.h"
#include "experiment_tensors.h"
#include "export/python_text.h"
#include "export/random_experiment.h"
#include "reference/verification.h"

namespace convscope {
namespace {

using test_files::Folder;
using test_files::sentence_of;

std::string python() {
    const char* chosen = std::getenv("CONVSCOPE_PYTHON");
    return chosen ? chosen : "python3";
}

bool succeeds(const std::string& line) {
    return std::system((line + " </dev/null").c_str()) == 0;
}

struct Named {
    std::string name;
    Experiment experiment;
};

Experiment with_files(const Folder& folder, const std::string& file, InputSource::Kind kind) {
    Experiment e;
    e.spec.in_channels = 2;
    e.spec.input = {1, 3, 5};
    e.source = {.kind = kind, .path = folder / file};
    return e;
}

// Presets, random experiments, the large ones that are computed in Python, and files of every kind.
std::vector<Named> experiments(const Folder& folder) {
    std::vector<Named> out;
    for (const ExperimentPreset& preset : experiment_presets()) out.push_back({preset.name, preset.make()});
    for (uint64_t i = 0; i < 60; ++i) out.push_back({cat("random_", i), random_experiment(i)});
    for (const FillFacts& fill : fills()) {
        Experiment e;
        e.spec.op = Operator::separable_conv2d;
        e.spec.in_channels = 70;
        e.spec.input = {1, 9, 11};
        e.spec.kernel_size = {1, 8, 9};
        e.spec.out_channels = 150;
        e.spec.bias = true;
        e.seed = 0xFEDCBA9876543210u;
        e.source.fill = fill.fill;
        e.weights.fill = fill.fill;
        out.push_back({cat("large_", fill.name), e});
        e.spec.op = Operator::conv3d;
        e.spec.input = {6, 9, 11};
        e.spec.kernel_size = {2, 3, 2};
        out.push_back({cat("deep_", fill.name), e});
    }
    Experiment wide;
    wide.spec.input = wide.spec.kernel_size = {1, 300, 300};
    wide.weights.fill = Fill::identity;
    out.push_back({"wide_identity", wide});

    std::vector<float> values(30);
    for (size_t i = 0; i < values.size(); ++i) values[i] = 0.1f * static_cast<float>(i);
    write_npy(folder / "it's \"x\" \xff.npy", {1, 2, 3, 5}, values);
    out.push_back({"file", with_files(folder, "it's \"x\" \xff.npy", InputSource::Kind::npy)});
    out.push_back({"file_scaled", with_files(folder, "it's \"x\" \xff.npy", InputSource::Kind::image)});
    out.back().experiment.spec.input = {1, 2, 9};
    std::ofstream(folder / "text.pgm") << "P2 # text\n3 2 # sizes\n9 1 2 3 # values\n4 5 6\n";
    std::ofstream(folder / "bytes.ppm", std::ios::binary) << "P6 2 1 100\n\x01\x02\x03\x0a\x20\x64";
    std::ofstream(folder / "wide.pgm", std::ios::binary) << "P5\n2 1 1000\n\x01\x02\x03"
                                                         << "#";
    for (const char* file : {"text.pgm", "bytes.ppm", "wide.pgm"})
        out.push_back({file, with_files(folder, file, InputSource::Kind::image)});
    return out;
}

std::vector<std::string> write_scripts(const Folder& folder, const std::vector<Named>& all) {
    std::vector<std::string> paths;
    for (const Named& each : all) {
        paths.push_back(folder / (each.name + ".py"));
        std::ofstream(paths.back()) << pytorch_code(each.experiment);
    }
    return paths;
}

std::string joined_words(const std::vector<std::string>& paths) {
    std::string out;
    for (const std::string& path : paths) out += " " + path;
    return out;
}

// What the driver below wrote of one variable.
std::vector<float> values_in(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    std::vector<float> values(bytes.size() / 4);
    std::memcpy(values.data(), bytes.data(), values.size() * 4);
    return values;
}

void expect_same(const std::string& script, const char* name, const TensorPtr& tensor) {
    if (!tensor) return;
    const std::vector<float> found = values_in(cat(script, ".", name));
    ASSERT_EQ(found.size(), tensor->values.size()) << script << " " << name;
    EXPECT_EQ(std::memcmp(found.data(), tensor->values.data(), found.size() * 4), 0) << script << " " << name;
}

bool is_finite(const Tensor& tensor) {
    return std::ranges::all_of(tensor.values, [](float v) { return std::isfinite(v); });
}

void expect_right(const Named& each, const std::string& script) {
    const Problem problem(each.experiment.spec);
    const Tensors tensors = TensorMaker().make(each.experiment, problem);
    expect_same(script, "x", tensors.input);
    expect_same(script, "w", tensors.weights);
    expect_same(script, "p", tensors.pointwise);
    expect_same(script, "b", tensors.bias);
    const std::vector<float> y = values_in(script + ".y");
    ASSERT_EQ(static_cast<int64_t>(y.size()), element_count(problem.output_shape())) << script;
    // torch multiplies the padding too: 0·Inf is a NaN there, and no product here.
    if (!is_finite(*tensors.input) || !is_finite(*tensors.weights) ||
        (tensors.pointwise && !is_finite(*tensors.pointwise)))
        return;
    const Verification v = judge(problem, reference_whole(problem, tensors), y, {});
    EXPECT_EQ(v.state, Verification::State::verified)
        << script << ": " << v.reason << " bound ratio " << v.bound_ratio;
}

TEST(PytorchCode, IsPythonThatComputesWhatTheProgramComputes) {
    const Folder folder;
    const std::vector<Named> all = experiments(folder);
    const std::vector<std::string> scripts = write_scripts(folder, all);
    if (!succeeds(python() + " -c pass 2>/dev/null"))
        GTEST_SKIP() << "there is no " << python() << " here: the scripts are not tried";
    EXPECT_TRUE(succeeds(python() + " -m py_compile" + joined_words(scripts)));
    if (!succeeds(python() + " -c 'import numpy, torch; from PIL import Image' 2>/dev/null"))
        GTEST_SKIP() << scripts.size() << " scripts compile; they are not run, because " << python()
                     << " has no torch, numpy or Pillow here";
    std::ofstream(folder / "run_all") << R"py(
import array, runpy, sys
for path in sys.argv[1:]:
    names = runpy.run_path(path)
    for name in "xwpby":
        if name in names:
            assert str(names[name].dtype) == "torch.float32", path
            array.array("f", names[name].flatten().tolist()).tofile(open(path + "." + name, "wb"))
)py";
    ASSERT_TRUE(succeeds(python() + " " + (folder / "run_all") + joined_words(scripts) + " >/dev/null"));
    for (size_t i = 0; i < all.size(); ++i) expect_right(all[i], scripts[i]);
}

TEST(PytorchCode, IsShortAndReadable) {
    Experiment e;
    e.spec.op = Operator::depthwise_conv2d;
    e.spec.in_channels = 2;
    e.spec.input = {1, 1, 3};
    e.spec.kernel_size = {1, 1, 3};
    e.source = {.kind = InputSource::Kind::values, .values = {0.5f, -0.0f, NAN, 4, 5, 1e-45f}};
    e.weights.fill = Fill::sobel_x;
    EXPECT_EQ(pytorch_code(e),
              "# depthwise_conv2d 1×2×1×3 → 2, kernel 1×3, written by ConvScope.\n"
              "import torch\n"
              "import torch.nn.functional as F\n"
              "\n"
              "x = torch.tensor([\n"
              "    0.5, -0.0, float(\"nan\"),\n"
              "    4, 5, 1e-45,\n"
              "], dtype=torch.float32).reshape(1, 2, 1, 3)\n"
              "w = torch.tensor([\n"
              "    -1, 0, 1,\n"
              "], dtype=torch.float32).reshape(1, 1, 1, 3).repeat(2, 1, 1, 1)\n"
              "y = F.conv2d(x, w, stride=(1, 1), padding=(0, 0), groups=2, dilation=(1, 1))\n"
              "print(y.shape)\n");
}

TEST(PytorchCode, IsRefusedWhereThereIsNothingToCompute) {
    Experiment e;
    e.spec.stride = {1, 0, 1};
    EXPECT_EQ(sentence_of([&] { pytorch_code(e); }), "stride (height) must be at least 1; it is 0");
    e.spec.stride = {1, 1, 1};
    e.weights.values = {1, 2};
    EXPECT_EQ(sentence_of([&] { pytorch_code(e); }), "1 weight is needed for 1×1×1×1; 2 are given");
    e.weights = {.fill = Fill::gaussian};
    e.spec.input = e.spec.kernel_size = {1, 300, 300};
    EXPECT_EQ(sentence_of([&] { pytorch_code(e); }),
              "the tensor w has 90000 values of its own; a script holds at most 65536");
    const Folder folder;
    e = {};
    e.source = {.kind = InputSource::Kind::image, .path = folder / "a.hdr"};
    EXPECT_NE(sentence_of([&] { pytorch_code(e); }).find("is an HDR picture"), std::string::npos);
    e.source.path = folder / "a.png";
    std::ofstream(e.source.path, std::ios::binary)
        << std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x10\2\0\0\0", 29);
    EXPECT_NE(sentence_of([&] { pytorch_code(e); }).find("16 bits in colour"), std::string::npos);
}

TEST(PythonText, NumbersAndNames) {
    EXPECT_EQ(python_number(1), "1.0");
    EXPECT_EQ(python_number(1, true), "1");
    EXPECT_EQ(python_number(-0.0f, true), "-0.0");
    EXPECT_EQ(python_number(1e20f, true), "1e+20");
    // The only float32 whose shortest digits end beside it when a float64 is rounded on the way.
    EXPECT_EQ(python_number(7.038531e-26f), "7.038530691851209e-26");
    EXPECT_EQ(python_number(-INFINITY), "-float(\"inf\")");
    EXPECT_EQ(python_string("a\"b\\c\n\xC3\xA9\xff"), "\"a\\\"b\\\\c\\x0a\xC3\xA9\\udcff\"");
    EXPECT_EQ(python_string("\xED\xA0\x80"), R"("\udced\udca0\udc80")") << "Python refuses a half of a pair";
    EXPECT_EQ(python_tuple(std::vector<int64_t>{5}), "(5,)");
}

}  // namespace
}  // namespace convscope
