#include "devices/gpu/launch.h"

#include "core/text.h"

namespace convscope {
namespace {

constexpr int64_t most_threads = 1024, most_threads_z = 64, most_grid_x = 2147483647, most_grid_yz = 65535;

std::string text(const Dim3& size) {
    return cat(size.x, "×", size.y, "×", size.z);
}

// The sentence is made up only where there is one: timed launches follow each other closely.
void queue(const CudaContext& context, const Step& step, void** arguments, const Stream& stream) {
    const CudaCode code = context.cuda().launch(step, arguments, stream.handle());
    if (code != cuda_success) context.check(code, cat("launching '", step.label, "'"));
}

}  // namespace

Support fits(const Step& step, const CudaDeviceFacts& gpu) {
    const Dim3 &block = step.block, &grid = step.grid;
    if (block.count() < 1 || block.count() > most_threads || block.z > most_threads_z)
        return Support::no(cat("'", step.label, "' asks for a block of ", text(block), " threads; 1 to ",
                               most_threads, " are allowed, ", most_threads_z, " of them in z"));
    if (grid.count() < 1 || grid.x > most_grid_x || grid.y > most_grid_yz || grid.z > most_grid_yz)
        return Support::no(cat("'", step.label, "' asks for a grid of ", text(grid), " blocks; at most ",
                               most_grid_x, "×", most_grid_yz, "×", most_grid_yz, " are allowed"));
    if (static_cast<int64_t>(step.shared_bytes) > gpu.shared_bytes_per_block)
        return Support::no(cat("'", step.label, "' needs ", step.shared_bytes,
                               " bytes of shared memory a block; ", gpu.name, " has ",
                               gpu.shared_bytes_per_block));
    return Support::yes();
}

double launch(const ContextPtr& context, const Step& step, void** arguments, const Stream& stream,
              LaunchMode mode) {
    if (mode == LaunchMode::queued) {
        queue(*context, step, arguments, stream);
        return 0;
    }
    if (mode == LaunchMode::waited) {
        queue(*context, step, arguments, stream);
        stream.wait(cat("running '", step.label, "'"));
        return 0;
    }
    const Event start(context), stop(context);
    start.record(stream);
    queue(*context, step, arguments, stream);
    stop.record(stream);
    return Event::milliseconds(start, stop, cat("running '", step.label, "'"));
}

}  // namespace convscope
