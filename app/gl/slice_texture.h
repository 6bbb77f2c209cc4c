// One slice of a tensor as a float texture.
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace convscope::gl {

// How often elements went to GL since the program started. Tests assert that looking differently at the same
// data costs nothing here.
struct UploadCounters {
    int64_t uploads = 0;       // slices copied from host memory
    int64_t elements = 0;      // in these
    int64_t shared_draws = 0;  // slices that a device wrote itself
};
UploadCounters& upload_counters();

class SliceTexture {
  public:
    SliceTexture(int width, int height);
    ~SliceTexture();
    SliceTexture(const SliceTexture&) = delete;
    SliceTexture& operator=(const SliceTexture&) = delete;

    unsigned id() const { return id_; }
    // Another number each time that the elements change, of any texture.
    uint64_t generation() const { return generation_; }
    int width() const { return width_; }
    int height() const { return height_; }
    // `values` is (height, width).
    void upload(std::span<const float> values);
    // After a device has written the texture.
    void written_by_device();

    // The largest width and height that GL takes here.
    static int largest_side();

  private:
    void make_averages();
    unsigned id_ = 0;
    uint64_t generation_ = 0;
    int width_, height_;
};

}  // namespace convscope::gl
