// What belongs to the user rather than to an experiment: how the window looks, and which files were open.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "lessons/progress.h"

namespace convscope {

enum class Theme { dark, light };

struct Settings {
    Theme theme = Theme::dark;
    float scale = 1;                                     // of everything in the window
    std::vector<std::string> recent{};                   // files, the last one first
    std::string folder{};                                // where the file browser was last
    std::map<std::string, lessons::Progress> lessons{};  // by lesson_key(); also of lessons that are not here
    bool newcomer = false;  // nothing was ever kept: the first lesson is pointed out, until it is dismissed
    bool operator==(const Settings&) const = default;
};

inline constexpr float smallest_scale = 0.5f, largest_scale = 3.0f;

// Clamped to what the window can show; a number that is none gives 1.
float legal_scale(float scale);
// Puts `path` first, once, and forgets what is beyond the tenth.
void remember_file(Settings& settings, const std::string& path);

// $XDG_CONFIG_HOME/convscope/settings.json, or the folder that stands for it; empty where there is no home.
std::string settings_path();
// The defaults where there is no file, or none of this program's; recent files that are gone are left out.
// Without a file somebody is new here.
Settings load_settings(const std::string& path);
// Makes the folder. Throws Error(request) where the file cannot be written.
void save_settings(const std::string& path, const Settings& settings);

}  // namespace convscope
