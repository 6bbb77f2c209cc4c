#include "file_browser.h"

#include <algorithm>
#include <filesystem>

#include "core/text.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;

bool is_folder(const std::string& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

bool exists(const std::string& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

std::string name_of(const std::string& path) {
    return fs::path(path).filename().string();
}

}  // namespace

void FileBrowser::start(Wish wish, const Settings& settings) {
    wish_ = std::move(wish);
    view_ = {.endings = wish_.endings, .order = view_.order, .descending = view_.descending};
    all_files_ = false;
    places_ = useful_places(settings);
    put_words(wish_.saving ? wish_.name : "");
    hush();
    std::error_code ignored;
    const std::string working = fs::current_path(ignored).string();
    to_try_ = {"/", path_of("~", ""), working};
    for (const std::string& folder : {settings.folder, wish_.folder})
        if (!folder.empty()) to_try_.push_back(path_of(folder, working));
    listing_ = {};
    refresh();
    asked_at_ = std::chrono::steady_clock::now();
    try_next();
}

void FileBrowser::try_next() {
    const std::string next = to_try_.back();
    to_try_.pop_back();
    reader_.read(next);
}

void FileBrowser::collect() {
    std::optional<FolderReader::Outcome> outcome = reader_.take();
    if (!outcome) return;
    if (outcome->error.empty()) return arrive(std::move(outcome->listing));
    sentence_ = outcome->error;
    if (!to_try_.empty()) try_next();  // the folder where it was last is gone
}

void FileBrowser::arrive(FolderListing listing) {
    const bool starting = listing_.path.empty();
    const bool went_up = !starting && listing.path == parent_folder(listing_.path);
    const std::string from = name_of(listing_.path);
    listing_ = std::move(listing);
    to_try_.clear();
    // Why it does not start where it should stays to be read, if somebody asked for that folder.
    if (!starting || wish_.folder.empty()) hush();
    if (!wish_.saving) put_words("");
    refresh();
    for (size_t i = 0; went_up && i < rows(); ++i)
        if (row(i).folder && row(i).name == from) chosen_ = i;
}

void FileBrowser::refresh() {
    view_.filter = wish_.saving || is_path(words_) ? "" : words_;
    rows_ = shown_entries(listing_, view_);
    chosen_.reset();
    if (view_.filter.empty() || rows_.empty()) return;
    const auto same = std::ranges::find(rows_, words_, [&](size_t i) { return listing_.entries[i].name; });
    chosen_ = same == rows_.end() ? 0 : static_cast<size_t>(same - rows_.begin());
}

void FileBrowser::hush() {
    sentence_.clear();
    question_.clear();
}

void FileBrowser::go_to(const std::string& path) {
    hush();
    to_try_.clear();
    asked_at_ = std::chrono::steady_clock::now();
    reader_.read(path);
}

void FileBrowser::go_up() {
    if (!listing_.path.empty() && listing_.path != "/") go_to(parent_folder(listing_.path));
}

void FileBrowser::type(const std::string& words) {
    words_ = words;
    hush();
    refresh();
}

void FileBrowser::put_words(const std::string& words) {
    words_ = words;
    new_words_ = true;
}

void FileBrowser::choose(size_t row_index) {
    chosen_ = row_index;
    hush();
    if (wish_.saving && !row(row_index).folder) put_words(row(row_index).name);
}

void FileBrowser::move_choice(int by) {
    if (rows_.empty()) return;
    const auto last = static_cast<int64_t>(rows_.size()) - 1;
    const int64_t now = chosen_ ? static_cast<int64_t>(*chosen_) : by > 0 ? -1 : last + 1;
    choose(static_cast<size_t>(std::clamp<int64_t>(now + by, 0, last)));
}

void FileBrowser::show_all_files(bool all) {
    all_files_ = all;
    view_.endings = all ? std::vector<std::string>() : wish_.endings;
    refresh();
}

void FileBrowser::sort(EntryOrder order, bool descending) {
    view_.order = order;
    view_.descending = descending;
    refresh();
}

std::optional<std::string> FileBrowser::open_row(size_t index) {
    choose(index);
    const std::string path = path_of(row(index).name, listing_.path);
    if (row(index).folder) {
        go_to(path);
        return std::nullopt;
    }
    return wish_.saving ? confirm_save() : path;
}

std::optional<std::string> FileBrowser::confirm() {
    if (wish_.saving && folder_chosen()) return open_row(*chosen_);
    return wish_.saving ? confirm_save() : confirm_open();
}

std::optional<std::string> FileBrowser::confirm_open() {
    if (chosen_ && !is_path(words_)) return open_row(*chosen_);
    if (words_.empty()) return std::nullopt;
    const std::string path = path_of(words_, listing_.path);
    std::error_code ignored;
    if (is_folder(path)) {
        go_to(path);
    } else if (fs::is_regular_file(path, ignored)) {
        return path;
    } else if (exists(path)) {
        sentence_ = cat(path, " is not a file.");  // a pipe would keep its reader waiting
    } else {
        sentence_ = is_path(words_) ? cat("There is no ", path, ".")
                                    : cat("Nothing in this folder is called '", words_, "'.");
    }
    return std::nullopt;
}

std::optional<std::string> FileBrowser::confirm_save() {
    if (words_.empty()) return std::nullopt;
    const std::string folder = path_of(words_, listing_.path);
    if (is_folder(folder)) {
        put_words(wish_.name);
        go_to(folder);
        return std::nullopt;
    }
    const std::string path = with_ending(folder, wish_.endings);
    if (is_folder(path)) {
        sentence_ = cat(path, " is a folder.");
    } else if (!is_folder(parent_folder(path))) {
        sentence_ = cat("There is no folder ", parent_folder(path), ".");
    } else if (exists(path) && question_ != path) {
        question_ = path;
    } else {
        return path;
    }
    return std::nullopt;
}

bool FileBrowser::reading_long() const {
    constexpr std::chrono::milliseconds patience{250};
    return reader_.reading() && std::chrono::steady_clock::now() - asked_at_ > patience;
}

}  // namespace convscope
