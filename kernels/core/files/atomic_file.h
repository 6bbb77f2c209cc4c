// Whole files, read and written in one piece.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convscope {

// Throws Error(request): "cannot read FILE: No such file or directory", or that it is over `most_bytes`.
std::vector<uint8_t> read_file(const std::string& path, int64_t most_bytes);
std::string read_text_file(const std::string& path, int64_t most_bytes = 16 << 20);

// Writes to a temporary file in the same folder and renames it, so that a reader sees the old or the new
// content; pipes and devices such as /dev/stdout are written straight. Throws Error(request) and leaves
// nothing behind where that fails.
void write_file(const std::string& path, std::span<const uint8_t> bytes);
void write_file(const std::string& path, std::string_view text);
// The same for content that lies in several places, such as a header and an array.
void write_parts(const std::string& path, std::initializer_list<std::span<const uint8_t>> parts);

}  // namespace convscope
