// What a module's debug information says: which line an instruction is of, and the dimensions of its arrays.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "xray/xray.h"

namespace convscope::xray {

class DebugLines {
  public:
    explicit DebugLines(const std::string& module_path);
    ~DebugLines();
    DebugLines(const DebugLines&) = delete;
    DebugLines& operator=(const DebugLines&) = delete;

    // Of the instruction that holds the byte at `address` of the module's file: from the innermost inlined
    // call to the function itself. Without the places in headers that stand for CUDA's own words. Empty
    // where nothing is known.
    std::vector<SourcePlace> places(uint64_t address);
    // The variables in thread-local storage that the text around the function at `address` declares, by their
    // offset there: the dimensions of arrays; nothing for what is no array.
    std::map<uint64_t, std::vector<int64_t>> shared_variables(uint64_t address);

  private:
    struct Reader;
    std::unique_ptr<Reader> reader_;
};

}  // namespace convscope::xray
