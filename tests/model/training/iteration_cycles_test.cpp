// SPDX-License-Identifier: Apache-2.0
#include "model/training/iteration_cycles.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

std::vector<LayerPrecision> all(std::size_t layers, int bits) {
  LayerPrecision precision{};
  precision.fill(bits);
  return std::vector<LayerPrecision>(layers, precision);
}

TEST(IterationCycles, TakesTheGemmsOfTheNetworkWithoutTheGradientOfTheInput) {
  const auto layers = layer_gemms(make_training_graph(zoo_graph("mlp_784_512_512_10", 64)));
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_EQ(layers[0].m, 64);
  EXPECT_EQ(layers[0].k, 784);
  EXPECT_EQ(layers[0].n, 512);
  EXPECT_FALSE(layers[0].has_backward_data);
  EXPECT_TRUE(layers[1].has_backward_data);
}

// One layer of 64 vectors, 16 terms, 4 filters on one fMAC row of one column, groups of 16:
// forward ceil(16 / 16) * ceil(4 / 1) tiles of 64 P cycles, backward data ceil(4 / 16) * ceil(16 /
// 1) of 64 P, weight gradient ceil(16 / 1) * ceil(4 / 1) of ceil(64 / 16) P and 1 cycle of drain.
TEST(IterationCycles, BusyCyclesAreThoseCountedByHand) {
  const FmacArray array{.rows = 1, .columns = 1};
  const LayerGemms layer{
      .m = 64, .k = 16, .n = 4, .has_backward_data = true, .has_weight_gradient = true};
  IterationCycles cycles({layer}, array);
  const std::int64_t low = 4 * 64 + 16 * 64 + 64 * 4;
  const std::int64_t rest = cycles.cycles(all(1, 2)) - low;
  EXPECT_GE(rest, 64);                                  // drains of the weight gradient
  EXPECT_EQ(cycles.cycles(all(1, 4)) - 4 * low, rest);  // four passes
  EXPECT_EQ(cycles.high_cycles(), cycles.cycles(all(1, 4)));
  EXPECT_EQ(cycles.cycles({{4, 2, 2}}) - (2 * 4 * 64 + 2 * 16 * 64 + 64 * 4), rest);
}

TEST(IterationCycles, HighPrecisionTakesAtMostFourTimesLow) {
  const auto layers = layer_gemms(make_training_graph(zoo_graph("resnet18", 8)));
  IterationCycles cycles(layers, {});
  const double low = static_cast<double>(cycles.cycles(all(layers.size(), 2)));
  const double high = static_cast<double>(cycles.high_cycles());
  EXPECT_GT(high, 3.0 * low);
  EXPECT_LE(high, 4.0 * low);
}

TEST(IterationCycles, GroupsOfAConvolutionAreRefused) {
  EXPECT_THROW(layer_gemms(make_training_graph(zoo_graph("mobilenet_v2"))), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
