#include "export/gif.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/errors.h"
#include "core/files/test_files.h"
#include "core/inputs.h"
#include "export/gif_palette.h"

namespace convscope {
namespace {

using test_files::Folder;
using test_files::sentence_of;

TEST(GifPalette, FewColoursStayAsTheyAre) {
    std::vector<uint8_t> pixels;
    for (int i = 0; i < 256; ++i)
        for (int repeat = 0; repeat < 3; ++repeat)
            pixels.insert(pixels.end(), {static_cast<uint8_t>(i), static_cast<uint8_t>(255 - i), 7});
    const GifPicture picture = with_palette(pixels);
    ASSERT_EQ(picture.palette.size(), 256u);
    ASSERT_EQ(picture.indices.size(), pixels.size() / 3);
    for (size_t i = 0; i < picture.indices.size(); ++i)
        EXPECT_EQ(picture.palette[picture.indices[i]],
                  (GifColour{pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]}));
}

// A colour map's 256 colours, black text and many more colours: nothing is far from what it was.
TEST(GifPalette, ManyColoursComeClose) {
    std::vector<uint8_t> pixels;
    for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 64; ++x)
            pixels.insert(pixels.end(), {static_cast<uint8_t>(4 * x), static_cast<uint8_t>(4 * y),
                                         static_cast<uint8_t>(2 * (x + y))});
    for (int i = 0; i < 4096; ++i) pixels.insert(pixels.end(), {0, 0, 0});
    const GifPicture picture = with_palette(pixels);
    EXPECT_EQ(picture.palette.size(), 256u);
    double squares = 0;
    int worst = 0;
    for (size_t i = 0; i < picture.indices.size(); ++i) {
        const GifColour got = picture.palette[picture.indices[i]];
        const int differences[] = {got.red - pixels[3 * i], got.green - pixels[3 * i + 1],
                                   got.blue - pixels[3 * i + 2]};
        for (const int d : differences) {
            squares += d * d;
            worst = std::max(worst, std::abs(d));
        }
    }
    EXPECT_LT(squares / static_cast<double>(pixels.size()), 12);
    EXPECT_LE(worst, 20);
    EXPECT_EQ(picture.palette[picture.indices.back()], GifColour{});
}

TEST(Gif, WhatCannotBeWrittenIsRefused) {
    const Folder folder;
    if (!gif_supported()) {
        EXPECT_NE(sentence_of([&] { GifWriter(folder / "a.gif", 2, 2); }).find("without giflib"),
                  std::string::npos);
        EXPECT_NE(gif_support_text().find("giflib was not found"), std::string::npos);
        return;
    }
    const std::string path = folder / "a.gif";
    EXPECT_EQ(sentence_of([&] { GifWriter(path, 0, 2); }),
              "cannot write " + path + ": the animation has 0×2 pixels; 1 to 4096 a side are allowed");
    EXPECT_FALSE(sentence_of([&] { GifWriter(path, 2, 4097); }).empty());
    const std::vector<uint8_t> frame(12, 7);
    EXPECT_EQ(sentence_of([&] { GifWriter(path, 2, 2).add_frame(std::span(frame).first(11), 4); }),
              "cannot write " + path + ": a frame of 2×2 pixels has 12 or 16 bytes; found 11");
    for (const int delay : {0, -1, 65536})
        EXPECT_NE(sentence_of([&] { GifWriter(path, 2, 2).add_frame(frame, delay); }).find("1 to 65535"),
                  std::string::npos);
    EXPECT_EQ(sentence_of([&] { GifWriter(path, 2, 2).finish(); }),
              "cannot write " + path + ": the animation has no frame");
    const auto write = [&](const std::string& to) {
        GifWriter writer(to, 2, 2);
        writer.add_frame(frame, 10);
        writer.finish();
    };
    EXPECT_EQ(sentence_of([&] { write(folder / "none/a.gif"); }),
              "cannot write " + (folder / "none/a.gif") + ": No such file or directory");
    EXPECT_FALSE(sentence_of([&] { write("/dev/full"); }).empty());
    {
        GifWriter abandoned(path, 2, 2);
        abandoned.add_frame(frame, 10);
    }
    EXPECT_EQ(folder.entries(), 0u) << "nothing is left behind";
    write(path);
    EXPECT_EQ(folder.entries(), 1u);
}

}  // namespace
}  // namespace convscope
