#include <algorithm>

#include "core/inputs.h"
#include "core/taps.h"
#include "reference/verification.h"

namespace convscope {
namespace {

// Coordinates of an axis where kernels go wrong: the ends and their neighbours, and both sides of a tile
// edge (multiples of 32 cover tiles of 8 and 16 as well).
std::vector<int64_t> delicate(int64_t size) {
    std::vector<int64_t> at{0, 1, size / 2, size - 2, size - 1};
    for (const int64_t edge : {int64_t{16}, int64_t{32}, int64_t{64}, size / 32 * 32}) {
        at.push_back(edge - 1);
        at.push_back(edge);
    }
    std::erase_if(at, [&](int64_t value) { return value < 0 || value >= size; });
    std::sort(at.begin(), at.end());
    at.erase(std::unique(at.begin(), at.end()), at.end());
    return at;
}

}  // namespace

std::vector<int64_t> sample_indices(const Problem& problem, int64_t count, uint64_t seed) {
    const int64_t all = element_count(problem.output_shape());
    std::vector<int64_t> picked;
    if (all <= count) {
        for (int64_t i = 0; i < all; ++i) picked.push_back(i);
        return picked;
    }
    const Axes& size = problem.output();
    // First and last plane, then planes at random, so that channels and batches all take their turn.
    std::vector<int64_t> planes{0, problem.batch() * problem.out_channels() - 1};
    for (uint64_t i = 0; i < 4; ++i)
        planes.push_back(int64_t(random_bits(seed, TensorRole::bias, i)) %
                         (problem.batch() * problem.out_channels()));
    for (const int64_t plane : planes)
        for (const int64_t d : delicate(size[0]))
            for (const int64_t h : delicate(size[1]))
                for (const int64_t w : delicate(size[2]))
                    if (int64_t(picked.size()) < count / 2)
                        picked.push_back(((plane * size[0] + d) * size[1] + h) * size[2] + w);
    for (uint64_t i = 0; int64_t(picked.size()) < count; ++i) {
        const uint64_t high = random_bits(seed, TensorRole::weights, 2 * i);
        const uint64_t low = random_bits(seed, TensorRole::weights, 2 * i + 1);
        picked.push_back(int64_t((high << 32 | low) % uint64_t(all)));
    }
    std::sort(picked.begin(), picked.end());
    picked.erase(std::unique(picked.begin(), picked.end()), picked.end());
    return picked;
}

}  // namespace convscope
