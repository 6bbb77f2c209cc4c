// How one channel of a tensor, a volume (D, H, W), becomes a picture of rows and columns.
#pragma once
#include <cstdint>
#include <optional>

#include "experiment.h"

namespace convscope {

struct PlaneCell {
    int64_t row = 0, column = 0;
    bool operator==(const PlaneCell&) const = default;
};

// across the depth: rows are H, columns W; across the height: D, W; across the width: H, D.
// montage: all depth slices, row by row in a grid of `tile_columns`.
struct PlaneLayout {
    Slicing slicing = Slicing::depth;
    Axes size{1, 1, 1};  // D, H, W of the volume
    int64_t position = 0;
    int64_t tile_columns = 1;

    int64_t rows() const;
    int64_t columns() const;
    // The element that the cell shows; none outside, and on tiles of a montage that no slice fills.
    std::optional<Axes> at(int64_t row, int64_t column) const;
    // Where the coordinates stand in the picture; none where they belong to another slice. In single slices
    // coordinates beyond the volume (padding) have their place too, outside of the picture's cells.
    std::optional<PlaneCell> place(const Axes& at) const;
    // Index within the volume.
    int64_t offset(const Axes& at) const { return (at[0] * size[1] + at[1]) * size[2] + at[2]; }
    // The rows are consecutive in memory, `row_pitch` elements from one to the next, from `first` on.
    bool rows_are_contiguous() const { return slicing == Slicing::depth || slicing == Slicing::height; }
    int64_t first() const;
    int64_t row_pitch() const { return slicing == Slicing::height ? size[1] * size[2] : size[2]; }
    bool operator==(const PlaneLayout&) const = default;
};

// The layout of a volume; positions outside are clamped, −1 is the middle. A volume of one slice has no other
// way to be cut; a montage's grid is about as wide as it is high.
PlaneLayout plane_layout(const Axes& size, Slicing slicing, const Axes& positions);

}  // namespace convscope
