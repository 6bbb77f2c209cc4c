#include "core/files/jpeg_tables.h"

#include <cstddef>

namespace convscope {
namespace {

// Markers of ITU-T T.81, table B.1.
constexpr int marker_huffman = 0xc4, marker_restart = 0xd0, marker_image_start = 0xd8,
              marker_image_end = 0xd9;

class Markers {
  public:
    explicit Markers(std::span<const uint8_t> bytes) : bytes_(bytes) {}

    bool tables_fit() {
        while (next_ < bytes_.size()) {
            const int marker = next_marker();
            if (marker == marker_image_end) break;
            const size_t segment = next_, length = size_t(at(segment) << 8 | at(segment + 1));
            if (marker == marker_huffman && !segment_fits(segment + 2, int64_t(length) - 2)) return false;
            next_ = segment + length;
        }
        return true;
    }

  private:
    int at(size_t i) const { return i < bytes_.size() ? int(bytes_[i]) : 0; }

    // Past image data and padding: a marker is 0xff and then neither 0, 0xff nor a restart.
    int next_marker() {
        while (next_ < bytes_.size()) {
            if (at(next_++) != 0xff) continue;
            while (at(next_) == 0xff) ++next_;
            const int marker = at(next_++);
            if (marker != 0 && (marker < marker_restart || marker >= marker_image_start)) return marker;
        }
        return marker_image_end;
    }

    // Tables follow each other: a byte, 16 counts of codes, and as many symbols. The last one is read whole
    // even if it is longer than its segment.
    bool segment_fits(size_t table, int64_t left) const {
        while (left > 0) {
            size_t codes = 0;
            for (size_t i = 1; i <= 16; ++i) codes += size_t(at(table + i));
            if (codes > 256) return false;
            table += 17 + codes;
            left -= int64_t(17 + codes);
        }
        return true;
    }

    std::span<const uint8_t> bytes_;
    size_t next_ = 2;  // behind the start-of-image marker
};

}  // namespace

bool jpeg_tables_fit(std::span<const uint8_t> bytes) {
    return Markers(bytes).tables_fit();
}

}  // namespace convscope
