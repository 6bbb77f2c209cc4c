// Where frames go: a window on a display, or a picture in memory. The rest of the program cannot tell.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace convscope::gl {

struct PixelSize {
    int width = 0, height = 0;
};

class Surface {
  public:
    virtual ~Surface() = default;
    // Connects Dear ImGui's current context to this surface's input and size, and back.
    virtual void start_imgui() = 0;
    virtual void stop_imgui() = 0;

    virtual PixelSize size() const = 0;
    // How much larger than on a plain monitor everything should be, by the display's own account.
    virtual float content_scale() const = 0;
    // Sleeps until an event or wake(), at most `seconds`; 0 only looks.
    virtual void wait_events(double seconds) = 0;
    // Ends a sleep in wait_events. May be called on any thread.
    virtual void wake() = 0;
    // Tells Dear ImGui the size, the time and the input of the coming frame.
    virtual void new_frame() = 0;
    // Makes the surface the target of what is drawn next.
    virtual void bind() = 0;
    // Fills the bound surface.
    void clear(float red, float green, float blue);
    virtual void present() = 0;
    virtual bool closing() const = 0;
    virtual void toggle_fullscreen() = 0;
    virtual void set_title(const std::string& title) = 0;
    // Files dropped on the window since the last call.
    virtual std::vector<std::string> take_dropped_files() = 0;
    virtual void resize(PixelSize size) = 0;
};

// Throws Error(failed) with a sentence where there is no display or no OpenGL 3.3.
std::unique_ptr<Surface> make_window_surface(const std::string& title, PixelSize size);
// Surfaceless EGL: needs neither display nor GPU. Throws Error(failed) likewise.
std::unique_ptr<Surface> make_offscreen_surface(PixelSize size);

// What draws: "llvmpipe (LLVM 15.0.6, 256 bits), OpenGL 4.5". Needs a current surface.
std::string renderer_description();
// The pixels of the bound surface, rows from the top, RGBA.
std::vector<uint8_t> read_pixels(PixelSize size);

}  // namespace convscope::gl
