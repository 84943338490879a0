// SPDX-License-Identifier: Apache-2.0
// A network with renumbered channels computes the same integers as before, element by element.
#include "workloads/sparsity/channel_permutation.h"

#include <algorithm>
#include <random>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/execution/network_builder.h"
#include "workloads/data/synthetic.h"
#include "workloads/execution/float_executor.h"
#include "workloads/execution/integer_reference.h"
#include "workloads/quantization/quantize.h"

namespace systerm {
namespace {

using test::NetworkBuilder;
using test::square_window;
using testing::ElementsAre;
using testing::HasSubstr;

/// Bottlenecks, a residual connection, a depthwise layer, pooling and a linear layer that reads
/// several positions.
std::shared_ptr<const Network> residual_network() {
  NetworkBuilder builder({.images = 2, .height = 8, .width = 8, .channels = 3});
  const FeatureId stem = builder.convolution(
      builder.input(), {.filters = 12, .window = square_window(3, 1, 1), .steps = {test::relu()}});
  const FeatureId inner = builder.convolution(stem, {.filters = 20, .steps = {test::relu()}});
  const FeatureId depthwise =
      builder.convolution(inner, {.filters = 20, .window = square_window(3, 1, 1), .groups = 20});
  const FeatureId sum = builder.convolution(
      depthwise, {.filters = 12, .steps = {test::add(1), test::relu()}, .operands = {stem}});
  Pool pool;
  pool.window = square_window(2, 2);
  const FeatureId pooled = builder.pool(sum, pool);
  const FeatureId wide =
      builder.convolution(pooled, {.filters = 16, .window = square_window(3, 1, 1)});
  return builder.build({builder.linear(wide, 10)});
}

std::vector<FeatureCodes> run(const std::shared_ptr<const Network>& network,
                              std::span<const MagnitudeHistogram> magnitudes, const Tensor& input) {
  Precision precision{"uniform", {}};
  precision.parameters.group_size = 1;
  const auto quantized = std::make_shared<const QuantizedNetwork>(
      quantize_network(network, std::vector<Precision>(network->layers.size(), precision),
                       magnitudes, ScaleRule::kMaximum));
  const FeatureCodes codes = quantize_feature(*quantized, network->inputs.front(), input);
  return IntegerReference(quantized).run({&codes, 1});
}

TEST(ChannelPermutation, LeavesTheFunctionOfTheNetworkUnchanged) {
  const auto network = residual_network();
  const Feature& feature = network->feature(network->inputs.front());
  const Tensor input{
      feature.source_shape,
      synthetic_data(5, "input", static_cast<std::size_t>(feature.shape.elements()))};
  FloatExecutor executor(network);
  std::vector<MagnitudeHistogram> magnitudes(network->features.size(), MagnitudeHistogram(false));
  calibrate(executor, {&input, 1}, magnitudes);
  const std::vector<FeatureCodes> expected = run(network, magnitudes, input);

  std::mt19937 random(91);
  int permuted = 0;
  for (std::size_t id = 0; id < network->features.size(); ++id) {
    if (reason_for_fixed_order(*network, FeatureId{id})) continue;
    SCOPED_TRACE(network->features[id].name);
    ++permuted;
    const std::int64_t channels = network->features[id].shape.channels;
    ChannelOrder order = order_of_groups({}, channels);
    std::ranges::shuffle(order, random);
    const auto changed =
        std::make_shared<const Network>(with_channel_order(*network, FeatureId{id}, order));
    const std::vector<FeatureCodes> actual = run(changed, magnitudes, input);
    const std::size_t output = index(network->outputs.front());
    EXPECT_EQ(actual[output].codes, expected[output].codes);
    // The feature itself has the same values at their new places.
    const auto width = static_cast<std::size_t>(channels);
    EXPECT_NE(actual[id].codes, expected[id].codes);
    for (std::size_t i = 0; i < actual[id].codes.size(); ++i) {
      const std::size_t from = i / width * width + static_cast<std::size_t>(order[i % width]);
      ASSERT_EQ(actual[id].codes[i], expected[id].codes[from]);
    }
  }
  EXPECT_EQ(permuted, 6);  // all but the input and the output
}

TEST(ChannelPermutation, NeighboursOfAGroupBecomeNeighboursInMemory) {
  EXPECT_THAT(order_of_groups({{5, 0}, {3, 1}}, 6), ElementsAre(5, 0, 3, 1, 2, 4));
}

TEST(ChannelPermutation, RefusesWhatWouldChangeTheFunction) {
  NetworkBuilder builder({.channels = 4});
  const FeatureId hidden = builder.linear(builder.input(), 6);
  const FeatureId grouped = builder.convolution(hidden, {.filters = 6, .groups = 3});
  const FeatureId softmax = builder.layer(Softmax{}, builder.shape(grouped), {grouped});
  const auto network = builder.build({softmax});
  const ChannelOrder order = order_of_groups({{1, 0}}, 6);
  const auto message = [&](FeatureId id, const ChannelOrder& with) {
    try {
      with_channel_order(*network, id, with);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(message(hidden, order), HasSubstr("read by the grouped convolution 'layer1'"));
  EXPECT_THAT(message(softmax, order), HasSubstr("an output of the network"));
  EXPECT_THAT(message(builder.input(), {1, 0, 2, 3}), HasSubstr("an input of the network"));
  EXPECT_THAT(message(hidden, {0, 1, 2, 3, 4, 4}), HasSubstr("no permutation"));
}

}  // namespace
}  // namespace systerm
