// The `sim` device: the CUDA source on the CPU. It checks and counts; it does not time.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "devices/device.h"

namespace convscope {

// In which order the threads of a block get their turns, as the simulator's FiberOrder has it.
enum class SimOrder { ascending, reversed, random };

struct SimOptions {
    // Left out: even runs of an execution go in ascending order, odd ones in a seeded random order, so that
    // a kernel that lacks a barrier does not give the same answer twice.
    std::optional<SimOrder> order;
    uint64_t seed = 0;
    int workers = 0;  // OS threads; 0: one a core
};

// Loads sim.so from `module_folder`. Throws Error(device_missing), with the reason, where it is not there.
std::shared_ptr<Device> make_sim_device(const std::string& module_folder);
std::shared_ptr<Device> make_sim_device(const std::string& module_folder, const SimOptions& options);

// The device `gallery`: kernels/gallery, whose kernels are broken on purpose. They run traced, so that a
// thread stops before an access outside every array, and nobody waits for a barrier that not all threads
// reach. What such a thread would have written stays unwritten. Every run gives the same output, races
// included. Throws Error(device_missing) where gallery_traced.so is not in `module_folder`.
std::shared_ptr<Device> make_gallery_device(const std::string& module_folder);

}  // namespace convscope
