// Problems that people know, from assets/presets/presets.json.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/inputs.h"
#include "core/problem.h"

namespace convscope {

struct Preset {
    std::string name;  // "kb65-v0"
    std::string title;
    std::string source;
    ProblemSpec spec;
    std::string image;  // in assets/images; empty: the fill
    Fill input_fill = Fill::random;
    Fill weights_fill = Fill::random;
};

// In the file's order. Throws Error(request) where the file is missing or wrong.
const std::vector<Preset>& presets();
// Throws Error(request), naming near ones, where there is none of that name.
const Preset& preset_named(const std::string& name);

}  // namespace convscope
