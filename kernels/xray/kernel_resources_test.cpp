#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/errors.h"
#include "core/files/test_files.h"
#include "xray/resource_tables.h"

namespace convscope::xray {
namespace {

constexpr const char* report = R"(ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function '_ZN9convscope3two4fillILi4EEEvPf' for 'sm_80'
ptxas info    : Function properties for _ZN9convscope3two4fillILi4EEEvPf
    16 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
ptxas info    : Function properties for _ZN9convscope4helpEv
    32 bytes stack frame, 1 bytes spill stores, 2 bytes spill loads
ptxas info    : Used 48 registers, used 1 barriers, 144 bytes smem, 568 bytes cmem[0]
ptxas info    : Compile time = 320.421 ms
ptxas info    : Compiling entry function '_ZN9convscope3two4fillILi4EEEvPf' for 'sm_90a'
ptxas info    : Function properties for _ZN9convscope3two4fillILi4EEEvPf
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 56 registers, used 0 barriers
ptxas info    : Compiling entry function '_ZN9convscope3one4copyEPKfPf' for 'sm_80'
)";

TEST(KernelResources, AreReadFromWhatPtxasSays) {
    const std::vector<NamedResources> rows = read_ptxas_report(report);
    ASSERT_EQ(rows.size(), 2u);  // of the third it said no registers
    EXPECT_EQ(rows[0].function, "convscope::two::fill<4>");
    EXPECT_EQ(rows[0].resources.capability, 80);
    EXPECT_EQ(rows[0].resources.registers, 48);
    EXPECT_EQ(rows[0].resources.shared_bytes, 144);
    EXPECT_EQ(rows[0].resources.stack_bytes, 48);
    EXPECT_EQ(rows[0].resources.spill_bytes, 23);
    EXPECT_TRUE(rows[0].resources.of_this_build);
    EXPECT_EQ(rows[1].resources.capability, 90);
    EXPECT_EQ(rows[1].resources.registers, 56);
    EXPECT_EQ(rows[1].resources.shared_bytes, 0);
    EXPECT_TRUE(read_ptxas_report("").empty());
    EXPECT_TRUE(read_ptxas_report("4 bytes stack frame\nUsed 3 registers\n").empty());
}

// modules/gpu_code and assets, as they lie in a build of the source.
class ResourceTables : public testing::Test {
  protected:
    void write(const std::string& name, const std::string& text) {
        const std::filesystem::path path = folder / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    void SetUp() override { std::filesystem::create_directories(modules()); }
    std::string modules() { return folder / "build/modules"; }
    test_files::Folder folder;
};

TEST_F(ResourceTables, ThisBuildComesFirstAndTheCapabilityBelow) {
    write("build/modules/gpu_code/two.fill.ptxas.txt", report);
    write("assets/kernel_resources.json", R"({"kernels": [
        {"symbol": "_ZN9convscope3two4fillILi4EEEvPf", "capability": 80, "registers": 1, "shared_bytes": 2,
         "stack_bytes": 3, "spill_bytes": 4},
        {"symbol": "_ZN9convscope3one4copyEPKfPf", "capability": 80, "registers": 5, "shared_bytes": 6,
         "stack_bytes": 7, "spill_bytes": 8}]})");
    const auto registers = [&](const char* function, int capability) {
        const auto found = kernel_resources(modules(), function, capability);
        return found ? found->registers : -1;
    };
    EXPECT_EQ(registers("convscope::two::fill<4>", 75), 48);  // the lowest there is
    EXPECT_EQ(registers("convscope::two::fill<4>", 80), 48);
    EXPECT_EQ(registers("convscope::two::fill<4>", 89), 48);
    EXPECT_EQ(registers("convscope::two::fill<4>", 90), 56);
    EXPECT_EQ(registers("convscope::two::fill<4>", 120), 56);
    EXPECT_EQ(registers("convscope::two::fill<8>", 90), -1);
    const auto stored = kernel_resources(modules(), "convscope::one::copy", 90);
    ASSERT_TRUE(stored);
    EXPECT_FALSE(stored->of_this_build);
    EXPECT_EQ(stored->capability, 80);
    EXPECT_EQ(stored->registers, 5);
    EXPECT_EQ(stored->shared_bytes, 6);
    EXPECT_EQ(stored->stack_bytes, 7);
    EXPECT_EQ(stored->spill_bytes, 8);
}

TEST_F(ResourceTables, ATableThatIsNoneSaysSo) {
    write("assets/kernel_resources.json", R"({"kernels": [{"symbol": "f"}]})");
    try {
        stored_resources(modules());
        FAIL() << "it was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::request);
        EXPECT_NE(std::string(error.what()).find("is no table of kernels' resources"), std::string::npos);
    }
    EXPECT_FALSE(kernel_resources(modules(), "f", 80));
}

}  // namespace
}  // namespace convscope::xray
