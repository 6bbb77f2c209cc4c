// A window in registers: the part of one input plane that a few rows of four neighbouring outputs look at.
// Every index into it is a constant once its loops are unrolled.
#pragma once
#include "common/sizes.h"
#include "common/vector_access.h"
#include "cuda_cpp/cuda_cpp.h"

namespace convscope {

// Outputs: rows of them that are computed at once; 0: so many that the window takes up to 64 registers. More
// would cost more threads than the loads that are under way together gain.
template <int K_h, int K_w, int Stride = 1, int Dilation = 1, int Outputs = 0>
struct Window {
    static constexpr int height = K_h, width = K_w, stride = Stride, dilation = Dilation;
    static constexpr int columns = (vector_floats - 1) * Stride + (K_w - 1) * Dilation + 1;
    static constexpr int rows_for(int outputs) { return (outputs - 1) * Stride + (K_h - 1) * Dilation + 1; }
    static constexpr int outputs = Outputs != 0                  ? Outputs
                                   : rows_for(4) * columns <= 64 ? 4
                                   : rows_for(2) * columns <= 64 ? 2
                                                                 : 1;
    static constexpr int rows = rows_for(outputs);
    static constexpr int step = outputs * Stride;  // input rows from one turn of a march to the next
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
            float4 piece4 = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
            if (there) piece4 = *reinterpret_cast<const float4*>(from + At);
            row[At] = piece4.x;
            row[At + 1] = piece4.y;
            row[At + 2] = piece4.z;
            row[At + 3] = piece4.w;
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
                                                    float (&sums)[Window::outputs][vector_floats]) {
#pragma unroll
    for (int i = 0; i < Window::height; ++i)
#pragma unroll
        for (int j = 0; j < Window::width; ++j)
#pragma unroll
            for (int q = 0; q < Window::outputs; ++q)
#pragma unroll
                for (int c = 0; c < vector_floats; ++c) {
                    const int row = q * Window::stride + i * Window::dilation;
                    const int column = c * Window::stride + j * Window::dilation;
                    if (Whole || (rows.has(row) && (columns >> column & 1)))
                        sums[q][c] += weights[i * Window::width + j] * window.x[row][column];
                }
}

// Where the windows of four neighbouring outputs lie, the first of them at (out_row, out_column).
struct WindowPlace {
    int64_t offset;  // of the window's top left corner from the plane's; it may lie in the padding
    RowsInside rows;
    unsigned columns;    // bit i: column i lies inside of the input
    bool columns_whole;  // every column that an output looks at does
    int outputs;         // of the four that there are
};

// Bit i: position first + i lies in [0, size).
template <int Count>
static __device__ __forceinline__ unsigned inside_bits(int64_t first, int64_t size) {
    unsigned bits = 0;
#pragma unroll
    for (int i = 0; i < Count; ++i) bits |= static_cast<unsigned>(first + i >= 0 && first + i < size) << i;
    return bits;
}

template <class Window>
static __device__ __forceinline__ WindowPlace window_place(const AxisSizes& height, const AxisSizes& width,
                                                           int64_t out_row, int64_t out_column) {
    const int64_t row = out_row * Window::stride - height.padding;
    const int64_t column = out_column * Window::stride - width.padding;
    const int64_t outputs = min(int64_t{vector_floats}, width.output - out_column);
    const int64_t last_column =
        column + (outputs - 1) * Window::stride + (Window::width - 1) * Window::dilation;
    // A march looks at far fewer than a million rows: 32 bits are enough for what is counted from its start.
    const int64_t far = 1 << 20;
    return {.offset = row * width.input + column,
            .rows = {static_cast<int>(min(max(-row, int64_t{0}), far)),
                     static_cast<int>(min(max(height.input - row, int64_t{0}), far))},
            .columns = inside_bits<Window::columns>(column, width.input),
            .columns_whole = column >= 0 && last_column < width.input,
            .outputs = static_cast<int>(outputs)};
}

// load_width (4, 2 or 1 floats) and lead (less than load_width) are the same for the whole grid.
template <int First, int Last, class Window>
static __device__ __forceinline__ void load_rows(Window& window, const float* corner, int64_t pitch,
                                                 const WindowPlace& at, int load_width, int lead) {
    const auto load = [&]<int Width, int Lead>() {
        load_rows<First, Last, Width, Lead>(window, corner, pitch, at.rows, at.columns);
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

// One turn: adds the products of the first `output_rows` rows of outputs, at most Window::outputs.
template <class Window>
static __device__ __forceinline__ void add_products(const Window& window, const float* weights,
                                                    const WindowPlace& at, int output_rows,
                                                    float (&sums)[Window::outputs][vector_floats]) {
    const int last_row =
        (min(output_rows, Window::outputs) - 1) * Window::stride + (Window::height - 1) * Window::dilation;
    if (at.columns_whole && at.rows.has(0) && at.rows.has(last_row))
        add_products<true>(window, weights, at.rows, at.columns, sums);
    else
        add_products<false>(window, weights, at.rows, at.columns, sums);
}

}  // namespace convscope
