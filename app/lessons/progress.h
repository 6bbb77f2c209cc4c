// How far somebody is in one lesson; kept in the settings.
#pragma once
#include <set>

namespace convscope::lessons {

struct Progress {
    int at = 0;             // the step that is open, or was
    std::set<int> done{};   // steps whose task was solved, or that have none and were read
    bool finished = false;  // its last step was left forwards
    bool operator==(const Progress&) const = default;
};

}  // namespace convscope::lessons
