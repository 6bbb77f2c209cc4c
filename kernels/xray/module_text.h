// Where the instructions, functions and __shared__ arrays of a kernel module stand in its text. Read once for
// a module and kept.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "xray/debug_lines.h"
#include "xray/elf_symbols.h"
#include "xray/xray.h"

namespace convscope::xray {

class ModuleText {
  public:
    explicit ModuleText(const std::string& path);
    // That of the file as it is now; the same one while the file stays the same.
    static std::shared_ptr<ModuleText> of(const std::string& path);

    // Of the call that returns to `offset`; empty where nothing is known.
    const std::vector<SourcePlace>& places(uint64_t offset);
    // Of the function at `offset`: "ns::kernel<2>"; empty where there is none.
    std::string function(uint64_t offset) const;
    // The __shared__ arrays that hold one of the 4-byte words for which `touched` is not 0, then the dynamic
    // memory where one of its words is. `function_offset` is of the kernel.
    std::vector<SharedArray> shared_arrays(uint64_t function_offset, const std::vector<uint32_t>& touched,
                                           int64_t static_bytes, int64_t dynamic_bytes);

    // The __shared__ arrays that the text around a kernel declares; of the whole module where the debug
    // information tells of none.
    std::vector<sim::SharedPlace> declared_shared_arrays(uint64_t function_offset);

  private:
    using Variables = std::map<uint64_t, std::vector<int64_t>>;  // sizes by offset in the storage
    const Variables& variables(uint64_t function_offset);

    std::vector<ElfSymbol> symbols_;
    std::mutex mutex_;
    DebugLines lines_;
    std::unordered_map<uint64_t, std::vector<SourcePlace>> places_;
    std::unordered_map<uint64_t, Variables> variables_;  // by function
};

}  // namespace convscope::xray
