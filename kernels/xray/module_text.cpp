#include "xray/module_text.h"

#include <algorithm>

namespace convscope::xray {
namespace {

bool touches(const std::vector<uint32_t>& words, int64_t begin, int64_t bytes) {
    const auto first = static_cast<size_t>(begin / 4);
    const auto end = std::min(words.size(), static_cast<size_t>((begin + bytes + 3) / 4));
    for (size_t word = first; word < end; ++word)
        if (words[word] != 0) return true;
    return false;
}

}  // namespace

ModuleText::ModuleText(const std::string& path) : symbols_(elf_symbols(path)), lines_(path) {}

std::shared_ptr<ModuleText> ModuleText::of(const std::string& path) {
    struct Kept {
        std::filesystem::file_time_type written;
        std::shared_ptr<ModuleText> text;
    };
    static std::mutex mutex;
    static std::map<std::string, Kept> all;
    std::error_code ignored;
    const auto written = std::filesystem::last_write_time(path, ignored);
    const std::lock_guard lock(mutex);
    Kept& kept = all[path];
    if (!kept.text || kept.written != written) kept = {written, std::make_shared<ModuleText>(path)};
    return kept.text;
}

const std::vector<SourcePlace>& ModuleText::places(uint64_t offset) {
    const std::lock_guard lock(mutex_);
    const auto [found, fresh] = places_.try_emplace(offset);
    // A call returns behind itself, which may be another line.
    if (fresh && offset > 0) found->second = lines_.places(offset - 1);
    return found->second;
}

std::string ModuleText::function(uint64_t offset) const {
    const auto found = std::find_if(symbols_.begin(), symbols_.end(), [&](const ElfSymbol& symbol) {
        return !symbol.is_thread_local && symbol.offset == offset;
    });
    return found == symbols_.end() ? "" : function_name(found->name);
}

const ModuleText::Variables& ModuleText::variables(uint64_t function_offset) {
    const std::lock_guard lock(mutex_);
    const auto [found, fresh] = variables_.try_emplace(function_offset);
    if (fresh) found->second = lines_.shared_variables(function_offset);
    return found->second;
}

std::vector<sim::SharedPlace> ModuleText::declared_shared_arrays(uint64_t function_offset) {
    const Variables& declared = variables(function_offset);
    std::vector<sim::SharedPlace> found;
    for (const ElfSymbol& symbol : symbols_)
        if (symbol.is_thread_local && (declared.empty() || declared.contains(symbol.offset)))
            found.push_back({variable_name(symbol.name), static_cast<int64_t>(symbol.offset),
                             static_cast<int64_t>(symbol.bytes)});
    return found;
}

std::vector<SharedArray> ModuleText::shared_arrays(uint64_t function_offset,
                                                   const std::vector<uint32_t>& touched, int64_t static_bytes,
                                                   int64_t dynamic_bytes) {
    const Variables& sizes = variables(function_offset);
    std::vector<SharedArray> found;
    for (const ElfSymbol& symbol : symbols_) {
        if (!symbol.is_thread_local) continue;
        const auto begin = static_cast<int64_t>(symbol.offset), bytes = static_cast<int64_t>(symbol.bytes);
        if (!touches(touched, begin, bytes)) continue;
        const auto known = sizes.find(symbol.offset);
        found.push_back({variable_name(symbol.name), begin, bytes,
                         known == sizes.end() ? std::vector<int64_t>{} : known->second});
    }
    if (touches(touched, static_bytes, dynamic_bytes))
        found.push_back({"dynamic", static_bytes, dynamic_bytes, {}});
    return found;
}

}  // namespace convscope::xray
