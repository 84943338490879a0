// SPDX-License-Identifier: Apache-2.0
#include "model/training/iteration_cycles.h"

#include <string>

#include <gtest/gtest.h>

#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

std::vector<LayerPrecision> all(std::size_t layers, int bits) {
  LayerPrecision precision{};
  precision.fill(bits);
  return std::vector<LayerPrecision>(layers, precision);
}

// A linear layer of 16 terms and 4 filters, 64 vectors, on one fMAC row of one column, groups of
// 16: forward ceil(16 / 16) * ceil(4 / 1) tiles of 64 P cycles, backward data ceil(4 / 16) *
// ceil(16 / 1) of 64 P, weight gradient ceil(16 / 1) * ceil(4 / 1) of ceil(64 / 16) P and 1 cycle
// of drain.
TrainingGraph two_layers() {
  Graph graph;
  TensorId data = graph.add_input("data", {64, 16});
  for (const std::string name : {"first", "second"}) {
    const TensorId weights = graph.add_constant(name + ".weight", {name == "first" ? 16 : 4, 16});
    const TensorId output =
        graph.add_tensor({name + ".output", Shape{64, name == "first" ? 16 : 4}});
    graph.add_node({name, "Gemm", op::Linear{}, {data, weights}, {output}});
    data = output;
  }
  graph.add_output(data);
  return make_training_graph(graph);
}

TEST(IterationCycles, BusyCyclesAreThoseCountedByHand) {
  const FmacArray array{.rows = 1, .columns = 1};
  IterationCycles cycles(two_layers(), array);
  // The first layer, of 16 filters, has no backward data.
  const std::int64_t low = (16 * 64 + 256 * 4) + (4 * 64 + 16 * 64 + 64 * 4);
  const std::int64_t rest = cycles.cycles(all(2, 2)) - low;
  EXPECT_GE(rest, 256 + 64);                            // drains of the weight gradients
  EXPECT_EQ(cycles.cycles(all(2, 4)) - 4 * low, rest);  // four passes
  EXPECT_EQ(cycles.high_cycles(), cycles.cycles(all(2, 4)));
  EXPECT_EQ(cycles.cycles({{2, 2, 2}, {4, 2, 2}}) - low - (4 * 64 + 16 * 64), rest);
}

TEST(IterationCycles, HighPrecisionTakesAtMostFourTimesLow) {
  const TrainingGraph graph = make_training_graph(zoo_graph("resnet18", 8));
  IterationCycles cycles(graph, {});
  const double low = static_cast<double>(cycles.cycles(all(product_layers(graph), 2)));
  const double high = static_cast<double>(cycles.high_cycles());
  EXPECT_GT(high, 3.0 * low);
  EXPECT_LE(high, 4.0 * low);
}

}  // namespace
}  // namespace systerm
