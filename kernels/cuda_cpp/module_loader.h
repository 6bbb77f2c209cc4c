// Loads a kernel module: a shared object that exports one table of kernels.
#pragma once
#include <memory>
#include <string>

#include "cuda_cpp/kernel.h"

namespace convscope {

class LoadedModule {
  public:
    // Throws Error(device_missing): the file is not there, does not load, or was compiled with other headers.
    explicit LoadedModule(const std::string& path);
    ~LoadedModule();
    LoadedModule(const LoadedModule&) = delete;
    LoadedModule& operator=(const LoadedModule&) = delete;

    // What it points to is the module's, and ends with it; but for the names of error models, which stay.
    const KernelModule& kernels() const { return table_; }
    // The address of another exported symbol, or nullptr.
    void* symbol(const char* name) const;
    // The row for `name`, or nullptr.
    const KernelEntry* find(Operator op, const std::string& name) const;

  private:
    void* handle_ = nullptr;
    KernelModule table_;
};

}  // namespace convscope
