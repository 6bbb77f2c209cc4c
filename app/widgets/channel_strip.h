// All channels of a tensor in one line: which group each belongs to, which ones meet the shown one.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace convscope {

struct ChannelStrip {
    std::string name{};
    int64_t count = 1, shown = 0;
    int64_t group_size = 1;                     // channels a group
    int64_t joined_from = 0, joined_count = 0;  // those that meet the shown channel of the other side
    std::function<std::string(int64_t channel)> tip{};
};
// The channel that the user points out by a click or by dragging along the strip. `width` pixels wide.
std::optional<int64_t> channel_strip(const ChannelStrip& strip, float width);

}  // namespace convscope
