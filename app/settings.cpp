#include "settings.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/files/atomic_file.h"
#include "core/json_text.h"
#include "core/text.h"

namespace convscope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t most_recent = 10;
constexpr int version = 1;

std::string text_of(const json& value, const char* key) {
    const auto at = value.find(key);
    return at != value.end() && at->is_string() ? at->get<std::string>() : std::string();
}

Settings settings_of(const json& value) {
    Settings s;
    if (!value.is_object()) return s;
    if (text_of(value, "theme") == "light") s.theme = Theme::light;
    if (const auto at = value.find("scale"); at != value.end() && at->is_number())
        s.scale = legal_scale(at->get<float>());
    s.folder = text_of(value, "folder");
    std::error_code ignored;
    if (const auto at = value.find("recent"); at != value.end() && at->is_array())
        for (const json& path : *at)
            if (path.is_string() && s.recent.size() < most_recent &&
                fs::exists(path.get<std::string>(), ignored))
                s.recent.push_back(path.get<std::string>());
    return s;
}

}  // namespace

float legal_scale(float scale) {
    return std::isfinite(scale) ? std::clamp(scale, smallest_scale, largest_scale) : 1.0f;
}

void remember_file(Settings& settings, const std::string& path) {
    std::erase(settings.recent, path);
    settings.recent.insert(settings.recent.begin(), path);
    if (settings.recent.size() > most_recent) settings.recent.resize(most_recent);
}

std::string settings_path() {
    const char* config = std::getenv("XDG_CONFIG_HOME");
    if (config && *config == '/') return cat(config, "/convscope/settings.json");
    const char* home = std::getenv("HOME");
    return home && *home == '/' ? cat(home, "/.config/convscope/settings.json") : std::string();
}

Settings load_settings(const std::string& path) {
    std::error_code ignored;
    if (path.empty() || !fs::exists(path, ignored)) return {};
    try {
        return settings_of(read_json(path));
    } catch (const Error&) {
        return {};  // damaged: the defaults serve, and the next save mends it
    }
}

void save_settings(const std::string& path, const Settings& settings) {
    std::error_code failed;
    fs::create_directories(fs::path(path).parent_path(), failed);
    if (failed) fail_request(cat("cannot make the folder of ", path, ": ", failed.message()));
    const json out{{"convscope_settings", version},
                   {"theme", settings.theme == Theme::light ? "light" : "dark"},
                   {"scale", settings.scale},
                   {"folder", settings.folder},
                   {"recent", settings.recent}};
    write_file(path, out.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace convscope
