// Sharing outputs with OpenGL textures, which the stand-in keeps as arrays.
#include "devices/gpu/gpu_test_bench.h"

namespace convscope {
namespace {

constexpr unsigned number = 5;

class GlShareTest : public GpuTest {
  protected:
    void SetUp() override {
        cuda.add_texture(number, 6, 4);
        output = gpu().prepare(problem, tensors, "naive", cancel)->run(cancel, faults);
    }
    void TearDown() override {
        output.reset();
        GpuTest::TearDown();
    }
    std::unique_ptr<TextureShare> share() { return gpu().share_texture(number, 6, 4, why_not); }

    OutputPtr output;  // (1, 4, 9, 11)
    std::string why_not;
};

TEST_F(GlShareTest, DrawsASlice) {
    const auto shared = share();
    ASSERT_TRUE(shared) << why_not;
    EXPECT_EQ(why_not, "");
    const std::vector<float> all = values(*output);
    const int host_copies = cuda.calls_of("copy_to_host");
    const int64_t first = 2 * 99 + 3 * 11 + 4;  // channel 2, row 3, column 4
    shared->draw(*output, first, 11);
    for (int y = 0; y < 4; ++y)
        for (int x = 0; x < 6; ++x)
            ASSERT_EQ(cuda.texture(number).values[y * 6 + x], all[first + y * 11 + x]) << y << ", " << x;
    EXPECT_EQ(cuda.calls_of("copy_to_host"), host_copies);
}

TEST_F(GlShareTest, RegistersOnceAndMapsOncePerDraw) {
    const auto shared = share();
    const int maps = cuda.calls_of("gl_map");
    for (int i = 0; i < 3; ++i) shared->draw(*output, 0, 11);
    EXPECT_EQ(cuda.calls_of("gl_register_texture"), 1);
    EXPECT_EQ(cuda.calls_of("gl_map") - maps, 3);
    EXPECT_FALSE(cuda.texture(number).mapped);
}

TEST_F(GlShareTest, UnregistersAtItsEnd) {
    auto shared = share();
    EXPECT_TRUE(cuda.texture(number).registered);
    shared.reset();
    EXPECT_FALSE(cuda.texture(number).registered);
}

TEST_F(GlShareTest, AnotherGpuDraws) {
    cuda.gl_ordinals = {1};
    EXPECT_EQ(share(), nullptr);
    EXPECT_NE(why_not.find("another GPU"), std::string::npos) << why_not;
    EXPECT_NE(why_not.find("__NV_PRIME_RENDER_OFFLOAD=1 __GLX_VENDOR_LIBRARY_NAME=nvidia"),
              std::string::npos);
    EXPECT_EQ(cuda.calls_of("gl_register_texture"), 0);
}

TEST_F(GlShareTest, IsTriedOnceOnly) {
    cuda.fail_call_of("gl_register_texture", 1, 304);
    EXPECT_EQ(share(), nullptr);
    EXPECT_NE(why_not.find("registering OpenGL texture 5"), std::string::npos) << why_not;
    const std::string reason = why_not;
    const int calls = cuda.calls();
    EXPECT_EQ(share(), nullptr);
    EXPECT_EQ(why_not, reason);
    EXPECT_EQ(cuda.calls(), calls);
}

TEST_F(GlShareTest, AFailedDrawIsRemembered) {
    const auto shared = share();
    cuda.fail_call_of("copy_to_array", 1, 999);
    EXPECT_THROW(shared->draw(*output, 0, 11), Error);
    EXPECT_FALSE(cuda.texture(number).mapped);
    EXPECT_EQ(share(), nullptr);
    EXPECT_NE(why_not.find("copying the output to the texture"), std::string::npos) << why_not;
}

TEST_F(GlShareTest, ASliceOutsideOfTheOutputIsRefused) {
    const auto shared = share();
    EXPECT_NO_THROW(shared->draw(*output, 4 * 99 - (3 * 11 + 6), 11));
    EXPECT_THROW(shared->draw(*output, 4 * 99 - (3 * 11 + 6) + 1, 11), Error);
    EXPECT_THROW(shared->draw(*output, -1, 11), Error);
    EXPECT_THROW(shared->draw(*output, 0, 5), Error);
    EXPECT_TRUE(share() == nullptr || why_not.empty());
}

}  // namespace
}  // namespace convscope
