// Drives the window without a display, as a person would: for tests and pictures.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "views/plane.h"
#include "widgets/imgui_compat.h"
#include "widgets/registry.h"
#include "window_app.h"

namespace convscope {

class OffscreenApp {
  public:
    // Throws Error(failed) where nothing can draw.
    OffscreenApp(gl::PixelSize size, AppOptions options);
    ~OffscreenApp();

    App& app() { return *app_; }
    const Experiment& experiment() const { return app_->experiment(); }

    void frames(int count);
    // Draws frames until the present experiment has been computed, verified and timed once. False: the time
    // is over.
    bool wait_for_result(double seconds = 30);
    // The same, and until its times are refined; at once while the experiment is no problem.
    bool wait_for_rest(double seconds = 30);
    bool wait_until(double seconds, const std::function<bool()>& over);

    // These find the widget by its name in the registry and throw Error(failed) where it is not there. Each
    // draws the frames that a person's movement would take.
    void click(const std::string& name);
    void double_click(const std::string& name);
    void double_click_here();  // where the mouse is
    void drag(const std::string& name, float right, float down);
    // The same in parts: the button goes down, the mouse moves on, the button goes up.
    void press_on(const std::string& name);
    void drag_on(float right, float down);
    void release();
    // Draws frames until the last change has its pixels on the screen. False: the time is over.
    bool wait_for_pixels(double seconds);
    void wheel(const std::string& name, float clicks);
    void hover(const std::string& name);
    void hover_at(float x, float y);
    void mouse_away();
    // A cell of a view, by row and column of its picture.
    void hover_cell(const std::string& view, PlaneCell cell);
    void click_cell(const std::string& view, PlaneCell cell);
    void type(const std::string& text);
    void press_enter();
    void press_ctrl(char letter);  // A … Z
    void press_key(compat::Key key, bool ctrl = false, bool shift = false);
    // Types a number into a field and confirms it.
    void enter_number(const std::string& name, const std::string& number);

    std::optional<WidgetRect> widget(const std::string& name) const { return registry().find(name); }
    // RGBA, rows from the top.
    std::vector<uint8_t> pixels();
    void save_png(const std::string& path);

  private:
    struct Input;
    WidgetRect find(const std::string& name);
    void move_to(ImVec2 place);
    void button(bool down);
    void press(compat::KeyCode code, bool ctrl, bool shift);

    std::unique_ptr<App> app_;
    std::unique_ptr<Input> input_;
};

}  // namespace convscope
