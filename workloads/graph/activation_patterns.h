// SPDX-License-Identifier: Apache-2.0
// Activations that exporters write as several operators.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <unordered_set>

#include "workloads/graph/graph.h"

namespace systerm {

struct ActivationPatterns {
  /// Position of the multiplication -> the activation that it completes; its operand is `data`.
  struct Match {
    Activation activation;
    TensorId data{};
  };
  std::unordered_map<std::size_t, Match> completed_by;
  std::unordered_set<std::size_t> absorbed;  ///< nodes that a match makes superfluous
};

/// x sigmoid(x) is swish; x hard_sigmoid(x) with slope 1/6 and offset 1/2 is hard swish.
ActivationPatterns find_activation_patterns(const Graph& graph);

}  // namespace systerm
