// SPDX-License-Identifier: Apache-2.0
// Mean cross entropy of the softmax of logits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace systerm {

struct LossResult {
  double loss = 0.0;         ///< mean over the rows
  std::int64_t correct = 0;  ///< rows whose largest logit, the first of equals, is the label's
};

/// `logits` is [labels.size()][classes]. Rows from `counted` on are left out of the result and get
/// no gradient. `gradient`, of the same shape, may be null. Labels lie in 0 .. classes - 1.
LossResult cross_entropy(std::span<const float> logits, std::span<const std::int64_t> labels,
                         std::size_t counted, float* gradient);

}  // namespace systerm
