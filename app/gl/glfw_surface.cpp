// Frames in a window on a display.
#include <glad/gl.h>
#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <imgui.h>
#include <imgui_impl_glfw.h>

#include <utility>

#include "core/errors.h"
#include "core/text.h"
#include "gl/key_latch.h"
#include "gl/surface.h"

namespace convscope::gl {
namespace {

// GLFW reports errors to a function without context; the last sentence is kept for the exception.
std::string& last_error() {
    static std::string text;
    return text;
}

[[noreturn]] void fail_window(const std::string& what) {
    const std::string why = last_error();
    throw Error(ErrorKind::failed, cat(what, why.empty() ? "" : ": ", why,
                                       "; without a display, `convscope shot --out f.png` draws the window"));
}

// What the panels need; in a smaller window they would cover each other.
constexpr int least_width = 1280, least_height = 720;

class GlfwSurface final : public Surface {
  public:
    GlfwSurface(const std::string& title, PixelSize size) {
        glfwSetErrorCallback([](int, const char* text) { last_error() = text ? text : ""; });
        if (!glfwInit()) fail_window("cannot open a window");
        glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
        glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
        glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
        glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
        window_ = glfwCreateWindow(size.width, size.height, title.c_str(), nullptr, nullptr);
        if (!window_) {
            const std::string why = last_error();
            glfwTerminate();
            last_error() = why;
            fail_window("cannot open a window with OpenGL 3.3");
        }
        glfwMakeContextCurrent(window_);
        glfwSwapInterval(1);
        glfwSetWindowSizeLimits(window_, least_width, least_height, GLFW_DONT_CARE, GLFW_DONT_CARE);
        glfwSetWindowUserPointer(window_, this);
        glfwSetDropCallback(window_, [](GLFWwindow* window, int count, const char** paths) {
            auto* self = static_cast<GlfwSurface*>(glfwGetWindowUserPointer(window));
            self->dropped_.insert(self->dropped_.end(), paths, paths + count);
        });
        // Before start_imgui: Dear ImGui's own callback calls this one first.
        glfwSetKeyCallback(window_, [](GLFWwindow* window, int key, int, int action, int mods) {
            auto* self = static_cast<GlfwSurface*>(glfwGetWindowUserPointer(window));
            if (action == GLFW_PRESS) self->keys_.press(key, mods);
        });
        if (!gladLoadGL(glfwGetProcAddress)) {
            glfwTerminate();
            fail_window("the display's driver gives no OpenGL functions");
        }
    }
    ~GlfwSurface() override {
        glfwDestroyWindow(window_);
        glfwTerminate();
    }

    void start_imgui() override { ImGui_ImplGlfw_InitForOpenGL(window_, true); }
    void stop_imgui() override { ImGui_ImplGlfw_Shutdown(); }
    PixelSize size() const override {
        PixelSize size;
        glfwGetFramebufferSize(window_, &size.width, &size.height);
        return size;
    }
    float content_scale() const override {
        float x = 1, y = 1;
        glfwGetWindowContentScale(window_, &x, &y);
        int width = 1, height = 1;
        glfwGetWindowSize(window_, &width, &height);
        // Where a window's own units are already scaled, they are not scaled again.
        const float units = width > 0 ? static_cast<float>(size().width) / static_cast<float>(width) : 1;
        return x / (units > 0 ? units : 1);
    }
    void wait_events(double seconds) override {
        if (seconds > 0)
            glfwWaitEventsTimeout(seconds);
        else
            glfwPollEvents();
    }
    void wake() override { glfwPostEmptyEvent(); }
    void new_frame() override {
        ImGui_ImplGlfw_NewFrame();
        keys_.new_frame([this](int key) { return glfwGetKey(window_, key) == GLFW_PRESS; });
    }
    void bind() override { glBindFramebuffer(GL_FRAMEBUFFER, 0); }
    void present() override { glfwSwapBuffers(window_); }
    bool closing() const override { return glfwWindowShouldClose(window_); }
    void toggle_fullscreen() override;
    void set_title(const std::string& title) override { glfwSetWindowTitle(window_, title.c_str()); }
    std::vector<std::string> take_dropped_files() override { return std::exchange(dropped_, {}); }
    void resize(PixelSize size) override { glfwSetWindowSize(window_, size.width, size.height); }

  private:
    GLFWwindow* window_ = nullptr;
    std::vector<std::string> dropped_;
    KeyLatch keys_;
    int x_ = 0, y_ = 0, width_ = 0, height_ = 0;  // of the window before it filled the screen
};

void GlfwSurface::toggle_fullscreen() {
    if (glfwGetWindowMonitor(window_)) {
        glfwSetWindowMonitor(window_, nullptr, x_, y_, width_, height_, GLFW_DONT_CARE);
        return;
    }
    GLFWmonitor* monitor = glfwGetPrimaryMonitor();
    if (!monitor) return;
    glfwGetWindowPos(window_, &x_, &y_);
    glfwGetWindowSize(window_, &width_, &height_);
    const GLFWvidmode* mode = glfwGetVideoMode(monitor);
    glfwSetWindowMonitor(window_, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
}

}  // namespace

std::unique_ptr<Surface> make_window_surface(const std::string& title, PixelSize size) {
    return std::make_unique<GlfwSurface>(title, size);
}

}  // namespace convscope::gl
