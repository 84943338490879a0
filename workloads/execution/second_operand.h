// SPDX-License-Identifier: Apache-2.0
// The second factor of a product of two activations, as the cells hold it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "workloads/network/network.h"

namespace systerm {

/// Position in one image of the second operand of the element that stands for weight k of filter f
/// (counted over all groups), and steps along k. `second` is its shape.
struct SecondOperandWalk {
  std::int64_t first = 0;
  std::int64_t step = 1;
};
SecondOperandWalk second_operand_walk(const Gemm& gemm, const FeatureShape& second,
                                      std::int64_t filter);

/// [groups * n][k] of one image. Codes fit 16 bits.
std::vector<std::int16_t> second_operand_matrix(const Gemm& gemm, const FeatureShape& second,
                                                std::span<const std::int32_t> codes,
                                                std::int64_t image);

}  // namespace systerm
