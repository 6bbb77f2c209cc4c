#include "xray/debug_lines.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace convscope::xray {
namespace {

// Calls `look` for each child of `parent` until it answers true.
template <class Look>
bool any_child(Dwarf_Die& parent, const Look& look) {
    Dwarf_Die child;
    if (dwarf_child(&parent, &child) != 0) return false;
    do {
        if (look(child)) return true;
    } while (dwarf_siblingof(&child, &child) == 0);
    return false;
}

// The function that holds the byte at `address`. Most stand in namespaces; `everywhere` looks into functions
// and classes too, where those of lambdas are, which takes longer.
bool find_function(Dwarf_Die& parent, Dwarf_Addr address, bool everywhere, Dwarf_Die& found) {
    return any_child(parent, [&](Dwarf_Die& child) {
        switch (dwarf_tag(&child)) {
            case DW_TAG_subprogram:
                if (dwarf_haspc(&child, address) > 0) {
                    found = child;
                    return true;
                }
                return everywhere && find_function(child, address, everywhere, found);
            case DW_TAG_namespace:
                return find_function(child, address, everywhere, found);
            case DW_TAG_lexical_block:
            case DW_TAG_structure_type:
            case DW_TAG_class_type:
                return everywhere && find_function(child, address, everywhere, found);
            default:
                return false;
        }
    });
}

// Appends the calls that were inlined around the byte at `address`, the outermost first.
void find_inlined(Dwarf_Die& parent, Dwarf_Addr address, std::vector<Dwarf_Die>& calls) {
    any_child(parent, [&](Dwarf_Die& child) {
        const int tag = dwarf_tag(&child);
        if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block) return false;
        if (dwarf_haspc(&child, address) <= 0) return false;
        if (tag == DW_TAG_inlined_subroutine) calls.push_back(child);
        find_inlined(child, address, calls);
        return true;
    });
}

// Without template arguments, which can be lines long.
std::string name_of(Dwarf_Die& die) {
    Dwarf_Attribute attribute;
    const char* text = dwarf_formstring(dwarf_attr_integrate(&die, DW_AT_name, &attribute));
    const std::string name = text ? text : "";
    return name.starts_with("operator") ? name : name.substr(0, name.find('<'));
}

Dwarf_Word number_of(Dwarf_Die& die, unsigned attribute_name, Dwarf_Word otherwise) {
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;
    if (!dwarf_attr_integrate(&die, attribute_name, &attribute)) return otherwise;
    return dwarf_formudata(&attribute, &value) == 0 ? value : otherwise;
}

// From the kernels' folder on; empty for what is not a kernel's text: the standard library, and the headers
// that give g++ CUDA's words.
std::string kernel_file(const char* path) {
    constexpr std::string_view folder = "/kernels/";
    const std::string text = path ? path : "";
    const size_t at = text.rfind(folder);
    if (at == std::string::npos) return "";
    const std::string file = text.substr(at + folder.size());
    return file.starts_with("cuda_cpp/") ? "" : file;
}

std::string call_file(Dwarf_Die& unit, Dwarf_Die& call) {
    Dwarf_Files* files = nullptr;
    size_t count = 0;
    if (dwarf_getsrcfiles(&unit, &files, &count) != 0) return "";
    const Dwarf_Word index = number_of(call, DW_AT_call_file, count);
    return index < count ? kernel_file(dwarf_filesrc(files, index, nullptr, nullptr)) : "";
}

// Of a variable in thread-local storage, its offset there: its location pushes the offset and asks for the
// thread's copy.
bool storage_offset(Dwarf_Die& variable, uint64_t& offset) {
    Dwarf_Attribute attribute;
    Dwarf_Op* operations = nullptr;
    size_t count = 0;
    if (!dwarf_attr(&variable, DW_AT_location, &attribute) ||
        dwarf_getlocation(&attribute, &operations, &count) != 0 || count != 2 ||
        (operations[1].atom != DW_OP_GNU_push_tls_address && operations[1].atom != DW_OP_form_tls_address))
        return false;
    offset = operations[0].number;
    return true;
}

// Of the array type that a variable is of; empty where it is of another.
std::vector<int64_t> dimensions_of(Dwarf_Die& variable) {
    Dwarf_Attribute attribute;
    Dwarf_Die type;
    std::vector<int64_t> sizes;
    if (!dwarf_attr_integrate(&variable, DW_AT_type, &attribute) || !dwarf_formref_die(&attribute, &type) ||
        dwarf_peel_type(&type, &type) != 0 || dwarf_tag(&type) != DW_TAG_array_type)
        return sizes;
    any_child(type, [&](Dwarf_Die& range) {
        constexpr Dwarf_Word unknown = ~Dwarf_Word{0};
        if (dwarf_tag(&range) != DW_TAG_subrange_type) return false;
        const Dwarf_Word last = number_of(range, DW_AT_upper_bound, unknown);
        const Dwarf_Word size = number_of(range, DW_AT_count, last == unknown ? unknown : last + 1);
        if (size == unknown) {
            sizes.clear();
            return true;
        }
        sizes.push_back(static_cast<int64_t>(size));
        return false;
    });
    return sizes;
}

void find_variables(Dwarf_Die& parent, std::map<uint64_t, std::vector<int64_t>>& found) {
    any_child(parent, [&](Dwarf_Die& child) {
        uint64_t offset = 0;
        switch (dwarf_tag(&child)) {
            case DW_TAG_namespace:
            case DW_TAG_subprogram:
            case DW_TAG_lexical_block:
            case DW_TAG_inlined_subroutine:
                find_variables(child, found);
                break;
            case DW_TAG_variable:
                if (storage_offset(child, offset)) found[offset] = dimensions_of(child);
                break;
            default:
                break;
        }
        return false;
    });
}

}  // namespace

struct DebugLines::Reader {
    int file = -1;
    Dwarf* dwarf = nullptr;

    explicit Reader(const std::string& path) : file(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (file >= 0) dwarf = dwarf_begin(file, DWARF_C_READ);
    }
    ~Reader() {
        if (dwarf) dwarf_end(dwarf);
        if (file >= 0) close(file);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    bool unit_at(uint64_t address, Dwarf_Die& unit) const {
        return dwarf && dwarf_addrdie(dwarf, address, &unit) != nullptr;
    }
};

DebugLines::DebugLines(const std::string& module_path) : reader_(std::make_unique<Reader>(module_path)) {}
DebugLines::~DebugLines() = default;

std::vector<SourcePlace> DebugLines::places(uint64_t address) {
    Dwarf_Die unit, function;
    if (!reader_->unit_at(address, unit)) return {};
    if (!find_function(unit, address, false, function) && !find_function(unit, address, true, function))
        return {};
    Dwarf_Line* row = dwarf_getsrc_die(&unit, address);
    if (!row) return {};
    std::vector<Dwarf_Die> calls{function};
    find_inlined(function, address, calls);

    std::vector<SourcePlace> found;
    int line = 0;
    dwarf_lineno(row, &line);
    std::string file = kernel_file(dwarf_linesrc(row, nullptr, nullptr));
    for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
        if (!file.empty() && line > 0) found.push_back({file, line, name_of(*call)});
        file = call_file(unit, *call);
        line = static_cast<int>(number_of(*call, DW_AT_call_line, 0));
    }
    return found;
}

std::map<uint64_t, std::vector<int64_t>> DebugLines::shared_variables(uint64_t address) {
    std::map<uint64_t, std::vector<int64_t>> found;
    Dwarf_Die unit;
    if (reader_->unit_at(address, unit)) find_variables(unit, found);
    return found;
}

}  // namespace convscope::xray
