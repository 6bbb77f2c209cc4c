#include "cli/xray_pictures.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "cli/xray_report.h"
#include "core/files/image.h"
#include "core/text.h"
#include "experiment_colours.h"
#include "views/plane.h"

namespace convscope::cli {
namespace {

constexpr int64_t wanted_side_px = 512;
constexpr int64_t largest_cell_px = 32, cell_px_with_lines = 8;
constexpr int gap_px = 16;

// Pixels, rows of red, green and blue.
class Canvas {
  public:
    Canvas(int64_t width, int64_t height, Rgb ground) : width_(width), height_(height) {
        pixels_.resize(static_cast<size_t>(3 * width * height));
        fill(0, 0, width, height, ground);
    }
    void fill(int64_t x, int64_t y, int64_t width, int64_t height, Rgb colour) {
        for (int64_t row = y; row < y + height; ++row)
            for (int64_t column = x; column < x + width; ++column) {
                uint8_t* pixel = &pixels_[static_cast<size_t>(3 * (row * width_ + column))];
                pixel[0] = colour.r, pixel[1] = colour.g, pixel[2] = colour.b;
            }
    }
    void write(const std::string& path) const {
        write_png(path, static_cast<int>(width_), static_cast<int>(height_), 3, pixels_);
    }

  private:
    int64_t width_, height_;
    std::vector<uint8_t> pixels_;
};

// One channel of one image of a tensor, and the slice of it that a picture shows.
struct Slice {
    Axes size{1, 1, 1};  // of the volume
    int64_t image = 0, channel = 0, depth = 0;
    int64_t first = 0;  // element of the tensor with which the volume begins

    int64_t element(int64_t row, int64_t column) const {
        return first + (depth * size[1] + row) * size[2] + column;
    }
    // Where the element lies; none where it is of another slice.
    std::optional<PlaneCell> cell(int64_t element) const {
        const int64_t inside = element - first - depth * size[1] * size[2];
        if (inside < 0 || inside >= size[1] * size[2]) return std::nullopt;
        return PlaneCell{inside / size[2], inside % size[2]};
    }
    std::string text(const char* name) const {
        return cat(name, " channel ", channel, image > 0 ? cat(" of image ", image) : "",
                   size[0] > 1 ? cat(", slice ", depth) : "");
    }
};

Slice slice_of(const Shape& shape, int64_t image, int64_t channel, int64_t depth) {
    if (channel < 0 || channel >= shape[1])
        fail_request(
            cat("--channel: there is no input channel ", channel, "; 0 to ", shape[1] - 1, " is allowed"));
    Slice slice;
    slice.size = {shape.size() == 5 ? shape[2] : 1, shape[shape.size() - 2], shape.back()};
    slice.image = image;
    slice.channel = channel;
    slice.depth = depth;
    slice.first = (image * shape[1] + channel) * slice.size[0] * slice.size[1] * slice.size[2];
    return slice;
}

// The slice that holds `element`, or, of the same image and depth, another channel.
Slice slice_around(const Shape& shape, int64_t element, std::optional<int64_t> channel) {
    const Slice whole = slice_of(shape, 0, 0, 0);
    const int64_t plane = whole.size[1] * whole.size[2], volume = whole.size[0] * plane;
    return slice_of(shape, element / (volume * shape[1]), channel.value_or(element / volume % shape[1]),
                    element % volume / plane);
}

// The rows and columns of a slice that are drawn.
struct Part {
    int64_t row = 0, column = 0, rows = 0, columns = 0;
    int64_t cell_px = 1;

    int64_t width() const { return columns * cell_px; }
    int64_t height() const { return rows * cell_px; }
    std::string text(const Slice& slice) const {
        if (rows == slice.size[1] && columns == slice.size[2]) return cat(rows, "×", columns);
        return cat("rows ", row, " to ", row + rows - 1, ", columns ", column, " to ", column + columns - 1);
    }
};

Part with_cells(Part part) {
    part.cell_px =
        std::clamp<int64_t>(wanted_side_px / std::max(part.rows, part.columns), 1, largest_cell_px);
    return part;
}

using LaneOfElement = std::map<int64_t, int>;

// Along one axis of `size` cells: all of them, or where they are many those around lowest…highest.
std::pair<int64_t, int64_t> range_around(int64_t size, int64_t lowest, int64_t highest) {
    constexpr int64_t most_whole = 128, margin = 8;
    if (size <= most_whole || lowest > highest) return {0, size};
    const int64_t begin = std::max<int64_t>(0, lowest - margin), end = std::min(size, highest + 1 + margin);
    return {begin, end - begin};
}

Part part_around(const Slice& slice, const LaneOfElement& lanes) {
    int64_t low_row = slice.size[1], high_row = -1, low_column = slice.size[2], high_column = -1;
    for (const auto& [element, lane] : lanes)
        if (const auto cell = slice.cell(element)) {
            low_row = std::min(low_row, cell->row), high_row = std::max(high_row, cell->row);
            low_column = std::min(low_column, cell->column);
            high_column = std::max(high_column, cell->column);
        }
    Part part;
    std::tie(part.row, part.rows) = range_around(slice.size[1], low_row, high_row);
    std::tie(part.column, part.columns) = range_around(slice.size[2], low_column, high_column);
    return with_cells(part);
}

// Hues around the circle, short of where it closes.
Rgb lane_colour(int lane) {
    const double hue = 5.5 * lane / 32, saturation = 0.7, value = 0.95;
    const auto channel = [&](double offset) {
        const double k = std::fmod(offset + hue, 6);
        const double shade = value - value * saturation * std::clamp(std::min(k, 4 - k), 0.0, 1.0);
        return static_cast<uint8_t>(std::lround(255 * shade));
    };
    return {channel(5), channel(3), channel(1)};
}

template <class Colour>
void draw(Canvas& canvas, int64_t x, const Part& part, const Colour& colour) {
    const int64_t line = part.cell_px >= cell_px_with_lines ? 1 : 0;
    for (int64_t row = 0; row < part.rows; ++row)
        for (int64_t column = 0; column < part.columns; ++column)
            canvas.fill(x + column * part.cell_px, row * part.cell_px, part.cell_px - line,
                        part.cell_px - line, colour(part.row + row, part.column + column));
}

void require_drawable(const std::string& path, int64_t width, int64_t height) {
    if (std::max(width, height) > largest_image_side)
        fail_request(cat("cannot write ", path, ": a picture is at most ", largest_image_side,
                         " pixels wide and high; this one would be ", width, "×", height));
}

// The elements of one array that the block touches in one way, each with the first lane that does. Where a
// step reads no input itself, the copies of it that it finds in shared memory.
LaneOfElement lanes_of(const xray::BlockXray& block, BufferRole role, sim::AccessKind kind, bool copies) {
    LaneOfElement found;
    for (const sim::TraceRecord& record : block.records) {
        const bool changes = kind == sim::AccessKind::store && record.kind == sim::AccessKind::atomic;
        if (record.what != sim::TraceRecord::What::request || (record.kind != kind && !changes)) continue;
        for (size_t lane = 0; lane < 32; ++lane) {
            if ((record.lanes >> lane & 1u) == 0) continue;
            const int array = copies ? record.copy_array[lane] : record.array[lane];
            if (array < 0 || block.arrays[static_cast<size_t>(array)].role != role) continue;
            const int64_t first = copies ? record.copy_element[lane] : record.place[lane] / 4;
            const int64_t elements = copies ? 1 : std::max(1, record.bytes / 4);
            for (int64_t element = first; element < first + elements; ++element)
                found.emplace(element, static_cast<int>(lane));
        }
    }
    return found;
}

// Values as greys that leave room for the lanes' colours.
class Greys {
  public:
    Greys(const Tensor& tensor, const Slice& slice) : tensor_(tensor) {
        const auto begin = tensor.values.begin() + slice.element(0, 0);
        for (auto at = begin; at != begin + slice.size[1] * slice.size[2]; ++at)
            if (std::isfinite(*at)) low_ = std::min(low_, *at), high_ = std::max(high_, *at);
    }
    Rgb of(int64_t element) const {
        const float value = tensor_.values[static_cast<size_t>(element)];
        const float share = high_ > low_ && std::isfinite(value) ? (value - low_) / (high_ - low_) : 0.5f;
        const auto grey = static_cast<uint8_t>(std::lround(30 + 110 * share));
        return {grey, grey, grey};
    }

  private:
    const Tensor& tensor_;
    float low_ = INFINITY, high_ = -INFINITY;
};

}  // namespace

std::string draw_heat(const std::string& path, const xray::Counts& counts, int64_t channel) {
    const Shape shape = counts.problem.input_shape();
    const Slice slice = slice_of(shape, 0, channel, counts.problem.input()[0] / 2);
    const Part part = with_cells({0, 0, slice.size[1], slice.size[2], 1});
    require_drawable(path, part.width(), part.height());
    const std::vector<uint32_t>& reads = counts.arrays.front().element_reads;
    uint32_t least = ~0u, most = 0;
    double sum = 0;
    for (int64_t row = 0; row < part.rows; ++row)
        for (int64_t column = 0; column < part.columns; ++column) {
            const uint32_t count = reads[static_cast<size_t>(slice.element(row, column))];
            least = std::min(least, count), most = std::max(most, count);
            sum += count;
        }
    Canvas canvas(part.width(), part.height(), {});
    draw(canvas, 0, part, [&](int64_t row, int64_t column) {
        const uint32_t count = reads[static_cast<size_t>(slice.element(row, column))];
        return colour_at(ColourMap::viridis,
                         most == 0 ? 0 : static_cast<float>(count) / static_cast<float>(most));
    });
    canvas.write(path);
    return cat(path, ": how often each element of ", slice.text("input"), " (", part.text(slice),
               ") is read from global memory, dark for 0, light for ", most, ": ", least, " to ", most, ", ",
               number_text(sum / static_cast<double>(part.rows * part.columns), 3),
               " on average; once would be ideal");
}

std::string draw_map(const std::string& path, const xray::BlockXray& block, const Problem& problem,
                     const Tensor& input, std::optional<int64_t> channel) {
    LaneOfElement reads = lanes_of(block, BufferRole::input, sim::AccessKind::load, false);
    if (reads.empty()) reads = lanes_of(block, BufferRole::input, sim::AccessKind::load, true);
    const LaneOfElement writes = lanes_of(block, BufferRole::output, sim::AccessKind::store, false);
    const Slice in = slice_around(problem.input_shape(), reads.empty() ? 0 : reads.begin()->first, channel);
    const Slice out = slice_around(problem.output_shape(), writes.empty() ? 0 : writes.begin()->first, {});
    const Part in_part = part_around(in, reads), out_part = part_around(out, writes);
    const int64_t width = in_part.width() + gap_px + out_part.width();
    const int64_t height = std::max(in_part.height(), out_part.height());
    require_drawable(path, width, height);

    Canvas canvas(width, height, {16, 16, 18});
    const Greys greys(input, in);
    draw(canvas, 0, in_part, [&](int64_t row, int64_t column) {
        const auto found = reads.find(in.element(row, column));
        return found == reads.end() ? greys.of(in.element(row, column)) : lane_colour(found->second);
    });
    draw(canvas, in_part.width() + gap_px, out_part, [&](int64_t row, int64_t column) {
        const auto found = writes.find(out.element(row, column));
        return found == writes.end() ? Rgb{44, 44, 48} : lane_colour(found->second);
    });
    canvas.write(path);
    const Dim3 at = position_in(block.facts.grid, block.block);
    const std::string part =
        block.records_cut ? cat(" in its first ", block.records.size(), " requests") : std::string();
    return cat(path, ": block (", at.x, ", ", at.y, ", ", at.z, ") of '", block.facts.label, "' reads", part,
               " ", reads.size(), " input elements and writes ", writes.size(), " outputs; left ",
               in.text("input"), " (", in_part.text(in), "), right ", out.text("output"), " (",
               out_part.text(out),
               "), each in the colour of the first lane, red for 0, through green and blue "
               "to pink for 31");
}

}  // namespace convscope::cli
