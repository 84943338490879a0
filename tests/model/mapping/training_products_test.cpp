// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/training_products.h"

#include <gmock/gmock.h>

#include "workloads/zoo/load_network.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

std::vector<TrainingProduct> products_of(const std::string& network, std::int64_t batch,
                                         const FmacMantissas& mantissas = {}) {
  return training_products(make_training_graph(zoo_graph(network, batch)), {&mantissas, 1});
}

std::int64_t cycles(const std::vector<TrainingProduct>& products, const FmacArray& array = {}) {
  std::int64_t sum = 0;
  for (const TrainingProduct& each : products) sum += training_cycles(array, each).total();
  return sum;
}

TEST(TrainingProducts, EveryLayerHasThreeAndTheFirstNoBackwardData) {
  const auto products = products_of("mlp_784_512_512_10", 8);
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
  for (const TrainingProduct& each :
       products_of("mlp_784_512_512_10", 8, {.weights = 2, .activations = 4, .gradients = 6})) {
    const std::int64_t expected = each.gemm.mode == FmacMode::kResultsRight ? 2 * 1
                                  : each.gemm.mode == FmacMode::kResultsUp  ? 3 * 1
                                                                            : 2 * 3;
    EXPECT_EQ(each.gemm.passes, expected);
  }
}

// Passes alone give between three and twelve units of time for three equal products.
TEST(TrainingProducts, WholeIterationsOfTheZooTakeBetweenOneAndFourTimesTheLowPasses) {
  for (const char* name : {"resnet18", "resnet50", "vgg16", "mobilenet_v2", "bert_base"}) {
    const std::int64_t low = cycles(products_of(name, 1, {2, 2, 2}));
    const std::int64_t mixed = cycles(products_of(name, 1, {2, 4, 4}));
    const std::int64_t high = cycles(products_of(name, 1, {4, 4, 4}));
    EXPECT_GT(low, 0) << name;
    EXPECT_GT(mixed, low) << name;
    EXPECT_GT(high, mixed) << name;
    EXPECT_LE(high, 4 * low) << name;
    std::int64_t macs = 0;
    for (const TrainingProduct& each : products_of(name, 1)) {
      if (each.gemm.mode == FmacMode::kResultsRight) macs += each.macs();
    }
    EXPECT_EQ(macs, load_network(name, 1).macs()) << name;
  }
}

TEST(TrainingProducts, GroupsOfAConvolutionShareTheArraySideBySide) {
  const FmacArray array{.rows = 8, .columns = 6, .group_size = 4};
  TrainingProduct product{.layer = "depthwise",
                          .gemm = {.mode = FmacMode::kResultsRight, .m = 100, .k = 9, .n = 1},
                          .count = 5,
                          .mantissas = {}};
  // Nine values are three groups, so two products fit into six columns: three rounds.
  EXPECT_EQ(training_cycles(array, product).busy, 3 * 100);
  product.gemm.mode = FmacMode::kResultsHeld;  // nine columns: more than there are
  EXPECT_EQ(training_cycles(array, product).busy, 5 * 2 * 25);
}

}  // namespace
}  // namespace systerm
