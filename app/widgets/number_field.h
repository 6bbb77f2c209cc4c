// A whole number that is dragged within its legal values, or typed freely.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace convscope {

struct NumberField {
    std::string name{};  // in the registry, and of the widget
    int64_t value = 0;
    int64_t least = 0;
    // The largest legal value, given everything else; asked for only while the mouse is on the field.
    std::function<std::optional<int64_t>()> largest{};
    // The next legal value from `from` on, up or down, where not all between the limits are legal (groups);
    // dragging then steps from one to the next.
    std::function<std::optional<int64_t>(int64_t from, bool up)> next_legal{};
    bool broken = false;  // a rule is broken here: marked
    float width = 56;     // in units of scale 1
};

// The new value, if the user changed it. Dragging stops at the legal limits; typing does not.
std::optional<int64_t> number_field(const NumberField& field);

// ◂ 3 ▸ of `count`: steps through 0 … count − 1 by its arrows, by dragging the number or by typing it.
// Nothing is drawn where there is one only.
std::optional<int64_t> stepper(const std::string& name, const char* label, int64_t value, int64_t count);
// How wide that is, in pixels.
float stepper_width(const char* label, int64_t count);

}  // namespace convscope
