// SPDX-License-Identifier: Apache-2.0
// One GEMM layer in the exact integer arithmetic of the accelerator, by the SIMD kernels: encoded
// operands, im2col in blocks that stay in cache, products, post-processing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "components/arithmetic/gemm.h"
#include "components/arithmetic/row_operations.h"
#include "workloads/execution/window_gather.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// Buffers that the layers of one thread use in turn; they grow and never shrink.
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

  /// Elements of the output.
  std::size_t outputs() const;
  /// Codes of the output; only if is_simple(). Throws AccumulatorOverflow naming the layer.
  void finish(const FeatureCodes& input, GemmScratch& scratch, std::span<std::int32_t> codes) const;
  /// Scaled and biased sums, before the steps: [m][groups * n]. Throws as above.
  void scale(const FeatureCodes& input, GemmScratch& scratch, std::span<float> values) const;

 private:
  /// Sums of vectors first .. first + count - 1 in scratch.sums, [count][groups * n].
  void multiply(std::size_t first, std::size_t count, GemmScratch& scratch) const;
  void multiply_depthwise(std::size_t first, std::size_t count, GemmScratch& scratch) const;
  void encode(const FeatureCodes& input, GemmScratch& scratch) const;
  template <typename Finish>
  void for_blocks(const FeatureCodes& input, GemmScratch& scratch, Finish finish) const;

  const Layer& layer_;
  const Gemm& gemm_;
  FeatureShape shape_;                     ///< of the input
  std::optional<WindowGather> gather_;     ///< unless vectors lie in the input as they are
  std::vector<PackedWeights> packed_;      ///< by group; empty if depthwise
  std::vector<std::int16_t> tap_weights_;  ///< [kernel positions][channels] if depthwise
  const Format* group_format_ = nullptr;   ///< if codes are encoded in groups; owned by the network
  std::vector<std::int16_t> table_;        ///< of data codes; empty if each stands for itself
  RowFinish finish_;
  std::shared_ptr<const ShiftRequantizer> requantizer_;  ///< in place of finish_, or null
  std::optional<CodeRange> range_;  ///< of the output's codes, if not symmetric
  bool simple_ = true;
};

}  // namespace systerm
