// The asynchronous copies (cp.async) that one thread has begun.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace convscope::sim {

// A copy lands at the wait that asks for its group and not before: until then its place in shared memory is
// poisoned. So a kernel that reads too early reads NaN, in whatever order its threads run.
class AsyncCopies {
  public:
    struct Copy {
        void* shared;
        const void* global;
        int bytes, taken, group;
        uintptr_t pc;  // where the kernel's text begins it
    };

    // `taken` of `bytes` are copied, the rest becomes zero.
    void begin(void* shared, const void* global, int bytes, int taken, uintptr_t pc);
    // Everything begun since the last commit is one group.
    void commit();
    // Lets all committed groups land but the newest `left_open`.
    void wait(int left_open);
    // Those that would land at such a wait.
    std::span<const Copy> due(int left_open) const;
    void clear();

  private:
    std::vector<Copy> copies_;  // begun and not landed, oldest first
    int group_ = 0;             // that copies join now
};

}  // namespace convscope::sim
