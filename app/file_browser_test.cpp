#include "file_browser.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "core/files/test_files.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;
using test_files::Folder;

class BrowserTest : public ::testing::Test {
  protected:
    BrowserTest() {
        for (const char* name : {"a.png", "b.png", "c.npy", "notes.txt", ".secret.png"})
            write_file(folder / name, std::string_view("x"));
        fs::create_directory(folder / "sub");
        write_file(folder / "sub/inner.png", std::string_view("x"));
        here = parent_folder(folder / "a.png");
    }
    void start(bool saving = false, const std::string& at = "") {
        browser.start(
            {.saving = saving, .endings = {".png", ".npy"}, .name = saving ? "output.png" : "", .folder = at},
            {.folder = here});
        ASSERT_TRUE(arrives());
    }
    // Waits for the folder that is being read, or for the sentence.
    bool arrives() {
        for (int i = 0; i < 4000; ++i) {
            browser.collect();
            if (!browser.reading()) {
                browser.collect();
                return true;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (size_t i = 0; i < browser.rows(); ++i) all.push_back(browser.row(i).name);
        return all;
    }
    using Names = std::vector<std::string>;

    Folder folder;
    std::string here;
    FileBrowser browser;
};

TEST_F(BrowserTest, ListsWhatCanBeOpened) {
    start();
    EXPECT_EQ(browser.listing().path, here);
    EXPECT_EQ(names(), (Names{"sub", "a.png", "b.png", "c.npy"}));
    browser.show_all_files(true);
    EXPECT_EQ(names(), (Names{"sub", "a.png", "b.png", "c.npy", "notes.txt"}));
    EXPECT_FALSE(browser.confirm()) << "nothing is chosen";
    browser.choose(1);
    EXPECT_EQ(browser.confirm(), folder / "a.png");
    EXPECT_EQ(browser.open_row(2), folder / "b.png");
}

TEST_F(BrowserTest, TypingFilters) {
    start();
    browser.type("B");
    EXPECT_EQ(names(), (Names{"sub", "b.png"}));
    EXPECT_EQ(browser.chosen(), 0u);
    browser.type("b.png");
    EXPECT_EQ(browser.confirm(), folder / "b.png");
    browser.type("nothing");
    EXPECT_FALSE(browser.confirm());
    EXPECT_EQ(browser.sentence(), "Nothing in this folder is called 'nothing'.");
    browser.type(".secret.png");
    EXPECT_EQ(browser.confirm(), folder / ".secret.png") << "hidden, but there";
    browser.type("png");
    browser.move_choice(1);
    EXPECT_EQ(browser.confirm(), folder / "b.png");
    browser.move_choice(-5);
    EXPECT_EQ(browser.chosen(), 0u);
}

TEST_F(BrowserTest, AnExactNameIsChosenFirst) {
    write_file(folder / "a a.png", std::string_view("x"));
    start();
    browser.type("a.png");
    EXPECT_EQ(names(), (Names{"a a.png", "a.png"}));
    EXPECT_EQ(browser.confirm(), folder / "a.png");
}

TEST_F(BrowserTest, PathsAreUnderstood) {
    start();
    browser.type("sub/");
    EXPECT_EQ(names().size(), 4u) << "a path does not filter";
    EXPECT_FALSE(browser.confirm());
    ASSERT_TRUE(arrives());
    EXPECT_EQ(browser.listing().path, folder / "sub");
    EXPECT_EQ(browser.words(), "");
    EXPECT_TRUE(browser.has_new_words());
    browser.type("../c.npy");
    EXPECT_EQ(browser.confirm(), folder / "c.npy");
    browser.type(folder / "notes.txt");
    EXPECT_EQ(browser.confirm(), folder / "notes.txt");
    browser.type("..");
    EXPECT_FALSE(browser.confirm());
    ASSERT_TRUE(arrives());
    EXPECT_EQ(browser.listing().path, here);
    EXPECT_TRUE(browser.folder_chosen()) << "where it came from";
    EXPECT_EQ(browser.row(*browser.chosen()).name, "sub");
    browser.type("/no/such/file.png");
    EXPECT_FALSE(browser.confirm());
    EXPECT_EQ(browser.sentence(), "There is no /no/such/file.png.");
    browser.type("/dev/null");
    EXPECT_FALSE(browser.confirm());
    EXPECT_EQ(browser.sentence(), "/dev/null is not a file.");
}

TEST_F(BrowserTest, GoesUpToTheRoot) {
    start();
    for (int i = 0; i < 50 && browser.listing().path != "/"; ++i) {
        browser.go_up();
        ASSERT_TRUE(arrives());
    }
    EXPECT_EQ(browser.listing().path, "/");
    browser.go_up();
    EXPECT_FALSE(browser.reading());
}

TEST_F(BrowserTest, StaysWhereItIsWhenAFolderCannotBeRead) {
    start();
    browser.go_to("/no/such/folder");
    ASSERT_TRUE(arrives());
    EXPECT_EQ(browser.sentence(), "cannot open the folder /no/such/folder: No such file or directory");
    EXPECT_EQ(browser.listing().path, here);
    EXPECT_EQ(names().size(), 4u);
    browser.type("a");
    EXPECT_EQ(browser.sentence(), "");
}

TEST_F(BrowserTest, StartsElsewhereWhereItsFolderIsGone) {
    const std::string gone = here + "/gone";
    here = gone;
    start();
    EXPECT_NE(browser.listing().path, "");
    EXPECT_EQ(browser.sentence(), "") << "nobody asked for that folder now";
    start(false, gone + "/dropped");
    EXPECT_NE(browser.listing().path, "");
    EXPECT_NE(browser.sentence(), "") << "somebody did";
}

TEST_F(BrowserTest, SavingAppendsTheEnding) {
    start(true);
    EXPECT_EQ(browser.words(), "output.png");
    EXPECT_EQ(browser.confirm(), folder / "output.png");
    browser.type("new");
    EXPECT_EQ(browser.confirm(), folder / "new.png");
    browser.type("new.NPY");
    EXPECT_EQ(browser.confirm(), folder / "new.NPY");
    browser.type("sub/new");
    EXPECT_EQ(browser.confirm(), folder / "sub/new.png");
    browser.type("");
    EXPECT_FALSE(browser.confirm());
    browser.type("nowhere/new");
    EXPECT_FALSE(browser.confirm());
    EXPECT_EQ(browser.sentence(), "There is no folder " + (folder / "nowhere") + ".");
}

TEST_F(BrowserTest, SavingAsksBeforeItReplaces) {
    start(true);
    browser.type("a");
    EXPECT_FALSE(browser.confirm());
    EXPECT_EQ(browser.question(), folder / "a.png");
    browser.type("b");
    EXPECT_EQ(browser.question(), "") << "another name, another question";
    EXPECT_FALSE(browser.confirm());
    EXPECT_EQ(browser.confirm(), folder / "b.png");
    EXPECT_FALSE(browser.open_row(1)) << "a double click on a file asks too";
    EXPECT_EQ(browser.words(), "a.png");
    EXPECT_EQ(browser.confirm(), folder / "a.png");
}

TEST_F(BrowserTest, SavingGoesIntoFolders) {
    start(true);
    browser.choose(0);
    EXPECT_EQ(browser.words(), "output.png");
    EXPECT_FALSE(browser.confirm());
    ASSERT_TRUE(arrives());
    EXPECT_EQ(browser.listing().path, folder / "sub");
    EXPECT_EQ(browser.confirm(), folder / "sub/output.png");
    browser.type("..");
    EXPECT_FALSE(browser.confirm());
    ASSERT_TRUE(arrives());
    EXPECT_EQ(browser.listing().path, here);
    EXPECT_EQ(browser.words(), "output.png") << "the path is not a name to save under";
}

}  // namespace
}  // namespace convscope
