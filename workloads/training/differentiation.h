// SPDX-License-Identifier: Apache-2.0
// What back-propagation through one node of a graph needs and makes: which inputs receive a
// gradient, which tensors its backward steps read again, and the matrix products of every step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"

namespace systerm {

/// With A[M,K], W[K,N], dO[M,N], where W may be an activation too.
enum class ProductKind : std::uint8_t {
  kForward,         ///< O = A W
  kBackwardData,    ///< dA = dO W^T
  kWeightGradient,  ///< dW = A^T dO
};

/// `count` equal products of [rows][contraction] and [contraction][columns].
struct StepGemm {
  std::int64_t rows = 0;
  std::int64_t contraction = 0;
  std::int64_t columns = 0;
  std::int64_t count = 1;
  ProductKind kind = ProductKind::kForward;

  std::int64_t macs() const { return count * rows * contraction * columns; }
  friend bool operator==(const StepGemm&, const StepGemm&) = default;
};

enum class OperandRole : std::uint8_t {
  kData,       ///< an activation: the backward-data step gives its gradient
  kParameter,  ///< trained: the weight-gradient step gives its gradient
  kStatistic,  ///< kept up by the forward step, not trained
  kFixed,      ///< no gradient: whole numbers, masks, constant factors
};

/// A tensor that the forward step makes for the backward steps alone.
struct SavedTensor {
  std::string name;
  Shape shape;
};

struct Differentiation {
  std::vector<OperandRole> roles;  ///< one an input
  /// Inputs that the backward-data step reads beside the gradient of the output.
  std::vector<std::size_t> data_reads{};
  bool data_reads_output = false;
  /// Inputs that the weight-gradient step reads, likewise.
  std::vector<std::size_t> parameter_reads{};
  bool parameter_reads_output = false;
  std::vector<SavedTensor> saved{};  ///< read by both
  std::vector<StepGemm> forward_gemms{};
  std::vector<StepGemm> data_gemms{};
  std::vector<StepGemm> parameter_gemms{};
};

/// All shapes must be known. Throws GraphError, naming the node, for operators that are not
/// modelled.
Differentiation differentiate(const Graph& graph, const GraphNode& node);

}  // namespace systerm
