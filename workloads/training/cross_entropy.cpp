// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace systerm {

LossResult cross_entropy(std::span<const float> logits, std::span<const std::int64_t> labels,
                         std::size_t counted, float* gradient) {
  const std::size_t classes = logits.size() / labels.size();
  const auto rows = static_cast<double>(counted);
  LossResult result;
  std::vector<double> weights(classes);
  if (gradient != nullptr) std::fill_n(gradient, logits.size(), 0.0F);
  for (std::size_t row = 0; row < counted; ++row) {
    const auto logit = logits.subspan(row * classes, classes);
    const auto label = static_cast<std::size_t>(labels[row]);
    const auto largest = std::ranges::max_element(logit);
    double sum = 0.0;
    for (std::size_t c = 0; c < classes; ++c) {
      weights[c] = std::exp(static_cast<double>(logit[c]) - static_cast<double>(*largest));
      sum += weights[c];
    }
    result.loss +=
        std::log(sum) - (static_cast<double>(logit[label]) - static_cast<double>(*largest));
    result.correct += static_cast<std::size_t>(largest - logit.begin()) == label ? 1 : 0;
    if (gradient == nullptr) continue;
    for (std::size_t c = 0; c < classes; ++c) {
      const double wanted = c == label ? 1.0 : 0.0;
      gradient[row * classes + c] = static_cast<float>((weights[c] / sum - wanted) / rows);
    }
  }
  result.loss /= rows;
  return result;
}

}  // namespace systerm
