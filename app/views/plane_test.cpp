#include "views/plane.h"

#include <gtest/gtest.h>

#include <set>

namespace convscope {
namespace {

TEST(Plane, EveryElementHasOnePlaceAndBack) {
    const Axes size{3, 4, 5};
    for (const Slicing slicing : {Slicing::depth, Slicing::height, Slicing::width, Slicing::montage}) {
        std::set<int64_t> seen;
        for (int64_t position = 0; position < 5; ++position) {
            const PlaneLayout layout = plane_layout(size, slicing, {position, position, position});
            for (int64_t row = 0; row < layout.rows(); ++row)
                for (int64_t column = 0; column < layout.columns(); ++column) {
                    const auto at = layout.at(row, column);
                    if (!at) {
                        EXPECT_EQ(slicing, Slicing::montage);
                        continue;
                    }
                    EXPECT_EQ(layout.place(*at), (PlaneCell{row, column}));
                    if (layout.rows_are_contiguous()) {
                        EXPECT_EQ(layout.offset(*at), layout.first() + row * layout.row_pitch() + column);
                    }
                    seen.insert(layout.offset(*at));
                }
            EXPECT_FALSE(layout.at(layout.rows(), 0));
            EXPECT_FALSE(layout.at(0, -1));
        }
        EXPECT_EQ(seen.size(), 60u);
    }
}

TEST(Plane, PaddingHasItsPlaceOutside) {
    const PlaneLayout depth = plane_layout({3, 4, 5}, Slicing::depth, {1, 0, 0});
    EXPECT_EQ(depth.place({1, -1, 5}), (PlaneCell{-1, 5}));
    EXPECT_FALSE(depth.place({0, 0, 0})) << "another slice";
    EXPECT_FALSE(plane_layout({3, 4, 5}, Slicing::montage, {}).place({1, -1, 5}))
        << "a montage's neighbour stands there";
}

TEST(Plane, PositionsAreClampedAndTheMiddleIsMinusOne) {
    EXPECT_EQ(plane_layout({3, 4, 5}, Slicing::depth, {9, 0, 0}).position, 2);
    EXPECT_EQ(plane_layout({3, 4, 5}, Slicing::width, {-1, -1, -1}).position, 2);
    EXPECT_EQ(plane_layout({1, 4, 5}, Slicing::montage, {}).slicing, Slicing::depth) << "one slice only";
}

TEST(Plane, AMontageIsAboutAsWideAsHigh) {
    const PlaneLayout layout = plane_layout({16, 48, 48}, Slicing::montage, {});
    EXPECT_EQ(layout.tile_columns, 4);
    EXPECT_EQ(layout.rows(), 192);
    EXPECT_EQ(plane_layout({5, 1, 100}, Slicing::montage, {}).tile_columns, 1);
}

}  // namespace
}  // namespace convscope
