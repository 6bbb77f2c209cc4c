// The symbols of a shared object's own table, in which hidden ones are too.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace convscope::xray {

struct ElfSymbol {
    std::string name;     // as the compiler mangled it
    uint64_t offset = 0;  // function: in the object; thread-local: in its thread-local storage
    uint64_t bytes = 0;
    bool is_thread_local = false;
};

// Functions and thread-local variables, by ascending offset. Empty where the file is not a 64-bit ELF object
// of this machine's byte order, or has no such table.
std::vector<ElfSymbol> elf_symbols(const std::string& path);

// "ns::kernel<2, true>" of a mangled function: without its result and its parameters. Other names stay.
std::string function_name(const std::string& mangled);
// "tile" of a mangled variable: without what it stands in.
std::string variable_name(const std::string& mangled);

}  // namespace convscope::xray
