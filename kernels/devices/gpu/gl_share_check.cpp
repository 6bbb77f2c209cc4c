// convscope_gl_share_check MODULES: draws an output of the first GPU into an OpenGL texture and reads it
// back. Prints one line of JSON; exits with 0 where the pixels are the output's, 1 where they are not, and 3
// where sharing is impossible here. libEGL is opened at run time and no header of it is needed, so that this
// builds on a machine with CUDA alone.
#include <dlfcn.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/inputs.h"
#include "core/text.h"
#include "devices/gpu/gpu_device.h"

namespace convscope {
namespace {

// EGL and OpenGL numbers, from Khronos' registry.
constexpr int egl_none = 0x3038, egl_surface_type = 0x3033, egl_renderable_type = 0x3040;
constexpr int egl_pbuffer_bit = 1, egl_opengl_bit = 8;
constexpr unsigned egl_platform_device = 0x313F, egl_opengl_api = 0x30A2;
constexpr unsigned gl_texture_2d = 0x0DE1, gl_red = 0x1903, gl_float = 0x1406, gl_renderer = 0x1F01;
constexpr int gl_r32f = 0x822E;
constexpr int width = 96, height = 64;

[[noreturn]] void skip(const std::string& reason) {
    throw Error(ErrorKind::device_missing, reason);
}

// libEGL, found at run time.
class Egl {
  public:
    Egl() {
        library_ = dlopen("libEGL.so.1", RTLD_NOW);
        if (!library_) skip("libEGL.so.1 was not found");
    }
    template <class Function>
    Function get(const char* name) const {
        void* found = dlsym(library_, name);
        if (!found) {
            const auto look_up =
                reinterpret_cast<void* (*)(const char*)>(dlsym(library_, "eglGetProcAddress"));
            found = look_up ? look_up(name) : nullptr;
        }
        if (!found) skip(cat("EGL lacks ", name));
        return reinterpret_cast<Function>(found);
    }

  private:
    void* library_;  // open to the end: drivers do not like being unloaded
};

// Makes an OpenGL context without a surface current on the EGL device `index`; false: not on that one.
bool make_current(const Egl& egl, void* egl_device) {
    void* const display = egl.get<void* (*)(unsigned, void*, const int*)>("eglGetPlatformDisplayEXT")(
        egl_platform_device, egl_device, nullptr);
    if (!display || !egl.get<unsigned (*)(void*, int*, int*)>("eglInitialize")(display, nullptr, nullptr))
        return false;
    if (!egl.get<unsigned (*)(unsigned)>("eglBindAPI")(egl_opengl_api)) return false;
    const int wanted[] = {egl_surface_type, egl_pbuffer_bit, egl_renderable_type, egl_opengl_bit, egl_none};
    void* config = nullptr;
    int count = 0;
    egl.get<unsigned (*)(void*, const int*, void**, int, int*)>("eglChooseConfig")(display, wanted, &config,
                                                                                   1, &count);
    if (count == 0) return false;
    void* const context = egl.get<void* (*)(void*, void*, void*, const int*)>("eglCreateContext")(
        display, config, nullptr, nullptr);
    return context && egl.get<unsigned (*)(void*, void*, void*, void*)>("eglMakeCurrent")(display, nullptr,
                                                                                          nullptr, context);
}

unsigned make_texture(const Egl& egl) {
    unsigned texture = 0;
    egl.get<void (*)(int, unsigned*)>("glGenTextures")(1, &texture);
    egl.get<void (*)(unsigned, unsigned)>("glBindTexture")(gl_texture_2d, texture);
    egl.get<void (*)(unsigned, int, int, int, int, int, unsigned, unsigned, const void*)>("glTexImage2D")(
        gl_texture_2d, 0, gl_r32f, width, height, 0, gl_red, gl_float, nullptr);
    return texture;
}

std::string renderer(const Egl& egl) {
    const char* name = egl.get<const char* (*)(unsigned)>("glGetString")(gl_renderer);
    return name ? name : "unknown";
}

// The first EGL device whose context shares with the GPU.
std::unique_ptr<TextureShare> share_with_any(const Egl& egl, Device& gpu) {
    std::array<void*, 16> devices{};
    int count = 0;
    egl.get<unsigned (*)(int, void**, int*)>("eglQueryDevicesEXT")(static_cast<int>(devices.size()),
                                                                   devices.data(), &count);
    std::string why_not = "EGL finds no device";
    for (int i = 0; i < count; ++i) {
        if (!make_current(egl, devices[i])) continue;
        // Other GPUs, and Mesa's software, come in the list too; asking once about one of them would latch.
        if (renderer(egl).find("NVIDIA") == std::string::npos) continue;
        const unsigned texture = make_texture(egl);
        if (auto share = gpu.share_texture(texture, width, height, why_not)) return share;
    }
    skip(why_not);
}

struct Figures {
    int64_t different = 0;
    double draw_us = 0;  // mean wall time of one draw, waits included
};

Figures draw_and_compare(const Egl& egl, Device& gpu, TextureShare& share) {
    ProblemSpec spec;
    spec.out_channels = 2;
    spec.input = {1, 2 * height, 2 * width};
    const Problem problem(spec);
    const Tensors tensors = make_tensors(problem, Fill::random, Fill::random, 1);
    OutputFaults faults;
    const OutputPtr output = gpu.prepare(problem, tensors, gpu.default_kernel(problem), {})->run({}, faults);
    const int64_t pitch = 2 * width, first = 2 * height * pitch + 5 * pitch + 7;  // in channel 1

    constexpr int draws = 100;
    share.draw(*output, first, pitch);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < draws; ++i) share.draw(*output, first, pitch);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;

    std::vector<float> all(static_cast<size_t>(output->elements())), pixels(width * height);
    output->copy_to_host(0, all);
    egl.get<void (*)(unsigned, int, unsigned, unsigned, void*)>("glGetTexImage")(gl_texture_2d, 0, gl_red,
                                                                                 gl_float, pixels.data());
    Figures figures;
    figures.draw_us = took.count() / draws;
    for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x)
            figures.different += pixels[y * width + x] != all[first + y * pitch + x];
    return figures;
}

int check(const std::string& modules) {
    nlohmann::json answer{{"status", "skipped"}, {"reason", ""}};
    int exit_code = 3;
    try {
        std::vector<MissingDevice> missing;
        const auto gpus = make_gpu_devices(modules, missing);
        if (gpus.empty()) skip(missing.at(0).reason);
        const Egl egl;
        const auto share = share_with_any(egl, *gpus.front());
        answer["renderer"] = renderer(egl);
        const Figures figures = draw_and_compare(egl, *gpus.front(), *share);
        answer["different_pixels"] = figures.different;
        answer["draw_us"] = figures.draw_us;
        answer["status"] = figures.different == 0 ? "passed" : "failed";
        exit_code = figures.different == 0 ? 0 : 1;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::device_missing) {
            answer["status"] = "failed";
            exit_code = 1;
        }
        answer["reason"] = error.what();
    }
    std::printf("%s\n", answer.dump().c_str());
    return exit_code;
}

}  // namespace
}  // namespace convscope

int main(int count, char** words) {
    if (count != 2) {
        std::fprintf(stderr, "convscope_gl_share_check MODULES: the folder of gpu.so is missing\n");
        return 2;
    }
    return convscope::check(words[1]);
}
