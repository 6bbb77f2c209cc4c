#include "export/gif_palette.h"

#include <algorithm>
#include <limits>

namespace convscope {
namespace {

constexpr size_t most_colours = 256;

uint32_t packed(const uint8_t* pixel) {
    return uint32_t{pixel[0]} << 16 | uint32_t{pixel[1]} << 8 | pixel[2];
}

// Colours by their place, up to 256 of them: open addressing in a table four times as large.
class ColourIndex {
  public:
    ColourIndex() { slots_.fill(-1); }
    // −1 where the table is full.
    int find_or_add(uint32_t colour, std::vector<GifColour>& palette) {
        size_t slot = (colour * 2654435761u) >> 22;
        for (; slots_[slot] >= 0; slot = (slot + 1) % slots_.size())
            if (colours_[slot] == colour) return slots_[slot];
        if (palette.size() == most_colours) return -1;
        colours_[slot] = colour;
        slots_[slot] = static_cast<int16_t>(palette.size());
        palette.push_back({static_cast<uint8_t>(colour >> 16), static_cast<uint8_t>(colour >> 8),
                           static_cast<uint8_t>(colour)});
        return slots_[slot];
    }

  private:
    std::array<int16_t, 1024> slots_{};
    std::array<uint32_t, 1024> colours_{};
};

bool exact(std::span<const uint8_t> pixels, GifPicture& out) {
    ColourIndex index;
    for (size_t i = 0; i + 2 < pixels.size(); i += 3) {
        const int at = index.find_or_add(packed(&pixels[i]), out.palette);
        if (at < 0) return false;
        out.indices.push_back(static_cast<uint8_t>(at));
    }
    return true;
}

// Colours that share their upper six bits.
struct Bin {
    uint32_t place = 0;  // of the table
    double count = 0;
    std::array<double, 3> mean{};
};

constexpr size_t bin_places = size_t{1} << 18;

size_t place_of(const uint8_t* pixel) {
    return size_t{pixel[0]} >> 2 << 12 | size_t{pixel[1]} >> 2 << 6 | size_t{pixel[2]} >> 2;
}

std::vector<Bin> bins_of(std::span<const uint8_t> pixels) {
    struct Sums {
        uint32_t count = 0, red = 0, green = 0, blue = 0;
    };
    std::vector<Sums> table(bin_places);
    for (size_t i = 0; i + 2 < pixels.size(); i += 3) {
        Sums& sums = table[place_of(&pixels[i])];
        ++sums.count;
        sums.red += pixels[i];
        sums.green += pixels[i + 1];
        sums.blue += pixels[i + 2];
    }
    std::vector<Bin> bins;
    for (size_t place = 0; place < table.size(); ++place) {
        const Sums& s = table[place];
        if (s.count == 0) continue;
        const double n = s.count;
        bins.push_back({static_cast<uint32_t>(place), n, {s.red / n, s.green / n, s.blue / n}});
    }
    return bins;
}

// A box of colours: bins [first, last).
struct Box {
    size_t first = 0, last = 0;
    std::array<double, 3> mean{};
    double spread = 0;  // Σ count·distance² along the axis where it is largest
    size_t axis = 0;
};

Box box_of(const std::vector<Bin>& bins, size_t first, size_t last) {
    Box box{first, last, {}, 0, 0};
    double count = 0;
    std::array<double, 3> sum{}, squares{};
    for (size_t i = first; i < last; ++i) {
        count += bins[i].count;
        for (size_t c = 0; c < 3; ++c) {
            sum[c] += bins[i].count * bins[i].mean[c];
            squares[c] += bins[i].count * bins[i].mean[c] * bins[i].mean[c];
        }
    }
    for (size_t c = 0; c < 3; ++c) {
        box.mean[c] = sum[c] / count;
        const double spread = squares[c] - sum[c] * box.mean[c];
        if (spread > box.spread) {
            box.spread = spread;
            box.axis = c;
        }
    }
    if (last - first < 2) box.spread = 0;
    return box;
}

std::vector<Box> cut(std::vector<Bin>& bins) {
    std::vector<Box> boxes{box_of(bins, 0, bins.size())};
    while (boxes.size() < most_colours) {
        const auto widest = std::ranges::max_element(boxes, {}, &Box::spread);
        if (widest->spread <= 0) break;
        const Box box = *widest;
        const auto begin = bins.begin() + static_cast<std::ptrdiff_t>(box.first);
        const auto end = bins.begin() + static_cast<std::ptrdiff_t>(box.last);
        const auto middle = std::partition(
            begin, end, [&](const Bin& bin) { return bin.mean[box.axis] < box.mean[box.axis]; });
        const auto at = static_cast<size_t>(middle - bins.begin());
        // Rounding can leave one side empty.
        if (at == box.first || at == box.last) {
            widest->spread = 0;
            continue;
        }
        *widest = box_of(bins, box.first, at);
        boxes.push_back(box_of(bins, at, box.last));
    }
    return boxes;
}

uint8_t nearest(const std::vector<GifColour>& palette, const std::array<double, 3>& colour) {
    size_t best = 0;
    double least = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < palette.size(); ++i) {
        const double red = palette[i].red - colour[0], green = palette[i].green - colour[1],
                     blue = palette[i].blue - colour[2];
        const double distance = red * red + green * green + blue * blue;
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return static_cast<uint8_t>(best);
}

}  // namespace

GifPicture with_palette(std::span<const uint8_t> pixels) {
    GifPicture out;
    out.indices.reserve(pixels.size() / 3);
    if (exact(pixels, out)) return out;
    out = {};
    std::vector<Bin> bins = bins_of(pixels);
    for (const Box& box : cut(bins)) {
        const auto byte = [&](size_t c) { return static_cast<uint8_t>(box.mean[c] + 0.5); };
        out.palette.push_back({byte(0), byte(1), byte(2)});
    }
    std::vector<uint8_t> index_of(bin_places);
    for (const Bin& bin : bins) index_of[bin.place] = nearest(out.palette, bin.mean);
    for (size_t i = 0; i + 2 < pixels.size(); i += 3) out.indices.push_back(index_of[place_of(&pixels[i])]);
    return out;
}

}  // namespace convscope
