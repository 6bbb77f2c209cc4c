// JSON from files that anybody may have written.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace convscope {

// Throws Error(request), beginning with `what`, for text that is not JSON, holds a number that no float64 is,
// or is nested deeper than 32 levels (printing or freeing deeper ones would exhaust the stack).
nlohmann::json parse_json(std::string_view text, const std::string& what);
// The same of a file, `what` being its path.
nlohmann::json read_json(const std::string& path);

}  // namespace convscope
