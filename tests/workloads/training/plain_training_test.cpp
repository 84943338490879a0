// SPDX-License-Identifier: Apache-2.0
// The engine in single precision against training by plain loops: same weights, order and
// hyper-parameters, so the same losses to float accuracy.
#include "tests/workloads/training/plain_training.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/workloads/training/digit_networks.h"

namespace systerm {
namespace {

using test::digit_batch;
using test::digit_network;
using test::PlainNetwork;

void compare(const test::DigitNetworkSizes& sizes) {
  constexpr std::uint64_t kBatch = 16;
  constexpr OptimizerParameters kParameters{.momentum = 0.9, .weight_decay = 1e-3};
  const Graph graph = digit_network(kBatch, sizes);
  std::map<std::string, std::vector<float>> weights;
  for (const GraphTensor& tensor : graph.tensors()) {
    if (tensor.values) weights[tensor.name] = *tensor.values;
  }
  PlainNetwork plain({.channels = 1,
                      .side = static_cast<std::size_t>(test::kSide),
                      .filters = static_cast<std::size_t>(sizes.filters),
                      .hidden = static_cast<std::size_t>(sizes.hidden),
                      .classes = 10},
                     weights);
  const auto engine = test::make_engine(graph, "sgd", kParameters);
  double first_loss = 0.0;
  double last_loss = 0.0;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const test::DigitBatch batch = digit_batch(5, i * kBatch, kBatch);
    const double rate = i < 20 ? 0.05 : 0.02;
    const double wanted = plain.train(batch.samples, batch.labels, rate, kParameters.momentum,
                                      kParameters.weight_decay);
    const double loss = engine->train(batch.samples, batch.labels, rate).loss;
    ASSERT_NEAR(loss, wanted, 2e-5 * (1.0 + std::abs(wanted))) << "iteration " << i;
    if (i == 0) first_loss = loss;
    last_loss = loss;
  }
  EXPECT_LT(last_loss, 0.7 * first_loss);
  const Graph trained = engine->trained();
  for (const auto& [name, initial] : weights) {
    const std::vector<float>& values = *trained.tensor(*trained.find(name)).values;
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_NEAR(values[i], plain.parameter(name)[i], 2e-4) << name << "[" << i << "]";
    }
  }
}

TEST(PlainTraining, ThePerceptronFollowsIt) { compare({.filters = 0, .hidden = 24}); }
TEST(PlainTraining, TheConvolutionalNetworkFollowsIt) { compare({.filters = 6, .hidden = 20}); }

}  // namespace
}  // namespace systerm
