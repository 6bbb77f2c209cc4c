// Shared memory of one block at a time: the kernel's own __shared__ arrays, and the dynamic ones.
#pragma once
#include <cstddef>
#include <memory>
#include <span>

namespace convscope::sim {

// The thread-local storage of the module that holds a kernel: its __shared__ arrays live there.
struct ModuleStorage {
    size_t module = 0;  // the dynamic linker's number; 0: it has none
    size_t bytes = 0;
    // Looks the object up that holds `function`. The program itself has no such storage here: what it keeps
    // in thread-local variables is not the simulator's to poison.
    static ModuleStorage of(const void* function);
    // The calling OS thread's copy.
    std::span<std::byte> here() const;
};

class SharedMemory {
  public:
    SharedMemory(const ModuleStorage& storage, size_t dynamic_bytes);
    // Fills everything with bytes 0xFF: a NaN in every float, −1 in every integer.
    void poison();
    std::byte* dynamic() const { return dynamic_.get(); }
    std::span<std::byte> dynamic_span() const { return {dynamic_.get(), dynamic_bytes_}; }
    std::span<std::byte> static_span() const { return static_; }

  private:
    struct Free {
        void operator()(std::byte* memory) const;
    };
    std::span<std::byte> static_;
    size_t dynamic_bytes_;
    std::unique_ptr<std::byte[], Free> dynamic_;
};

}  // namespace convscope::sim
