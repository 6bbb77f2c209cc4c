#include "cuda_cpp/simulator/shared_memory.h"

#include <link.h>

#include <cstdint>
#include <cstring>
#include <new>

extern "C" void* __tls_get_addr(void*);  // glibc's: makes the calling thread's copy where it has none yet

namespace convscope::sim {
namespace {

constexpr std::align_val_t dynamic_alignment{128};
constexpr int poison_byte = 0xFF;

struct Search {
    uintptr_t address;
    ModuleStorage found;
};

bool holds(const dl_phdr_info& object, uintptr_t address) {
    for (int i = 0; i < object.dlpi_phnum; ++i) {
        const ElfW(Phdr)& segment = object.dlpi_phdr[i];
        const uintptr_t start = object.dlpi_addr + segment.p_vaddr;
        if (segment.p_type == PT_LOAD && address >= start && address < start + segment.p_memsz) return true;
    }
    return false;
}

int look_at(dl_phdr_info* object, size_t, void* argument) {
    auto* search = static_cast<Search*>(argument);
    if (!holds(*object, search->address)) return 0;
    const bool program_itself = object->dlpi_name == nullptr || object->dlpi_name[0] == '\0';
    for (int i = 0; i < object->dlpi_phnum && !program_itself; ++i)
        if (object->dlpi_phdr[i].p_type == PT_TLS)
            search->found = {object->dlpi_tls_modid, object->dlpi_phdr[i].p_memsz};
    return 1;
}

}  // namespace

ModuleStorage ModuleStorage::of(const void* function) {
    Search search{reinterpret_cast<uintptr_t>(function), {}};
    dl_iterate_phdr(&look_at, &search);
    return search.found;
}

std::span<std::byte> ModuleStorage::here() const {
    if (module == 0 || bytes == 0) return {};
    size_t index[2] = {module, 0};  // tls_index of the x86-64 and AArch64 ABIs: module, offset
    return {static_cast<std::byte*>(__tls_get_addr(index)), bytes};
}

SharedMemory::SharedMemory(const ModuleStorage& storage, size_t dynamic_bytes)
    : static_(storage.here()),
      dynamic_bytes_(dynamic_bytes),
      dynamic_(static_cast<std::byte*>(::operator new[](dynamic_bytes, dynamic_alignment))) {}

void SharedMemory::Free::operator()(std::byte* memory) const {
    ::operator delete[](memory, dynamic_alignment);
}

void SharedMemory::poison() {
    if (!static_.empty()) std::memset(static_.data(), poison_byte, static_.size());
    if (dynamic_bytes_ > 0) std::memset(dynamic_.get(), poison_byte, dynamic_bytes_);
}

}  // namespace convscope::sim
