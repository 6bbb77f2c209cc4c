// What the file browser shows and what its answers mean; panels/file_browser.cpp draws it.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "folder_reader.h"

namespace convscope {

class FileBrowser {
  public:
    struct Wish {
        bool saving = false;
        std::vector<std::string> endings{};  // of the files that are listed; empty: all
        std::string name{};                  // suggested
        std::string folder{};                // where it starts; empty: where it was last
    };

    // Folders are read on another thread, which calls this when it is done.
    void set_wake(std::function<void()> wake) { reader_.set_wake(std::move(wake)); }
    void start(Wish wish, const Settings& settings);
    void end() { reader_.forget(); }
    // Takes what has been read since. Call once a frame.
    void collect();

    // These lead to another folder as soon as it has been read; where it cannot be, to a sentence.
    void go_to(const std::string& path);
    void go_up();

    // What is in the text field: a filter or a path where a file is opened, the name where one is saved.
    void type(const std::string& words);
    void choose(size_t row);
    void move_choice(int rows);
    void show_all_files(bool all);
    void sort(EntryOrder order, bool descending);

    // Each gives the path of a file once it is certain. Until then it leads to another folder, to a sentence,
    // or to the question whether a file is to be replaced, which the next confirm() answers with yes.
    std::optional<std::string> confirm();
    std::optional<std::string> open_row(size_t row);

    bool saving() const { return wish_.saving; }
    const Wish& wish() const { return wish_; }
    const FolderListing& listing() const { return listing_; }
    size_t rows() const { return rows_.size(); }
    const FolderEntry& row(size_t index) const { return listing_.entries[rows_[index]]; }
    std::optional<size_t> chosen() const { return chosen_; }
    bool folder_chosen() const { return chosen_ && row(*chosen_).folder; }
    const std::vector<Place>& places() const { return places_; }
    const std::string& words() const { return words_; }
    // Whether the text field has to take the words over: they were changed, and not by typing.
    bool has_new_words() const { return new_words_; }
    void new_words_taken() { new_words_ = false; }
    bool all_files() const { return all_files_; }
    const std::string& sentence() const { return sentence_; }  // why something did not work
    const std::string& question() const { return question_; }  // the file that would be replaced
    bool reading() const { return reader_.reading(); }
    bool reading_long() const;  // long enough to say so

  private:
    void try_next();
    void arrive(FolderListing listing);
    void hush();
    void put_words(const std::string& words);
    void refresh();
    std::optional<std::string> confirm_open();
    std::optional<std::string> confirm_save();

    Wish wish_{};
    FolderReader reader_{};
    FolderListing listing_{};
    ListingView view_{};
    std::vector<size_t> rows_{};  // of the listing
    std::optional<size_t> chosen_{};
    std::vector<Place> places_{};
    std::vector<std::string> to_try_{};  // where to start, the next one last
    std::string words_{}, sentence_{}, question_{};
    bool new_words_ = false, all_files_ = false;
    std::chrono::steady_clock::time_point asked_at_{};
};

}  // namespace convscope
