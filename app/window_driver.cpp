// The only place that knows how Dear ImGui takes input: fields before 1.87, events from then on.
#include "window_driver.h"

#include <imgui.h>

#include <chrono>
#include <thread>

#include "core/errors.h"
#include "core/files/image.h"
#include "core/text.h"

namespace convscope {

struct OffscreenApp::Input {
    ImVec2 mouse{-1e6f, -1e6f};
    bool down = false;
    bool again = false;  // this press makes a double click; any other is a click of its own
    float wheel = 0;
    std::optional<compat::KeyCode> key, key_before;
    bool ctrl = false, shift = false;
    std::string text;

    void prepare() const {
#if IMGUI_VERSION_NUM < 18700
        ImGuiIO& io = ImGui::GetIO();
        for (const auto& [name, code] : {std::pair{ImGuiKey_Enter, compat::code_of(compat::Key::enter)},
                                         {ImGuiKey_KeyPadEnter, compat::code_of(compat::Key::keypad_enter)},
                                         {ImGuiKey_Backspace, compat::code_of(compat::Key::backspace)},
                                         {ImGuiKey_Escape, compat::code_of(compat::Key::escape)},
                                         {ImGuiKey_Space, compat::code_of(compat::Key::space)},
                                         {ImGuiKey_LeftArrow, compat::code_of(compat::Key::left)},
                                         {ImGuiKey_RightArrow, compat::code_of(compat::Key::right)},
                                         {ImGuiKey_UpArrow, compat::code_of(compat::Key::up)},
                                         {ImGuiKey_DownArrow, compat::code_of(compat::Key::down)},
                                         {ImGuiKey_A, 65},
                                         {ImGuiKey_C, 67},
                                         {ImGuiKey_V, 86},
                                         {ImGuiKey_X, 88},
                                         {ImGuiKey_Y, 89},
                                         {ImGuiKey_Z, 90}})
            io.KeyMap[name] = code;
#endif
    }
    // Between the surface's new_frame and Dear ImGui's.
    void feed() {
        ImGuiIO& io = ImGui::GetIO();
        io.MouseDoubleClickTime = again ? 0.3f : 0.0f;
#if IMGUI_VERSION_NUM < 18700
        io.MousePos = mouse;
        io.MouseDown[0] = down;
        io.MouseWheel = wheel;
        io.KeyCtrl = ctrl;
        io.KeyShift = shift;
        if (key_before) io.KeysDown[*key_before] = false;
        if (key) io.KeysDown[*key] = true;
#else
        io.AddMousePosEvent(mouse.x, mouse.y);
        io.AddMouseButtonEvent(0, down);
        if (wheel != 0) io.AddMouseWheelEvent(0, wheel);
        io.AddKeyEvent(ImGuiMod_Ctrl, ctrl);
        io.AddKeyEvent(ImGuiMod_Shift, shift);
        if (key_before) io.AddKeyEvent(*key_before, false);
        if (key) io.AddKeyEvent(*key, true);
#endif
        if (!text.empty()) io.AddInputCharactersUTF8(text.c_str());
        text.clear();
        key_before = key;
        wheel = 0;
    }
};

OffscreenApp::OffscreenApp(gl::PixelSize size, AppOptions options)
    : app_(std::make_unique<App>(gl::make_offscreen_surface(size), std::move(options))),
      input_(std::make_unique<Input>()) {
    input_->prepare();
}

OffscreenApp::~OffscreenApp() = default;

void OffscreenApp::frames(int count) {
    for (int i = 0; i < count; ++i) app_->frame([&] { input_->feed(); });
}

bool OffscreenApp::wait_until(double seconds, const std::function<bool()>& over) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (std::chrono::steady_clock::now() < end) {
        frames(1);
        if (over()) {
            frames(2);
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
}

bool OffscreenApp::wait_for_result(double seconds) {
    return wait_until(seconds, [&] { return app_->settled(); });
}

bool OffscreenApp::wait_for_rest(double seconds) {
    return wait_until(seconds, [&] { return app_->at_rest() || !broken_rules(experiment().spec).empty(); });
}

WidgetRect OffscreenApp::find(const std::string& name) {
    const auto rect = registry().find(name);
    if (!rect) throw Error(ErrorKind::failed, cat("the window has no widget '", name, "' now"));
    return *rect;
}

void OffscreenApp::move_to(ImVec2 place) {
    input_->mouse = place;
    frames(3);  // hovering is decided a frame after the movement, and explained one later
}

void OffscreenApp::button(bool down) {
    input_->down = down;
    frames(1);
}

void OffscreenApp::click(const std::string& name) {
    move_to(find(name).centre());
    button(true);
    button(false);
    frames(2);
}

void OffscreenApp::double_click(const std::string& name) {
    move_to(find(name).centre());
    double_click_here();
}

void OffscreenApp::double_click_here() {
    button(true);
    button(false);
    input_->again = true;
    button(true);
    input_->again = false;
    button(false);
    frames(1);
}

void OffscreenApp::drag(const std::string& name, float right, float down) {
    const ImVec2 start = find(name).centre();
    move_to(start);
    button(true);
    constexpr int steps = 8;
    for (int i = 1; i <= steps; ++i) {
        const float share = static_cast<float>(i) / steps;
        input_->mouse = {start.x + right * share, start.y + down * share};
        frames(1);
    }
    button(false);
    frames(1);
}

void OffscreenApp::press_on(const std::string& name) {
    move_to(find(name).centre());
    button(true);
}

void OffscreenApp::drag_on(float right, float down) {
    input_->mouse = {input_->mouse.x + right, input_->mouse.y + down};
    frames(1);
}

void OffscreenApp::release() {
    button(false);
    frames(1);
}

bool OffscreenApp::wait_for_pixels(double seconds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    while (std::chrono::steady_clock::now() < end) {
        if (!app_->pixels_pending()) return true;
        // Like the window's own loop: it sleeps until the worker has news.
        app_->surface().wait_events(0.1);
        frames(1);
    }
    return false;
}

void OffscreenApp::wheel(const std::string& name, float clicks) {
    move_to(find(name).centre());
    input_->wheel = clicks;
    frames(2);
}

void OffscreenApp::hover(const std::string& name) {
    move_to(find(name).centre());
}

void OffscreenApp::hover_at(float x, float y) {
    move_to({x, y});
}

void OffscreenApp::hover_cell(const std::string& view, PlaneCell cell) {
    // The registry knows the first cell of each picture.
    const WidgetRect first = find(view + ".first_cell");
    const float x = first.centre().x + (first.to.x - first.from.x) * static_cast<float>(cell.column),
                y = first.centre().y + (first.to.y - first.from.y) * static_cast<float>(cell.row);
    move_to({x, y});
}

void OffscreenApp::click_cell(const std::string& view, PlaneCell cell) {
    hover_cell(view, cell);
    button(true);
    button(false);
    frames(2);
}

void OffscreenApp::mouse_away() {
    move_to({-1e6f, -1e6f});
}

void OffscreenApp::type(const std::string& text) {
    input_->text = text;
    frames(2);
}

void OffscreenApp::press(compat::KeyCode code, bool ctrl, bool shift) {
    input_->ctrl = ctrl;
    input_->shift = shift;
    frames(1);
    input_->key = code;
    frames(1);
    input_->key.reset();
    input_->ctrl = input_->shift = false;
    frames(2);
}

void OffscreenApp::press_key(compat::Key key, bool ctrl, bool shift) {
    press(compat::code_of(key), ctrl, shift);
}

void OffscreenApp::press_enter() {
    press_key(compat::Key::enter);
}

void OffscreenApp::press_ctrl(char letter) {
#if IMGUI_VERSION_NUM < 18700
    press(letter, true, false);
#else
    press(static_cast<ImGuiKey>(ImGuiKey_A + (letter - 'A')), true, false);
#endif
}

void OffscreenApp::enter_number(const std::string& name, const std::string& number) {
    double_click(name);
    type(number);
    press_enter();
}

std::vector<uint8_t> OffscreenApp::pixels() {
    app_->surface().bind();
    return gl::read_pixels(app_->surface().size());
}

void OffscreenApp::save_png(const std::string& path) {
    const gl::PixelSize size = app_->surface().size();
    std::vector<uint8_t> picture = pixels();
    for (size_t i = 3; i < picture.size(); i += 4) picture[i] = 255;
    write_png(path, size.width, size.height, 4, picture);
}

}  // namespace convscope
