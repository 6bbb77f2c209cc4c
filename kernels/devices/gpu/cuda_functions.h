// All that the gpu device asks of CUDA, as a table of functions in types of our own. The device's code sees
// this table and no CUDA header, so that the real CUDA, a missing one and the tests' stand-in all fit below
// it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "cuda_cpp/kernel.h"

namespace convscope {

// cudaError_t's number; 0 is success.
using CudaCode = int;
inline constexpr CudaCode cuda_success = 0;
inline constexpr CudaCode cuda_out_of_memory = 2;     // cudaErrorMemoryAllocation
inline constexpr CudaCode cuda_old_driver = 35;       // cudaErrorInsufficientDriver
inline constexpr CudaCode cuda_no_device = 100;       // cudaErrorNoDevice
inline constexpr CudaCode cuda_launch_timeout = 702;  // cudaErrorLaunchTimeout

// Handles of CUDA's objects; only the table's functions look inside.
using StreamHandle = struct CudaStreamTag*;
using EventHandle = struct CudaEventTag*;
using ResourceHandle = struct CudaResourceTag*;  // a GL object registered with CUDA
using ArrayHandle = struct CudaArrayTag*;        // the memory of a mapped texture

struct CudaDeviceFacts {
    char name[256] = {};
    int capability_major = 0;
    int capability_minor = 0;
    int multiprocessors = 0;
    int64_t clock_khz = 0;
    int64_t memory_clock_khz = 0;
    int memory_bus_bits = 0;
    int64_t memory_bytes = 0;
    int64_t l2_bytes = 0;
    int64_t shared_bytes_per_block = 0;  // the most that a kernel may opt in to
    bool kernels_time_out = false;       // a display is attached: kernels of some seconds are stopped
};

struct CudaFunctionFacts {
    int registers = 0;
    int64_t local_bytes = 0;  // a thread; spilled registers show here
    int64_t static_shared_bytes = 0;
    int max_threads_per_block = 0;
    int blocks_per_multiprocessor = 0;  // with the step's block and dynamic shared memory
};

// What a pass over a guarded output finds: see scan_output below.
struct ScanSizes {
    int64_t guard_elements;  // in front of the output and behind it
    int64_t elements;
    uint32_t poison;  // the word that outputs and guards are filled with
};
struct ScanCounts {
    unsigned long long unwritten;        // output elements that hold the poison
    unsigned long long first_unwritten;  // the smallest index of one; all bits set: none
    unsigned long long written_outside;  // guard elements that do not hold it
};

// What a probe of the arithmetic's peak runs: every thread repeats its independent chains.
struct ProbeSizes {
    int repeats;
};
inline constexpr int fma_probe_flops_per_repeat = 2 * 16 * 8;  // a thread: 16 chains, unrolled 8 times
inline constexpr int mma_probe_flops_per_repeat = 2 * 16 * 8 * 8 * 8 / 32;  // a thread's share of 8 m16n8k8

// Kernels of the device's own, beside the convolution kernels of the module. Blocks are of 256 threads.
struct CudaHelpers {
    const void* scan_output = nullptr;  // (ScanSizes, const uint32_t* words, ScanCounts*), any grid
    const void* fma_probe = nullptr;    // (ProbeSizes, float* one value a thread)
    const void* mma_probe = nullptr;    // the same with TF32 mma.sync; needs compute capability 8.0
};
inline constexpr unsigned helper_block = 256;

inline constexpr int cuda_functions_layout = 1;
inline constexpr const char* cuda_functions_symbol = "convscope_cuda_functions";

// Copies, fills, launches and records are queued on the stream and return at once. Sizes are in bytes.
struct CudaFunctions {
    int layout = cuda_functions_layout;
    int lowest_capability = 0;  // 10·major + minor of the oldest GPU that the module was compiled for
    CudaHelpers helpers;

    CudaCode (*driver_version)(int* version) = nullptr;   // 13000 is 13.0; 0: no driver
    CudaCode (*runtime_version)(int* version) = nullptr;  // as compiled
    CudaCode (*device_count)(int* count) = nullptr;
    CudaCode (*device_facts)(int ordinal, CudaDeviceFacts* facts) = nullptr;
    CudaCode (*select_device)(int ordinal) = nullptr;  // for the calling thread

    CudaCode (*memory_info)(int64_t* free_bytes, int64_t* total_bytes) = nullptr;
    CudaCode (*allocate)(void** memory, int64_t bytes) = nullptr;
    CudaCode (*free)(void* memory) = nullptr;
    CudaCode (*copy_to_device)(void* to, const void* from, int64_t bytes, StreamHandle stream) = nullptr;
    CudaCode (*copy_to_host)(void* to, const void* from, int64_t bytes, StreamHandle stream) = nullptr;
    CudaCode (*copy_on_device)(void* to, const void* from, int64_t bytes, StreamHandle stream) = nullptr;
    CudaCode (*fill_words)(void* memory, uint32_t word, int64_t words, StreamHandle stream) = nullptr;

    CudaCode (*create_stream)(StreamHandle* stream) = nullptr;
    CudaCode (*destroy_stream)(StreamHandle stream) = nullptr;
    CudaCode (*synchronize_stream)(StreamHandle stream) = nullptr;
    CudaCode (*create_event)(EventHandle* event) = nullptr;
    CudaCode (*destroy_event)(EventHandle event) = nullptr;
    CudaCode (*record_event)(EventHandle event, StreamHandle stream) = nullptr;
    CudaCode (*synchronize_event)(EventHandle event) = nullptr;
    CudaCode (*elapsed_ms)(double* milliseconds, EventHandle start, EventHandle stop) = nullptr;

    // Loads the step's kernel and lets it have its dynamic shared memory, above 48 KiB too.
    CudaCode (*load_function)(const Step& step, CudaFunctionFacts* facts) = nullptr;
    // step.call is there for a stand-in that runs the kernel's text on the CPU.
    CudaCode (*launch)(const Step& step, void** arguments, StreamHandle stream) = nullptr;
    CudaCode (*clear_error)() = nullptr;  // the last error, which is forgotten unless it is sticky
    const char* (*error_name)(CudaCode code) = nullptr;
    const char* (*error_text)(CudaCode code) = nullptr;
    bool (*error_is_sticky)(CudaCode code) = nullptr;  // this process cannot use the GPU any more

    // OpenGL: call these on the thread whose context is current.
    CudaCode (*gl_devices)(int* ordinals, int most, int* count) = nullptr;
    CudaCode (*gl_register_texture)(ResourceHandle* resource, unsigned texture) = nullptr;  // write-discard
    CudaCode (*gl_unregister)(ResourceHandle resource) = nullptr;
    CudaCode (*gl_map)(ResourceHandle resource, StreamHandle stream) = nullptr;
    CudaCode (*gl_unmap)(ResourceHandle resource, StreamHandle stream) = nullptr;
    CudaCode (*gl_array)(ArrayHandle* array, ResourceHandle resource) = nullptr;
    CudaCode (*copy_to_array)(ArrayHandle to, const void* from, int64_t pitch, int64_t row_bytes,
                              int64_t rows, StreamHandle stream) = nullptr;
};

using CudaFunctionsFunction = const CudaFunctions* (*)();  // what the module exports

// The table for a machine without CUDA: its calls fail, and error_text gives `reason`.
const CudaFunctions& missing_cuda(const char* reason);

}  // namespace convscope
