// SPDX-License-Identifier: Apache-2.0
// One GEMM layer in the exact integer arithmetic of the accelerator, by the SIMD kernels: encoded
// operands, im2col in blocks that stay in cache, products, post-processing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "components/arithmetic/gemm.h"
#include "components/arithmetic/row_operations.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// Buffers that the layers of one thread use in turn.
struct GemmScratch {
  std::vector<std::int16_t> data;
  std::vector<std::int16_t> vectors;
  std::vector<std::int32_t> sums;
};

/// Immutable; safe to share between threads that have a scratch each.
class GemmLayer {
 public:
  /// `weights` are encoded, [groups * n][k]. `network` must outlive the layer.
  GemmLayer(const QuantizedNetwork& network, std::size_t position,
            std::span<const std::int16_t> weights);

  /// Whether nothing but a ReLU follows the sums, so that finished() can be used.
  bool is_simple() const { return simple_; }

  /// Codes of the output; only if is_simple(). Throws AccumulatorOverflow naming the layer.
  std::vector<std::int32_t> finished(const FeatureCodes& input, GemmScratch& scratch) const;
  /// Scaled and biased sums, before the steps: [m][groups * n]. Throws as above.
  std::vector<float> values(const FeatureCodes& input, GemmScratch& scratch) const;

 private:
  /// Sums of vectors first .. first + count - 1 in scratch.sums, [count][groups * n].
  void multiply(const FeatureShape& shape, std::size_t first, std::size_t count,
                GemmScratch& scratch) const;
  void multiply_depthwise(const FeatureShape& shape, std::size_t first, std::size_t count,
                          GemmScratch& scratch) const;
  void gather(const FeatureShape& shape, std::size_t first, std::size_t count,
              std::int64_t channel_begin, GemmScratch& scratch) const;
  template <typename Finish>
  void for_blocks(const FeatureCodes& input, GemmScratch& scratch, Finish finish) const;

  const Layer& layer_;
  const Gemm& gemm_;
  std::vector<PackedWeights> packed_;      ///< by group; empty if depthwise
  std::vector<std::int16_t> tap_weights_;  ///< [kernel positions][channels] if depthwise
  const Format* group_format_ = nullptr;   ///< if codes are encoded in groups; owned by the network
  std::vector<std::int16_t> table_;        ///< of data codes; empty if each stands for itself
  RowFinish finish_;
  bool simple_ = true;
};

}  // namespace systerm
