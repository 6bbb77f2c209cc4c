#include "xray/elf_symbols.h"

#include <cxxabi.h>
#include <elf.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <tuple>

namespace convscope::xray {
namespace {

// Rows of a table in a file; empty where the file ends before the table does.
template <class Row>
std::vector<Row> read_rows(std::ifstream& file, uint64_t offset, uint64_t bytes) {
    constexpr uint64_t most_bytes = uint64_t{1} << 30;
    if (bytes > most_bytes) return {};
    std::vector<Row> rows(bytes / sizeof(Row));
    file.seekg(static_cast<std::streamoff>(offset));
    file.read(reinterpret_cast<char*>(rows.data()), static_cast<std::streamsize>(rows.size() * sizeof(Row)));
    if (!file) return {};
    return rows;
}

std::string demangled(const std::string& mangled) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> text(
        abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status), std::free);
    return text ? text.get() : mangled;
}

// The end of what opens at `at`: brackets of either kind nest.
size_t end_of_brackets(const std::string& text, size_t at) {
    int depth = 0;
    for (; at < text.size(); ++at) {
        if (text[at] == '<' || text[at] == '(') ++depth;
        if ((text[at] == '>' || text[at] == ')') && --depth == 0) return at + 1;
    }
    return text.size();
}

}  // namespace

std::vector<ElfSymbol> elf_symbols(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const auto heads = read_rows<Elf64_Ehdr>(file, 0, sizeof(Elf64_Ehdr));
    constexpr unsigned char byte_order =
        __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    if (heads.empty() || std::memcmp(heads[0].e_ident, ELFMAG, SELFMAG) != 0 ||
        heads[0].e_ident[EI_CLASS] != ELFCLASS64 || heads[0].e_ident[EI_DATA] != byte_order)
        return {};
    const auto sections =
        read_rows<Elf64_Shdr>(file, heads[0].e_shoff, uint64_t{heads[0].e_shnum} * sizeof(Elf64_Shdr));
    std::vector<ElfSymbol> found;
    for (const Elf64_Shdr& section : sections) {
        if (section.sh_type != SHT_SYMTAB || section.sh_link >= sections.size()) continue;
        const Elf64_Shdr& strings = sections[section.sh_link];
        std::vector<char> names = read_rows<char>(file, strings.sh_offset, strings.sh_size);
        names.push_back('\0');
        for (const Elf64_Sym& symbol : read_rows<Elf64_Sym>(file, section.sh_offset, section.sh_size)) {
            const int type = ELF64_ST_TYPE(symbol.st_info);
            if ((type != STT_FUNC && type != STT_TLS) || symbol.st_shndx == SHN_UNDEF ||
                symbol.st_name >= names.size())
                continue;
            found.push_back(
                {names.data() + symbol.st_name, symbol.st_value, symbol.st_size, type == STT_TLS});
        }
    }
    std::sort(found.begin(), found.end(), [](const ElfSymbol& a, const ElfSymbol& b) {
        return std::tie(a.offset, a.name) < std::tie(b.offset, b.name);
    });
    return found;
}

std::string function_name(const std::string& mangled) {
    const std::string text = demangled(mangled);
    if (text == mangled) return text;
    const std::string anonymous = "(anonymous namespace)";
    size_t begin = 0;
    for (size_t at = 0; at < text.size();) {
        if (text.compare(at, anonymous.size(), anonymous) == 0) {
            at += anonymous.size();
        } else if (text[at] == '<') {
            at = end_of_brackets(text, at);
        } else if (text[at] == '(') {
            return text.substr(begin, at - begin);
        } else {
            if (text[at] == ' ') begin = at + 1;  // behind the result of a function template
            ++at;
        }
    }
    return text.substr(begin);
}

std::string variable_name(const std::string& mangled) {
    const std::string text = demangled(mangled);
    size_t begin = 0;
    for (size_t at = 0; at < text.size();) {
        if (text[at] == '<' || text[at] == '(') {
            at = end_of_brackets(text, at);
            continue;
        }
        if (text.compare(at, 2, "::") == 0) begin = at + 2;
        ++at;
    }
    return text.substr(begin);
}

}  // namespace convscope::xray
