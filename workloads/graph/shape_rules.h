// SPDX-License-Identifier: Apache-2.0
// What shape every operator makes of its inputs' shapes, one rule an operator; used by
// shape_inference.h alone.
#pragma once

#include <cstdint>
#include <string>

#include "workloads/graph/graph.h"

namespace systerm {

/// Any attribute beyond it is a broken file, and products of a few of them stay in 64 bits.
inline constexpr std::int64_t kLargestAttribute = 1 << 20;

/// A rule throws GraphError with the node's name, operator and the shapes that do not fit.
struct ShapeRules {
  const Graph& graph;
  const GraphNode& node;

  [[noreturn]] static void fail(const GraphNode& node, const std::string& message);
  static void require(bool condition, const GraphNode& node, const std::string& message);

  static Shape broadcast(const Shape& a, const Shape& b, const GraphNode& node);

  const Shape& input(std::size_t i) const { return *graph.tensor(node.inputs[i]).shape; }
  void require_inputs(std::size_t least, std::size_t most) const;

  // shape_rules_layers.cpp
  Shape operator()(const op::Convolution& convolution) const;
  Shape operator()(const op::Linear& linear) const;
  Shape operator()(const op::MatMul&) const;
  Shape operator()(const op::Pooling& pooling) const;
  Shape operator()(const op::GlobalPooling&) const;
  Shape operator()(const op::Binary&) const;
  Shape operator()(const op::Activate&) const;
  Shape operator()(const op::BatchNorm& norm) const;
  Shape operator()(const op::Softmax& softmax) const;
  Shape operator()(const op::Norm&) const;
  Shape operator()(const op::Rotary& rotary) const;
  Shape operator()(const op::Lookup&) const;
  Shape operator()(const op::TransposedConvolution& convolution) const;
  Shape operator()(const op::Recurrent& recurrent) const;

  // shape_rules_views.cpp
  Shape operator()(const op::Concatenate& concatenate) const;
  Shape operator()(const op::Flatten& flatten) const;
  Shape operator()(const op::Reshape& reshape) const;
  Shape operator()(const op::Squeeze& squeeze) const;
  Shape operator()(const op::Unsqueeze& unsqueeze) const;
  Shape operator()(const op::Transpose& transpose) const;
  Shape operator()(const op::Identity&) const;
  Shape operator()(const op::Quantize&) const;
  Shape operator()(const op::Slice& slice) const;
  Shape operator()(const op::Expand& expand) const;
  Shape operator()(const op::Select& select) const;
  Shape operator()(const op::Shift& shift) const;
  Shape operator()(const op::Pad& pad) const;
  Shape operator()(const op::ReduceMean& reduce) const;
  Shape operator()(const op::Unmodelled&) const;
};

}  // namespace systerm
