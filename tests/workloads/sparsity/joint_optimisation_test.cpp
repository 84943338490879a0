// SPDX-License-Identifier: Apache-2.0
// The loop of pruning, grouping and training: what training sees, what it may change, and that the
// packed matrix is what the mask leaves.
#include "workloads/sparsity/joint_optimisation.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/execution/network_builder.h"
#include "workloads/data/synthetic.h"

namespace systerm {
namespace {

using testing::HasSubstr;

SparseLayer layer_of(const std::string& name, std::size_t rows, std::size_t columns, int alpha) {
  SparseLayer layer;
  layer.name = name;
  layer.rows = rows;
  layer.columns = columns;
  layer.packing.alpha = alpha;
  layer.weights = synthetic_weights(3, name, static_cast<std::int64_t>(columns), rows * columns);
  return layer;
}

std::size_t count(const SparseLayer& layer) {
  return std::accumulate(layer.mask.begin(), layer.mask.end(), std::size_t{0});
}

TEST(JointOptimisation, WithoutTrainingIsPruningOnceAndCombining) {
  std::vector<SparseLayer> layers = {layer_of("a", 96, 94, 8), layer_of("b", 40, 70, 4),
                                     layer_of("stem", 32, 27, 1)};
  optimise_jointly(layers, {});
  for (const SparseLayer& layer : layers) {
    SCOPED_TRACE(layer.name);
    std::vector<float> pruned = layer.weights;
    prune_smallest(pruned, published_prune_count(pruned.size(), 0.8, layer.packing.alpha));
    const PackedMatrix expected =
        make_packing("column_combining", layer.packing)->pack({pruned, layer.rows, layer.columns});
    EXPECT_EQ(layer.packed->groups, expected.groups);
    EXPECT_EQ(layer.packed->values, expected.values);
    EXPECT_EQ(layer.packed->unpacked(), layer.masked_weights());
  }
  EXPECT_EQ(count(layers[2]), layers[2].weights.size());  // alpha 1: nothing is pruned
}

TEST(JointOptimisation, TrainsAfterEveryPrunePointOfTheScheduleOnAllWeights) {
  std::vector<SparseLayer> layers = {layer_of("a", 64, 48, 8)};
  const std::vector<float> first = layers[0].weights;
  std::vector<double> rates;
  std::vector<std::size_t> left;
  optimise_jointly(layers, {}, [&](const PrunePoint& point, std::span<SparseLayer> trained) {
    EXPECT_EQ(point.points, 10);
    EXPECT_EQ(point.number, static_cast<int>(rates.size()) + 1);
    rates.push_back(point.rate);
    left.push_back(count(trained[0]));
    EXPECT_EQ(trained[0].weights, first);  // masked weights keep their values
  });
  ASSERT_EQ(rates.size(), 10U);
  EXPECT_NEAR(rates[0], 0.8 * (1 - 0.9 * 0.9 * 0.9), 1e-12);
  EXPECT_NEAR(rates[9], 0.8, 1e-12);
  EXPECT_LT(left.back(), left.front());
}

TEST(JointOptimisation, AWeightThatGrowsAgainComesBack) {
  std::vector<SparseLayer> layers = {layer_of("a", 32, 32, 8)};
  // The smallest weight of all is masked at the first point and then trained to be the largest.
  const auto& weights = layers[0].weights;
  const auto smallest = static_cast<std::size_t>(
      std::ranges::min_element(weights, {}, [](float w) { return std::abs(w); }) - weights.begin());
  std::vector<int> masks;
  optimise_jointly(layers, {}, [&](const PrunePoint&, std::span<SparseLayer> trained) {
    masks.push_back(trained[0].mask[smallest]);
    trained[0].weights[smallest] = 100.0F;
  });
  EXPECT_EQ(masks.front(), 0);
  EXPECT_EQ(masks[1], 1);
  EXPECT_EQ(masks.back(), 1);
}

TEST(JointOptimisation, PacksTheWeightsThatTheLastTrainingLeaves) {
  std::vector<SparseLayer> layers = {layer_of("a", 48, 60, 8)};
  optimise_jointly(layers, {}, [&](const PrunePoint& point, std::span<SparseLayer> trained) {
    for (float& weight : trained[0].weights)
      weight *= 1.0F + 0.1F * static_cast<float>(point.number);
  });
  EXPECT_EQ(layers[0].packed->unpacked(), layers[0].masked_weights());
  EXPECT_EQ(layers[0].packed->nonzeros_kept, static_cast<std::int64_t>(count(layers[0])));
}

TEST(JointOptimisation, RefusesWhatCannotBePackedNamingTheLayer) {
  const auto message = [](SparseLayer layer, const Retrain& retrain = {}) -> std::string {
    try {
      optimise_jointly({&layer, 1}, {}, retrain);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "accepted";
  };
  SparseLayer layer = layer_of("odd", 4, 4, 2);
  layer.rows = 5;
  EXPECT_THAT(message(layer), HasSubstr("layer 'odd': 16 weights for 5 rows of 4 columns"));
  layer.rows = 4;
  EXPECT_THAT(message(layer, [](const PrunePoint&,
                                std::span<SparseLayer> trained) { trained[0].weights.pop_back(); }),
              HasSubstr("layer 'odd': training changed the number of weights"));
  layer.weights[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(message(layer), HasSubstr("layer 'odd'"));
  layer = layer_of("odd", 4, 4, 0);
  EXPECT_THAT(message(layer), HasSubstr("layer 'odd'"));
}

TEST(JointOptimisation, GoesFromANetworkToItsPackedOne) {
  test::NetworkBuilder builder({.height = 6, .width = 6, .channels = 8});
  const FeatureId first =
      builder.convolution(builder.input(), {.filters = 24, .window = test::square_window(3, 1, 1)});
  const FeatureId depthwise = builder.convolution(
      first, {.filters = 24, .window = test::square_window(3, 1, 1), .groups = 24});
  const auto network = builder.build({builder.linear(depthwise, 10)});
  std::vector<SparseLayer> layers = sparse_layers(*network, {.alpha = 8, .gamma = 0.5});
  ASSERT_EQ(layers.size(), 2U);  // nothing to combine in the depthwise one
  EXPECT_EQ(layers[1].columns, 24U * 36U);
  EXPECT_THROW(with_sparse_layers(*network, layers), std::invalid_argument);  // not packed yet
  optimise_jointly(layers, {});
  const Network packed = with_sparse_layers(*network, layers);
  EXPECT_EQ(packed.layers[0].gemm()->packed, layers[0].packed);
  EXPECT_EQ(*packed.layers[2].gemm()->weights, layers[1].masked_weights());
  EXPECT_EQ(packed.layers[1].gemm()->packed, nullptr);
  layers[0].name = "other";
  EXPECT_THROW(with_sparse_layers(*network, layers), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
