// Where kernel_resources() looks: what ptxas said of each kernel, by name.
#pragma once
#include <string>
#include <vector>

#include "xray/occupancy.h"

namespace convscope::xray {

struct NamedResources {
    std::string function;  // as function_name() gives it
    KernelResources resources;
};

// What nvcc wrote with --ptxas-options=-v while it compiled one source.
std::vector<NamedResources> read_ptxas_report(const std::string& text);

// Of all sources of the gpu module that was built beside the other modules; empty where none was.
std::vector<NamedResources> resources_of_this_build(const std::string& modules_folder);

// assets/kernel_resources.json, found from the modules' folder or where the sources lie. Empty where it is
// missing; throws Error(request) where it is no such table.
std::vector<NamedResources> stored_resources(const std::string& modules_folder);

}  // namespace convscope::xray
