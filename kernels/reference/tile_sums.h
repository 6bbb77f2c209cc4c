// What the rounding bound of Winograd's F(2×2, 3×3) counts.
//
// It computes Y = Aᵀ[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]A, summed over the input channels inside of the brackets, so that
// each output is a sum over a whole 4×4 tile of the input in which what does not belong to it cancels. What
// rounding leaves of that is bounded by the sum without signs (N. Higham, Accuracy and Stability of Numerical
// Algorithms, Lemma 3.1 and §3.5; for Winograd's convolution B. Barabasz et al., Error Analysis and Improving
// the Accuracy of Winograd Convolution for Deep Neural Networks, ACM TOMS 46(4), 2020):
//
//     M = Σ_c |Aᵀ|[(|G||g||Gᵀ|) ⊙ (|Bᵀ||d||B|)]|A| + |bias|,    |y − y_ref| ≤ γ(n)·M + 2n·2⁻¹⁴⁹.
//
// n is the number of roundings that one signed product passes at most:
//     2   Bᵀ·d·B: one addition a pass
//     4   G·g·Gᵀ: two additions a pass; G's halves are powers of two, which round nothing
//     C   the product and the additions of C = C_in/groups channels (the first of them is to a zero)
//     4   Aᵀ·m·A: two additions a pass
//     1   the bias, where there is one
// Additions lose nothing to underflow and a product 2⁻¹⁵⁰ at most. With U = 4·G·g·Gᵀ, which is free of
// halves, an output sums 9·C products and is divided by 4, which may lose as much once more: together
// (9·C/4 + 1)·2⁻¹⁵⁰, and that, with the roundings that follow, is below 2n·2⁻¹⁴⁹.
#pragma once
#include "reference/verification.h"

namespace convscope {

// Fills reference.tiles for its elements: all, or those of its indices. The problem is a conv2d with a 3×3
// window, stride 1 and dilation 1. Takes about a quarter of the reference's own time.
void add_tile_sums(Reference& reference, const Problem& problem, const Tensors& tensors,
                   const KeepGoing& keep_going = {});

}  // namespace convscope
