#include "core/json_text.h"

#include <nlohmann/json.hpp>

#include "core/errors.h"
#include "core/files/atomic_file.h"
#include "core/text.h"

namespace convscope {

nlohmann::json parse_json(std::string_view text, const std::string& what) {
    using nlohmann::json;
    constexpr int deepest = 32;
    const auto limit_depth = [&](int depth, json::parse_event_t, json&) {
        if (depth > deepest) fail_request(cat(what, " is nested deeper than ", deepest, " levels"));
        return true;
    };
    try {
        return json::parse(text, limit_depth);
    } catch (const json::parse_error& error) {
        fail_request(cat(what, " is not complete, valid JSON; it goes wrong at byte ", error.byte));
    } catch (const json::out_of_range&) {
        fail_request(cat(what, " holds a number that is too large"));
    }
}

nlohmann::json read_json(const std::string& path) {
    return parse_json(read_text_file(path), path);
}

}  // namespace convscope
