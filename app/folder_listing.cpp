#include "folder_listing.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

#include "core/errors.h"
#include "core/text.h"
#include "program_files.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_recent_folders = 5;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_letters(char a, char b) {
    return lower(a) == lower(b);
}

// The digits at the front, without zeros before them; the text goes on behind.
std::string_view take_number(std::string_view& text) {
    while (text.size() > 1 && text[0] == '0' && is_digit(text[1])) text.remove_prefix(1);
    size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    const std::string_view number = text.substr(0, count);
    text.remove_prefix(count);
    return number;
}

// Negative, 0 or positive. Numbers are compared as numbers, of any length.
int natural_order(std::string_view a, std::string_view b) {
    while (!a.empty() && !b.empty()) {
        if (is_digit(a[0]) && is_digit(b[0])) {
            const std::string_view x = take_number(a), y = take_number(b);
            if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
            if (const int order = x.compare(y); order != 0) return order;
            continue;
        }
        const auto x = static_cast<unsigned char>(lower(a[0])), y = static_cast<unsigned char>(lower(b[0]));
        if (x != y) return x < y ? -1 : 1;
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
    return a.empty() ? (b.empty() ? 0 : -1) : 1;
}

std::string home_folder() {
    const char* home = std::getenv("HOME");
    return home && *home == '/' ? std::string(home) : std::string();
}

// An absolute path without a slash at its end.
std::string tidy(const fs::path& path) {
    std::string text = path.lexically_normal().string();
    while (text.size() > 1 && text.back() == '/') text.pop_back();
    return text;
}

std::string title_of(const std::string& path) {
    const std::string name = fs::path(path).filename().string();
    return name.empty() ? path : name;
}

}  // namespace

FolderListing list_folder(const std::string& path, size_t most) {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), ::closedir);
    if (!folder)
        fail_request(cat("cannot open the folder ", path, ": ", std::generic_category().message(errno)));
    FolderListing listing{.path = path};
    while (const dirent* found = ::readdir(folder.get())) {
        if (found->d_name[0] == '.') continue;
        struct stat facts {};
        if (::fstatat(::dirfd(folder.get()), found->d_name, &facts, 0) != 0) continue;  // a link to nowhere
        if (!S_ISDIR(facts.st_mode) && !S_ISREG(facts.st_mode)) continue;
        if (listing.entries.size() == most) {
            listing.cut = true;
            break;
        }
        listing.entries.push_back({.name = found->d_name,
                                   .folder = S_ISDIR(facts.st_mode),
                                   .bytes = facts.st_size,
                                   .changed = facts.st_mtime});
    }
    std::ranges::sort(listing.entries, [](const FolderEntry& a, const FolderEntry& b) {
        return a.folder != b.folder ? a.folder : natural_less(a.name, b.name);
    });
    return listing;
}

std::vector<size_t> shown_entries(const FolderListing& listing, const ListingView& view) {
    std::vector<size_t> shown;
    for (size_t i = 0; i < listing.entries.size(); ++i) {
        const FolderEntry& entry = listing.entries[i];
        if (!entry.folder && !has_ending(entry.name, view.endings)) continue;
        if (std::ranges::search(entry.name, view.filter, equal_letters).empty() && !view.filter.empty())
            continue;
        shown.push_back(i);
    }
    const auto less = [&](const FolderEntry& a, const FolderEntry& b) {
        if (view.order == EntryOrder::size && !a.folder && a.bytes != b.bytes) return a.bytes < b.bytes;
        if (view.order == EntryOrder::date && a.changed != b.changed) return a.changed < b.changed;
        return natural_less(a.name, b.name);
    };
    if (view.order == EntryOrder::name && !view.descending) return shown;  // as the listing is
    std::ranges::sort(shown, [&](size_t i, size_t j) {
        const FolderEntry &a = listing.entries[i], &b = listing.entries[j];
        if (a.folder != b.folder) return a.folder;
        return view.descending ? less(b, a) : less(a, b);
    });
    return shown;
}

bool natural_less(std::string_view a, std::string_view b) {
    const int order = natural_order(a, b);
    return order != 0 ? order < 0 : a < b;
}

bool has_ending(std::string_view name, const std::vector<std::string>& endings) {
    return endings.empty() || std::ranges::any_of(endings, [&](const std::string& ending) {
               return name.size() > ending.size() &&
                      std::ranges::equal(name.substr(name.size() - ending.size()), ending, equal_letters);
           });
}

std::string with_ending(const std::string& name, const std::vector<std::string>& endings) {
    return has_ending(name, endings) ? name : name + endings.front();
}

bool is_path(std::string_view words) {
    return words == "~" || words == ".." || words.find('/') != std::string_view::npos;
}

std::string path_of(const std::string& words, const std::string& folder) {
    if (words == "~" || words.starts_with("~/")) return tidy(fs::path(home_folder() + "/" + words.substr(1)));
    return tidy(fs::path(folder) / words);  // an absolute right side replaces the left one
}

std::string parent_folder(const std::string& path) {
    return tidy(fs::path(path).parent_path());
}

std::vector<Place> breadcrumbs(const std::string& path) {
    std::vector<Place> crumbs;
    for (std::string at = path;; at = parent_folder(at)) {
        crumbs.push_back({title_of(at), at});
        if (at == parent_folder(at)) break;
    }
    std::ranges::reverse(crumbs);
    return crumbs;
}

std::vector<Place> useful_places(const Settings& settings) {
    std::vector<Place> places;
    const auto add = [&](const std::string& title, const std::string& path) {
        std::error_code ignored;
        const bool known = std::ranges::any_of(places, [&](const Place& p) { return p.path == path; });
        if (known || path.empty() || !fs::is_directory(path, ignored)) return false;
        places.push_back({title, path});
        return true;
    };
    add("Home", home_folder());
    try {
        add("Sample images", asset_path("images"));
    } catch (const Error&) {
        // An installation without them has one place less.
    }
    std::error_code ignored;
    add("Working folder", fs::current_path(ignored).string());
    size_t recent = 0;
    for (const std::string& file : settings.recent) {
        const std::string folder = parent_folder(file);
        if (recent < most_recent_folders && add(title_of(folder), folder)) ++recent;
    }
    return places;
}

std::string date_text(std::time_t time) {
    std::tm parts{};
    char words[32];
    if (!::localtime_r(&time, &parts) || std::strftime(words, sizeof words, "%Y-%m-%d %H:%M", &parts) == 0)
        return {};
    return words;
}

}  // namespace convscope
