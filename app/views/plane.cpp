#include "views/plane.h"

#include <algorithm>
#include <cmath>

namespace convscope {
namespace {

// The axes that run down and across, and the one that is cut.
struct Orientation {
    int down, across, cut;
};

Orientation orientation(Slicing slicing) {
    switch (slicing) {
        case Slicing::height:
            return {axis_depth, axis_width, axis_height};
        case Slicing::width:
            return {axis_height, axis_depth, axis_width};
        default:
            return {axis_height, axis_width, axis_depth};
    }
}

}  // namespace

int64_t PlaneLayout::rows() const {
    if (slicing == Slicing::montage) return (size[0] + tile_columns - 1) / tile_columns * size[1];
    return size[static_cast<size_t>(orientation(slicing).down)];
}

int64_t PlaneLayout::columns() const {
    if (slicing == Slicing::montage) return tile_columns * size[2];
    return size[static_cast<size_t>(orientation(slicing).across)];
}

std::optional<Axes> PlaneLayout::at(int64_t row, int64_t column) const {
    if (row < 0 || column < 0 || row >= rows() || column >= columns()) return std::nullopt;
    if (slicing == Slicing::montage) {
        const int64_t depth = row / size[1] * tile_columns + column / size[2];
        if (depth >= size[0]) return std::nullopt;
        return Axes{depth, row % size[1], column % size[2]};
    }
    const Orientation o = orientation(slicing);
    Axes out{};
    out[static_cast<size_t>(o.cut)] = position;
    out[static_cast<size_t>(o.down)] = row;
    out[static_cast<size_t>(o.across)] = column;
    return out;
}

std::optional<PlaneCell> PlaneLayout::place(const Axes& at) const {
    if (slicing == Slicing::montage) {
        for (size_t a = 0; a < 3; ++a)
            if (at[a] < 0 || at[a] >= size[a]) return std::nullopt;
        return PlaneCell{at[0] / tile_columns * size[1] + at[1], at[0] % tile_columns * size[2] + at[2]};
    }
    const Orientation o = orientation(slicing);
    if (at[static_cast<size_t>(o.cut)] != position) return std::nullopt;
    return PlaneCell{at[static_cast<size_t>(o.down)], at[static_cast<size_t>(o.across)]};
}

int64_t PlaneLayout::first() const {
    if (slicing == Slicing::depth) return position * size[1] * size[2];
    if (slicing == Slicing::height) return position * size[2];
    return slicing == Slicing::width ? position : 0;
}

PlaneLayout plane_layout(const Axes& size, Slicing slicing, const Axes& positions) {
    PlaneLayout out{.slicing = slicing, .size = size};
    if (size[0] == 1) out.slicing = Slicing::depth;
    if (out.slicing == Slicing::montage) {
        const double wide = std::sqrt(static_cast<double>(size[0] * size[1]) / static_cast<double>(size[2]));
        out.tile_columns = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(wide)), 1, size[0]);
        return out;
    }
    const auto cut = static_cast<size_t>(orientation(out.slicing).cut);
    const int64_t wanted = positions[cut] < 0 ? size[cut] / 2 : positions[cut];
    out.position = std::clamp<int64_t>(wanted, 0, size[cut] - 1);
    return out;
}

}  // namespace convscope
