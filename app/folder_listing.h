// Folders as the file browser shows them: what is in them, in which order, and what typed words mean.
#pragma once
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "settings.h"

namespace convscope {

struct FolderEntry {
    std::string name{};
    bool folder = false;
    int64_t bytes = 0;  // of a file
    std::time_t changed = 0;
};

struct FolderListing {
    std::string path{};                  // absolute
    std::vector<FolderEntry> entries{};  // folders first, both in natural order
    bool cut = false;                    // the folder holds more
};

// A folder of hundreds of thousands of files is not read to its end.
inline constexpr size_t most_listed = 10'000;

// Hidden entries, and what is neither a file nor a folder, are left out. Throws Error(request): "cannot open
// the folder /root: Permission denied".
FolderListing list_folder(const std::string& path, size_t most = most_listed);

enum class EntryOrder { name, size, date };

// Which entries are shown, and in which order.
struct ListingView {
    std::string filter{};                // anywhere in the name, whatever its case
    std::vector<std::string> endings{};  // of files; empty: all
    EntryOrder order = EntryOrder::name;
    bool descending = false;
};
// Indices into the entries. Folders stay first in any order.
std::vector<size_t> shown_entries(const FolderListing& listing, const ListingView& view);

// a2 before a10, whatever the case.
bool natural_less(std::string_view a, std::string_view b);
// Whatever the case; an empty list allows everything.
bool has_ending(std::string_view name, const std::vector<std::string>& endings);
// With the first of the endings appended where the name has none of them.
std::string with_ending(const std::string& name, const std::vector<std::string>& endings);

// Words that name a place rather than a part of a name: with a slash, ~ or ..
bool is_path(std::string_view words);
// Absolute, without . and .. in it: ~ is the home folder, other words are relative to `folder`.
std::string path_of(const std::string& words, const std::string& folder);
// Of the root: itself.
std::string parent_folder(const std::string& path);

struct Place {
    std::string title, path;
    bool operator==(const Place&) const = default;
};
// The folders from the root to this one; the root's title is "/".
std::vector<Place> breadcrumbs(const std::string& path);
// Home, the program's images, the working folder, the folders of the recent files: each once, no missing
// ones.
std::vector<Place> useful_places(const Settings& settings);

// "2024-05-31 09:12", in the local time zone.
std::string date_text(std::time_t time);

}  // namespace convscope
