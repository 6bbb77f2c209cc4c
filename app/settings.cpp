#include "settings.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

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

// A step's number. Anything else in a file is left out.
std::optional<int> step_of(const json& value) {
    constexpr int most = 10'000;
    if (!value.is_number_integer()) return std::nullopt;
    const auto step = value.get<int64_t>();
    return step >= 0 && step < most ? std::optional(static_cast<int>(step)) : std::nullopt;
}

lessons::Progress progress_of(const json& value) {
    lessons::Progress out;
    if (!value.is_object()) return out;
    if (const auto at = value.find("at"); at != value.end()) out.at = step_of(*at).value_or(0);
    if (const auto done = value.find("done"); done != value.end() && done->is_array())
        for (const json& each : *done)
            if (const auto step = step_of(each)) out.done.insert(*step);
    if (const auto at = value.find("finished"); at != value.end() && at->is_boolean())
        out.finished = at->get<bool>();
    return out;
}

json json_of(const std::map<std::string, lessons::Progress>& lessons) {
    json out = json::object();
    for (const auto& [key, progress] : lessons)
        out[key] = {{"at", progress.at}, {"done", progress.done}, {"finished", progress.finished}};
    return out;
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
    if (const auto at = value.find("lessons"); at != value.end() && at->is_object())
        for (const auto& [key, progress] : at->items()) s.lessons[key] = progress_of(progress);
    if (const auto at = value.find("newcomer"); at != value.end() && at->is_boolean())
        s.newcomer = at->get<bool>();
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
    if (path.empty() || !fs::exists(path, ignored)) return {.newcomer = true};
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
    const json out{
        {"convscope_settings", version}, {"theme", settings.theme == Theme::light ? "light" : "dark"},
        {"scale", settings.scale},       {"folder", settings.folder},
        {"recent", settings.recent},     {"lessons", json_of(settings.lessons)},
        {"newcomer", settings.newcomer}};
    write_file(path, out.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace convscope
