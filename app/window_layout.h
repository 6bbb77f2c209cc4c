// Where the panels stand, for a window of a size.
#pragma once
#include <imgui.h>

#include <cstddef>

namespace convscope {

struct Area {
    ImVec2 from, size;
    float right() const { return from.x + size.x; }
    float bottom() const { return from.y + size.y; }
    bool empty() const { return size.x <= 0 || size.y <= 0; }
};

// What is there on every tab: the line of tabs, a banner, the status line, a lesson's step beside everything,
// and the rest for the tab. A presentation has neither tabs nor a status line.
struct Frame {
    struct Parts {
        bool banner = false, lesson = false, presenting = false;
    };
    Area tabs{}, banner{}, status{}, lesson{}, room{};

    Frame(ImVec2 screen, float top, const Parts& parts);
    void draw_lines() const;
};

struct ExploreLayout {
    struct Parts {
        size_t kernels_listed = 0;
        bool lesson = false;      // it stands where Inspect stood: that is one of three below the pictures
        bool presenting = false;  // only the pictures, and where a step asks for it what is below them
        bool lower = true;
    };
    Area problem{}, views{}, inspect{}, kernels{}, times{};
    Area lower{};  // while a lesson runs, in the place of the last three

    ExploreLayout(const Area& room, const Parts& parts);
    void draw_lines() const;
};

// What is looked at, its pictures, the kernel's text; below the pictures the scrubber and what a request or
// the whole grid amounts to.
struct XrayLayout {
    struct Parts {
        bool heat = false, lesson = false, presenting = false, lower = true;
    };
    Area choice{}, map{}, source{}, player{}, lower{};

    XrayLayout(const Area& room, const Parts& parts);
    void draw_lines() const;
};

}  // namespace convscope
