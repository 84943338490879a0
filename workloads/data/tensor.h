// SPDX-License-Identifier: Apache-2.0
// A dense float tensor in C order.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

namespace systerm {

struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;

  std::int64_t elements() const {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
  }
};

}  // namespace systerm
