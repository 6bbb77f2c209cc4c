#include "run/peer.h"

#include <string_view>

namespace convscope {
namespace {

bool rounds_to_tf32(const KernelResult& row) {
    return std::string_view(row.facts.error.name) == tf32_error.name;
}

}  // namespace

bool is_peer_of(const KernelResult& candidate, const KernelResult& row) {
    return candidate.facts.peer && candidate.choice.device == row.choice.device &&
           rounds_to_tf32(candidate) == rounds_to_tf32(row);
}

}  // namespace convscope
