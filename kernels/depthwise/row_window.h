// The register window of row_march: the rows of one input plane that a few rows of four neighbouring outputs
// look at. Every index into it is a constant once its loops are unrolled, so that it stays in registers.
#pragma once
#include "cuda_cpp/cuda_cpp.h"

namespace convscope::depthwise_conv2d::row_march {

inline constexpr int columns_a_thread = 4;  // outputs: 16 bytes

template <int K_h, int K_w, int Stride, int Dilation>
struct Window {
    static constexpr int height = K_h, width = K_w, stride = Stride, dilation = Dilation;
    static constexpr int columns = (columns_a_thread - 1) * Stride + (K_w - 1) * Dilation + 1;
    static constexpr int rows_for(int outputs) { return (outputs - 1) * Stride + (K_h - 1) * Dilation + 1; }
    // Output rows computed at once: their loads are under way together. More than 64 registers of inputs
    // would cost more threads than that gains.
    static constexpr int outputs = rows_for(4) * columns <= 64 ? 4 : rows_for(2) * columns <= 64 ? 2 : 1;
    static constexpr int rows = rows_for(outputs);
    static constexpr int step = outputs * Stride;  // input rows from one turn of the march to the next
    static constexpr int kept = rows - step;       // rows that the next turn needs again
    static_assert(kept >= 0, "rows between the windows would be loaded in vain");

    float x[rows][columns];
};

// Loads row (columns) from `from`, where column `At` and those after it are still to come. Pieces are as wide
// as Width floats where they are aligned, that is where the column is Lead more than a multiple of Width.
// Input rows are multiples of Width long, so a piece lies inside of the input as a whole or not at all;
// bit i of `inside` says it for column i. Columns outside become 0 and are never multiplied for an output.
template <int Width, int Lead, int At = 0, int Columns>
static __device__ __forceinline__ void load_row(const float* from, unsigned inside, float (&row)[Columns]) {
    if constexpr (At < Columns) {
        constexpr int ahead = (At + 4 - Lead) % Width, left = Columns - At;
        constexpr int piece = Width == 4 && ahead == 0 && left >= 4       ? 4
                              : Width >= 2 && ahead % 2 == 0 && left >= 2 ? 2
                                                                          : 1;
        const bool there = inside >> At & 1;
        if constexpr (piece == 4) {
            float4 four = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
            if (there) four = *reinterpret_cast<const float4*>(from + At);
            row[At] = four.x;
            row[At + 1] = four.y;
            row[At + 2] = four.z;
            row[At + 3] = four.w;
        } else if constexpr (piece == 2) {
            float2 two = make_float2(0.0f, 0.0f);
            if (there) two = *reinterpret_cast<const float2*>(from + At);
            row[At] = two.x;
            row[At + 1] = two.y;
        } else {
            row[At] = there ? from[At] : 0.0f;
        }
        load_row<Width, Lead, At + piece>(from, inside, row);
    }
}

// Which rows of the window lie inside of the input, [begin, end), counted from its top edge.
struct RowsInside {
    int begin, end;
    __device__ __forceinline__ bool has(int row) const { return row >= begin && row < end; }
};

// The rows [First, Last) of the window, whose row 0 and column 0 are at `corner` of a plane with rows of
// `pitch` elements.
template <int First, int Last, int Width, int Lead, class Window>
static __device__ __forceinline__ void load_rows(Window& window, const float* corner, int64_t pitch,
                                                 RowsInside rows, unsigned columns) {
#pragma unroll
    for (int r = First; r < Last; ++r)
        load_row<Width, Lead>(corner + r * pitch, rows.has(r) ? columns : 0, window.x[r]);
}

// load_width (4, 2 or 1 floats) and lead (less than load_width) are the same for the whole grid.
template <int First, int Last, class Window>
static __device__ __forceinline__ void load_rows(Window& window, const float* corner, int64_t pitch,
                                                 RowsInside rows, unsigned columns, int load_width,
                                                 int lead) {
    const auto load = [&]<int Width, int Lead>() {
        load_rows<First, Last, Width, Lead>(window, corner, pitch, rows, columns);
    };
    if (load_width == 4) {
        if (lead == 0) return load.template operator()<4, 0>();
        if (lead == 1) return load.template operator()<4, 1>();
        if (lead == 2) return load.template operator()<4, 2>();
        return load.template operator()<4, 3>();
    }
    if (load_width == 1) return load.template operator()<1, 0>();
    if (lead == 0) return load.template operator()<2, 0>();
    return load.template operator()<2, 1>();
}

// Moves the rows that the next turn needs to the top.
template <class Window>
static __device__ __forceinline__ void move_up(Window& window) {
#pragma unroll
    for (int r = 0; r < Window::kept; ++r)
#pragma unroll
        for (int c = 0; c < Window::columns; ++c) window.x[r][c] = window.x[r + Window::step][c];
}

// Adds the products of one turn. Whole: every tap of an output that counts lies inside of the input; else
// `rows` and bit i of `columns` say whether a row and column i of the window do.
template <bool Whole, class Window>
static __device__ __forceinline__ void add_products(const Window& window, const float* weights,
                                                    RowsInside rows, unsigned columns,
                                                    float (&sums)[Window::outputs][columns_a_thread]) {
#pragma unroll
    for (int i = 0; i < Window::height; ++i)
#pragma unroll
        for (int j = 0; j < Window::width; ++j)
#pragma unroll
            for (int q = 0; q < Window::outputs; ++q)
#pragma unroll
                for (int c = 0; c < columns_a_thread; ++c) {
                    const int row = q * Window::stride + i * Window::dilation;
                    const int column = c * Window::stride + j * Window::dilation;
                    if (Whole || (rows.has(row) && (columns >> column & 1)))
                        sums[q][c] += weights[i * Window::width + j] * window.x[row][column];
                }
}

// Writes the first `count` of four neighbouring outputs. Rows of the output are multiples of store_width
// (4, 2 or 1 floats) long, so count is one as well.
static __device__ __forceinline__ void store_four(float* to, const float (&sums)[columns_a_thread], int count,
                                                  int store_width) {
    if (store_width == 4) {
        *reinterpret_cast<float4*>(to) = make_float4(sums[0], sums[1], sums[2], sums[3]);
    } else if (store_width == 2) {
        *reinterpret_cast<float2*>(to) = make_float2(sums[0], sums[1]);
        if (count > 2) *reinterpret_cast<float2*>(to + 2) = make_float2(sums[2], sums[3]);
    } else {
#pragma unroll
        for (int c = 0; c < columns_a_thread; ++c)
            if (c < count) to[c] = sums[c];
    }
}

}  // namespace convscope::depthwise_conv2d::row_march
