// The words by which an experiment's file and the lessons name choices: one list an enum, in its order.
#pragma once
#include <array>

#include "experiment.h"

namespace convscope {

inline constexpr std::array tab_names{"explore", "xray", "lessons", "source"};
inline constexpr std::array view_names{"none", "input", "weights", "pointwise", "middle", "output"};
inline constexpr std::array mode_names{"value", "taps", "error", "difference", "wipe"};
inline constexpr std::array method_names{"gather", "scatter", "stuffed"};
inline constexpr std::array slicing_names{"depth", "height", "width", "montage"};
inline constexpr std::array range_names{"automatic", "symmetric", "percentile", "fixed"};
inline constexpr std::array xray_panel_names{"request", "counts", "faults", "compare", "occupancy"};
inline constexpr std::array source_kind_names{"image", "npy", "fill", "constant", "values"};

template <class Enum, size_t N>
constexpr const char* name_in(const std::array<const char*, N>& names, Enum value) {
    return names[static_cast<size_t>(value)];
}
static_assert(name_in(tab_names, Tab::source) == tab_names.back());
static_assert(name_in(view_names, ViewKind::output) == view_names.back());
static_assert(name_in(mode_names, OutputMode::wipe) == mode_names.back());
static_assert(name_in(method_names, Method::stuffed) == method_names.back());
static_assert(name_in(slicing_names, Slicing::montage) == slicing_names.back());
static_assert(name_in(range_names, RangeMode::fixed) == range_names.back());
static_assert(name_in(xray_panel_names, XrayPanel::occupancy) == xray_panel_names.back());
static_assert(name_in(source_kind_names, InputSource::Kind::values) == source_kind_names.back());

}  // namespace convscope
