// What an X-ray tells of real kernels.
#include "xray/xray.h"

#include <gtest/gtest.h>

#include "core/text.h"

namespace convscope::xray {
namespace {

ProblemSpec image(int64_t height, int64_t width, int64_t window, int64_t padding) {
    ProblemSpec spec;
    spec.input = {1, height, width};
    spec.kernel_size = {1, window, window};
    spec.padding = {0, padding, padding};
    return spec;
}

std::string text_of(const SourcePlace& place) {
    const std::vector<std::string> lines = source_text(CONVSCOPE_MODULES, place.file);
    return lines.at(static_cast<size_t>(place.line - 1));
}

TEST(Xray, ThePlaceOfAStoreIsItsLine) {
    KernelXray xray(CONVSCOPE_MODULES, Problem(image(16, 16, 3, 1)), "naive");
    const CountsPtr counts = xray.counts({});
    ASSERT_EQ(counts->steps.size(), 1u);
    EXPECT_EQ(counts->steps[0].facts.function, "convscope::conv2d::naive::conv2d_naive");
    EXPECT_EQ(counts->fault_count, 0);
    int stores = 0;
    for (const Instruction& instruction : counts->steps[0].instructions) {
        if (instruction.counts.requests == 0) continue;
        ASSERT_FALSE(instruction.places.empty());
        EXPECT_EQ(instruction.places.back().file, "conv2d/naive.cu");
        EXPECT_EQ(instruction.places.back().function, "conv2d_naive");
        if (instruction.counts.kind != sim::AccessKind::store) continue;
        ++stores;
        EXPECT_NE(text_of(instruction.places[0]).find("output[element] = sum"), std::string::npos);
    }
    EXPECT_EQ(stores, 1);
}

}  // namespace
}  // namespace convscope::xray
