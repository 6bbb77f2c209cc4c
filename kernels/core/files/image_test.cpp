#include "core/files/image.h"

#include <cmath>
#include <limits>

#include "core/files/test_images.h"

namespace convscope {
namespace {

using test_files::append;
using test_files::Bytes;
using test_files::Folder;
using test_files::sentence_of;

Bytes text(std::string_view of) {
    return {of.begin(), of.end()};
}

Bytes pnm(std::string_view header, const Bytes& data) {
    Bytes file = text(header);
    append(file, data);
    return file;
}

class Image : public testing::Test {
  protected:
    Tensor read(const Bytes& file) {
        write_file(path, file);
        return read_image(path);
    }
    testing::AssertionResult refused(const Bytes& file, const std::string& part) {
        write_file(path, file);
        const std::string sentence = sentence_of([&] { read_image(path); });
        if (sentence.find(path) == 0 && sentence.find(part) != std::string::npos)
            return testing::AssertionSuccess();
        return testing::AssertionFailure() << "'" << sentence << "' lacks '" << part << "'";
    }
    void survives_damage(const Bytes& good, int flips = 1000, int accepted_lengths = 0) {
        ASSERT_NO_THROW(read(good));
        EXPECT_EQ(test_files::damage(good, path, flips, [&] { read_image(path); }), accepted_lengths);
    }

    Folder folder;
    const std::string path = folder / "image.any";  // the content decides, not the name
};

TEST_F(Image, ReadsPgmAndPpm) {
    const Tensor grey = read(pnm("P5 3 2 255\n", {0, 51, 255, '#', 10, 32}));
    EXPECT_EQ(grey.shape, (Shape{1, 1, 2, 3}));
    EXPECT_EQ(grey.values, (Floats{0, 0.2f, 1, 35 / 255.0f, 10 / 255.0f, 32 / 255.0f}));
    EXPECT_EQ(read(pnm("P5\n# made by hand\n1 # wide\n 1\r\n65535 ", {0x80, 0x01})).values,
              (Floats{32769 / 65535.0f}));
    EXPECT_EQ(read(pnm("P5 2 1 4\n", {1, 4})).values, (Floats{0.25f, 1}));
    const Tensor colour = read(pnm("P6 2 1 255\n", {255, 0, 51, 0, 255, 102}));
    EXPECT_EQ(colour.shape, (Shape{1, 3, 1, 2}));
    EXPECT_EQ(colour.values, (Floats{1, 0, 0, 1, 0.2f, 0.4f}));
    EXPECT_EQ(read(text("P2 2 2 10 0 1#c\n5\t10\n")).values, (Floats{0, 0.1f, 0.5f, 1}));
    EXPECT_EQ(read(text("P3 1 1 65535 0 65535 13107")).values, (Floats{0, 1, 0.2f}));
    EXPECT_EQ(read(pnm("P5 1 1 255\n", {51, 'P', '5', ' '})).values, (Floats{0.2f}));
}

TEST_F(Image, RefusesOtherPnm) {
    EXPECT_TRUE(refused(text("P4 8 1 x"), "netpbm file of kind P4; P2 and P5 (PGM), P3 and P6 (PPM)"));
    EXPECT_TRUE(refused(text("P7\nWIDTH 3"), "kind P7"));
    EXPECT_TRUE(refused(text("P5 0 1 255 x"), "its width is 0; 1 to 16384 is allowed"));
    EXPECT_TRUE(refused(text("P5 1 16385 255 x"), "its height is 16385"));
    EXPECT_TRUE(refused(text("P5 99999999999999999999 1 1 x"), "its width is 99999999999999999999"));
    EXPECT_TRUE(refused(text("P5 1 1 65536 x"), "its largest value is 65536; 1 to 65535"));
    EXPECT_TRUE(refused(text("P5 -3 1 255 x"), "its width is -3"));
    EXPECT_TRUE(refused(text("P5 a 1 255 x"), "its width is not a number"));
    EXPECT_TRUE(refused(text("P5 1 1 255"), "no blank after its largest value"));
    EXPECT_TRUE(refused(text("P5 # only a comment"), "ends before its width"));
    EXPECT_TRUE(refused(pnm("P6 2 2 255\n", Bytes(11)), "2×2 pixels need 12 bytes after the header, 11 are"));
    EXPECT_TRUE(refused(text("P5 16384 16384 65535 x"), "ends too early"));
    EXPECT_TRUE(refused(text("P2 3 1 255 1 2       "), "ends before a pixel's value"));
    EXPECT_TRUE(refused(text("P2 2 1 9 1 10"), "a pixel's value is 10; 0 to 9 is allowed"));
    EXPECT_TRUE(refused(pnm("P5 2 1 9\n", {1, 10}), "value 1 is 10; at most 9"));
}

TEST_F(Image, RefusesWhatIsNotAnImage) {
    EXPECT_TRUE(refused({}, "is empty; PNG, JPEG, BMP, HDR, PGM and PPM are allowed"));
    EXPECT_TRUE(refused(text("GIF89a..."), "is a GIF file; PNG, JPEG"));
    EXPECT_TRUE(refused(text("<svg/>"), "is a SVG or XML file"));
    EXPECT_TRUE(refused(text("\x93NUMPY"), "is a .npy file"));
    EXPECT_TRUE(refused(text("hello"), "not an image of a known format"));
    EXPECT_EQ(sentence_of([&] { read_image(folder / "none.png"); }),
              "cannot read " + (folder / "none.png") + ": No such file or directory");
}

TEST_F(Image, PnmSurvivesDamage) {
    survives_damage(pnm("P5 3 2 255\n", Bytes(6, 7)));
    survives_damage(pnm("P6 # c\n2 2 65535\n", Bytes(24, 7)));
    survives_damage(text("P2 2 2 99 0 1 2 30"), 1000, 1);  // 30 cut to 3 is a number too
    survives_damage(text("P3 1 2 9 0 1 2 3 4 5"));
}

TEST(ImageName, IsKnownByItsEnding) {
    for (const char* name : {"a.png", "b/c.JPG", "x.jpeg", "x.bmp", "x.Hdr", "x.pgm", "x.ppm"})
        EXPECT_TRUE(has_image_name(name)) << name;
    for (const char* name : {"png", "a.gif", "a.npy", "a.png/b", ".", ""})
        EXPECT_FALSE(has_image_name(name)) << name;
}

TEST(ImageBytes, MapARange) {
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    EXPECT_EQ(to_bytes(std::vector{0.0f, 1.0f, 0.5f, -3.0f, 7.0f, nan, inf, -inf}, 0, 1),
              (Bytes{0, 255, 128, 0, 255, 0, 255, 0}));
    EXPECT_EQ(to_bytes(std::vector{-1.0f, 0.0f, 1.0f}, 1, -1), (Bytes{255, 128, 0}));
    EXPECT_EQ(to_bytes(std::vector{1.0f, 2.0f, 3.0f}, 2, 2), (Bytes{0, 0, 255}));
    const float largest = std::numeric_limits<float>::max();
    EXPECT_EQ(to_bytes(std::vector{-largest, 0.0f, largest}, -largest, largest), (Bytes{0, 128, 255}));
    EXPECT_EQ(interleaved(Bytes{1, 2, 3, 4, 5, 6}, 3), (Bytes{1, 3, 5, 2, 4, 6}));
}

#ifdef CONVSCOPE_HAVE_IMAGES

TEST_F(Image, WritesPngThatReadsBack) {
    for (const int channels : {1, 3, 4}) {
        Bytes pixels(size_t(5 * 4 * channels));
        for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = uint8_t(i * 37);
        write_png(path, 5, 4, channels, pixels);
        const Tensor image = read_image(path);
        const int kept = channels == 1 ? 1 : 3;
        ASSERT_EQ(image.shape, (Shape{1, kept, 4, 5}));
        for (int c = 0; c < kept; ++c)
            for (int i = 0; i < 20; ++i)
                EXPECT_EQ(image.values[size_t(c * 20 + i)], float(pixels[size_t(i * channels + c)] / 255.0));
    }
}

TEST_F(Image, WritePngRefusesOtherSizes) {
    const auto sentence = [&](int width, int height, int channels, size_t bytes) {
        return sentence_of([&] { write_png(path, width, height, channels, Bytes(bytes)); });
    };
    EXPECT_NE(sentence(0, 1, 1, 0).find("the image has 0×1 pixels; 1 to 16384"), std::string::npos);
    EXPECT_NE(sentence(20'000, 1, 1, 20'000).find("20000×1 pixels"), std::string::npos);
    EXPECT_NE(sentence(1, 1, 2, 2).find("2 channels; 1, 3 or 4"), std::string::npos);
    EXPECT_NE(sentence(2, 2, 3, 11).find("are 12 bytes; found 11"), std::string::npos);
    EXPECT_EQ(folder.entries(), 0u);
}

TEST_F(Image, ReadsEveryKindOfPng) {
    EXPECT_EQ(read(test_files::png(2, 1, 16, 0, {0, 0x80, 0x01, 0xff, 0xff})).values,
              (Floats{32769 / 65535.0f, 1}));
    EXPECT_EQ(read(test_files::png(1, 1, 16, 2, {0, 0, 0, 0x33, 0x33, 0xff, 0xff})).values,
              (Floats{0, 0.2f, 1}));
    const Tensor grey_alpha = read(test_files::png(2, 1, 8, 4, {0, 51, 0, 102, 255}));
    EXPECT_EQ(grey_alpha.shape, (Shape{1, 1, 1, 2}));
    EXPECT_EQ(grey_alpha.values, (Floats{0.2f, 0.4f}));
    EXPECT_EQ(read(test_files::png(1, 1, 8, 6, {0, 51, 102, 255, 0})).values, (Floats{0.2f, 0.4f, 1}));
    EXPECT_EQ(read(test_files::png(8, 1, 1, 0, {0, 0xa0})).values, (Floats{1, 0, 1, 0, 0, 0, 0, 0}));
    EXPECT_EQ(read(test_files::png(2, 1, 8, 3, {0, 1, 0}, {0, 51, 102, 255, 0, 51})).values,
              (Floats{1, 0, 0, 0.2f, 0.2f, 0.4f}));
}

TEST_F(Image, ReadsBmpJpegAndHdr) {
    const Tensor two = read(test_files::bmp(1, 2, {51, 102, 255, 0, 0, 255, 51, 0}));
    EXPECT_EQ(two.shape, (Shape{1, 3, 2, 1}));
    EXPECT_EQ(two.values, (Floats{0.2f, 1, 1, 0.4f, 0, 0.2f}));

    const Tensor grey = read(test_files::flat_jpeg({200}, 1));
    EXPECT_EQ(grey.shape, (Shape{1, 1, 8, 8}));
    EXPECT_EQ(grey.values, Floats(64, 200 / 255.0f));
    const Tensor colour = read(test_files::flat_jpeg({200, 128, 60}, 3));
    ASSERT_EQ(colour.shape, (Shape{1, 3, 8, 8}));
    EXPECT_NEAR(colour.values[0], (200 - 1.402 * 68) / 255, 1.01 / 255);  // red by JFIF's formula
    EXPECT_NEAR(colour.values[64], (200 + 0.71414 * 68) / 255, 1.01 / 255);
    EXPECT_NEAR(colour.values[191], 200 / 255.0, 1.01 / 255);

    const Tensor bright = read(test_files::hdr(2, {128, 64, 255}, 131));  // mantissa · 2^(e − 136)
    EXPECT_EQ(bright.shape, (Shape{1, 3, 2, 8}));
    EXPECT_EQ(bright.values[0], 4.0f);
    EXPECT_EQ(bright.values[16], 2.0f);
    EXPECT_EQ(bright.values[47], 255.0f / 32);
}

TEST_F(Image, RefusesHugeAndTruncatedFiles) {
    EXPECT_TRUE(refused(test_files::png(16385, 1, 8, 0, {}), "cannot be decoded"));
    EXPECT_TRUE(refused(test_files::png(10'000, 10'000, 8, 6, {0}), "needs more than 256 MiB to be decoded"));
    EXPECT_TRUE(refused(test_files::png(300, 300, 8, 0, {0, 1}), "cannot be decoded: not enough pixels"));
    EXPECT_TRUE(refused(test_files::bmp(4, 4, Bytes(47)), "ends before its last pixel"));
    Bytes cut = test_files::hdr(4, {1, 2, 3}, 128);
    cut.pop_back();
    EXPECT_TRUE(refused(cut, "ends before its last pixel; a whole image is needed"));
    EXPECT_TRUE(refused(text("#?RADIANCE\nFORMAT=other\n\n-Y 1 +X 1\n"), "cannot be decoded"));
}

TEST_F(Image, RefusesJpegTablesWithTooManyCodes) {
    const Bytes good = test_files::flat_jpeg({200}, 1);
    const size_t table = 2 + 5 + 64 + 13;  // the frame header of one component has 13 bytes
    ASSERT_EQ(good[table + 1], 0xc4);
    Bytes bad = good;
    for (size_t i = 0; i < 16; ++i) bad[table + 5 + i] = 255;
    EXPECT_TRUE(refused(bad, "a Huffman table has more than 256 codes"));
    // The same bytes in a comment are not a table.
    Bytes comment{0xff, 0xd8, 0xff, 0xfe, 0, 2 + 21};
    comment.insert(comment.end(), bad.begin() + table, bad.begin() + table + 21);
    comment.insert(comment.end(), good.begin() + 2, good.end());
    EXPECT_EQ(read(comment).values, Floats(64, 200 / 255.0f));
}

TEST_F(Image, StbSurvivesDamage) {
    Bytes pixels(size_t(9 * 7 * 3));
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = uint8_t(i * i / 5);
    write_png(path, 9, 7, 3, pixels);
    survives_damage(read_file(path, 10'000), 3000);
    survives_damage(test_files::png(2, 2, 8, 3, {0, 1, 0, 0, 1, 1}, {0, 51, 102, 255, 0, 51}), 2000);
    survives_damage(test_files::png(2, 1, 16, 4, {0, 1, 2, 3, 4, 5, 6, 7, 8}), 1000);
    survives_damage(test_files::bmp(3, 2, Bytes(24, 9)), 2000, 3);  // rows are padded by three bytes
    survives_damage(test_files::hdr(2, {128, 64, 255}, 131), 2000);
    survives_damage(test_files::flat_jpeg({200, 128, 60}, 3), 3000);
    Bytes progressive = test_files::flat_jpeg({200}, 1);
    progressive[72] = 0xc2;                   // the frame's marker
    progressive[progressive.size() - 6] = 0;  // the scan's last coefficient
    survives_damage(progressive, 2000);
}

#else

TEST_F(Image, SaysThatStbIsMissing) {
    EXPECT_TRUE(
        refused(text("\x89PNG\r\n\x1a\n"), "is a PNG file, and this program was built without stb_image"));
    EXPECT_NE(sentence_of([&] { write_png(path, 1, 1, 1, Bytes(1)); }).find("built without stb_image_write"),
              std::string::npos);
}

#endif

}  // namespace
}  // namespace convscope
