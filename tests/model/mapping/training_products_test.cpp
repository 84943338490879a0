// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/training_products.h"

#include <gmock/gmock.h>

#include "workloads/zoo/load_network.h"

namespace systerm {
namespace {

std::int64_t cycles(const std::vector<TrainingProduct>& products, const FmacArray& array = {}) {
  std::int64_t sum = 0;
  for (const TrainingProduct& each : products) sum += training_cycles(array, each).total();
  return sum;
}

TEST(TrainingProducts, EveryLayerHasThreeAndTheFirstNoBackwardData) {
  const Network network = load_network("mlp_784_512_512_10", 8);
  const auto products = training_products(network, {});
  std::vector<FmacMode> modes;
  std::vector<std::int64_t> depths;
  for (const TrainingProduct& each : products) {
    modes.push_back(each.gemm.mode);
    depths.push_back(each.gemm.k);
  }
  using enum FmacMode;
  EXPECT_THAT(modes, testing::ElementsAre(kResultsRight, kResultsRight, kResultsRight, kResultsUp,
                                          kResultsHeld, kResultsUp, kResultsHeld, kResultsHeld));
  EXPECT_THAT(depths, testing::ElementsAre(784, 512, 512, 512, 512, 512, 512, 784));
}

TEST(TrainingProducts, PassesFollowTheTensorsOfEachProduct) {
  const Network network = load_network("mlp_784_512_512_10", 8);
  for (const TrainingProduct& each :
       training_products(network, {.weights = 2, .activations = 4, .gradients = 6})) {
    const std::int64_t expected = each.gemm.mode == FmacMode::kResultsRight ? 2 * 1
                                  : each.gemm.mode == FmacMode::kResultsUp  ? 3 * 1
                                                                            : 2 * 3;
    EXPECT_EQ(each.gemm.passes, expected);
  }
}

// Passes alone give between three and twelve units of time for three equal products.
TEST(TrainingProducts, WholeIterationsOfTheZooTakeBetweenOneAndFourTimesTheLowPasses) {
  for (const char* name : {"resnet18", "resnet50", "vgg16", "mobilenet_v2", "bert_base"}) {
    const Network network = load_network(name, 1);
    const std::int64_t low = cycles(training_products(network, {2, 2, 2}));
    const std::int64_t mixed = cycles(training_products(network, {2, 4, 4}));
    const std::int64_t high = cycles(training_products(network, {4, 4, 4}));
    EXPECT_GT(low, 0) << name;
    EXPECT_GT(mixed, low) << name;
    EXPECT_GT(high, mixed) << name;
    EXPECT_LE(high, 4 * low) << name;
    std::int64_t macs = 0;
    for (const TrainingProduct& each : training_products(network, {})) {
      if (each.gemm.mode == FmacMode::kResultsRight) macs += each.macs();
    }
    EXPECT_EQ(macs, network.macs()) << name;
  }
}

TEST(TrainingProducts, GroupsOfAConvolutionShareTheArraySideBySide) {
  const FmacArray array{.rows = 8, .columns = 6, .group_size = 4};
  TrainingProduct product{.layer = "depthwise",
                          .gemm = {.mode = FmacMode::kResultsRight, .m = 100, .k = 9, .n = 1},
                          .count = 5};
  // Nine values are three groups, so two products fit into six columns: three rounds.
  EXPECT_EQ(training_cycles(array, product).busy, 3 * 100);
  product.gemm.mode = FmacMode::kResultsHeld;  // nine columns: more than there are
  EXPECT_EQ(training_cycles(array, product).busy, 5 * 2 * 25);
}

}  // namespace
}  // namespace systerm
