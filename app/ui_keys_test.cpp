// Every shortcut and every menu entry of the whole window.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "panels/keyboard.h"
#include "ui_fixture.h"

namespace convscope {
namespace {

using compat::Key;
using Kind = Command::Kind;

class UiKeys : public Ui {
  protected:
    bool there(const std::string& widget) const { return window->widget(widget).has_value(); }
    const Display& display() const { return window->experiment().display; }
};

TEST_F(UiKeys, ShortcutsDoWhatTheySay) {
    open(small());
    window->wheel("view.input", 4);
    EXPECT_NE(display().input, ViewBox{});
    window->press_key(Key::f);
    EXPECT_EQ(display().input, ViewBox{});
    EXPECT_FALSE(display().map);
    window->press_key(Key::c);
    EXPECT_TRUE(display().map);
    window->press_key(Key::e);
    EXPECT_EQ(display().output_mode, OutputMode::error);
    window->press_key(Key::e);
    EXPECT_EQ(display().output_mode, OutputMode::value);
    window->click("bias");
    EXPECT_TRUE(window->experiment().spec.bias);
    window->press_key(Key::z, true);
    EXPECT_FALSE(window->experiment().spec.bias);
    window->press_key(Key::z, true, true);
    EXPECT_TRUE(window->experiment().spec.bias);
    window->press_key(Key::z, true);
    window->press_key(Key::y, true);
    EXPECT_TRUE(window->experiment().spec.bias);
    window->press_key(Key::f1);
    window->frames(2);
    EXPECT_TRUE(there("shortcuts"));
    window->press_key(Key::f1);
    EXPECT_FALSE(there("shortcuts"));
    for (const Key key : {Key::o, Key::s}) {
        window->press_key(key, true);
        window->frames(2);
        EXPECT_TRUE(there("prompt.path"));
        window->press_key(Key::escape);
        EXPECT_FALSE(there("prompt.path"));
    }
    EXPECT_FALSE(window->app().quit_wanted());
    window->press_key(Key::q, true);
    EXPECT_TRUE(window->app().quit_wanted());
}

TEST_F(UiKeys, TheScaleFollowsTheKeys) {
    open(small());
    window->press_key(Key::plus, true);
    EXPECT_NEAR(window->app().settings().scale, 1.1f, 1e-4);
    window->press_key(Key::keypad_plus, true);
    window->press_key(Key::minus, true);
    EXPECT_NEAR(window->app().settings().scale, 1.1f, 1e-4);
    window->press_key(Key::zero, true);
    EXPECT_EQ(window->app().settings().scale, 1);
    for (int i = 0; i < 20; ++i) window->press_key(Key::keypad_minus, true);
    EXPECT_EQ(window->app().settings().scale, smallest_scale);
}

// What a key posts, whether or not somebody acts on it yet.
std::vector<Kind> posted(OffscreenApp& window, Key key, bool ctrl = false, bool shift = false) {
    std::vector<Kind> kinds;
    window.app().watch_commands([&](const Command& command) { kinds.push_back(command.kind); });
    window.press_key(key, ctrl, shift);
    window.app().watch_commands({});
    return kinds;
}

TEST_F(UiKeys, EveryBindingPostsItsCommandOnce) {
    open(small());
    for (const Binding& binding : bindings()) {
        if (binding.key == Key::escape || binding.kind == Kind::quit) continue;
        window->app().act(SetTab{Tab::explore});
        EXPECT_EQ(posted(*window, binding.key, binding.ctrl, binding.shift), std::vector<Kind>{binding.kind})
            << binding.keys;
        if (there("prompt.path")) window->press_key(Key::escape);
    }
    EXPECT_EQ(posted(*window, Key::escape), std::vector<Kind>{Kind::toggle_shortcuts})
        << "F1 opened the list";
    EXPECT_EQ(posted(*window, Key::escape), std::vector<Kind>{Kind::cancel});
}

TEST_F(UiKeys, KeysBelongToTheFieldThatIsTypedIn) {
    open(small());
    window->double_click("padding.width");
    for (const Key key : {Key::space, Key::left, Key::right, Key::e, Key::f, Key::c})
        EXPECT_EQ(posted(*window, key), std::vector<Kind>{}) << int(key);
    for (const Key key : {Key::v, Key::c, Key::z})
        EXPECT_EQ(posted(*window, key, true), std::vector<Kind>{}) << int(key);
    EXPECT_EQ(posted(*window, Key::escape), std::vector<Kind>{}) << "ends the typing";
    EXPECT_EQ(posted(*window, Key::space), std::vector<Kind>{Kind::toggle_play});
    window->double_click("padding.width");
    EXPECT_EQ(posted(*window, Key::f1), std::vector<Kind>{Kind::toggle_shortcuts});
}

TEST_F(UiKeys, ClickedButtonsDoNotTakeTheKeys) {
    open(small());
    for (const char* widget : {"bias", "fit", "linked"}) {
        window->click(widget);
        const Experiment before = window->experiment();
        EXPECT_EQ(posted(*window, Key::space), std::vector<Kind>{Kind::toggle_play}) << widget;
        EXPECT_EQ(posted(*window, Key::right), std::vector<Kind>{Kind::step_forward}) << widget;
        EXPECT_EQ(posted(*window, Key::left), std::vector<Kind>{Kind::step_back}) << widget;
        EXPECT_EQ(window->experiment(), before) << widget;
    }
}

TEST_F(UiKeys, CopyingTakesTheViewUnderTheMouse) {
    open(small());
    std::vector<std::string> names;
    window->app().watch_commands([&](const Command& command) { names.push_back(command.name); });
    for (const char* view : {"view.input", "view.weights", "view.output"}) {
        window->hover(view);
        window->press_key(Key::c, true);
    }
    window->mouse_away();
    window->press_key(Key::c, true);
    EXPECT_EQ(names, (std::vector<std::string>{"input", "weights", "output", "output"}));
}

TEST_F(UiKeys, WhatIsDoneToTensorsIsDoneOnTheExploreTab) {
    Experiment e = small();
    e.display.input = {3, 0.25, 0.75};
    open(e);
    for (const Tab tab : {Tab::xray, Tab::source}) {
        window->app().act(SetTab{tab});
        window->frames(2);
        const Experiment before = window->experiment();
        EXPECT_EQ(posted(*window, Key::c, true), std::vector<Kind>{});
        EXPECT_EQ(posted(*window, Key::v, true), std::vector<Kind>{});
        EXPECT_EQ(posted(*window, Key::c), std::vector<Kind>{});
        EXPECT_EQ(posted(*window, Key::e), std::vector<Kind>{});
        EXPECT_EQ(posted(*window, Key::f),
                  tab == Tab::xray ? std::vector<Kind>{Kind::fit_views} : std::vector<Kind>{});
        EXPECT_EQ(window->experiment(), before) << "the tensors are not fitted unseen";
    }
}

TEST_F(UiKeys, EscapeClosesWhatIsOnTop) {
    const auto speed = std::make_shared<FakeSpeed>();
    open_fake(speed);
    ASSERT_TRUE(window->wait_for_result());
    speed->run_ms = 60'000;
    window->app().act(SetAxis{AxisField::stride, axis_width, 2, true});
    ASSERT_TRUE(becomes([&] { return window->app().busy(); }));
    window->app().command({Kind::open_file, "/no/such/file.abc"});
    window->frames(2);
    window->click("colours");
    ASSERT_TRUE(there("colours.viridis"));
    window->press_key(Key::escape);
    EXPECT_FALSE(there("colours.viridis"));
    EXPECT_NE(window->app().banner(), "");
    window->click("menu.File");
    window->click("menu.File.export");
    ASSERT_TRUE(there("menu.File.export.input"));
    window->press_key(Key::escape);
    EXPECT_FALSE(there("menu.File.export"));
    EXPECT_NE(window->app().banner(), "");
    window->app().command({Kind::show_about});
    window->frames(2);
    EXPECT_TRUE(there("about"));
    window->press_key(Key::escape);
    EXPECT_FALSE(there("about"));
    EXPECT_NE(window->app().banner(), "");
    window->press_key(Key::o, true);
    ASSERT_TRUE(there("prompt.path"));
    window->press_key(Key::escape);
    EXPECT_FALSE(there("prompt.path"));
    EXPECT_NE(window->app().banner(), "");
    window->press_key(Key::escape);
    EXPECT_EQ(window->app().banner(), "");
    EXPECT_TRUE(window->app().busy());
    window->press_key(Key::escape);
    EXPECT_TRUE(becomes([&] { return !window->app().busy(); }));
}

// A separable convolution has two more pictures to save.
TEST_F(UiKeys, PicturesOfTheSecondStageAreInTheMenu) {
    Experiment e = small();
    e.spec.op = Operator::separable_conv2d;
    open(e);
    for (const std::string view : {"pointwise", "middle"}) {
        std::vector<Command> commands;
        window->app().watch_commands([&](const Command& command) { commands.push_back(command); });
        for (const std::string step : {"File", "File.export", "File.export."})
            window->click("menu." + (step.ends_with('.') ? step + view : step));
        window->app().watch_commands({});
        window->frames(2);
        ASSERT_EQ(commands.size(), 1u) << view;
        EXPECT_EQ(commands[0].kind, Kind::ask_save_view);
        EXPECT_EQ(commands[0].name, "view." + view);
        EXPECT_TRUE(there("view." + view));
        window->press_key(Key::escape);  // the dialog that asks for the file
    }
}

// Opens each menu and clicks each entry that can be clicked; what it posts is not carried out.
TEST_F(UiKeys, EveryMenuEntryCanBeClicked) {
    struct Click {
        std::vector<std::string> way;
        Kind kind;
        std::string name;
    };
    open(small());
    const std::vector<Click> clicks{
        {{"File", "File.open"}, Kind::ask_open, ""},
        {{"File", "File.save"}, Kind::ask_save, ""},
        {{"File", "File.export", "File.export.input"}, Kind::ask_save_view, "view.input"},
        {{"File", "File.export", "File.export.weights"}, Kind::ask_save_view, "view.weights"},
        {{"File", "File.export", "File.export.output"}, Kind::ask_save_view, "view.output"},
        {{"File", "File.export", "File.export.window"}, Kind::ask_save_view, "window"},
        {{"File", "File.export", "File.export.animation"}, Kind::ask_save_animation, ""},
        {{"File", "File.export", "File.export.tensor", "File.export.tensor.output"},
         Kind::ask_save_tensor,
         "output"},
        {{"File", "File.quit"}, Kind::quit, ""},
        {{"Edit", "Edit.copy_pytorch"}, Kind::copy_pytorch, ""},
        {{"Edit", "Edit.copy_command_line"}, Kind::copy_command_line, ""},
        {{"Edit", "Edit.copy_input"}, Kind::copy_values, "input"},
        {{"Edit", "Edit.copy_weights"}, Kind::copy_values, "weights"},
        {{"Edit", "Edit.copy_output"}, Kind::copy_values, "output"},
        {{"Edit", "Edit.paste_weights"}, Kind::paste_weights, ""},
        {{"Edit", "Edit.pin"}, Kind::pin_experiment, ""},
        {{"View", "View.fit"}, Kind::fit_views, ""},
        {{"View", "View.colours"}, Kind::next_colours, ""},
        {{"View", "View.error"}, Kind::error_view, ""},
        {{"View", "View.fullscreen"}, Kind::toggle_fullscreen, ""},
        {{"Help", "Help.shortcuts"}, Kind::toggle_shortcuts, ""},
        {{"Help", "Help.about"}, Kind::show_about, ""},
    };
    for (const Click& click : clicks) {
        std::vector<Command> commands;
        window->app().watch_commands([&](const Command& command) { commands.push_back(command); });
        for (const std::string& step : click.way) window->click("menu." + step);
        ASSERT_EQ(commands.size(), 1u) << click.way.back();
        EXPECT_EQ(commands[0].kind, click.kind) << click.way.back();
        EXPECT_EQ(commands[0].name, click.name) << click.way.back();
        window->app().watch_commands({});
        window->frames(2);
        for (const char* open : {"prompt.path", "shortcuts", "about"})
            if (there(open)) window->press_key(Key::escape);
    }
    window->app().command({Kind::unpin_experiment});
    window->frames(2);
    for (const char* step : {"menu.Edit", "menu.Edit.undo", "menu.Edit", "menu.Edit.unpin"})
        window->click(step);
    EXPECT_TRUE(there("menu.Edit.unpin")) << "what is disabled leaves the menu open";
}

TEST_F(UiKeys, TheMenuFitsWhatIsSeen) {
    Experiment e = small();
    e.display.input = {3, 0.25, 0.75};
    e.tab = Tab::source;
    open(e);
    window->click("menu.View");
    for (const char* entry : {"menu.View.fit", "menu.View.colours", "menu.View.error"}) window->click(entry);
    EXPECT_EQ(window->experiment(), e) << "disabled: Explore's tensors are not seen";
    window->click("menu.View.explore");
    window->click("menu.View");
    window->click("menu.View.fit");
    EXPECT_EQ(window->experiment().display.input, ViewBox{});
}

TEST_F(UiKeys, LooksAreChosenInTheMenu) {
    open(small());
    window->click("menu.View");
    window->click("menu.View.light");
    EXPECT_EQ(window->app().settings().theme, Theme::light);
    window->click("menu.View");
    window->click("menu.View.size");
    window->click("menu.View.size.150");
    EXPECT_EQ(window->app().settings().scale, 1.5f);
    window->frames(2);
    window->click("menu.View");
    window->click("menu.View.size");
    window->click("menu.View.size.larger");
    EXPECT_NEAR(window->app().settings().scale, 1.65f, 1e-4);
}

TEST_F(UiKeys, TheListOfShortcutsFits) {
    struct Size {
        gl::PixelSize pixels;
        float scale;
    };
    for (const Size& size :
         {Size{{1280, 720}, 1}, Size{{1600, 1000}, 1}, Size{{3840, 2160}, 2}, Size{{1280, 720}, 2}}) {
        open(small(), size.pixels, size.scale);
        for (const Kind kind : {Kind::toggle_shortcuts, Kind::show_about}) {
            window->app().command({kind});
            window->frames(4);
            const WidgetRect rect = *window->widget(kind == Kind::toggle_shortcuts ? "shortcuts" : "about");
            EXPECT_GE(rect.from.x, 0);
            EXPECT_GE(rect.from.y, 0);
            EXPECT_LE(rect.to.x, float(size.pixels.width));
            EXPECT_LE(rect.to.y, float(size.pixels.height));
            window->press_key(Key::escape);
        }
        window.reset();
    }
}

}  // namespace
}  // namespace convscope
