// For tests: CUDA without a GPU. Memory is the host's, full of garbage; launches run on the simulator; a
// fake clock times them; OpenGL textures are arrays. It counts every call, can fail any, and notes misuse.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "devices/gpu/cuda_functions.h"

namespace convscope {

class StandInCuda {
  public:
    StandInCuda();  // one at a time: the table's functions have no room for a state of their own
    ~StandInCuda();
    StandInCuda(const StandInCuda&) = delete;
    StandInCuda& operator=(const StandInCuda&) = delete;
    static const CudaFunctions& table();

    // How it behaves.
    int device_count = 1;
    int capability_major = 9;
    int64_t memory_bytes = int64_t{64} << 20;
    std::vector<int> gl_ordinals{0};
    enum class LaunchFault { none, writes_nothing, writes_outside } launch_fault = LaunchFault::none;
    double launch_ms = 0.05;  // by the fake clock; filling and copying take 1 ms a MiB

    // Fails the n-th call (from 1) that can fail, counted over all functions or those of one name.
    void fail_call(int n, CudaCode code);
    void fail_call_of(const std::string& function, int n, CudaCode code);

    // What happened.
    int calls() const { return calls_; }
    int calls_of(const std::string& function) const;
    const std::string& failed_function() const { return failed_function_; }  // empty: none has failed yet
    const std::vector<std::string>& mistakes() const { return mistakes_; }  // misuse of CUDA: double frees, …
    int owned() const;  // allocations, streams, events and registered textures not given back
    int64_t allocated_bytes() const;
    int selected_device() const { return selected_; }

    // For libraries that stand on it: whether all the bytes are allocated here, whether the stream is there,
    // the time that passes with what they run, and a misuse that they found.
    bool inside(const void* memory, int64_t bytes) const;
    bool has_stream(StreamHandle stream) const { return handles_.count(stream) > 0; }
    void pass_time(double ms) { clock_ms_ += ms; }
    CudaCode mistake(const std::string& sentence);

    struct Texture {
        int width = 0;
        int height = 0;
        std::vector<float> values;  // (height, width)
        bool registered = false;
        bool mapped = false;
    };
    void add_texture(unsigned number, int width, int height);
    const Texture& texture(unsigned number) const { return textures_.at(number); }

  private:
    friend struct StandInCalls;
    // Counts a call; what it has to fail with, or success.
    CudaCode begin(const std::string& function);
    void write_outside(const Step& step, void** arguments);

    int calls_ = 0;
    std::map<std::string, int> calls_of_;
    int fail_at_ = 0;
    std::string fail_function_;
    CudaCode fail_code_ = cuda_success;
    CudaCode sticky_ = cuda_success;
    std::string failed_function_;
    std::vector<std::string> mistakes_;
    int selected_ = -1;
    double clock_ms_ = 0;
    std::map<const char*, int64_t> memory_;  // address, bytes
    std::map<const void*, int> handles_;     // streams and events
    std::map<const void*, double> event_times_;
    std::map<unsigned, Texture> textures_;
};

}  // namespace convscope
