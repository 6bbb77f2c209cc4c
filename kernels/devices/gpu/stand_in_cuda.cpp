#include "devices/gpu/stand_in_cuda.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "core/text.h"
#include "cuda_cpp/simulator/simulator.h"

namespace convscope {
namespace {

StandInCuda* current = nullptr;

constexpr CudaCode invalid_value = 1, launch_failure = 719;
constexpr std::align_val_t memory_alignment{256};
constexpr double mebibyte = 1 << 20;

// The helpers' whole grids as plain loops.
void scan(void** arguments) {
    const auto& sizes = *static_cast<const ScanSizes*>(arguments[0]);
    const auto* words = *static_cast<const uint32_t**>(arguments[1]);
    auto& counts = **static_cast<ScanCounts**>(arguments[2]);
    for (int64_t i = 0; i < sizes.elements + 2 * sizes.guard_elements; ++i) {
        const int64_t element = i - sizes.guard_elements;
        const bool is_inside = element >= 0 && element < sizes.elements;
        const bool poisoned = words[i] == sizes.poison;
        if (is_inside && poisoned) {
            ++counts.unwritten;
            counts.first_unwritten =
                std::min(counts.first_unwritten, static_cast<unsigned long long>(element));
        }
        if (!is_inside && !poisoned) ++counts.written_outside;
    }
}
void probe(void**) {}
const int fma_tag = 0, mma_tag = 0;  // addresses that stand for the two probes

}  // namespace

// The table's functions.
struct StandInCalls {
    static CudaCode device_facts(int ordinal, CudaDeviceFacts* facts) {
        if (const CudaCode code = current->begin("device_facts")) return code;
        const std::string name = cat("Stand-in ", ordinal);
        std::strncpy(facts->name, name.c_str(), sizeof(facts->name) - 1);
        facts->capability_major = current->capability_major;
        facts->multiprocessors = 2;
        facts->memory_bytes = current->memory_bytes;
        facts->l2_bytes = 2 << 20;
        facts->shared_bytes_per_block = 227 * 1024;
        return cuda_success;
    }

    static CudaCode select_device(int ordinal) {
        if (const CudaCode code = current->begin("select_device")) return code;
        current->selected_ = ordinal;
        return cuda_success;
    }

    static CudaCode memory_info(int64_t* free_bytes, int64_t* total_bytes) {
        if (const CudaCode code = current->begin("memory_info")) return code;
        *total_bytes = current->memory_bytes;
        *free_bytes = current->memory_bytes - current->allocated_bytes();
        return cuda_success;
    }

    static CudaCode allocate(void** memory, int64_t bytes) {
        if (const CudaCode code = current->begin("allocate")) return code;
        if (bytes <= 0) return current->mistake(cat("allocating ", bytes, " bytes"));
        if (current->allocated_bytes() + bytes > current->memory_bytes) return cuda_out_of_memory;
        auto* start = static_cast<char*>(::operator new(static_cast<size_t>(bytes), memory_alignment));
        std::memset(start, 0xCD, static_cast<size_t>(bytes));
        current->memory_[start] = bytes;
        *memory = start;
        return cuda_success;
    }

    // What is given back is gone also where the call fails, as with a GPU that is lost.
    static CudaCode free(void* memory) {
        const CudaCode code = current->begin("free");
        if (current->memory_.erase(static_cast<char*>(memory)) == 0)
            return current->mistake("freeing memory that is not allocated");
        ::operator delete(memory, memory_alignment);
        return code;
    }

    static CudaCode copy(const char* function, void* to, const void* from, int64_t bytes, bool to_device,
                         bool from_device) {
        if (const CudaCode code = current->begin(function)) return code;
        if ((to_device && !current->inside(to, bytes)) || (from_device && !current->inside(from, bytes)))
            return current->mistake(cat(function, " outside of allocated memory"));
        std::memmove(to, from, static_cast<size_t>(bytes));
        current->clock_ms_ += static_cast<double>(bytes) / mebibyte;
        return cuda_success;
    }

    static CudaCode fill_words(void* memory, uint32_t word, int64_t words, StreamHandle) {
        if (const CudaCode code = current->begin("fill_words")) return code;
        if (!current->inside(memory, words * 4))
            return current->mistake("filling outside of allocated memory");
        for (int64_t i = 0; i < words; ++i)
            std::memcpy(static_cast<char*>(memory) + 4 * i, &word, sizeof word);
        current->clock_ms_ += static_cast<double>(words) * 4 / mebibyte;
        return cuda_success;
    }

    template <class Handle>
    static CudaCode create(const char* function, Handle* handle) {
        if (const CudaCode code = current->begin(function)) return code;
        *handle = reinterpret_cast<Handle>(new char);
        ++current->handles_[*handle];
        return cuda_success;
    }

    template <class Handle>
    static CudaCode destroy(const char* function, Handle handle) {
        const CudaCode code = current->begin(function);
        if (current->handles_.erase(handle) == 0) return current->mistake(cat(function, " of none"));
        current->event_times_.erase(handle);
        delete reinterpret_cast<char*>(handle);
        return code;
    }

    template <class Handle>
    static CudaCode use(const char* function, Handle handle) {
        if (const CudaCode code = current->begin(function)) return code;
        return current->handles_.count(handle) ? cuda_success : current->mistake(cat(function, " of none"));
    }

    static CudaCode record_event(EventHandle event, StreamHandle stream) {
        if (const CudaCode code = use("record_event", event)) return code;
        if (!current->handles_.count(stream)) return current->mistake("recording on no stream");
        current->event_times_[event] = current->clock_ms_;
        return cuda_success;
    }

    static CudaCode elapsed_ms(double* milliseconds, EventHandle start, EventHandle stop) {
        if (const CudaCode code = current->begin("elapsed_ms")) return code;
        const auto& times = current->event_times_;
        if (!times.count(start) || !times.count(stop)) return current->mistake("time of an unrecorded event");
        *milliseconds = times.at(stop) - times.at(start);
        return cuda_success;
    }

    static CudaCode load_function(const Step& step, CudaFunctionFacts* facts) {
        if (const CudaCode code = current->begin("load_function")) return code;
        facts->registers = 32;
        facts->max_threads_per_block = 1024;
        facts->blocks_per_multiprocessor = static_cast<int>(2048 / std::max<int64_t>(step.block.count(), 1));
        return cuda_success;
    }

    static CudaCode launch(const Step& step, void** arguments, StreamHandle stream) {
        if (const CudaCode code = use("launch", stream)) return code;
        current->clock_ms_ += current->launch_ms;
        const CudaHelpers& helpers = StandInCuda::table().helpers;
        if (step.function == helpers.scan_output) return scan(arguments), cuda_success;
        if (step.function == helpers.fma_probe || step.function == helpers.mma_probe)
            return probe(arguments), cuda_success;
        if (current->launch_fault == StandInCuda::LaunchFault::writes_nothing) return cuda_success;
        try {
            sim::launch(step, arguments, sim::Options{});
        } catch (const Error& error) {
            return current->mistake(error.what()), launch_failure;
        }
        if (current->launch_fault == StandInCuda::LaunchFault::writes_outside)
            current->write_outside(step, arguments);
        return cuda_success;
    }

    static CudaCode gl_devices(int* ordinals, int most, int* count) {
        if (const CudaCode code = current->begin("gl_devices")) return code;
        *count = std::min(most, static_cast<int>(current->gl_ordinals.size()));
        std::copy_n(current->gl_ordinals.begin(), *count, ordinals);
        return cuda_success;
    }

    static StandInCuda::Texture* texture(ResourceHandle resource) {
        for (auto& [number, texture] : current->textures_)
            if (reinterpret_cast<ResourceHandle>(&texture) == resource && texture.registered) return &texture;
        return nullptr;
    }

    static CudaCode gl_register_texture(ResourceHandle* resource, unsigned number) {
        if (const CudaCode code = current->begin("gl_register_texture")) return code;
        const auto found = current->textures_.find(number);
        if (found == current->textures_.end() || found->second.registered) return invalid_value;
        found->second.registered = true;
        *resource = reinterpret_cast<ResourceHandle>(&found->second);
        return cuda_success;
    }

    static CudaCode gl_unregister(ResourceHandle resource) {
        const CudaCode code = current->begin("gl_unregister");
        StandInCuda::Texture* const found = texture(resource);
        if (!found || found->mapped)
            return current->mistake("unregistering an unregistered or mapped texture");
        found->registered = false;
        return code;
    }

    static CudaCode gl_map(ResourceHandle resource, StreamHandle) {
        if (const CudaCode code = current->begin("gl_map")) return code;
        StandInCuda::Texture* const found = texture(resource);
        if (!found || found->mapped) return current->mistake("mapping an unregistered or mapped texture");
        found->mapped = true;
        return cuda_success;
    }

    static CudaCode gl_unmap(ResourceHandle resource, StreamHandle) {
        const CudaCode code = current->begin("gl_unmap");
        StandInCuda::Texture* const found = texture(resource);
        if (!found || !found->mapped) return current->mistake("unmapping a texture that is not mapped");
        found->mapped = false;
        return code;
    }

    static CudaCode gl_array(ArrayHandle* array, ResourceHandle resource) {
        if (const CudaCode code = current->begin("gl_array")) return code;
        const StandInCuda::Texture* const found = texture(resource);
        if (!found || !found->mapped) return current->mistake("asking for the memory of an unmapped texture");
        *array = reinterpret_cast<ArrayHandle>(resource);
        return cuda_success;
    }

    static CudaCode copy_to_array(ArrayHandle to, const void* from, int64_t pitch, int64_t row_bytes,
                                  int64_t rows, StreamHandle) {
        if (const CudaCode code = current->begin("copy_to_array")) return code;
        StandInCuda::Texture* const found = texture(reinterpret_cast<ResourceHandle>(to));
        if (!found || !found->mapped) return current->mistake("copying to a texture that is not mapped");
        if (!current->inside(from, pitch * (rows - 1) + row_bytes) || pitch < row_bytes ||
            row_bytes != found->width * 4 || rows != found->height)
            return current->mistake("copying to a texture from outside of memory, or of another size");
        for (int64_t row = 0; row < rows; ++row)
            std::memcpy(found->values.data() + row * found->width,
                        static_cast<const char*>(from) + row * pitch, static_cast<size_t>(row_bytes));
        return cuda_success;
    }

    static CudaFunctions make_table();
};

CudaFunctions StandInCalls::make_table() {
    CudaFunctions table;
    table.helpers = {reinterpret_cast<const void*>(scan), &fma_tag, &mma_tag};
    const auto version = [](int* number) -> CudaCode { return *number = 13000, cuda_success; };
    table.driver_version = version;
    table.runtime_version = version;
    table.device_count = [](int* count) -> CudaCode {
        *count = current->device_count;
        return current->begin("device_count");
    };
    table.device_facts = device_facts;
    table.select_device = select_device;
    table.memory_info = memory_info;
    table.allocate = allocate;
    table.free = free;
    table.copy_to_device = [](void* to, const void* from, int64_t bytes, StreamHandle) -> CudaCode {
        return copy("copy_to_device", to, from, bytes, true, false);
    };
    table.copy_to_host = [](void* to, const void* from, int64_t bytes, StreamHandle) -> CudaCode {
        return copy("copy_to_host", to, from, bytes, false, true);
    };
    table.copy_on_device = [](void* to, const void* from, int64_t bytes, StreamHandle) -> CudaCode {
        return copy("copy_on_device", to, from, bytes, true, true);
    };
    table.fill_words = fill_words;
    table.create_stream = [](StreamHandle* stream) -> CudaCode { return create("create_stream", stream); };
    table.destroy_stream = [](StreamHandle stream) -> CudaCode { return destroy("destroy_stream", stream); };
    table.synchronize_stream = [](StreamHandle stream) -> CudaCode {
        return use("synchronize_stream", stream);
    };
    table.create_event = [](EventHandle* event) -> CudaCode { return create("create_event", event); };
    table.destroy_event = [](EventHandle event) -> CudaCode { return destroy("destroy_event", event); };
    table.record_event = record_event;
    table.synchronize_event = [](EventHandle event) -> CudaCode { return use("synchronize_event", event); };
    table.elapsed_ms = elapsed_ms;
    table.load_function = load_function;
    table.launch = launch;
    table.clear_error = []() -> CudaCode { return cuda_success; };
    table.error_name = [](CudaCode) { return "standInError"; };
    table.error_text = [](CudaCode) { return "the stand-in failed as it was told to"; };
    table.error_is_sticky = [](CudaCode code) { return code == launch_failure; };
    table.gl_devices = gl_devices;
    table.gl_register_texture = gl_register_texture;
    table.gl_unregister = gl_unregister;
    table.gl_map = gl_map;
    table.gl_unmap = gl_unmap;
    table.gl_array = gl_array;
    table.copy_to_array = copy_to_array;
    return table;
}

StandInCuda::StandInCuda() {
    current = this;
}

StandInCuda::~StandInCuda() {
    for (const auto& [start, bytes] : memory_) ::operator delete(const_cast<char*>(start), memory_alignment);
    for (const auto& [handle, count] : handles_) delete static_cast<const char*>(handle);
    current = nullptr;
}

const CudaFunctions& StandInCuda::table() {
    static const CudaFunctions functions = StandInCalls::make_table();
    return functions;
}

void StandInCuda::fail_call(int n, CudaCode code) {
    fail_function_.clear();
    fail_at_ = calls_ + n;
    fail_code_ = code;
}

void StandInCuda::fail_call_of(const std::string& function, int n, CudaCode code) {
    fail_function_ = function;
    fail_at_ = calls_of(function) + n;
    fail_code_ = code;
}

int StandInCuda::calls_of(const std::string& function) const {
    const auto found = calls_of_.find(function);
    return found == calls_of_.end() ? 0 : found->second;
}

int StandInCuda::owned() const {
    const auto registered =
        std::ranges::count_if(textures_, [](const auto& t) { return t.second.registered; });
    return static_cast<int>(memory_.size() + handles_.size()) + static_cast<int>(registered);
}

int64_t StandInCuda::allocated_bytes() const {
    int64_t bytes = 0;
    for (const auto& [start, size] : memory_) bytes += size;
    return bytes;
}

void StandInCuda::add_texture(unsigned number, int width, int height) {
    textures_[number] = {width, height, std::vector<float>(static_cast<size_t>(width) * height), false,
                         false};
}

// A sticky error fails every call after the one it came up in, as CUDA does.
CudaCode StandInCuda::begin(const std::string& function) {
    ++calls_;
    const int of_function = ++calls_of_[function];
    if (sticky_) return sticky_;
    const bool hit =
        fail_function_.empty() ? calls_ == fail_at_ : function == fail_function_ && of_function == fail_at_;
    if (!hit) return cuda_success;
    failed_function_ = function;
    if (table().error_is_sticky(fail_code_)) sticky_ = fail_code_;
    return fail_code_;
}

CudaCode StandInCuda::mistake(const std::string& sentence) {
    mistakes_.push_back(sentence);
    return invalid_value;
}

bool StandInCuda::inside(const void* memory, int64_t bytes) const {
    const auto* start = static_cast<const char*>(memory);
    auto found = memory_.upper_bound(start);
    if (found == memory_.begin()) return false;
    --found;
    return start + bytes <= found->first + found->second;
}

// One element in front of the output, and the last one of its allocation.
void StandInCuda::write_outside(const Step& step, void** arguments) {
    for (size_t i = 0; i < step.buffers.size(); ++i) {
        if (step.buffers[i].role != BufferRole::output) continue;
        auto* output = *static_cast<float**>(arguments[i + 1]);
        auto found = std::prev(memory_.upper_bound(reinterpret_cast<char*>(output)));
        output[-1] = 1;
        reinterpret_cast<float*>(const_cast<char*>(found->first) + found->second)[-1] = 1;
    }
}

}  // namespace convscope
