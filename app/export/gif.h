// Animated GIFs.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace convscope {

// Whether this program was built with giflib, and for a report: "GIF by giflib 5.2.1", or why not.
bool gif_supported();
std::string gif_support_text();

inline constexpr int largest_gif_side = 4096;

// Frames are packed as they come; finish() writes the file, so that it is there whole or not at all. It loops
// for ever. Each frame has 256 colours of its own and holds only what changed since the one before.
class GifWriter {
  public:
    // Throws Error(request) where giflib is missing or a side is not 1 to largest_gif_side.
    GifWriter(std::string path, int width, int height);
    ~GifWriter();
    GifWriter(GifWriter&&) noexcept;
    GifWriter& operator=(GifWriter&&) noexcept;

    // `pixels` are height × width × 3 or 4 bytes, the top row first; alpha is ignored. The delay until the
    // next frame is 1 to 65535 hundredths of a second. Throws Error(request), also where the file grows over
    // 512 MiB.
    void add_frame(std::span<const uint8_t> pixels, int delay);
    // Throws Error(request) where there is no frame or the file cannot be written.
    void finish();

  private:
    struct Packer;
    std::unique_ptr<Packer> packer_;
};

}  // namespace convscope
