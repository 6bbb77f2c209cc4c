#include <gtest/gtest.h>

#include "program.h"

namespace convscope {
namespace {

const std::string root = CONVSCOPE_SOURCE_DIR;

TEST(Docs, KernelsAreDescribedAsTheyDescribeThemselves) {
    const Outcome outcome = convscope("list kernels --markdown");
    ASSERT_EQ(outcome.exit_code, 0);
    if (outcome.out.find("naive") == std::string::npos || outcome.out.find("onednn") == std::string::npos)
        GTEST_SKIP() << "this build lacks sim or oneDNN";
    EXPECT_EQ(content_of(root + "/docs/kernels.md"), outcome.out)
        << "write it again: build/convscope list kernels --markdown > docs/kernels.md";
}

// Files named in the documents exist.
TEST(Docs, LinksLeadSomewhere) {
    for (const char* name : {"README.md", "docs/architecture.md", "docs/kernels.md", "docs/add_a_kernel.md",
                             "docs/write_a_lesson.md", "assets/README.md"}) {
        const std::string text = content_of(root + "/" + name);
        ASSERT_FALSE(text.empty()) << name;
        const auto folder = std::filesystem::path(root + "/" + name).parent_path();
        // Links of the form [words](path), within this repository.
        for (size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at + 2)) {
            const std::string target = text.substr(at + 2, text.find(')', at) - at - 2);
            if (target.find_first_of(":#") != std::string::npos) continue;
            EXPECT_TRUE(std::filesystem::exists(folder / target)) << name << ": " << target;
        }
    }
}

}  // namespace
}  // namespace convscope
