// What the tests of files share: a window whose browser starts in a folder of the test's own.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/files/test_files.h"
#include "folder_listing.h"
#include "ui_fixture.h"

namespace convscope {

class UiFiles : public Ui {
  protected:
    void open_here(const Experiment& experiment = small(), gl::PixelSize size = usual) {
        AppOptions options = app_options(experiment, CONVSCOPE_BINARY_DIR "/modules");
        options.refine = false;
        options.settings.folder = here();
        window = std::make_unique<OffscreenApp>(size, options);
        ASSERT_TRUE(window->wait_for_result());
    }
    std::string here() const { return parent_folder(folder / "x"); }
    bool there(const std::string& widget) const { return window->widget(widget).has_value(); }
    bool browser_lists(const std::string& name) {
        return becomes([&] { return there("browser.entry." + name); });
    }
    bool browser_is_open() const { return there("prompt.path"); }
    void ask_open(const std::string& first_entry) {
        window->press_key(compat::Key::o, true);
        ASSERT_TRUE(browser_lists(first_entry));
    }
    std::string image_path() const { return window->experiment().source.path; }
    bool saved() {
        return becomes([&] { return window->app().notice().starts_with("saved as"); });
    }
    bool complains(const std::string& part) {
        return becomes([&] { return window->app().banner().find(part) != std::string::npos; });
    }
    // Through File > Export, by clicks.
    void export_by_clicks(const std::vector<std::string>& way, const std::string& name) {
        window->click("menu.File");
        window->click("menu.File.export");
        for (const std::string& step : way) window->click("menu.File.export." + step);
        ASSERT_TRUE(becomes([&] { return browser_is_open(); }));
        window->frames(3);
        window->press_ctrl('A');
        window->type(name);
        window->click("prompt.confirm");
    }

    test_files::Folder folder;
};

}  // namespace convscope
