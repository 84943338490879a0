// SPDX-License-Identifier: Apache-2.0
// Factors and summands that go into weights and biases.
#pragma once

#include <vector>

#include "workloads/graph/lowering/layer_builder.h"

namespace systerm {

/// Factors and summands of a value, one each or one a channel.
struct Affine {
  std::vector<double> scale{1.0};
  std::vector<double> shift{0.0};
  bool scale_is_known = true;
  bool has_shift = false;
};

/// Into the layer that makes the data, else as a depthwise 1 x 1 convolution of its own.
void apply(LayerBuilder& builder, const GraphNode& node, TensorId data_id,
           const LayerBuilder::Value& value, const Affine& affine);

}  // namespace systerm
