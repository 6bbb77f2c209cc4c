// An experiment as a line for a shell.
#pragma once
#include <optional>
#include <string>

#include "experiment.h"

namespace convscope {

// PROBLEM as `convscope run` takes it: "--op conv2d --shape 1,3,8,8 --kernel-size 3". Defaults are left out.
std::string problem_words(const Problem& problem);

// `convscope run …`: computes the experiment's output, bit for bit. Without `shown` the device's default
// kernel does it. Throws Error(request) where the experiment breaks a rule, where typed-in values are not as
// many as the problem needs, and where they make the line longer than a shell takes.
std::string command_line(const Experiment& experiment, const std::optional<KernelChoice>& shown);

}  // namespace convscope
