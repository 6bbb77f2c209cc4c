// The real table, and the only file of the device that includes CUDA's headers. It is part of the gpu module,
// into which the CUDA runtime is linked statically: without a driver it loads, and its first call says what
// is missing.
#include <cuda_runtime.h>

#include <cstring>

#include "devices/gpu/cuda_functions.h"
#include "devices/gpu/helper_kernels.cuh"

// cuda_gl_interop.h includes GL/gl.h, which a machine without a display lacks; two functions are all we need.
extern "C" {
cudaError_t CUDARTAPI cudaGLGetDevices(unsigned int* count, int* devices, unsigned int most, int list);
cudaError_t CUDARTAPI cudaGraphicsGLRegisterImage(cudaGraphicsResource** resource, unsigned int image,
                                                  unsigned int target, unsigned int flags);
}

namespace convscope {
namespace {

constexpr int all_gl_devices = 1;           // cudaGLDeviceListAll
constexpr unsigned gl_texture_2d = 0x0DE1;  // GL_TEXTURE_2D
constexpr size_t usual_shared = 48 * 1024;  // more needs opting in

cudaStream_t real(StreamHandle stream) {
    return reinterpret_cast<cudaStream_t>(stream);
}
cudaEvent_t real(EventHandle event) {
    return reinterpret_cast<cudaEvent_t>(event);
}
cudaGraphicsResource_t real(ResourceHandle resource) {
    return reinterpret_cast<cudaGraphicsResource_t>(resource);
}
cudaArray_t real(ArrayHandle array) {
    return reinterpret_cast<cudaArray_t>(array);
}
dim3 real(const Dim3& size) {
    return {size.x, size.y, size.z};
}

// An attribute by its number: cudaDeviceProp lost the clocks in CUDA 13, the attributes are in every version.
CudaCode attribute(int ordinal, cudaDeviceAttr which, int64_t* value) {
    int number = 0;
    const cudaError_t code = cudaDeviceGetAttribute(&number, which, ordinal);
    *value = number;
    return code;
}

CudaCode device_facts(int ordinal, CudaDeviceFacts* facts) {
    cudaDeviceProp properties{};
    if (const cudaError_t code = cudaGetDeviceProperties(&properties, ordinal)) return code;
    static_assert(sizeof(facts->name) == sizeof(properties.name));
    std::memcpy(facts->name, properties.name, sizeof(facts->name));
    facts->capability_major = properties.major;
    facts->capability_minor = properties.minor;
    facts->multiprocessors = properties.multiProcessorCount;
    facts->memory_bus_bits = properties.memoryBusWidth;
    facts->memory_bytes = static_cast<int64_t>(properties.totalGlobalMem);
    facts->l2_bytes = properties.l2CacheSize;
    facts->shared_bytes_per_block = static_cast<int64_t>(properties.sharedMemPerBlockOptin);
    if (const CudaCode code = attribute(ordinal, cudaDevAttrClockRate, &facts->clock_khz)) return code;
    if (const CudaCode code = attribute(ordinal, cudaDevAttrMemoryClockRate, &facts->memory_clock_khz))
        return code;
    int64_t times_out = 0;
    const CudaCode code = attribute(ordinal, cudaDevAttrKernelExecTimeout, &times_out);
    facts->kernels_time_out = times_out != 0;
    return code;
}

CudaCode memory_info(int64_t* free_bytes, int64_t* total_bytes) {
    size_t free_now = 0, total = 0;
    const cudaError_t code = cudaMemGetInfo(&free_now, &total);
    *free_bytes = static_cast<int64_t>(free_now);
    *total_bytes = static_cast<int64_t>(total);
    return code;
}

CudaCode fill_words(void* memory, uint32_t word, int64_t words, StreamHandle stream) {
    constexpr int64_t most_blocks = 4096;
    const int64_t blocks = (words + helper_block - 1) / helper_block;
    auto* typed = static_cast<uint32_t*>(memory);
    void* arguments[] = {&typed, &words, &word};
    return cudaLaunchKernel(reinterpret_cast<const void*>(fill_words_kernel),
                            dim3(static_cast<unsigned>(blocks < most_blocks ? blocks : most_blocks)),
                            dim3(helper_block), arguments, 0, real(stream));
}

// Streams do not wait for the legacy default stream: what the window copies need not wait for the worker.
CudaCode create_stream(StreamHandle* stream) {
    return cudaStreamCreateWithFlags(reinterpret_cast<cudaStream_t*>(stream), cudaStreamNonBlocking);
}

CudaCode elapsed_ms(double* milliseconds, EventHandle start, EventHandle stop) {
    float single = 0;
    const cudaError_t code = cudaEventElapsedTime(&single, real(start), real(stop));
    *milliseconds = single;
    return code;
}

CudaCode load_function(const Step& step, CudaFunctionFacts* facts) {
    if (step.shared_bytes > usual_shared)
        if (const cudaError_t code =
                cudaFuncSetAttribute(step.function, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                     static_cast<int>(step.shared_bytes)))
            return code;
    cudaFuncAttributes attributes{};
    if (const cudaError_t code = cudaFuncGetAttributes(&attributes, step.function)) return code;
    facts->registers = attributes.numRegs;
    facts->local_bytes = static_cast<int64_t>(attributes.localSizeBytes);
    facts->static_shared_bytes = static_cast<int64_t>(attributes.sharedSizeBytes);
    facts->max_threads_per_block = attributes.maxThreadsPerBlock;
    return cudaOccupancyMaxActiveBlocksPerMultiprocessor(&facts->blocks_per_multiprocessor, step.function,
                                                         static_cast<int>(step.block.count()),
                                                         step.shared_bytes);
}

CudaCode launch(const Step& step, void** arguments, StreamHandle stream) {
    return cudaLaunchKernel(step.function, real(step.grid), real(step.block), arguments, step.shared_bytes,
                            real(stream));
}

// "CUDA Runtime API, cudaError": those after which the process must be ended and started again.
bool error_is_sticky(CudaCode code) {
    switch (code) {
        case cudaErrorECCUncorrectable:
        case cudaErrorNvlinkUncorrectable:
        case cudaErrorIllegalAddress:
        case cudaErrorLaunchTimeout:
        case cudaErrorAssert:
        case cudaErrorHardwareStackError:
        case cudaErrorIllegalInstruction:
        case cudaErrorMisalignedAddress:
        case cudaErrorInvalidAddressSpace:
        case cudaErrorInvalidPc:
        case cudaErrorLaunchFailure:
            return true;
        default:
            return false;
    }
}

CudaCode gl_devices(int* ordinals, int most, int* count) {
    unsigned found = 0;
    const cudaError_t code = cudaGLGetDevices(&found, ordinals, static_cast<unsigned>(most), all_gl_devices);
    *count = static_cast<int>(found) < most ? static_cast<int>(found) : most;
    return code;
}

CudaCode gl_register_texture(ResourceHandle* resource, unsigned texture) {
    return cudaGraphicsGLRegisterImage(reinterpret_cast<cudaGraphicsResource_t*>(resource), texture,
                                       gl_texture_2d, cudaGraphicsRegisterFlagsWriteDiscard);
}

void add_memory_functions(CudaFunctions& table) {
    table.memory_info = memory_info;
    table.allocate = [](void** memory, int64_t bytes) -> CudaCode {
        return cudaMalloc(memory, static_cast<size_t>(bytes));
    };
    table.free = [](void* memory) -> CudaCode { return cudaFree(memory); };
    table.copy_to_device = [](void* to, const void* from, int64_t bytes, StreamHandle stream) -> CudaCode {
        return cudaMemcpyAsync(to, from, static_cast<size_t>(bytes), cudaMemcpyHostToDevice, real(stream));
    };
    table.copy_to_host = [](void* to, const void* from, int64_t bytes, StreamHandle stream) -> CudaCode {
        return cudaMemcpyAsync(to, from, static_cast<size_t>(bytes), cudaMemcpyDeviceToHost, real(stream));
    };
    table.copy_on_device = [](void* to, const void* from, int64_t bytes, StreamHandle stream) -> CudaCode {
        return cudaMemcpyAsync(to, from, static_cast<size_t>(bytes), cudaMemcpyDeviceToDevice, real(stream));
    };
    table.fill_words = fill_words;
}

void add_stream_functions(CudaFunctions& table) {
    table.create_stream = create_stream;
    table.destroy_stream = [](StreamHandle stream) -> CudaCode { return cudaStreamDestroy(real(stream)); };
    table.synchronize_stream = [](StreamHandle stream) -> CudaCode {
        return cudaStreamSynchronize(real(stream));
    };
    table.create_event = [](EventHandle* event) -> CudaCode {
        return cudaEventCreate(reinterpret_cast<cudaEvent_t*>(event));
    };
    table.destroy_event = [](EventHandle event) -> CudaCode { return cudaEventDestroy(real(event)); };
    table.record_event = [](EventHandle event, StreamHandle stream) -> CudaCode {
        return cudaEventRecord(real(event), real(stream));
    };
    table.synchronize_event = [](EventHandle event) -> CudaCode { return cudaEventSynchronize(real(event)); };
    table.elapsed_ms = elapsed_ms;
    table.load_function = load_function;
    table.launch = launch;
}

void add_error_functions(CudaFunctions& table) {
    table.clear_error = []() -> CudaCode { return cudaGetLastError(); };
    table.error_name = [](CudaCode code) { return cudaGetErrorName(static_cast<cudaError_t>(code)); };
    table.error_text = [](CudaCode code) { return cudaGetErrorString(static_cast<cudaError_t>(code)); };
    table.error_is_sticky = error_is_sticky;
}

void add_gl_functions(CudaFunctions& table) {
    table.gl_devices = gl_devices;
    table.gl_register_texture = gl_register_texture;
    table.gl_unregister = [](ResourceHandle resource) -> CudaCode {
        return cudaGraphicsUnregisterResource(real(resource));
    };
    table.gl_map = [](ResourceHandle resource, StreamHandle stream) -> CudaCode {
        cudaGraphicsResource_t mapped = real(resource);
        return cudaGraphicsMapResources(1, &mapped, real(stream));
    };
    table.gl_unmap = [](ResourceHandle resource, StreamHandle stream) -> CudaCode {
        cudaGraphicsResource_t mapped = real(resource);
        return cudaGraphicsUnmapResources(1, &mapped, real(stream));
    };
    table.gl_array = [](ArrayHandle* array, ResourceHandle resource) -> CudaCode {
        return cudaGraphicsSubResourceGetMappedArray(reinterpret_cast<cudaArray_t*>(array), real(resource), 0,
                                                     0);
    };
    table.copy_to_array = [](ArrayHandle to, const void* from, int64_t pitch, int64_t row_bytes, int64_t rows,
                             StreamHandle stream) -> CudaCode {
        return cudaMemcpy2DToArrayAsync(real(to), 0, 0, from, static_cast<size_t>(pitch),
                                        static_cast<size_t>(row_bytes), static_cast<size_t>(rows),
                                        cudaMemcpyDeviceToDevice, real(stream));
    };
}

CudaFunctions make_table() {
    CudaFunctions table;
    table.lowest_capability = CONVSCOPE_CUDA_LOWEST;
    table.helpers.scan_output = reinterpret_cast<const void*>(scan_output);
    table.helpers.fma_probe = reinterpret_cast<const void*>(fma_probe);
    table.helpers.mma_probe = reinterpret_cast<const void*>(mma_probe);
    table.driver_version = [](int* version) -> CudaCode { return cudaDriverGetVersion(version); };
    table.runtime_version = [](int* version) -> CudaCode { return cudaRuntimeGetVersion(version); };
    table.device_count = [](int* count) -> CudaCode { return cudaGetDeviceCount(count); };
    table.device_facts = device_facts;
    table.select_device = [](int ordinal) -> CudaCode { return cudaSetDevice(ordinal); };
    add_memory_functions(table);
    add_stream_functions(table);
    add_error_functions(table);
    add_gl_functions(table);
    return table;
}

}  // namespace
}  // namespace convscope

extern "C" __attribute__((visibility("default"))) const convscope::CudaFunctions* convscope_cuda_functions() {
    static const convscope::CudaFunctions table = convscope::make_table();
    return &table;
}
