#include "folder_listing.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "core/files/test_files.h"
#include "core/text.h"
#include "folder_reader.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;
using test_files::Folder;
using test_files::sentence_of;

std::vector<std::string> names_of(const FolderListing& listing, const ListingView& view = {}) {
    std::vector<std::string> names;
    for (const size_t i : shown_entries(listing, view)) names.push_back(listing.entries[i].name);
    return names;
}

using Names = std::vector<std::string>;

TEST(FolderListing, FoldersComeFirstInNaturalOrder) {
    const Folder folder;
    for (const char* name : {"img10.png", "img2.png", "IMG1.png", "notes.txt", ".hidden.png"})
        write_file(folder / name, std::string_view("12345"));
    for (const char* name : {"zoo", "Alps", ".git"}) fs::create_directory(folder / name);
    fs::create_symlink(folder / "img2.png", folder / "link.png");
    fs::create_symlink("/no/such/file", folder / "broken.png");
    ASSERT_EQ(::mkfifo((folder / "pipe.png").c_str(), 0600), 0);
    const FolderListing listing = list_folder(folder / "");
    EXPECT_EQ(names_of(listing),
              (Names{"Alps", "zoo", "IMG1.png", "img2.png", "img10.png", "link.png", "notes.txt"}));
    EXPECT_FALSE(listing.cut);
    EXPECT_TRUE(listing.entries[0].folder);
    EXPECT_EQ(listing.entries[2].bytes, 5);
    EXPECT_EQ(listing.entries[5].bytes, 5) << "of what the link leads to";
    EXPECT_GT(listing.entries[2].changed, 1'600'000'000);
}

TEST(FolderListing, FiltersAndOrders) {
    const FolderListing listing{.path = "/x",
                                .entries = {{"dogs", true, 0, 30},
                                            {"Edges", true, 0, 20},
                                            {"cat.PNG", false, 30, 1},
                                            {"dog.npy", false, 10, 3},
                                            {"dog.txt", false, 20, 2}}};
    EXPECT_EQ(names_of(listing, {.endings = {".png", ".npy"}}),
              (Names{"dogs", "Edges", "cat.PNG", "dog.npy"}));
    EXPECT_EQ(names_of(listing, {.filter = "DOG"}), (Names{"dogs", "dog.npy", "dog.txt"}));
    EXPECT_EQ(names_of(listing, {.filter = "dog", .endings = {".npy"}}), (Names{"dogs", "dog.npy"}));
    EXPECT_EQ(names_of(listing, {.filter = "x"}), (Names{"dog.txt"}));
    EXPECT_EQ(names_of(listing, {.filter = "zebra"}), Names{});
    EXPECT_EQ(names_of(listing, {.order = EntryOrder::size}),
              (Names{"dogs", "Edges", "dog.npy", "dog.txt", "cat.PNG"}));
    EXPECT_EQ(names_of(listing, {.order = EntryOrder::size, .descending = true}),
              (Names{"Edges", "dogs", "cat.PNG", "dog.txt", "dog.npy"}));
    EXPECT_EQ(names_of(listing, {.order = EntryOrder::date}),
              (Names{"Edges", "dogs", "cat.PNG", "dog.txt", "dog.npy"}));
    EXPECT_EQ(names_of(listing, {.descending = true}),
              (Names{"Edges", "dogs", "dog.txt", "dog.npy", "cat.PNG"}));
}

TEST(FolderListing, NaturalOrder) {
    EXPECT_TRUE(natural_less("a2", "a10"));
    EXPECT_FALSE(natural_less("a10", "a2"));
    EXPECT_TRUE(natural_less("A2", "a10"));
    EXPECT_TRUE(natural_less("a", "a1"));
    EXPECT_TRUE(natural_less("a1b2", "a1b10"));
    EXPECT_TRUE(natural_less("v99999999999999999999998", "v99999999999999999999999"));
    EXPECT_TRUE(natural_less("x01", "x1")) << "equal numbers: some order, and always the same";
    EXPECT_FALSE(natural_less("x1", "x01"));
    EXPECT_FALSE(natural_less("same", "same"));
    EXPECT_TRUE(natural_less("z", "ä")) << "what is not ASCII comes last";
    Names names{"f1", "f10", "F2", "f02", "e", "f", "1", "01", ""};
    std::ranges::sort(names, natural_less);
    EXPECT_EQ(names, (Names{"", "01", "1", "e", "f", "f1", "F2", "f02", "f10"}));
}

TEST(FolderListing, HugeFoldersAreCut) {
    const Folder folder;
    for (int i = 0; i < 25; ++i) write_file(folder / cat("f", i), std::string_view());
    EXPECT_TRUE(list_folder(folder / "", 20).cut);
    EXPECT_EQ(list_folder(folder / "", 20).entries.size(), 20u);
    EXPECT_FALSE(list_folder(folder / "", 25).cut);
}

TEST(FolderListing, WhatCannotBeReadIsASentence) {
    const Folder folder;
    write_file(folder / "file", std::string_view("x"));
    EXPECT_EQ(sentence_of([] { list_folder("/no/such/folder"); }),
              "cannot open the folder /no/such/folder: No such file or directory");
    EXPECT_EQ(sentence_of([&] { list_folder(folder / "file"); }),
              cat("cannot open the folder ", folder / "file", ": Not a directory"));
}

TEST(FolderListing, Endings) {
    EXPECT_TRUE(has_ending("A.PNG", {".jpg", ".png"}));
    EXPECT_FALSE(has_ending("a.png.txt", {".png"}));
    EXPECT_FALSE(has_ending(".png", {".png"})) << "a name without a stem";
    EXPECT_TRUE(has_ending("anything", {}));
    EXPECT_EQ(with_ending("a", {".png"}), "a.png");
    EXPECT_EQ(with_ending("a.Png", {".png"}), "a.Png");
    EXPECT_EQ(with_ending("v1.2", {".json"}), "v1.2.json");
    EXPECT_EQ(with_ending("a.txt", {}), "a.txt");
}

TEST(FolderListing, TypedPaths) {
    const char* home = std::getenv("HOME");
    const std::string before = home ? home : "";
    ::setenv("HOME", "/home/ada", 1);
    EXPECT_EQ(path_of("~", "/x"), "/home/ada");
    EXPECT_EQ(path_of("~/a/../b/", "/x"), "/home/ada/b");
    EXPECT_EQ(path_of("~x", "/x"), "/x/~x") << "a name that begins with ~";
    EXPECT_EQ(path_of("/etc//hosts", "/x"), "/etc/hosts");
    EXPECT_EQ(path_of("b/./c", "/x/y"), "/x/y/b/c");
    EXPECT_EQ(path_of("..", "/x/y"), "/x");
    EXPECT_EQ(path_of("../../../..", "/x/y"), "/");
    EXPECT_EQ(path_of("", "/x/y"), "/x/y");
    ::setenv("HOME", before.c_str(), 1);
    EXPECT_EQ(parent_folder("/x/y"), "/x");
    EXPECT_EQ(parent_folder("/x"), "/");
    EXPECT_EQ(parent_folder("/"), "/");
    for (const char* path : {"~", "..", "/", "a/b", "./a"}) EXPECT_TRUE(is_path(path)) << path;
    for (const char* name : {"", "a.png", "~x", "...", "."}) EXPECT_FALSE(is_path(name)) << name;
}

TEST(FolderListing, Breadcrumbs) {
    EXPECT_EQ(breadcrumbs("/home/ada"),
              (std::vector<Place>{{"/", "/"}, {"home", "/home"}, {"ada", "/home/ada"}}));
    EXPECT_EQ(breadcrumbs("/"), (std::vector<Place>{{"/", "/"}}));
}

TEST(FolderListing, PlacesAreThereOnce) {
    const Folder folder;
    write_file(folder / "a.png", std::string_view("x"));
    const std::string path = parent_folder(folder / "a.png");
    const std::vector<Place> places =
        useful_places({.recent = {folder / "a.png", folder / "b.png", "/no/such/folder/c.png"}});
    const auto count = [&](const std::string& wanted) {
        return std::ranges::count_if(places, [&](const Place& place) { return place.path == wanted; });
    };
    EXPECT_EQ(count(path), 1);
    EXPECT_EQ(count("/no/such/folder"), 0);
    EXPECT_TRUE(std::ranges::any_of(places, [](const Place& p) { return p.title == "Sample images"; }));
}

TEST(FolderReader, TheNewestRequestAnswers) {
    const Folder folder;
    write_file(folder / "a.png", std::string_view("x"));
    FolderReader reader;
    std::mutex mutex;
    std::condition_variable called;
    int wakes = 0;
    reader.set_wake([&] {
        const std::lock_guard lock(mutex);
        ++wakes;
        called.notify_all();
    });
    const auto wait = [&](int count) {
        std::unique_lock lock(mutex);
        return called.wait_for(lock, std::chrono::seconds(20), [&] { return wakes >= count; });
    };
    reader.read(folder / "");
    ASSERT_TRUE(wait(1));
    EXPECT_FALSE(reader.reading());
    const auto first = reader.take();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->listing.entries.size(), 1u);
    EXPECT_FALSE(reader.take()) << "once";
    reader.read("/no/such/folder");
    ASSERT_TRUE(wait(2));
    EXPECT_NE(reader.take()->error.find("/no/such/folder"), std::string::npos);
    for (int i = 0; i < 20; ++i) reader.read(i % 2 ? folder / "" : "/");
    reader.forget();
    EXPECT_FALSE(reader.reading());
    EXPECT_FALSE(reader.take());
}

}  // namespace
}  // namespace convscope
