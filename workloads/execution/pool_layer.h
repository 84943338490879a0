// SPDX-License-Identifier: Apache-2.0
// One pooling layer in the exact arithmetic of the vector unit, all channels of a position at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// Immutable; safe to share between threads.
class PoolLayer {
 public:
  /// `network` must outlive the layer.
  PoolLayer(const QuantizedNetwork& network, std::size_t position);

  /// Whether results are stored codes of the input, so that finish() can be used.
  bool is_simple() const { return keeps_codes_; }

  /// Elements of the output.
  std::size_t outputs() const;
  /// Before the steps, in memory order of the output.
  void pool(const FeatureCodes& input, std::span<float> values) const;
  /// Codes of the output; only if is_simple().
  void finish(const FeatureCodes& input, std::span<std::int32_t> codes) const;

 private:
  void pool_positions(const FeatureCodes& input, std::span<float> values) const;
  template <typename Result>
  void pool_rows(const FeatureCodes& input, std::span<Result> results) const;

  const Pool& pool_;
  const FeatureShape& output_;
  float scale_;              ///< of the input
  bool takes_rows_ = false;  ///< the largest of windows that lie within the input
  bool keeps_codes_ = false;
};

}  // namespace systerm
