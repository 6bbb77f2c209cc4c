// What the threads behind the window say of an exception.
#pragma once
#include <exception>
#include <new>
#include <string>

#include "core/errors.h"

namespace convscope {

// What went wrong, as one sentence; whatever was thrown.
inline std::string sentence_of(const std::exception& error) {
    if (dynamic_cast<const std::bad_alloc*>(&error)) return "there is not enough memory for this problem";
    return error.what();
}

inline bool is_cancelled(const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    return known && known->kind() == ErrorKind::cancelled;
}

}  // namespace convscope
