// Frames without a display: an EGL context that draws into a framebuffer object.
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <glad/gl.h>
#include <imgui.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>

#include "core/errors.h"
#include "core/text.h"
#include "gl/surface.h"

namespace convscope::gl {
namespace {

template <class Function>
Function egl_function(const char* name) {
    return reinterpret_cast<Function>(eglGetProcAddress(name));
}

bool has_extension(const char* list, const char* name) {
    return list && std::strstr(list, name);
}

EGLDisplay started(EGLDisplay display) {
    if (display == EGL_NO_DISPLAY) return display;
    return eglInitialize(display, nullptr, nullptr) ? display : EGL_NO_DISPLAY;
}

// A display of the first device that answers; with `cuda_only`, of one that CUDA can share with.
EGLDisplay device_display(bool cuda_only) {
    const auto query = egl_function<PFNEGLQUERYDEVICESEXTPROC>("eglQueryDevicesEXT");
    const auto text = egl_function<PFNEGLQUERYDEVICESTRINGEXTPROC>("eglQueryDeviceStringEXT");
    const auto platform = egl_function<PFNEGLGETPLATFORMDISPLAYEXTPROC>("eglGetPlatformDisplayEXT");
    EGLDeviceEXT devices[16];
    EGLint count = 0;
    if (!query || !text || !platform || !query(16, devices, &count)) return EGL_NO_DISPLAY;
    for (EGLint i = 0; i < count; ++i) {
        if (cuda_only && !has_extension(text(devices[i], EGL_EXTENSIONS), "EGL_NV_device_cuda")) continue;
        const EGLDisplay display = started(platform(EGL_PLATFORM_DEVICE_EXT, devices[i], nullptr));
        if (display != EGL_NO_DISPLAY) return display;
    }
    return EGL_NO_DISPLAY;
}

// A display that CUDA can share with comes first; then Mesa's surfaceless one, any device, the default.
EGLDisplay open_display() {
    const char* extensions = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
    const bool devices = has_extension(extensions, "EGL_EXT_device_enumeration") ||
                         has_extension(extensions, "EGL_EXT_device_base");
    if (devices)
        if (const EGLDisplay display = device_display(true); display != EGL_NO_DISPLAY) return display;
    if (has_extension(extensions, "EGL_MESA_platform_surfaceless")) {
        const auto platform = egl_function<PFNEGLGETPLATFORMDISPLAYEXTPROC>("eglGetPlatformDisplayEXT");
        if (platform) {
            const EGLDisplay display =
                started(platform(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr));
            if (display != EGL_NO_DISPLAY) return display;
        }
    }
    if (devices)
        if (const EGLDisplay display = device_display(false); display != EGL_NO_DISPLAY) return display;
    return started(eglGetDisplay(EGL_DEFAULT_DISPLAY));
}

[[noreturn]] void fail_egl(const char* what) {
    throw Error(ErrorKind::failed,
                cat("cannot draw without a display: EGL ", what, " (error 0x", std::hex, eglGetError(),
                    "); Mesa's EGL (Debian: libegl-mesa0, libgl1-mesa-dri) draws on any machine"));
}

class EglSurface final : public Surface {
  public:
    explicit EglSurface(PixelSize size) {
        display_ = open_display();
        if (display_ == EGL_NO_DISPLAY) fail_egl("finds no device");
        try {
            make_context();
            resize(size);
        } catch (...) {
            close();
            throw;
        }
    }
    ~EglSurface() override { close(); }

    void start_imgui() override { ImGui::GetIO().BackendPlatformName = "convscope offscreen"; }
    void stop_imgui() override { ImGui::GetIO().BackendPlatformName = nullptr; }
    PixelSize size() const override { return size_; }
    float content_scale() const override { return 1; }
    void wait_events(double seconds) override {
        std::unique_lock lock(mutex_);
        woken_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return is_woken_; });
        is_woken_ = false;
    }
    void wake() override {
        {
            const std::lock_guard lock(mutex_);
            is_woken_ = true;
        }
        woken_.notify_one();
    }
    void new_frame() override {
        ImGuiIO& io = ImGui::GetIO();
        io.DisplaySize = ImVec2(static_cast<float>(size_.width), static_cast<float>(size_.height));
        io.DeltaTime = 1.0f / 60;  // constant, so that pictures and double clicks do not depend on speed
    }
    void bind() override {
        eglMakeCurrent(display_, pixel_buffer_, pixel_buffer_, context_);
        glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
    }
    void present() override { glFinish(); }
    bool closing() const override { return false; }
    void toggle_fullscreen() override {}
    void set_title(const std::string&) override {}
    std::vector<std::string> take_dropped_files() override { return {}; }
    void resize(PixelSize size) override;

  private:
    void make_context();
    void close();

    EGLDisplay display_ = EGL_NO_DISPLAY;
    EGLContext context_ = EGL_NO_CONTEXT;
    EGLSurface pixel_buffer_ = EGL_NO_SURFACE;  // for drivers that cannot do without
    unsigned framebuffer_ = 0, colour_ = 0;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool is_woken_ = false;
    PixelSize size_;
};

void EglSurface::make_context() {
    if (!eglBindAPI(EGL_OPENGL_API)) fail_egl("does not offer OpenGL");
    const EGLint wanted[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT,
                             EGL_NONE};
    EGLConfig config = nullptr;
    EGLint count = 0;
    if (!eglChooseConfig(display_, wanted, &config, 1, &count) || count == 0)
        fail_egl("has no configuration");
    const EGLint attributes[] = {EGL_CONTEXT_MAJOR_VERSION,
                                 3,
                                 EGL_CONTEXT_MINOR_VERSION,
                                 3,
                                 EGL_CONTEXT_OPENGL_PROFILE_MASK,
                                 EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                                 EGL_NONE};
    context_ = eglCreateContext(display_, config, EGL_NO_CONTEXT, attributes);
    if (context_ == EGL_NO_CONTEXT) fail_egl("has no OpenGL 3.3");
    if (!eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_)) {
        const EGLint tiny[] = {EGL_WIDTH, 16, EGL_HEIGHT, 16, EGL_NONE};
        pixel_buffer_ = eglCreatePbufferSurface(display_, config, tiny);
        if (!eglMakeCurrent(display_, pixel_buffer_, pixel_buffer_, context_))
            fail_egl("cannot make a context current");
    }
    if (!gladLoadGL(eglGetProcAddress)) fail_egl("gives no OpenGL functions");
}

void EglSurface::resize(PixelSize size) {
    size_ = size;
    if (!framebuffer_) glGenFramebuffers(1, &framebuffer_);
    if (!colour_) glGenRenderbuffers(1, &colour_);
    glBindRenderbuffer(GL_RENDERBUFFER, colour_);
    glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, size.width, size.height);
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, colour_);
    if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
        throw Error(ErrorKind::failed,
                    cat("cannot draw a picture of ", size.width, "×", size.height, " pixels"));
}

void EglSurface::close() {
    if (context_ != EGL_NO_CONTEXT) {
        if (framebuffer_) glDeleteFramebuffers(1, &framebuffer_);
        if (colour_) glDeleteRenderbuffers(1, &colour_);
        eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
        eglDestroyContext(display_, context_);
    }
    if (pixel_buffer_ != EGL_NO_SURFACE) eglDestroySurface(display_, pixel_buffer_);
    if (display_ != EGL_NO_DISPLAY) eglTerminate(display_);
}

}  // namespace

std::unique_ptr<Surface> make_offscreen_surface(PixelSize size) {
    return std::make_unique<EglSurface>(size);
}

void Surface::clear(float red, float green, float blue) {
    const PixelSize pixels = size();
    glViewport(0, 0, pixels.width, pixels.height);
    glDisable(GL_SCISSOR_TEST);
    glClearColor(red, green, blue, 1);
    glClear(GL_COLOR_BUFFER_BIT);
}

std::string renderer_description() {
    const auto text = [](GLenum name) {
        const GLubyte* value = glGetString(name);
        return std::string(value ? reinterpret_cast<const char*>(value) : "unknown");
    };
    const std::string version = text(GL_VERSION);
    return cat(text(GL_RENDERER), ", OpenGL ", version.substr(0, version.find(' ')));
}

std::vector<uint8_t> read_pixels(PixelSize size) {
    const size_t row = static_cast<size_t>(size.width) * 4;
    std::vector<uint8_t> upside_down(row * static_cast<size_t>(size.height)), pixels(upside_down.size());
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadPixels(0, 0, size.width, size.height, GL_RGBA, GL_UNSIGNED_BYTE, upside_down.data());
    for (size_t y = 0; y < static_cast<size_t>(size.height); ++y)
        std::memcpy(&pixels[y * row], &upside_down[(static_cast<size_t>(size.height) - 1 - y) * row], row);
    return pixels;
}

}  // namespace convscope::gl
