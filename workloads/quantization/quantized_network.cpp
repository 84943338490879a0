// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization/quantized_network.h"

#include "components/arithmetic/row_operations.h"

namespace systerm {

void quantize_values(std::span<const float> values, const FeatureQuantization& storage,
                     std::span<std::int32_t> codes) {
  requantize_row(values, storage.scale, storage.limit, codes);
  if (storage.range) saturate(*storage.range, codes);
}

}  // namespace systerm
