// An animation on its way into a file.
#pragma once
#include <string>

#include "export/gif.h"
#include "window_app.h"

namespace convscope {

struct App::Recording {
    GifWriter writer;
    std::string path;
    int x = 0, y = 0, width = 0, height = 0;
    int64_t steps = 0, stride = 1, step = 0;
    int delay = 25;      // hundredths of a second
    bool drawn = false;  // the present step is in the frame that was just drawn
};

}  // namespace convscope
