// SPDX-License-Identifier: Apache-2.0
// Small networks for the drawn digits.
#pragma once

#include <cstdint>
#include <utility>

#include "tests/workloads/training/digit_data.h"
#include "tests/workloads/training/engine_support.h"
#include "workloads/training/initial_weights.h"

namespace systerm::test {

struct DigitNetworkSizes {
  std::int64_t filters = 6;  ///< 0 for a network without convolution
  std::int64_t hidden = 20;
  bool has_norm = false;
};

/// image -> [3 x 3 convolution -> [batch norm] -> ReLU -> 2 x 2 maximum] -> fc1 -> ReLU -> fc2
inline Graph digit_network(std::int64_t batch, const DigitNetworkSizes& sizes,
                           std::uint64_t seed = 1) {
  GraphBuilder builder;
  const Activation relu{.function = ActivationFunction::kRelu};
  TensorId result = builder.input("image", {batch, 1, kSide, kSide});
  const auto parameter = [&](const char* name, Shape shape) {
    return builder.graph.add_constant(name, std::move(shape));
  };
  if (sizes.filters > 0) {
    result = builder.node("conv", op::Convolution{.window = square_window(3, 1, 1)},
                          {result, parameter("conv.weight", {sizes.filters, 1, 3, 3}),
                           parameter("conv.bias", {sizes.filters})});
    if (sizes.has_norm) {
      result = builder.node(
          "norm", op::BatchNorm{},
          {result, parameter("norm.scale", {sizes.filters}),
           parameter("norm.shift", {sizes.filters}), parameter("norm.mean", {sizes.filters}),
           parameter("norm.variance", {sizes.filters})});
    }
    result = builder.node("relu", op::Activate{relu}, {result});
    result = builder.node(
        "pool", op::Pooling{.kind = Pool::Kind::kMax, .window = square_window(2, 2, 0)}, {result});
  }
  result = builder.node("flat", op::Flatten{}, {result});
  const std::int64_t features = builder.graph.tensor(result).shape->back();
  result = builder.node("fc1", op::Linear{},
                        {result, parameter("fc1.weight", {sizes.hidden, features}),
                         parameter("fc1.bias", {sizes.hidden})});
  result = builder.node("relu1", op::Activate{relu}, {result});
  builder.graph.add_output(builder.node(
      "fc2", op::Linear{},
      {result, parameter("fc2.weight", {10, sizes.hidden}), parameter("fc2.bias", {10})}));
  return with_initial_weights(builder.graph, seed, false);
}

}  // namespace systerm::test
