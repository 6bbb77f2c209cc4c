// What GifWriter writes, giflib reads.
#include <gif_lib.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "core/files/test_files.h"
#include "export/gif.h"

namespace convscope {
namespace {

using test_files::Folder;

struct Film {
    int width = 0, height = 0, loops = -1;
    std::vector<std::vector<uint8_t>> frames;  // RGB, as they are shown
    std::vector<int> delays, areas;            // areas: pixels that the frame holds itself
};

// Each frame drawn over the one before.
void draw(const GifFileType& file, const SavedImage& image, int transparent, std::vector<uint8_t>& canvas) {
    const GifImageDesc& d = image.ImageDesc;
    const ColorMapObject* map = d.ColorMap ? d.ColorMap : file.SColorMap;
    for (int y = 0; y < d.Height; ++y)
        for (int x = 0; x < d.Width; ++x) {
            const int index = image.RasterBits[y * d.Width + x];
            if (index == transparent) continue;
            ASSERT_LT(index, map->ColorCount);
            const GifColorType& colour = map->Colors[index];
            uint8_t* pixel = &canvas[static_cast<size_t>(((d.Top + y) * file.SWidth + d.Left + x) * 3)];
            pixel[0] = colour.Red;
            pixel[1] = colour.Green;
            pixel[2] = colour.Blue;
        }
}

Film read(const std::string& path) {
    int error = 0;
    GifFileType* file = DGifOpenFileName(path.c_str(), &error);
    if (!file) throw std::runtime_error(GifErrorString(error));
    Film film;
    EXPECT_EQ(DGifSlurp(file), GIF_OK);
    film.width = file->SWidth;
    film.height = file->SHeight;
    std::vector<uint8_t> canvas(static_cast<size_t>(film.width * film.height * 3), 99);
    for (int i = 0; i < file->ImageCount; ++i) {
        const SavedImage& image = file->SavedImages[i];
        GraphicsControlBlock control{};
        EXPECT_EQ(DGifSavedExtensionToGCB(file, i, &control), GIF_OK);
        EXPECT_EQ(control.DisposalMode, DISPOSE_DO_NOT);
        for (int e = 0; e < image.ExtensionBlockCount; ++e) {
            const ExtensionBlock& block = image.ExtensionBlocks[e];
            if (block.Function == CONTINUE_EXT_FUNC_CODE && block.ByteCount == 3)
                film.loops = block.Bytes[1] | block.Bytes[2] << 8;
        }
        draw(*file, image, control.TransparentColor, canvas);
        film.frames.push_back(canvas);
        film.delays.push_back(control.DelayTime);
        film.areas.push_back(image.ImageDesc.Width * image.ImageDesc.Height);
    }
    EXPECT_EQ(DGifCloseFile(file, &error), GIF_OK);
    return film;
}

// A colour map from left to right, "text" on it, and a square that moves.
std::vector<uint8_t> frame_of(int width, int height, int step, int channels) {
    std::vector<uint8_t> out;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const bool square = x >= step * 5 && x < step * 5 + 7 && y >= 10 && y < 17;
            const bool ink = (x + y * 3) % 11 == 0 && y > height / 2;
            uint8_t pixel[] = {static_cast<uint8_t>(255 * x / width),
                               static_cast<uint8_t>(200 - 150 * x / width),
                               static_cast<uint8_t>(square ? 255
                                                    : ink  ? 0
                                                           : 90),
                               128};
            if (ink) pixel[0] = pixel[1] = 0;
            out.insert(out.end(), pixel, pixel + channels);
        }
    return out;
}

TEST(Gif, FramesComeBackExactlyWhereTheyHaveFewColours) {
    const Folder folder;
    const int width = 61, height = 37;
    GifWriter writer(folder / "a.gif", width, height);
    const int delays[] = {4, 5, 65535, 1, 10};
    for (int i = 0; i < 5; ++i)
        writer.add_frame(frame_of(width, height, i == 3 ? 2 : i, i % 2 ? 3 : 4), delays[i]);
    writer.finish();
    const Film film = read(folder / "a.gif");
    EXPECT_EQ(film.width, width);
    EXPECT_EQ(film.height, height);
    EXPECT_EQ(film.loops, 0) << "for ever";
    ASSERT_EQ(film.frames.size(), 5u);
    EXPECT_EQ(film.delays, std::vector<int>(std::begin(delays), std::end(delays)));
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(film.frames[static_cast<size_t>(i)], frame_of(width, height, i == 3 ? 2 : i, 3))
            << "frame " << i;
    EXPECT_EQ(film.areas, (std::vector<int>{width * height, 12 * 7, 12 * 7, 1, 17 * 7}));
}

TEST(Gif, ManyColoursComeBackWithinATolerance) {
    const Folder folder;
    const int side = 200;
    std::vector<std::vector<uint8_t>> frames;
    GifWriter writer(folder / "a.gif", side, side);
    for (int step = 0; step < 3; ++step) {
        std::vector<uint8_t> pixels;
        for (int y = 0; y < side; ++y)
            for (int x = 0; x < side; ++x)
                pixels.insert(pixels.end(), {static_cast<uint8_t>(x + step), static_cast<uint8_t>(y + 20),
                                             static_cast<uint8_t>((x + y) / 2)});
        writer.add_frame(pixels, 3);
        frames.push_back(pixels);
    }
    writer.finish();
    const Film film = read(folder / "a.gif");
    ASSERT_EQ(film.frames.size(), 3u);
    for (size_t f = 0; f < 3; ++f) {
        double squares = 0;
        for (size_t i = 0; i < frames[f].size(); ++i)
            squares += std::pow(double(frames[f][i]) - film.frames[f][i], 2);
        EXPECT_LT(std::sqrt(squares / static_cast<double>(frames[f].size())), 5) << "frame " << f;
    }
}

TEST(Gif, EverySizeAndPaletteIsReadable) {
    const Folder folder;
    for (const int width : {1, 2, 3, 255, 4096})
        for (const int colours : {1, 2, 3, 4, 5, 17, 128, 129, 256}) {
            GifWriter writer(folder / "a.gif", width, 2);
            std::vector<uint8_t> pixels;
            for (int i = 0; i < 2 * width; ++i)
                pixels.insert(pixels.end(), {static_cast<uint8_t>(i % colours), 9, 200});
            writer.add_frame(pixels, 7);
            writer.finish();
            const Film film = read(folder / "a.gif");
            ASSERT_EQ(film.frames.size(), 1u);
            EXPECT_EQ(film.frames[0], pixels) << width << " pixels, " << colours << " colours";
        }
}

}  // namespace
}  // namespace convscope
