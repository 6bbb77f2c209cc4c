// The file browser in the whole window, by clicks and by keys; recent and dropped files.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "core/files/image.h"
#include "core/text.h"
#include "ui_files_fixture.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;
using compat::Key;
using Kind = Command::Kind;

void write_image(const std::string& path, int width, int height) {
    write_png(path, width, height, 1, std::vector<uint8_t>(size_t(width * height), 200));
}

TEST_F(UiFiles, AFileIsOpenedByClicks) {
    fs::create_directory(folder / "pictures");
    write_image(folder / "pictures/one.png", 7, 5);
    write_image(folder / "pictures/two.png", 8, 6);
    open_here();
    window->click("menu.File");
    window->click("menu.File.open");
    ASSERT_TRUE(browser_lists("pictures"));
    window->double_click("browser.entry.pictures");
    ASSERT_TRUE(browser_lists("two.png"));
    window->click("browser.entry.two.png");
    EXPECT_TRUE(browser_is_open());
    window->click("prompt.confirm");
    ASSERT_TRUE(becomes([&] { return image_path() == folder / "pictures/two.png"; }));
    window->frames(2);
    EXPECT_FALSE(browser_is_open());
    EXPECT_EQ(window->app().settings().recent, std::vector<std::string>{folder / "pictures/two.png"});
    EXPECT_EQ(window->app().settings().folder, folder / "pictures");
    ask_open("one.png");
    window->double_click("browser.entry.one.png");
    ASSERT_TRUE(becomes([&] { return image_path() == folder / "pictures/one.png"; }));
    EXPECT_EQ(window->app().settings().recent.size(), 2u);
}

TEST_F(UiFiles, AFileIsOpenedByTyping) {
    fs::create_directory(folder / "sub");
    write_image(folder / "first.png", 7, 5);
    write_image(folder / "second.png", 7, 5);
    write_image(folder / "sub/third.png", 7, 5);
    write_file(folder / "notes.txt", std::string_view("x"));
    open_here();
    ask_open("first.png");
    EXPECT_FALSE(there("browser.entry.notes.txt"));
    window->click("browser.all_files");
    window->frames(2);
    EXPECT_TRUE(there("browser.entry.notes.txt"));
    window->type("SEC");  // the field has the keyboard after a click elsewhere, too
    window->frames(2);
    EXPECT_TRUE(there("browser.entry.second.png"));
    EXPECT_FALSE(there("browser.entry.first.png"));
    window->press_enter();
    ASSERT_TRUE(becomes([&] { return image_path() == folder / "second.png"; }));
    ask_open("first.png");
    window->type("sub/");
    window->press_enter();
    ASSERT_TRUE(browser_lists("third.png"));
    window->type("../first.png");
    window->press_enter();
    ASSERT_TRUE(becomes([&] { return image_path() == folder / "first.png"; }));
    ask_open("first.png");
    window->press_key(Key::down);
    window->press_key(Key::down);
    window->press_key(Key::down);
    window->press_key(Key::up);
    window->press_enter();
    ASSERT_TRUE(becomes([&] { return !browser_is_open() && window->app().settings().recent.size() == 2; }));
    EXPECT_EQ(image_path(), folder / "first.png");
}

TEST_F(UiFiles, GoingUpAndPlaces) {
    fs::create_directories(folder / "a/b");
    write_image(folder / "a/b/deep.png", 3, 3);
    write_image(folder / "top.png", 3, 3);
    open_here();
    ask_open("a");
    window->double_click("browser.entry.a");
    ASSERT_TRUE(browser_lists("b"));
    window->double_click("browser.entry.b");
    ASSERT_TRUE(browser_lists("deep.png"));
    window->press_key(Key::backspace);
    ASSERT_TRUE(browser_lists("b"));
    window->press_enter();  // into the folder that it came from
    ASSERT_TRUE(browser_lists("deep.png"));
    window->type("x");
    window->frames(2);
    EXPECT_FALSE(there("browser.entry.deep.png"));
    window->press_key(Key::backspace);  // of the filter only
    window->frames(5);
    EXPECT_TRUE(there("browser.entry.deep.png"));
    window->click("browser.up");
    ASSERT_TRUE(browser_lists("b"));
    window->type("..");
    window->press_enter();
    ASSERT_TRUE(browser_lists("top.png"));
    const size_t images = [] {
        const std::vector<Place> places = useful_places({});
        return size_t(std::ranges::find(places, "Sample images", &Place::title) - places.begin());
    }();
    window->click(cat("browser.place.", images));
    ASSERT_TRUE(browser_lists("astronaut.png"));
    window->click("browser.crumb.0");
    ASSERT_TRUE(browser_lists("bin"));
    window->press_key(Key::escape);
    EXPECT_FALSE(browser_is_open());
    EXPECT_EQ(window->app().settings().folder, here()) << "nothing was opened";
}

TEST_F(UiFiles, AFolderThatCannotBeReadIsASentence) {
    write_image(folder / "a.png", 3, 3);
    fs::create_directory(folder / "closed");
    open_here();
    ask_open("a.png");
    window->type("/no/such/folder/");
    window->press_enter();
    EXPECT_TRUE(browser_is_open());
    fs::remove(folder / "closed");  // after it was listed
    window->press_ctrl('A');
    window->press_key(Key::backspace);
    window->double_click("browser.entry.closed");
    window->frames(5);
    EXPECT_TRUE(there("browser.entry.a.png")) << "it stays where it was";
    if (::geteuid() != 0) {  // root reads everything
        fs::create_directory(folder / "locked");
        fs::permissions(folder / "locked", fs::perms::none);
        window->type(folder / "locked");
        window->press_enter();
        window->frames(5);
        EXPECT_TRUE(there("browser.entry.a.png"));
        fs::permissions(folder / "locked", fs::perms::owner_all);
    }
    window->click("prompt.cancel");
    EXPECT_FALSE(browser_is_open());
    EXPECT_EQ(window->app().banner(), "");
}

TEST_F(UiFiles, ManyFilesStayQuick) {
    for (int i = 0; i < 12'000; ++i) write_file(folder / cat("f", i, ".png"), std::string_view());
    open_here();
    const auto lists = [&](const std::string& start) {
        const std::vector<std::string> names = registry().names();
        return std::ranges::any_of(names, [&](const std::string& n) { return n.starts_with(start); });
    };
    window->press_key(Key::o, true);
    ASSERT_TRUE(becomes([&] { return lists("browser.entry.f"); }));
    EXPECT_LT(registry().names().size(), 400u) << "only what is seen is drawn";
    std::vector<double> times;
    for (int i = 0; i < 30; ++i) {
        const auto start = std::chrono::steady_clock::now();
        window->type(i % 2 ? "9" : "f");
        times.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() / 2);
        if (i % 2) window->press_ctrl('A');
    }
    std::ranges::sort(times);
    std::printf("frame with 10,000 files, one letter typed: median %.1f ms\n", times[times.size() / 2]);
    EXPECT_LT(times.front(), 200);
    window->press_ctrl('A');
    window->press_key(Key::backspace);
    for (int i = 0; i < 40; ++i) window->press_key(Key::down);
    EXPECT_FALSE(lists("browser.entry.f1.") || lists("browser.entry.f2."));
    EXPECT_TRUE(lists("browser.entry.f3") || lists("browser.entry.f4")) << "the chosen row is in sight";
}

TEST_F(UiFiles, SavingAsksBeforeItReplaces) {
    open_here();
    write_file(folder / "mine.json", std::string_view("old"));
    window->press_key(Key::s, true);
    ASSERT_TRUE(browser_lists("mine.json"));
    window->press_ctrl('A');
    window->type("mine");
    window->press_enter();
    window->frames(2);
    EXPECT_TRUE(browser_is_open());
    EXPECT_EQ(read_text_file(folder / "mine.json"), "old");
    window->press_enter();
    window->frames(2);
    EXPECT_FALSE(browser_is_open());
    EXPECT_EQ(load_experiment(folder / "mine.json"), window->experiment());
    EXPECT_EQ(window->app().notice(), cat("saved as ", folder / "mine.json"));
    EXPECT_TRUE(there("notice"));
    EXPECT_EQ(window->app().settings().recent, std::vector<std::string>{folder / "mine.json"});
    // A suggested name is typed over, and its ending stays.
    window->press_key(Key::s, true);
    ASSERT_TRUE(becomes([&] { return browser_is_open(); }));
    window->frames(3);
    window->type("other");
    window->press_enter();
    EXPECT_TRUE(becomes([&] { return fs::exists(folder / "other.json"); }));
}

TEST_F(UiFiles, RecentFiles) {
    Experiment other = small();
    other.spec.padding = {0, 2, 2};
    save_experiment(folder / "other.json", other);
    write_image(folder / "a.png", 3, 3);
    open_here();
    window->app().command({Kind::open_file, folder / "a.png"});
    ASSERT_TRUE(becomes([&] { return image_path() == folder / "a.png"; }));
    window->app().command({Kind::open_file, folder / "other.json"});
    EXPECT_EQ(window->experiment(), other);
    EXPECT_EQ(window->app().settings().recent,
              (std::vector<std::string>{folder / "other.json", folder / "a.png"}));
    window->click("menu.File");
    window->click("menu.File.recent");
    window->click("menu.File.recent.1");
    ASSERT_TRUE(becomes([&] { return image_path() == folder / "a.png"; }));
    EXPECT_EQ(window->app().settings().recent.front(), folder / "a.png");
    fs::remove(folder / "a.png");
    window->click("menu.File");
    window->click("menu.File.recent");
    window->frames(2);
    EXPECT_EQ(window->app().settings().recent, std::vector<std::string>{folder / "other.json"});
    EXPECT_FALSE(there("menu.File.recent.1"));
    window->click("menu.File.recent.clear");
    EXPECT_TRUE(window->app().settings().recent.empty());
}

TEST_F(UiFiles, DroppedFiles) {
    Experiment other = small();
    other.spec.padding = {0, 2, 2};
    save_experiment(folder / "other.json", other);
    write_image(folder / "a.png", 3, 3);
    write_image(folder / "b.png", 3, 3);
    write_file(folder / "notes.txt", std::string_view("x"));
    open_here();
    const auto drop = [&](std::vector<std::string> names) {
        for (std::string& name : names) name = folder / name;
        window->app().drop(names);
        window->frames(2);
    };
    drop({"a.png", "other.json", "notes.txt"});
    EXPECT_EQ(window->experiment(), other) << "an experiment wins";
    EXPECT_EQ(window->app().notice(), "one file at a time; not opened: a.png and notes.txt");
    drop({"notes.txt", "b.png", "a.png", "a.png", "a.png"});
    ASSERT_TRUE(becomes([&] { return image_path() == folder / "b.png"; })) << "the first usable one";
    EXPECT_EQ(window->app().notice(), "one file at a time; not opened: notes.txt, a.png and 2 more");
    drop({"notes.txt"});
    EXPECT_NE(window->app().banner().find("notes.txt' cannot be opened"), std::string::npos);
    drop({""});
    ASSERT_TRUE(browser_lists("a.png")) << "a folder";
    window->press_key(Key::escape);
    EXPECT_FALSE(browser_is_open());
}

}  // namespace
}  // namespace convscope
