// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/graph/lower_and_compare.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/workloads/graph/reference_evaluation.h"
#include "workloads/graph/lowering.h"

namespace systerm {

Network lower_and_compare(GraphBuilder& builder, TensorId output) {
  builder.graph.add_output(output);
  Network network = lower(builder.graph);
  validate(network);
  for (const UnmodelledOperator& unmodelled : network.unmodelled) {
    throw std::runtime_error(unmodelled.name + " is not modelled: " + unmodelled.reason);
  }
  const auto expected = evaluate(builder.graph, builder.inputs);
  const auto actual = evaluate(network, builder.inputs);
  for (const Feature& feature : network.features) {
    const auto tensor = builder.graph.find(feature.name);
    // Within an operator, or a constant that is broadcast.
    if (!tensor || builder.graph.tensor(*tensor).is_constant) continue;
    // Heads lie between rows and columns in memory: no order that is passed to the outside.
    const Shape& shape = *builder.graph.tensor(*tensor).shape;
    if (shape.size() >= 4 && feature.source_shape != shape) continue;
    const std::vector<double>& values = actual.at(feature.name);
    EXPECT_EQ(values.size(), expected.at(feature.name).size()) << feature.name;
    double largest = 1.0;
    for (const double value : values) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_NEAR(values[i], expected.at(feature.name)[i], 2e-6 * largest)
          << feature.name << " element " << i;
      if (feature.is_nonnegative) {
        EXPECT_GE(values[i], 0) << feature.name;
      }
    }
  }
  return network;
}

}  // namespace systerm
