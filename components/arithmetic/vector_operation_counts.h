// SPDX-License-Identifier: Apache-2.0
// Operations of the vector unit's lanes, by kind: what their energy is counted from.
#pragma once

#include <cstdint>

namespace systerm {

struct VectorOperations {
  std::int64_t additions = 0;        ///< and subtractions
  std::int64_t multiplications = 0;  ///< and divisions
  std::int64_t comparisons = 0;
  std::int64_t functions = 0;  ///< exp, sigmoid, tanh, square root, sine and the like

  VectorOperations& operator+=(const VectorOperations& other) {
    additions += other.additions;
    multiplications += other.multiplications;
    comparisons += other.comparisons;
    functions += other.functions;
    return *this;
  }
  friend VectorOperations operator*(std::int64_t times, const VectorOperations& each) {
    return {times * each.additions, times * each.multiplications, times * each.comparisons,
            times * each.functions};
  }
  friend bool operator==(const VectorOperations&, const VectorOperations&) = default;
};

}  // namespace systerm
