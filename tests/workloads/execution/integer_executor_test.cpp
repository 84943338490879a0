// SPDX-License-Identifier: Apache-2.0
// The fast executor against the plain reference, feature by feature, bit for bit.
#include "workloads/execution/integer_executor.h"

#include <random>

#include <gmock/gmock.h>

#include "components/arithmetic/gemm.h"
#include "tests/workloads/execution/network_builder.h"
#include "workloads/data/synthetic.h"
#include "workloads/execution/float_executor.h"
#include "workloads/quantization/quantize.h"

namespace systerm {
namespace {

using test::NetworkBuilder;
using test::relu;
using test::square_window;
using testing::HasSubstr;
using testing::ThrowsMessage;

Tensor random_input(const Network& network) {
  const Feature& feature = network.feature(network.inputs[0]);
  return {feature.source_shape,
          synthetic_weights(5, "input", 2, static_cast<std::size_t>(feature.shape.elements()))};
}

std::shared_ptr<const QuantizedNetwork> calibrated(const std::shared_ptr<const Network>& network,
                                                   const Precision& precision) {
  FloatExecutor executor(network);
  const Tensor input = random_input(*network);
  std::vector<MagnitudeHistogram> magnitudes(network->features.size(), MagnitudeHistogram(false));
  calibrate(executor, {&input, 1}, magnitudes);
  return std::make_shared<const QuantizedNetwork>(
      quantize_network(network, std::vector<Precision>(network->layers.size(), precision),
                       magnitudes, ScaleRule::kMaximum));
}

/// Every kind of layer, window and step.
std::shared_ptr<const Network> mixed_network(std::int64_t images) {
  NetworkBuilder builder({.images = images, .height = 9, .width = 11, .channels = 5});
  Window uneven = square_window(3, 2, 1);
  uneven.pad_bottom = 2;
  uneven.kernel_width = 2;
  const FeatureId first =
      builder.convolution(builder.input(), {.filters = 24, .window = uneven, .steps = {relu()}});
  Window dilated = square_window(3, 1, 2);
  dilated.dilation_height = dilated.dilation_width = 2;
  const FeatureId wide = builder.convolution(first, {.filters = 24, .window = dilated});
  const FeatureId depthwise = builder.convolution(
      wide, {.filters = 24, .window = square_window(3, 1, 1), .groups = 24, .steps = {relu()}});
  const FeatureId grouped = builder.convolution(
      depthwise, {.filters = 36, .window = square_window(3, 1, 1), .groups = 4, .steps = {relu()}});
  const FeatureId multiplied = builder.convolution(
      depthwise, {.filters = 48, .window = square_window(3, 1, 1), .groups = 24});
  const FeatureId pointwise_groups =
      builder.convolution(grouped, {.filters = 24, .window = {}, .groups = 2});
  const FeatureId residual = builder.convolution(
      depthwise,
      {.filters = 24, .window = {}, .steps = {test::add(1), relu()}, .operands = {first}});
  PostStep swish = relu();
  swish.activation.function = ActivationFunction::kSwish;
  const FeatureId gated = builder.convolution(residual, {.filters = 24,
                                                         .window = {},
                                                         .steps = {swish, test::multiply(1)},
                                                         .operands = {pointwise_groups}});
  const FeatureShape at = builder.shape(gated);
  FeatureShape joined_shape = at;
  joined_shape.channels = 24 + 48;
  const FeatureId joined = builder.layer(Concatenation{}, joined_shape, {gated, multiplied});
  const FeatureId largest =
      builder.pool(joined, {.kind = Pool::Kind::kMax, .window = square_window(2, 1, 1)});
  const FeatureId mean =
      builder.pool(largest, {.kind = Pool::Kind::kAverage, .window = square_window(2, 2)});
  const FeatureId logits = builder.linear(mean, 10);
  const FeatureId probabilities = builder.layer(Softmax{}, builder.shape(logits), {logits});
  return builder.build({logits, probabilities});
}

class EveryPrecision : public testing::TestWithParam<Precision> {};

TEST_P(EveryPrecision, GivesWhatTheReferenceGivesForEveryFeature) {
  for (const std::int64_t images : {1, 3}) {
    const auto network = mixed_network(images);
    const auto quantized = calibrated(network, GetParam());
    const FeatureCodes input =
        quantize_feature(*quantized, network->inputs[0], random_input(*network));
    const auto expected = IntegerReference(quantized).run({&input, 1});
    const IntegerExecutor executor(quantized);
    IntegerExecutor::Scratch scratch;
    for (int repetition = 0; repetition < 2; ++repetition) {
      std::size_t seen = 0;
      const auto outputs =
          executor.run({input}, scratch, [&](FeatureId id, const FeatureCodes& codes) {
            ++seen;
            EXPECT_EQ(codes.shape, expected[index(id)].shape);
            EXPECT_EQ(codes.codes, expected[index(id)].codes) << network->feature(id).name;
          });
      EXPECT_EQ(seen, network->features.size());
      ASSERT_EQ(outputs.size(), 2U);
      EXPECT_EQ(outputs[0].codes, expected[index(network->outputs[0])].codes);
      EXPECT_EQ(outputs[1].codes, expected[index(network->outputs[1])].codes);
    }
  }
}

Precision precision(const std::string& format, int weight_bits, int group_size, int budget,
                    int data_terms, DataRange range) {
  Precision result{.format = format, .parameters = {}};
  result.parameters.weight_bits = weight_bits;
  result.parameters.group_size = group_size;
  result.parameters.group_budget = budget;
  result.parameters.data_terms = data_terms;
  result.parameters.data_range = range;
  return result;
}

INSTANTIATE_TEST_SUITE_P(
    Precisions, EveryPrecision,
    testing::Values(precision("uniform", 8, 8, 12, 3, DataRange::kSigned),
                    precision("bfp", 8, 16, 12, 3, DataRange::kSigned),
                    precision("bfp", 8, 5, 12, 3, DataRange::kUnsigned),
                    precision("uniform", 8, 8, 12, 3, DataRange::kUnsigned),
                    precision("term_quantized", 8, 8, 12, 3, DataRange::kSigned),
                    precision("term_quantized", 8, 3, 2, 1, DataRange::kUnsigned),
                    precision("term_quantized", 4, 16, 6, 6, DataRange::kSigned)));

TEST(IntegerExecutor, AgreesForAnyWindowOfConvolutionsAndPools) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto draw = [&](std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(random);
  };
  const auto draw_window = [&](std::int64_t most_padding) {
    Window window;
    window.kernel_height = draw(1, 4);
    window.kernel_width = draw(1, 4);
    window.stride_height = draw(1, 3);
    window.stride_width = draw(1, 3);
    window.dilation_height = draw(1, 2);
    window.dilation_width = draw(1, 2);
    window.pad_top = draw(0, most_padding);
    window.pad_bottom = draw(0, most_padding);
    window.pad_left = draw(0, most_padding);
    window.pad_right = draw(0, most_padding);
    return window;
  };
  for (int round = 0; round < 60; ++round) {
    const std::int64_t channels = draw(1, 19);
    NetworkBuilder builder({.images = draw(1, 3),
                            .height = draw(14, 20),
                            .width = draw(14, 20),
                            .channels = channels});
    const std::int64_t groups = channels % 3 == 0 && draw(0, 1) == 1 ? 3 : 1;
    const FeatureId filtered = builder.convolution(builder.input(), {.filters = groups * draw(1, 9),
                                                                     .window = draw_window(2),
                                                                     .groups = groups,
                                                                     .steps = {relu()}});
    const FeatureShape shape = builder.shape(filtered);
    FeatureId last = filtered;
    if (shape.height > 6 && shape.width > 6) {
      const Pool::Kind kind = draw(0, 3) > 0 ? Pool::Kind::kMax : Pool::Kind::kAverage;
      Window window = draw_window(1);
      // No window of a pool may lie in the padding alone.
      if (window.kernel_height == 1) window.pad_top = window.pad_bottom = 0;
      if (window.kernel_width == 1) window.pad_left = window.pad_right = 0;
      last = builder.pool(filtered, {.kind = kind, .window = window});
    }
    const auto network = builder.build({last});
    const auto quantized =
        calibrated(network, precision("uniform", 8, 8, 12, 3, DataRange::kSigned));
    const FeatureCodes input =
        quantize_feature(*quantized, network->inputs[0], random_input(*network));
    const auto expected = IntegerReference(quantized).run({&input, 1});
    IntegerExecutor::Scratch scratch;
    EXPECT_EQ(IntegerExecutor(quantized).run({input}, scratch)[0].codes,
              expected[index(last)].codes)
        << "round " << round;
  }
}

TEST(IntegerExecutor, NamesTheLayerWhoseSumLeavesItsRange) {
  // 2^16 products of 255 * 128 are just below 2^31; twice as many are beyond.
  NetworkBuilder builder({.channels = 1 << 17});
  const auto network = builder.build({builder.linear(builder.input(), 1)});
  Precision wide{.format = "uniform", .parameters = {.data_range = DataRange::kUnsigned}};
  QuantizedNetwork quantized = assign_precisions(network, {&wide, 1});
  quantized.layers[0].weight_codes.assign(1 << 17, 127);
  quantized.layers[0].sum_scale = {1.0F};
  quantized.layers[0].bias = {0.0F};
  quantized.features[0].limit = 255;
  quantized.features[0].is_signed = false;
  const FeatureCodes input{network->features[0].shape, std::vector<std::int32_t>(1 << 17, 255)};
  const IntegerExecutor executor(std::make_shared<const QuantizedNetwork>(quantized));
  IntegerExecutor::Scratch scratch;
  EXPECT_THAT([&] { executor.run({input}, scratch); },
              ThrowsMessage<AccumulatorOverflow>(HasSubstr("'layer0'")));
}

TEST(IntegerExecutor, RefusesInputsThatDoNotFit) {
  const auto network = mixed_network(1);
  const auto quantized = calibrated(network, {.format = "uniform", .parameters = {}});
  const IntegerExecutor executor(quantized);
  IntegerExecutor::Scratch scratch;
  EXPECT_THROW(executor.run({}, scratch), std::invalid_argument);
  FeatureCodes input = quantize_feature(*quantized, network->inputs[0], random_input(*network));
  input.codes[3] = 128;
  EXPECT_THROW(executor.run({input}, scratch), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
