// SPDX-License-Identifier: Apache-2.0
// Sums to codes by a shift: the definition, the scales that make it possible, and that all
// executors agree on the codes.
#include "workloads/quantization/shift_requantization.h"

#include <cmath>
#include <functional>
#include <random>
#include <stdexcept>

#include <gmock/gmock.h>

#include "tests/workloads/execution/network_builder.h"
#include "workloads/data/synthetic.h"
#include "workloads/execution/float_executor.h"
#include "workloads/execution/integer_executor.h"
#include "workloads/quantization/quantize.h"

namespace systerm {
namespace {

using test::NetworkBuilder;
using test::relu;
using test::square_window;
using testing::HasSubstr;

TEST(ShiftRequantizer, ShiftsTheSumDownAndClips) {
  // clip(acc >> s, 0, 255) of the reference.
  const ShiftRequantizer reference{.shift = 4, .rectifies = true, .limit = 255, .bias = {0}};
  EXPECT_EQ(reference.code(0, 0), 0);
  EXPECT_EQ(reference.code(15, 0), 0);
  EXPECT_EQ(reference.code(16, 0), 1);
  EXPECT_EQ(reference.code(4095, 0), 255);
  EXPECT_EQ(reference.code(4096, 0), 255);
  EXPECT_EQ(reference.code(-1, 0), 0);
  const ShiftRequantizer with_sign{.shift = 4, .limit = 127, .bias = {0, -20}};
  EXPECT_EQ(with_sign.code(-1, 0), -1);
  EXPECT_EQ(with_sign.code(-16, 0), -1);
  EXPECT_EQ(with_sign.code(-17, 0), -2);
  EXPECT_EQ(with_sign.code(36, 1), 1);
  EXPECT_EQ(with_sign.code(-1'000'000, 1), -127);
  // The bias must not overflow the sum.
  const ShiftRequantizer high{.shift = 31, .limit = 127, .bias = {1 << 30}};
  EXPECT_EQ(high.code((1 << 30) + ((1 << 30) - 1), 0), 1);
}

class ShiftRequantization : public testing::Test {
 protected:
  ShiftRequantization() {
    NetworkBuilder builder({.images = 2, .height = 7, .width = 6, .channels = 5});
    const FeatureId first = builder.convolution(
        builder.input(), {.filters = 16, .window = square_window(3, 1, 1), .steps = {relu()}});
    const FeatureId depthwise =
        builder.convolution(first, {.filters = 16, .window = square_window(3, 1, 1), .groups = 16});
    const FeatureId residual = builder.convolution(
        depthwise, {.filters = 16, .steps = {test::add(1), relu()}, .operands = {first}});
    const FeatureId last = builder.convolution(residual, {.filters = 8, .steps = {relu()}});
    network_ = builder.build({builder.linear(last, 10)});
    const Feature& feature = network_->feature(network_->inputs[0]);
    input_ = {feature.source_shape,
              synthetic_weights(5, "input", 2, static_cast<std::size_t>(feature.shape.elements()))};
    FloatExecutor executor(network_);
    magnitudes_.assign(network_->features.size(), MagnitudeHistogram(false));
    calibrate(executor, {&input_, 1}, magnitudes_);
  }

  std::shared_ptr<const QuantizedNetwork> quantized(Requantization requantization) const {
    const ScaleOptions options{.requantization = requantization};
    QuantizedNetwork result = quantize_network(
        network_, std::vector<Precision>(network_->layers.size()), magnitudes_, options);
    return std::make_shared<const QuantizedNetwork>(with_shift_requantizers(std::move(result)));
  }

  std::shared_ptr<const Network> network_;
  Tensor input_;
  std::vector<MagnitudeHistogram> magnitudes_;
};

TEST_F(ShiftRequantization, ConcernsLayersWithNothingButReluBehindTheirSums) {
  const auto shifted = quantized(Requantization::kShift);
  std::vector<bool> concerned;
  for (const QuantizedLayer& layer : shifted->layers)
    concerned.push_back(layer.requantizer != nullptr);
  // Not the residual sum, and not the last layer, whose logits are 32 bits wide.
  EXPECT_EQ(concerned, (std::vector<bool>{true, true, false, true, false}));
}

TEST_F(ShiftRequantization, ScalesAreAPowerOfTwoApartAndNothingSeenSaturates) {
  const auto shifted = quantized(Requantization::kShift);
  const QuantizedNetwork scaled = quantize_network(
      network_, std::vector<Precision>(network_->layers.size()), magnitudes_, ScaleOptions{});
  for (std::size_t i = 0; i < shifted->layers.size(); ++i) {
    const QuantizedLayer& layer = shifted->layers[i];
    if (!layer.requantizer) continue;
    const std::size_t output = index(network_->layers[i].output);
    EXPECT_EQ(std::ldexp(layer.sum_scale[0], layer.requantizer->shift),
              shifted->features[output].scale);
    EXPECT_GE(shifted->features[output].scale, scaled.features[output].scale);
  }
}

TEST_F(ShiftRequantization, AllExecutorsGiveTheCodesOfTheDefinition) {
  const auto shifted = quantized(Requantization::kShift);
  const FeatureCodes input = quantize_feature(*shifted, network_->inputs[0], input_);
  const IntegerReference reference(shifted);
  const std::vector<FeatureCodes> expected = reference.run({&input, 1});
  IntegerExecutor::Scratch scratch;
  int compared = 0;
  IntegerExecutor(shifted).run({input}, scratch, [&](FeatureId id, const FeatureCodes& codes) {
    EXPECT_EQ(codes.codes, expected[index(id)].codes) << network_->feature(id).name;
    ++compared;
  });
  EXPECT_EQ(compared, 6);

  // The last hidden layer once more, from its inputs.
  const Layer& layer = network_->layers[3];
  const QuantizedLayer& integers = shifted->layers[3];
  const std::span<const std::int16_t> weights = reference.encoded_weights(3);
  const FeatureCodes& from = expected[index(layer.inputs[0])];
  const Gemm& gemm = *layer.gemm();
  for (std::int64_t p = 0; p < gemm.m; ++p) {
    for (std::int64_t f = 0; f < gemm.n; ++f) {
      std::int64_t sum = 0;
      for (std::int64_t k = 0; k < gemm.k; ++k) {
        const int data = integers.format
                             ->encode_data(static_cast<std::int16_t>(
                                 from.codes[static_cast<std::size_t>(p * gemm.k + k)]))
                             .value;
        sum += std::int64_t{data} * weights[static_cast<std::size_t>(f * gemm.k + k)];
      }
      const auto bias = static_cast<std::int64_t>(
          std::lround(static_cast<double>(integers.bias[static_cast<std::size_t>(f)]) /
                      static_cast<double>(integers.sum_scale[0])));
      const std::int64_t code =
          std::clamp<std::int64_t>((sum + bias) >> integers.requantizer->shift, 0, 127);
      EXPECT_EQ(expected[index(layer.output)].codes[static_cast<std::size_t>(p * gemm.n + f)],
                code);
    }
  }
}

TEST_F(ShiftRequantization, RefusesScalesThatAreNoShiftApart) {
  const auto message = [](const std::function<void()>& action) -> std::string {
    try {
      action();
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(message([&] { quantized(Requantization::kScale); }),
              HasSubstr("calibrate with requantizer: shift"));
  EXPECT_THAT(message([&] {
                with_shift_requantizers(quantize_network(
                    network_, std::vector<Precision>(network_->layers.size()), magnitudes_,
                    ScaleOptions{.granularity = ScaleGranularity::kPerChannel}));
              }),
              HasSubstr("a shift serves all filters alike"));
}

/// A convolution whose channels are shifted is one of 3 x 3 with a weight a channel.
TEST(ShiftConvolution, IsAConvolutionWithAWeightAChannel) {
  std::mt19937 random(17);
  NetworkBuilder builder({.images = 2, .height = 5, .width = 6, .channels = 7});
  Gemm shifted{.window = square_window(3, 2, 1), .m = 2 * 3 * 3, .k = 7, .n = 4};
  Gemm dense = shifted;
  dense.k = 63;
  std::vector<float> weights = synthetic_weights(3, "weights", 7, 28);
  std::vector<float> spread(4 * 63, 0.0F);
  for (std::size_t channel = 0; channel < 7; ++channel) {
    shifted.taps.push_back(
        {static_cast<std::int16_t>(random() % 3), static_cast<std::int16_t>(random() % 3)});
    const auto position =
        static_cast<std::size_t>(shifted.taps.back().row * 3 + shifted.taps.back().column);
    for (std::size_t f = 0; f < 4; ++f) {
      spread[f * 63 + position * 7 + channel] = weights[f * 7 + channel];
    }
  }
  shifted.weights = std::make_shared<const std::vector<float>>(std::move(weights));
  dense.weights = std::make_shared<const std::vector<float>>(std::move(spread));
  const FeatureShape output{.images = 2, .height = 3, .width = 3, .channels = 4};
  const FeatureId a = builder.layer(shifted, output, {builder.input()});
  const FeatureId b = builder.layer(dense, output, {builder.input()});
  const auto network = builder.build({a, b});
  const Feature& feature = network->feature(network->inputs[0]);
  const Tensor input{feature.source_shape, synthetic_weights(5, "input", 2, 420)};

  FloatExecutor executor(network);
  std::vector<MagnitudeHistogram> magnitudes(network->features.size(), MagnitudeHistogram(false));
  std::vector<std::vector<float>> values(network->features.size());
  executor.run({&input, 1}, [&](FeatureId id, std::span<const float> seen) {
    values[index(id)].assign(seen.begin(), seen.end());
  });
  ASSERT_EQ(values[index(a)].size(), 72U);
  for (std::size_t i = 0; i < 72; ++i) EXPECT_NEAR(values[index(a)][i], values[index(b)][i], 1e-6);

  calibrate(executor, {&input, 1}, magnitudes);
  Precision precision{"uniform", {}};
  const auto quantized = std::make_shared<const QuantizedNetwork>(quantize_network(
      network, std::vector<Precision>(2, precision), magnitudes, ScaleRule::kMaximum));
  const FeatureCodes codes = quantize_feature(*quantized, network->inputs[0], input);
  const std::vector<FeatureCodes> expected = IntegerReference(quantized).run({&codes, 1});
  EXPECT_EQ(expected[index(a)].codes, expected[index(b)].codes);
  IntegerExecutor::Scratch scratch;
  const auto fast = IntegerExecutor(quantized).run({codes}, scratch);
  EXPECT_EQ(fast[0].codes, expected[index(a)].codes);
}

}  // namespace
}  // namespace systerm
