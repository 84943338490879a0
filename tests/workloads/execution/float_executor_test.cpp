// SPDX-License-Identifier: Apache-2.0
// The float executor against direct loops in double precision.
#include "workloads/execution/float_executor.h"

#include <cmath>

#include <gmock/gmock.h>

#include "tests/workloads/execution/network_builder.h"
#include "workloads/data/synthetic.h"
#include "workloads/execution/feature_layout.h"

namespace systerm {
namespace {

using test::NetworkBuilder;
using test::square_window;
using testing::FloatNear;
using testing::Pointwise;

using Values = std::vector<float>;

/// Signed values, so that activations and maxima matter.
Tensor random_input(const FeatureShape& shape) {
  return {{shape.images, shape.channels, shape.height, shape.width},
          synthetic_weights(11, "input", 2, static_cast<std::size_t>(shape.elements()))};
}

Values run_output(const std::shared_ptr<const Network>& network) {
  const Tensor input = random_input(network->feature(network->inputs[0]).shape);
  return FloatExecutor(network).run_all({&input, 1})[index(network->outputs[0])];
}

Values input_values(const Network& network) {
  const Feature& feature = network.feature(network.inputs[0]);
  return to_memory_order(feature, random_input(feature.shape));
}

/// Value at (image, y, x, channel), 0 in the padding.
double at(const Values& values, const FeatureShape& shape, std::int64_t image, std::int64_t y,
          std::int64_t x, std::int64_t channel) {
  if (y < 0 || y >= shape.height || x < 0 || x >= shape.width) return 0.0;
  return values[static_cast<std::size_t>(
      ((image * shape.height + y) * shape.width + x) * shape.channels + channel)];
}

/// The definition of a convolution, element by element.
Values convolve(const Values& data, const FeatureShape& in, const Gemm& gemm,
                const FeatureShape& out) {
  const Window& w = gemm.window;
  const std::int64_t channels = in.channels / gemm.groups;
  Values result;
  for (std::int64_t image = 0; image < out.images; ++image)
    for (std::int64_t y = 0; y < out.height; ++y)
      for (std::int64_t x = 0; x < out.width; ++x)
        for (std::int64_t f = 0; f < out.channels; ++f) {
          double sum = gemm.bias.empty() ? 0.0 : gemm.bias[static_cast<std::size_t>(f)];
          std::size_t k = static_cast<std::size_t>(f * gemm.k);
          for (std::int64_t ky = 0; ky < w.kernel_height; ++ky)
            for (std::int64_t kx = 0; kx < w.kernel_width; ++kx)
              for (std::int64_t c = 0; c < channels; ++c)
                sum += (*gemm.weights)[k++] *
                       at(data, in, image, y * w.stride_height - w.pad_top + ky * w.dilation_height,
                          x * w.stride_width - w.pad_left + kx * w.dilation_width,
                          f / gemm.n * channels + c);
          result.push_back(static_cast<float>(sum));
        }
  return result;
}

struct ConvolutionCase {
  const char* name;
  FeatureShape input;
  NetworkBuilder::Convolution convolution;
};

class Convolutions : public testing::TestWithParam<ConvolutionCase> {};

TEST_P(Convolutions, EqualTheDefinition) {
  NetworkBuilder builder(GetParam().input);
  const FeatureId output = builder.convolution(builder.input(), GetParam().convolution);
  const auto network = builder.build({output});
  const Values expected = convolve(input_values(*network), GetParam().input,
                                   *network->layers[0].gemm(), network->feature(output).shape);
  EXPECT_THAT(run_output(network), Pointwise(FloatNear(2e-4F), expected));
}

INSTANTIATE_TEST_SUITE_P(
    Geometries, Convolutions,
    testing::Values(
        ConvolutionCase{"plain", {1, 8, 8, 16}, {.filters = 24, .window = square_window(3, 1, 1)}},
        ConvolutionCase{
            "first_layer", {2, 15, 13, 3}, {.filters = 8, .window = square_window(7, 2, 3)}},
        ConvolutionCase{"pointwise", {1, 5, 7, 32}, {.filters = 9, .window = square_window(1)}},
        ConvolutionCase{
            "strided_pointwise", {1, 7, 7, 8}, {.filters = 16, .window = square_window(1, 2)}},
        ConvolutionCase{"asymmetric_padding",
                        {1, 49, 10, 1},
                        {.filters = 8,
                         .window = {.kernel_height = 10,
                                    .kernel_width = 4,
                                    .stride_height = 2,
                                    .stride_width = 2,
                                    .pad_top = 4,
                                    .pad_left = 1,
                                    .pad_bottom = 5,
                                    .pad_right = 1}}},
        ConvolutionCase{"bottom_right_padding",
                        {1, 8, 8, 4},
                        {.filters = 5,
                         .window = {.kernel_height = 3,
                                    .kernel_width = 3,
                                    .stride_height = 2,
                                    .stride_width = 2,
                                    .pad_bottom = 1,
                                    .pad_right = 1}}},
        ConvolutionCase{"dilated",
                        {1, 12, 9, 4},
                        {.filters = 6,
                         .window = {.kernel_height = 3,
                                    .kernel_width = 2,
                                    .dilation_height = 2,
                                    .dilation_width = 3}}},
        ConvolutionCase{
            "grouped", {1, 6, 6, 12}, {.filters = 8, .window = square_window(3), .groups = 4}},
        ConvolutionCase{"depthwise",
                        {2, 9, 9, 24},
                        {.filters = 24, .window = square_window(3, 2, 1), .groups = 24}},
        ConvolutionCase{"depthwise_multiplier",
                        {1, 5, 5, 6},
                        {.filters = 12, .window = square_window(3), .groups = 6}}),
    [](const auto& test_case) { return test_case.param.name; });

TEST(FloatExecutor, ALinearLayerReadsAnImageInMemoryOrder) {
  NetworkBuilder builder({.images = 3, .height = 4, .width = 5, .channels = 6});
  const FeatureId output = builder.linear(builder.input(), 7);
  const auto network = builder.build({output});
  const FeatureShape flat{.images = 3, .channels = 120};
  const Values expected = convolve(input_values(*network), flat, *network->layers[0].gemm(),
                                   network->feature(output).shape);
  EXPECT_THAT(run_output(network), Pointwise(FloatNear(2e-4F), expected));
}

TEST(FloatExecutor, StepsFollowInOrderAndBroadcast) {
  const FeatureShape shape{.images = 2, .height = 3, .width = 3, .channels = 8};
  NetworkBuilder builder(shape);
  const FeatureId gate =
      builder.layer(Pool{.kind = Pool::Kind::kAverage, .window = square_window(3)},
                    {.images = 2, .channels = 8}, {builder.input()});
  const FeatureId plane =
      builder.convolution(builder.input(), {.filters = 1, .window = square_window(1)});
  const FeatureId output =
      builder.layer(Elementwise{}, shape, {builder.input(), gate, plane},
                    {test::multiply(1), test::add(2), test::relu(), test::add(0)});
  const auto network = builder.build({output});
  const Tensor input = random_input(shape);
  const std::vector<Values> features = FloatExecutor(network).run_all({&input, 1});
  const Values& x = features[index(builder.input())];
  Values expected;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t image = i / 72;
    const float product = x[i] * features[index(gate)][image * 8 + i % 8];
    const float sum = product + features[index(plane)][i / 8];
    expected.push_back(std::max(sum, 0.0F) + x[i]);
  }
  EXPECT_THAT(features[index(output)], Pointwise(FloatNear(1e-5F), expected));
}

class FusedActivations : public testing::TestWithParam<Activation> {};

TEST_P(FusedActivations, EqualTheDefinitionBehindEveryKindOfLayer) {
  const PostStep step{.kind = PostStep::Kind::kActivation, .activation = GetParam(), .operand = 0};
  const auto build = [&](bool with_step) {
    NetworkBuilder builder({.height = 6, .width = 6, .channels = 8});
    const std::vector<PostStep> steps = with_step ? std::vector{step} : std::vector<PostStep>{};
    const FeatureId hidden = builder.convolution(
        builder.input(), {.filters = 16, .window = square_window(3), .steps = steps});
    return builder.build({with_step ? builder.linear(hidden, 10, steps) : hidden});
  };
  const auto plain = build(false);
  const auto with_step = build(true);
  Values expected = run_output(plain);
  for (float& value : expected) value = apply(GetParam(), value);
  const Tensor input = random_input(with_step->feature(with_step->inputs[0]).shape);
  const std::vector<Values> features = FloatExecutor(with_step).run_all({&input, 1});
  EXPECT_THAT(features[1], Pointwise(FloatNear(1e-5F), expected));
  Values logits =
      convolve(features[1], {.channels = 256}, *with_step->layers[1].gemm(), {.channels = 10});
  for (float& value : logits) value = apply(GetParam(), value);
  EXPECT_THAT(features[2], Pointwise(FloatNear(5e-5F), logits));
}

INSTANTIATE_TEST_SUITE_P(Functions, FusedActivations,
                         testing::Values(Activation{ActivationFunction::kIdentity},
                                         Activation{ActivationFunction::kRelu},
                                         Activation{ActivationFunction::kClip, 0.0F, 0.5F},
                                         Activation{ActivationFunction::kLeakyRelu, 0.1F},
                                         Activation{ActivationFunction::kSigmoid},
                                         Activation{ActivationFunction::kHardSigmoid, 0.2F, 0.5F},
                                         Activation{ActivationFunction::kTanh},
                                         Activation{ActivationFunction::kSwish},
                                         Activation{ActivationFunction::kHardSwish},
                                         Activation{ActivationFunction::kGelu}),
                         [](const auto& test_case) {
                           return std::string(to_string(test_case.param.function));
                         });

TEST(FloatExecutor, PoolsWithAndWithoutPadding) {
  const FeatureShape shape{.height = 5, .width = 6, .channels = 3};
  for (const Pool& pool : {Pool{Pool::Kind::kMax, square_window(3, 2, 1), false},
                           Pool{Pool::Kind::kAverage, square_window(3, 2, 1), false},
                           Pool{Pool::Kind::kAverage, square_window(3, 2, 1), true}}) {
    NetworkBuilder builder(shape);
    const FeatureId output = builder.pool(builder.input(), pool);
    const auto network = builder.build({output});
    const Values data = input_values(*network);
    Values expected;
    for (std::int64_t y = 0; y < 3; ++y)
      for (std::int64_t x = 0; x < 3; ++x)
        for (std::int64_t c = 0; c < 3; ++c) {
          double sum = 0, largest = -1e30;
          int count = 0;
          for (std::int64_t v = 2 * y - 1; v < 2 * y + 2; ++v)
            for (std::int64_t u = 2 * x - 1; u < 2 * x + 2; ++u) {
              if (v < 0 || v >= 5 || u < 0 || u >= 6) continue;
              sum += at(data, shape, 0, v, u, c);
              largest = std::max(largest, at(data, shape, 0, v, u, c));
              ++count;
            }
          const double average = sum / (pool.count_padding ? 9 : count);
          expected.push_back(static_cast<float>(pool.kind == Pool::Kind::kMax ? largest : average));
        }
    EXPECT_THAT(run_output(network), Pointwise(FloatNear(1e-5F), expected));
  }
}

TEST(FloatExecutor, ConcatenatesAlongChannelsAndNormalisesOverThem) {
  NetworkBuilder builder({.height = 2, .width = 2, .channels = 3});
  const FeatureId other =
      builder.convolution(builder.input(), {.filters = 2, .window = square_window(1)});
  const FeatureId joined = builder.layer(Concatenation{}, {.height = 2, .width = 2, .channels = 5},
                                         {builder.input(), other});
  const FeatureId normal =
      builder.layer(Softmax{}, {.height = 2, .width = 2, .channels = 5}, {joined});
  const auto network = builder.build({normal});
  const Tensor input = random_input(builder.shape(builder.input()));
  const std::vector<Values> features = FloatExecutor(network).run_all({&input, 1});
  for (std::size_t pixel = 0; pixel < 4; ++pixel) {
    double sum = 0;
    for (std::size_t c = 0; c < 5; ++c) {
      EXPECT_EQ(features[index(joined)][pixel * 5 + c],
                c < 3 ? features[0][pixel * 3 + c] : features[index(other)][pixel * 2 + c - 3]);
      sum += std::exp(features[index(joined)][pixel * 5 + c]);
    }
    for (std::size_t c = 0; c < 5; ++c) {
      EXPECT_NEAR(features[index(normal)][pixel * 5 + c],
                  std::exp(features[index(joined)][pixel * 5 + c]) / sum, 1e-6);
    }
  }
}

TEST(FloatExecutor, ReusedMemoryNeverOverwritesWhatIsStillRead) {
  // Residual blocks keep a feature alive over several layers; run_all copies each when it is made.
  const auto network = test::basic_resnet({1, 1, 1, 1});
  const Tensor input{{1, 3, 224, 224}, synthetic_data(1, "image", 3 * 224 * 224)};
  FloatExecutor executor(network);
  const std::vector<Values> features = executor.run_all({&input, 1});
  for (std::size_t position = 0; position < network->layers.size(); ++position) {
    // Layer by layer alone, from the recorded inputs.
    const Layer& layer = network->layers[position];
    Network single = *network;
    single.layers = {layer};
    single.inputs = layer.inputs;
    single.outputs = {layer.output};
    std::vector<Tensor> inputs;
    for (const FeatureId id : layer.inputs) {
      inputs.push_back(to_source_order(network->feature(id), features[index(id)]));
    }
    const Tensor alone =
        FloatExecutor(std::make_shared<const Network>(std::move(single))).run(inputs)[0];
    ASSERT_EQ(to_memory_order(network->feature(layer.output), alone), features[index(layer.output)])
        << layer.name;
  }
}

TEST(FloatExecutor, RefusesNetworksWithoutWeightsAndInputsThatDoNotFit) {
  NetworkBuilder builder({.height = 2, .width = 2, .channels = 3});
  const auto network = builder.build({builder.linear(builder.input(), 2)});
  Network bare = *network;
  std::get<Gemm>(bare.layers[0].operation).weights = nullptr;
  EXPECT_THROW(FloatExecutor(std::make_shared<const Network>(bare)), std::invalid_argument);
  FloatExecutor executor(network);
  EXPECT_THROW(executor.run(std::vector<Tensor>{}), std::invalid_argument);
  EXPECT_THROW(executor.run(std::vector<Tensor>{{{1, 3}, {1, 2, 3}}}), std::invalid_argument);
}

TEST(FloatExecutor, CalibrationSeesEveryFeature) {
  NetworkBuilder builder({.height = 4, .width = 4, .channels = 3});
  const FeatureId hidden =
      builder.convolution(builder.input(), {.filters = 4, .window = square_window(3)});
  const auto network = builder.build({builder.linear(hidden, 2)});
  FloatExecutor executor(network);
  std::vector<MagnitudeHistogram> magnitudes(3, MagnitudeHistogram(true));
  const Tensor input = random_input(builder.shape(builder.input()));
  calibrate(executor, {&input, 1}, magnitudes);
  const std::vector<Values> features = executor.run_all({&input, 1});
  for (std::size_t i = 0; i < 3; ++i) {
    float largest = 0;
    for (const float value : features[i]) largest = std::max(largest, std::fabs(value));
    EXPECT_EQ(magnitudes[i].largest(), largest);
  }
}

}  // namespace
}  // namespace systerm
