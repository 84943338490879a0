// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/second_operand.h"

namespace systerm {

SecondOperandWalk second_operand_walk(const Gemm& gemm, const FeatureShape& second,
                                      std::int64_t filter) {
  const std::int64_t group = filter / gemm.n / gemm.second->sharing;
  const std::int64_t n = filter % gemm.n;
  if (gemm.second->sums_positions) return {group * gemm.n + n, second.channels};
  return {n * second.channels + group * gemm.k, 1};
}

std::vector<std::int16_t> second_operand_matrix(const Gemm& gemm, const FeatureShape& second,
                                                std::span<const std::int32_t> codes,
                                                std::int64_t image) {
  std::vector<std::int16_t> matrix;
  matrix.reserve(static_cast<std::size_t>(gemm.filters() * gemm.k));
  const std::int64_t image_begin = image * second.elements() / second.images;
  for (std::int64_t filter = 0; filter < gemm.filters(); ++filter) {
    const SecondOperandWalk walk = second_operand_walk(gemm, second, filter);
    for (std::int64_t k = 0; k < gemm.k; ++k) {
      const std::int64_t element = image_begin + walk.first + k * walk.step;
      matrix.push_back(static_cast<std::int16_t>(codes[static_cast<std::size_t>(element)]));
    }
  }
  return matrix;
}

}  // namespace systerm
