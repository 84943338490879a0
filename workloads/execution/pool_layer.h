// SPDX-License-Identifier: Apache-2.0
// One pooling layer in the exact arithmetic of the vector unit, all channels of a position at once.
#pragma once

#include <cstddef>
#include <vector>

#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// Immutable; safe to share between threads.
class PoolLayer {
 public:
  /// `network` must outlive the layer.
  PoolLayer(const QuantizedNetwork& network, std::size_t position);

  /// Before the steps, in memory order of the output.
  std::vector<float> values(const FeatureCodes& input) const;

 private:
  const Pool& pool_;
  const FeatureShape& output_;
  float scale_;  ///< of the input
};

}  // namespace systerm
