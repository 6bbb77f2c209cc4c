#include "presets.h"

#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/json_text.h"
#include "core/problem_json.h"
#include "core/text.h"
#include "program_files.h"

namespace convscope {
namespace {

using nlohmann::json;

Fill fill_of(const json& row, const char* field) {
    if (!row.contains(field)) return Fill::random;
    const auto name = row.at(field).get<std::string>();
    const auto fill = fill_named(name);
    if (!fill) fail_request(cat("'", name, "' is not a fill"));
    return *fill;
}

Preset preset_of(const json& row) {
    Preset preset;
    preset.name = row.at("name").get<std::string>();
    preset.title = row.value("title", preset.name);
    preset.source = row.value("source", "");
    preset.spec = spec_from_json(row.at("problem"));
    preset.image = row.value("image", "");
    preset.input_fill = fill_of(row, "input_fill");
    preset.weights_fill = fill_of(row, "weights_fill");
    return preset;
}

std::vector<Preset> read_presets() {
    const std::string path = asset_path("presets/presets.json");
    std::vector<Preset> rows;
    try {
        const json file = read_json(path);
        for (const json& row : file.is_array() ? file : file.at("presets")) rows.push_back(preset_of(row));
    } catch (const json::exception& error) {
        fail_request(cat("the presets in ", path, " cannot be read: ", error.what()));
    }
    return rows;
}

}  // namespace

const std::vector<Preset>& presets() {
    static const std::vector<Preset> rows = read_presets();
    return rows;
}

const Preset& preset_named(const std::string& name) {
    std::vector<std::string> near;
    for (const Preset& preset : presets()) {
        if (preset.name == name) return preset;
        if (!name.empty() && preset.name.compare(0, 3, name, 0, 3) == 0) near.push_back(preset.name);
    }
    if (near.empty()) near = {"kb83-v0", "kb65-v0"};
    fail_request(
        cat("there is no preset '", name, "'; `convscope list presets` shows all, such as ", joined(near)));
}

}  // namespace convscope
