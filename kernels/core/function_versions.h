#pragma once

// Several versions of a hot loop, chosen by the processor at start-up. Sanitizers start too late for that.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define CONVSCOPE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CONVSCOPE_CLONES
#endif
