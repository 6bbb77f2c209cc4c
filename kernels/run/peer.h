// Which peer a kernel is held against.
#pragma once
#include "run/run.h"

namespace convscope {

// Whether `candidate` is the peer whose time `row` is compared with: on the same device and with the same
// promise. A kernel that rounds to TF32 is held against a peer that does, all others against one that rounds
// as float32 does, 3xtf32 among them, for it gives nearly that accuracy. A peer is its own.
bool is_peer_of(const KernelResult& candidate, const KernelResult& row);

}  // namespace convscope
