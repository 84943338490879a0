// SPDX-License-Identifier: Apache-2.0
// The integer reference against hand-made numbers and against a group-by-group oracle.
#include "workloads/execution/integer_reference.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "components/arithmetic/gemm.h"
#include "components/arithmetic/vector_operations.h"
#include "tests/workloads/execution/network_builder.h"
#include "workloads/data/synthetic.h"
#include "workloads/execution/float_executor.h"
#include "workloads/quantization/quantize.h"

namespace systerm {
namespace {

using test::NetworkBuilder;
using test::square_window;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

Tensor random_input(const Network& network) {
  const Feature& feature = network.feature(network.inputs[0]);
  return {feature.source_shape,
          synthetic_weights(5, "input", 2, static_cast<std::size_t>(feature.shape.elements()))};
}

QuantizedNetwork calibrated(const std::shared_ptr<const Network>& network,
                            const Precision& precision) {
  FloatExecutor executor(network);
  const Tensor input = random_input(*network);
  std::vector<MagnitudeHistogram> magnitudes(network->features.size(), MagnitudeHistogram(false));
  calibrate(executor, {&input, 1}, magnitudes);
  return quantize_network(network, std::vector<Precision>(network->layers.size(), precision),
                          magnitudes, ScaleRule::kMaximum);
}

std::vector<FeatureCodes> run(const QuantizedNetwork& quantized, const FeatureCodes& input) {
  return IntegerReference(std::make_shared<const QuantizedNetwork>(quantized)).run({&input, 1});
}

/// A network of one layer whose features all have scale 1 unless the test changes it.
QuantizedNetwork unit_scales(const std::shared_ptr<const Network>& network,
                             const Precision& precision = {}) {
  QuantizedNetwork quantized =
      assign_precisions(network, std::vector<Precision>(network->layers.size(), precision));
  for (std::size_t i = 0; i < network->layers.size(); ++i) {
    if (const Gemm* gemm = network->layers[i].gemm()) {
      const auto filters = static_cast<std::size_t>(gemm->filters());
      quantized.layers[i].weight_codes.assign(filters * static_cast<std::size_t>(gemm->k), 0);
      quantized.layers[i].sum_scale.assign(filters, 1.0F);
      quantized.layers[i].bias.assign(filters, 0.0F);
    }
  }
  return quantized;
}

TEST(IntegerReference, ALinearLayerByHand) {
  // hese, two weights a group, budget 2, one term a data value:
  // 27 = 32 - 4 - 1 and 3 = 4 - 1 share two terms: 32 and, of the two 4s, the one of the lower
  // index: 27 becomes 28, 3 becomes 0. Data 5 = 4 + 1 becomes 4, 6 = 8 - 2 becomes 8.
  NetworkBuilder builder({.channels = 2});
  const auto network = builder.build({builder.linear(builder.input(), 1)});
  Precision precision;
  precision.parameters.group_size = 2;
  precision.parameters.group_budget = 2;
  precision.parameters.data_terms = 1;
  QuantizedNetwork quantized = unit_scales(network, precision);
  quantized.layers[0].weight_codes = {27, 3};
  quantized.layers[0].sum_scale = {0.5F};
  quantized.layers[0].bias = {-1.25F};
  quantized.features[1].scale = 0.25F;
  // 28 * 4 + 0 * 8 = 112; 112 * 0.5 - 1.25 = 54.75; / 0.25 = 219
  EXPECT_THAT(run(quantized, {{.channels = 2}, {5, 6}})[1].codes, ElementsAre(219));
}

TEST(IntegerReference, GroupsNeverCrossAKernelPosition) {
  // 3 channels in groups of 2: a group is (c0, c1) or (c2) at one of two positions.
  NetworkBuilder builder({.width = 2, .channels = 3});
  Window window;
  window.kernel_width = 2;
  const auto network =
      builder.build({builder.convolution(builder.input(), {.filters = 1, .window = window})});
  Precision precision;
  precision.parameters.group_size = 2;
  precision.parameters.group_budget = 1;
  QuantizedNetwork quantized = unit_scales(network, precision);
  quantized.layers[0].weight_codes = {1, 2, 4, 8, 1, 2};
  const IntegerReference reference(std::make_shared<const QuantizedNetwork>(quantized));
  EXPECT_THAT(reference.encoded_weights(0), ElementsAre(0, 2, 4, 8, 0, 2));
}

/// One output value from the definition: group after group through Format::dot.
std::int64_t sum_of_groups(const Format& format, const Gemm& gemm, const FeatureShape& in,
                           const std::vector<std::int16_t>& weight_codes,
                           const std::vector<std::int32_t>& data, std::int64_t image,
                           std::int64_t y, std::int64_t x, std::int64_t filter) {
  const std::int64_t channels = in.channels / gemm.groups;
  const std::int64_t g = format.parameters().group_size;
  const Window& w = gemm.window;
  std::int64_t sum = 0;
  for (std::int64_t ky = 0; ky < w.kernel_height; ++ky) {
    for (std::int64_t kx = 0; kx < w.kernel_width; ++kx) {
      const std::int64_t v = y * w.stride_height - w.pad_top + ky * w.dilation_height;
      const std::int64_t u = x * w.stride_width - w.pad_left + kx * w.dilation_width;
      if (v < 0 || v >= in.height || u < 0 || u >= in.width) continue;
      for (std::int64_t first = 0; first < channels; first += g) {
        std::vector<std::int16_t> weights;
        std::vector<std::int16_t> values;
        for (std::int64_t c = first; c < std::min(first + g, channels); ++c) {
          weights.push_back(weight_codes[static_cast<std::size_t>(
              filter * gemm.k + (ky * w.kernel_width + kx) * channels + c)]);
          const auto code =
              data[static_cast<std::size_t>(((image * in.height + v) * in.width + u) * in.channels +
                                            filter / gemm.n * channels + c)];
          values.push_back(format.encode_data(static_cast<std::int16_t>(code)).value);
        }
        std::vector<std::uint8_t> terms(weights.size());
        format.encode_weights(weights, terms);
        sum += Format::dot(weights, values);
      }
    }
  }
  return sum;
}

struct Case {
  const char* name;
  FeatureShape input;
  NetworkBuilder::Convolution convolution;
  int group_size;
};

class IntegerConvolutions : public testing::TestWithParam<Case> {};

TEST_P(IntegerConvolutions, EqualTheSumsOfTheirGroups) {
  for (const char* format : {"term_quantized", "uniform"}) {
    NetworkBuilder builder(GetParam().input);
    const FeatureId output = builder.convolution(builder.input(), GetParam().convolution);
    const auto network = builder.build({output});
    Precision precision;
    precision.format = format;
    precision.parameters.group_size = GetParam().group_size;
    const QuantizedNetwork quantized = calibrated(network, precision);
    const FeatureCodes input = quantize_feature(quantized, builder.input(), random_input(*network));
    const FeatureCodes result = run(quantized, input)[index(output)];

    const Gemm& gemm = *network->layers[0].gemm();
    const QuantizedLayer& layer = quantized.layers[0];
    const FeatureShape& shape = result.shape;
    std::size_t position = 0;
    for (std::int64_t image = 0; image < shape.images; ++image)
      for (std::int64_t y = 0; y < shape.height; ++y)
        for (std::int64_t x = 0; x < shape.width; ++x)
          for (std::int64_t f = 0; f < shape.channels; ++f, ++position) {
            const std::int64_t sum = sum_of_groups(*layer.format, gemm, GetParam().input,
                                                   layer.weight_codes, input.codes, image, y, x, f);
            float value = static_cast<float>(sum) * layer.sum_scale[static_cast<std::size_t>(f)];
            value += layer.bias[static_cast<std::size_t>(f)];
            ASSERT_EQ(result.codes[position],
                      requantize(value, quantized.features[1].scale, quantized.features[1].limit));
          }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Geometries, IntegerConvolutions,
    testing::Values(
        Case{"ragged_groups", {2, 5, 6, 11}, {.filters = 5, .window = square_window(3, 1, 1)}, 8},
        Case{"wide_groups", {1, 4, 4, 20}, {.filters = 3, .window = square_window(1)}, 16},
        Case{"depthwise",
             {1, 7, 7, 6},
             {.filters = 6, .window = square_window(3, 2, 1), .groups = 6},
             8},
        Case{"grouped", {1, 5, 5, 12}, {.filters = 8, .window = square_window(3), .groups = 2}, 4},
        Case{"dilated_asymmetric",
             {1, 8, 9, 4},
             {.filters = 4,
              .window = {.kernel_height = 3,
                         .kernel_width = 2,
                         .dilation_height = 2,
                         .dilation_width = 3,
                         .pad_top = 2,
                         .pad_right = 1}},
             1}),
    [](const auto& test_case) { return test_case.param.name; });

TEST(IntegerReference, ApproachesTheFloatNetwork) {
  // A residual block with every kind of layer; 8-bit codes without a budget that bites keep the
  // error of the output a few per cent of its range.
  NetworkBuilder builder({.height = 8, .width = 8, .channels = 6});
  const FeatureId a = builder.convolution(
      builder.input(), {.filters = 8, .window = square_window(3, 1, 1), .steps = {test::relu()}});
  const FeatureId b = builder.convolution(a, {.filters = 8,
                                              .window = square_window(3, 1, 1),
                                              .steps = {test::add(1), test::relu()},
                                              .operands = {a}});
  const FeatureId gate =
      builder.pool(b, {.kind = Pool::Kind::kAverage, .window = square_window(8)});
  const FeatureId gated =
      builder.layer(Elementwise{}, builder.shape(b), {b, gate}, {test::multiply(1)});
  const FeatureId joined =
      builder.layer(Concatenation{}, {.height = 8, .width = 8, .channels = 16}, {gated, a});
  const FeatureId pooled = builder.pool(joined, {.window = square_window(2, 2)});
  const FeatureId logits = builder.linear(pooled, 10);
  const auto network = builder.build({logits});
  Precision precision;
  precision.format = "uniform";
  const QuantizedNetwork quantized = calibrated(network, precision);
  const Tensor input = random_input(*network);
  const FeatureCodes codes =
      run(quantized, quantize_feature(quantized, builder.input(), input))[index(logits)];
  const Tensor integer = dequantize_feature(quantized, logits, codes);
  const Tensor real = FloatExecutor(network).run({&input, 1})[0];
  ASSERT_EQ(integer.shape, real.shape);
  double noise = 0, signal = 0;
  for (std::size_t i = 0; i < real.values.size(); ++i) {
    noise += std::pow(real.values[i] - integer.values[i], 2);
    signal += std::pow(real.values[i], 2);
  }
  EXPECT_LT(std::sqrt(noise / signal), 0.05);
  EXPECT_GT(noise, 0.0);
}

TEST(IntegerReference, PoolsCodesExactly) {
  for (const Pool& pool : {Pool{Pool::Kind::kMax, square_window(2, 2, 1), false},
                           Pool{Pool::Kind::kAverage, square_window(2, 2, 1), false},
                           Pool{Pool::Kind::kAverage, square_window(2, 2, 1), true}}) {
    NetworkBuilder builder({.height = 2, .width = 2, .channels = 1});
    const auto network = builder.build({builder.pool(builder.input(), pool)});
    QuantizedNetwork quantized = unit_scales(network);
    quantized.features[0].scale = 0.5F;
    quantized.features[1].scale = 0.125F;
    // Each of the four windows sees one value and three elements of padding.
    const bool divides = pool.count_padding;
    const std::vector<std::int32_t> codes =
        run(quantized, {{.height = 2, .width = 2, .channels = 1}, {-3, 4, 5, -6}})[1].codes;
    EXPECT_THAT(codes, divides ? ElementsAre(-3, 4, 5, -6) : ElementsAre(-12, 16, 20, -24));
  }
}

TEST(IntegerReference, ElementwiseStepsTakeValuesNotCodes) {
  NetworkBuilder builder({.height = 1, .width = 2, .channels = 2});
  const FeatureId pooled = builder.pool(builder.input(), {.window = {.kernel_width = 2}});
  const FeatureId output =
      builder.layer(Elementwise{}, builder.shape(builder.input()), {builder.input(), pooled},
                    {test::multiply(1), test::add(1), test::relu()});
  const auto network = builder.build({output});
  QuantizedNetwork quantized = unit_scales(network);
  quantized.features[0].scale = 0.5F;
  quantized.features[1].scale = 0.5F;
  quantized.features[2].scale = 0.25F;
  // Values (1, -2), (3, 1); maxima (3, 1). (1 * 3 + 3, -2 * 1 + 1 -> 0), (3 * 3 + 3, 1 + 1).
  const auto features = run(quantized, {{.width = 2, .channels = 2}, {2, -4, 6, 2}});
  EXPECT_THAT(features[1].codes, ElementsAre(6, 2));
  EXPECT_THAT(features[2].codes, ElementsAre(24, 0, 48, 8));
}

TEST(IntegerReference, ConcatenationBringsInputsToOneScale) {
  NetworkBuilder builder({.channels = 2});
  const FeatureId other = builder.linear(builder.input(), 1);
  const FeatureId joined =
      builder.layer(Concatenation{}, {.channels = 3}, {other, builder.input()});
  const auto network = builder.build({joined});
  QuantizedNetwork quantized = unit_scales(network);
  quantized.layers[0].weight_codes = {1, 1};
  quantized.features[0].scale = 2.0F;
  quantized.features[1].scale = 0.5F;
  // The sum 4 + 8 is 12 (sum scale 1), code 24; joined at scale 1: 12, then 4 * 2 and 8 * 2.
  EXPECT_THAT(run(quantized, {{.channels = 2}, {4, 8}})[2].codes, ElementsAre(12, 8, 16));
}

TEST(IntegerReference, SoftmaxNormalisesOverChannels) {
  NetworkBuilder builder({.width = 2, .channels = 2});
  const FeatureId output =
      builder.layer(Softmax{}, builder.shape(builder.input()), {builder.input()});
  const auto network = builder.build({output});
  QuantizedNetwork quantized = unit_scales(network);
  quantized.features[1].scale = 0x1p-16F;
  // e / (1 + e) = 0.7310586
  EXPECT_THAT(run(quantized, {{.width = 2, .channels = 2}, {1, 0, 5, 5}})[1].codes,
              ElementsAre(47911, 17625, 32768, 32768));
}

TEST(IntegerReference, ASumBeyond32BitsIsAnErrorNotAWrap) {
  // 128 * 127 * 140000 > 2^31
  NetworkBuilder builder({.channels = 140000});
  const auto network = builder.build({builder.linear(builder.input(), 1)});
  Precision precision;
  precision.parameters.data_terms = 8;
  precision.parameters.group_budget = 8;
  QuantizedNetwork quantized = unit_scales(network, precision);
  quantized.layers[0].weight_codes.assign(140000, 128);
  const FeatureCodes input{{.channels = 140000}, std::vector<std::int32_t>(140000, 127)};
  EXPECT_THAT([&] { run(quantized, input); },
              ThrowsMessage<AccumulatorOverflow>(HasSubstr("layer 'layer0'")));
  // The largest sum that fits: blocks of 32-bit partial sums must not lose it.
  quantized.layers[0].weight_codes.assign(140000, 0);
  std::fill_n(quantized.layers[0].weight_codes.begin(), 132000, 128);
  quantized.layers[0].sum_scale = {0x1p-8F};
  EXPECT_THAT(run(quantized, input)[1].codes,
              ElementsAre(static_cast<std::int32_t>(
                  static_cast<float>(std::int32_t{128} * 127 * 132000) * 0x1p-8F + 0.5F)));
}

TEST(IntegerReference, RefusesInputsThatDoNotFit) {
  NetworkBuilder builder({.channels = 2});
  const auto network = builder.build({builder.linear(builder.input(), 1)});
  const QuantizedNetwork quantized = unit_scales(network);
  EXPECT_THROW(run(quantized, {{.channels = 2}, {128, 0}}), std::invalid_argument);
  EXPECT_THROW(run(quantized, {{.channels = 3}, {0, 0, 0}}), std::invalid_argument);
  EXPECT_THROW(run(quantized, {{.channels = 2}, {0}}), std::invalid_argument);
  QuantizedNetwork no_weights = quantized;
  no_weights.layers[0].weight_codes.clear();
  EXPECT_THROW(run(no_weights, {{.channels = 2}, {0, 0}}), std::invalid_argument);
}

TEST(QuantizeFeature, ReordersAndRounds) {
  NetworkBuilder builder({.height = 1, .width = 2, .channels = 3});
  const auto network = builder.build({builder.linear(builder.input(), 1)});
  QuantizedNetwork quantized = unit_scales(network);
  quantized.features[0].scale = 0.5F;
  const Tensor tensor{{1, 3, 1, 2}, {0.0F, 1.0F, 2.0F, -3.25F, 1000.0F, -1000.0F}};
  const FeatureCodes codes = quantize_feature(quantized, builder.input(), tensor);
  EXPECT_THAT(codes.codes, ElementsAre(0, 4, 127, 2, -7, -127));
  EXPECT_THAT(dequantize_feature(quantized, builder.input(), codes).values,
              ElementsAre(0.0F, 1.0F, 2.0F, -3.5F, 63.5F, -63.5F));
}

TEST(Softmax, IsStableForLargeLogits) {
  std::vector<float> result(3);
  softmax(std::vector<float>{1000.0F, 1000.0F, -1000.0F}, result);
  EXPECT_THAT(result, ElementsAre(0.5F, 0.5F, 0.0F));
}

TEST(AverageValue, DividesAfterScaling) {
  EXPECT_EQ(average_value(7, 0.1F, 3), (7.0F * 0.1F) / 3.0F);
  EXPECT_EQ(average_value(0, 0.1F, 0), 0.0F);
}

}  // namespace
}  // namespace systerm
