// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/vector_operations.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace systerm {

void softmax(std::span<const float> values, std::span<float> probabilities) {
  if (values.empty()) return;
  const double largest = *std::max_element(values.begin(), values.end());
  double sum = 0.0;
  for (const float value : values) sum += std::exp(value - largest);
  for (std::size_t i = 0; i < values.size(); ++i) {
    probabilities[i] = static_cast<float>(std::exp(values[i] - largest) / sum);
  }
}

}  // namespace systerm
