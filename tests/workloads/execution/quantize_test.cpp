// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization/quantize.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "tests/workloads/execution/network_builder.h"
#include "workloads/data/synthetic.h"
#include "workloads/quantization/synthetic_network.h"

namespace systerm {
namespace {

using test::NetworkBuilder;
using test::square_window;
using testing::Each;
using testing::HasSubstr;
using testing::ThrowsMessage;

Precision with_data(int bits, DataRange range = DataRange::kSigned) {
  Precision precision;
  precision.parameters.data_bits = bits;
  precision.parameters.data_range = range;
  return precision;
}

std::vector<MagnitudeHistogram> magnitudes(const std::vector<float>& largest) {
  std::vector<MagnitudeHistogram> result;
  for (const float value : largest) {
    result.emplace_back(true);
    result.back().add({&value, 1});
  }
  return result;
}

/// input -> convolution with ReLU -> linear
class TwoLayers : public testing::Test {
 protected:
  NetworkBuilder builder{{.height = 4, .width = 4, .channels = 3}};
  FeatureId hidden = builder.convolution(
      builder.input(), {.filters = 8, .window = square_window(3), .steps = {test::relu()}});
  FeatureId logits = builder.linear(hidden, 10);
  std::shared_ptr<const Network> network = builder.build({logits});
};

TEST(RoundUpScale, KeepsTwelveBitsAndNeverShrinks) {
  EXPECT_EQ(round_up_scale(1.0F), 1.0F);
  EXPECT_EQ(round_up_scale(std::nextafter(1.0F, 2.0F)), 1.0F + 0x1p-11F);
  EXPECT_EQ(round_up_scale(std::nextafter(1.0F, 0.0F)), 1.0F);
  EXPECT_EQ(round_up_scale(0x1.FFFFFEp3F), 16.0F);
  EXPECT_GT(round_up_scale(0.0F), 0.0F);
}

TEST_F(TwoLayers, ScalesHideLastBitDifferencesBetweenMachines) {
  const std::vector<Precision> precisions(2);
  const auto one =
      quantize_network(network, precisions, magnitudes({0.7F, 1.3F, 9.0F}), ScaleRule::kMaximum);
  const auto other =
      quantize_network(network, precisions,
                       magnitudes({0.7F, std::nextafter(1.3F, 2.0F), std::nextafter(9.0F, 0.0F)}),
                       ScaleRule::kMaximum);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(one.features[i].scale, other.features[i].scale);
}

TEST_F(TwoLayers, StorageFollowsTheReaderAndTheSign) {
  const auto storage = [&](DataRange range, FeatureId id) {
    const std::vector<Precision> precisions{with_data(8, range), with_data(6, range)};
    return assign_precisions(network, precisions).features[index(id)];
  };
  EXPECT_EQ(storage(DataRange::kSigned, builder.input()).limit, 127);
  EXPECT_EQ(storage(DataRange::kSigned, hidden).limit, 31);
  EXPECT_TRUE(storage(DataRange::kSigned, hidden).is_signed);
  EXPECT_EQ(storage(DataRange::kUnsigned, builder.input()).limit, 127);  // may be negative
  EXPECT_EQ(storage(DataRange::kUnsigned, hidden).limit, 63);
  EXPECT_FALSE(storage(DataRange::kUnsigned, hidden).is_signed);
  EXPECT_EQ(storage(DataRange::kUnsigned, hidden).bits, 6);
  EXPECT_EQ(storage(DataRange::kSigned, logits).bits, 32);
  EXPECT_EQ(storage(DataRange::kSigned, logits).limit, (1 << 24) - 1);
}

TEST_F(TwoLayers, MaximumRuleUsesTheWholeRange) {
  const auto quantized = quantize_network(network, std::vector<Precision>(2),
                                          magnitudes({1.0F, 2.0F, 3.0F}), ScaleRule::kMaximum);
  EXPECT_EQ(quantized.features[0].scale, round_up_scale(1.0F / 127));
  EXPECT_EQ(requantize(1.0F, quantized.features[0].scale, 127), 127);
  EXPECT_EQ(quantized.features[1].scale, round_up_scale(2.0F / 127));
}

TEST_F(TwoLayers, IntegerLogitsKeepTheScaleOfTheSums) {
  const auto quantized = quantize_network(network, std::vector<Precision>(2),
                                          magnitudes({1.0F, 2.0F, 3.0F}), ScaleRule::kMaximum);
  const QuantizedLayer& last = quantized.layers[1];
  EXPECT_EQ(quantized.features[2].scale, last.weight_scales[0] * quantized.features[1].scale);
  EXPECT_THAT(last.sum_scale, Each(last.weight_scales[0] * quantized.features[1].scale));
  EXPECT_EQ(last.sum_scale.size(), 10U);
  EXPECT_THAT(last.bias, Each(0.0F));
  EXPECT_EQ(quantized.layers[0].bias, network->layers[0].gemm()->bias);
}

TEST_F(TwoLayers, LogitsThatWouldSaturateGetACoarserScale) {
  const auto quantized = quantize_network(network, std::vector<Precision>(2),
                                          magnitudes({1.0F, 2.0F, 1e9F}), ScaleRule::kMaximum);
  EXPECT_GE(quantized.features[2].scale * static_cast<float>(kOutputLimit), 1e9F);
}

TEST_F(TwoLayers, WeightsFollowThePublishedRule) {
  // scale = max|w| / 2^(b-1), so the largest weight is exactly 128 for 8 bits.
  const auto quantized = quantize_network(network, std::vector<Precision>(2),
                                          magnitudes({1.0F, 2.0F, 3.0F}), ScaleRule::kMaximum);
  const std::vector<float>& weights = *network->layers[0].gemm()->weights;
  float largest = 0;
  for (const float weight : weights) largest = std::max(largest, std::fabs(weight));
  EXPECT_THAT(quantized.layers[0].weight_scales, testing::ElementsAre(largest / 128));
  int largest_code = 0;
  for (const std::int16_t code : quantized.layers[0].weight_codes) {
    largest_code = std::max(largest_code, std::abs(code));
  }
  EXPECT_EQ(largest_code, 128);
}

TEST_F(TwoLayers, LeastSquaresClipsOutliersAndMaximumDoesNot) {
  std::vector<MagnitudeHistogram> seen = magnitudes({1.0F, 1.0F, 1.0F});
  std::vector<float> bulk(100000);
  for (std::size_t i = 0; i < bulk.size(); ++i) {
    bulk[i] = 0.5F * static_cast<float>(i) / static_cast<float>(bulk.size());
  }
  seen[0].add(bulk);
  const std::vector<Precision> precisions(2, with_data(4));
  const float maximum =
      quantize_network(network, precisions, seen, ScaleRule::kMaximum).features[0].scale;
  const float squares =
      quantize_network(network, precisions, seen, ScaleRule::kMeanSquaredError).features[0].scale;
  EXPECT_EQ(maximum, round_up_scale(1.0F / 7));
  EXPECT_NEAR(squares, 0.5 / 7, 0.01);
}

TEST_F(TwoLayers, LeastSquaresAccountsForTheDataTermsOfTheReader) {
  // Almost all values are 0.303, which 1/127 makes 38, of which one binary term leaves 32. A scale
  // whose code for 0.303 is a power of two loses nothing.
  std::vector<MagnitudeHistogram> seen = magnitudes({1.0F, 1.0F, 1.0F});
  seen[0].add(std::vector<float>(100000, 0.303F));
  Precision one_term;
  one_term.parameters.data_terms = 1;
  one_term.parameters.encoding = Encoding::kBinary;
  const auto quantized = quantize_network(network, std::vector<Precision>(2, one_term), seen,
                                          ScaleRule::kMeanSquaredError);
  const float scale = quantized.features[0].scale;
  const auto code = static_cast<std::int16_t>(requantize(0.303F, scale, 127));
  const float seen_by_cell =
      static_cast<float>(quantized.layers[0].format->encode_data(code).value) * scale;
  EXPECT_NEAR(seen_by_cell, 0.303F, 0.01F);
}

TEST_F(TwoLayers, BadInputsAreNamed) {
  const std::vector<Precision> precisions(2);
  const auto seen = magnitudes({1.0F, 1.0F, 1.0F});
  EXPECT_THROW(assign_precisions(network, std::vector<Precision>(1)), std::invalid_argument);
  EXPECT_THROW(quantize_network(network, precisions, magnitudes({1.0F}), ScaleRule::kMaximum),
               std::invalid_argument);
  std::vector<Precision> wrong = precisions;
  wrong[1].format = "nonsense";
  EXPECT_THAT([&] { assign_precisions(network, wrong); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("layer 'layer1'")));
  EXPECT_THROW(assign_precisions(network, std::vector<Precision>(2, with_data(9))),
               std::invalid_argument);
  const std::vector<MagnitudeHistogram> no_bins(3, [] {
    MagnitudeHistogram histogram(false);
    histogram.add(std::vector<float>{1.0F});
    return histogram;
  }());
  EXPECT_THROW(quantize_network(network, precisions, no_bins, ScaleRule::kMeanSquaredError),
               std::invalid_argument);

  Network bad = *network;
  auto weights = *bad.layers[0].gemm()->weights;
  weights[5] = std::numeric_limits<float>::quiet_NaN();
  std::get<Gemm>(bad.layers[0].operation).weights =
      std::make_shared<const std::vector<float>>(weights);
  EXPECT_THAT(
      [&] {
        quantize_network(std::make_shared<const Network>(bad), precisions, seen,
                         ScaleRule::kMaximum);
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("layer 'layer0'")));
}

TEST_F(TwoLayers, SharedExponentsNeedNeighbours) {
  const std::vector<Precision> precisions(2, {.format = "bfp", .parameters = {}});
  EXPECT_NO_THROW(assign_precisions(network, precisions));
  const auto with = [&](auto change) {
    return [&, change] {
      Network changed = *network;
      change(std::get<Gemm>(changed.layers[0].operation));
      assign_precisions(std::make_shared<const Network>(changed), precisions);
    };
  };
  EXPECT_THAT(with([](Gemm& gemm) { gemm.packed = std::make_shared<const PackedMatrix>(); }),
              ThrowsMessage<std::invalid_argument>(HasSubstr("do not pack the layer")));
  EXPECT_THAT(with([](Gemm& gemm) { gemm.taps.resize(3); }),
              ThrowsMessage<std::invalid_argument>(HasSubstr("reads them at different ones")));
}

TEST(AssignPrecisions, ASharedFeatureTakesTheNarrowestRangeOfItsGemms) {
  NetworkBuilder builder({.height = 2, .width = 2, .channels = 4});
  const FeatureId wide =
      builder.convolution(builder.input(), {.filters = 4, .window = square_window(1)});
  const FeatureId narrow =
      builder.convolution(builder.input(), {.filters = 4, .window = square_window(1)});
  const FeatureId sum =
      builder.layer(Elementwise{}, builder.shape(wide), {wide, narrow}, {test::add(1)});
  const FeatureId pooled = builder.pool(sum, {.window = square_window(2)});
  const auto network = builder.build({sum, pooled});
  const std::vector<Precision> precisions{with_data(8), with_data(4), with_data(7), with_data(5)};
  const QuantizedNetwork quantized = assign_precisions(network, precisions);
  EXPECT_EQ(quantized.features[index(builder.input())].limit, 7);
  EXPECT_EQ(quantized.features[index(wide)].limit, 63);
  EXPECT_EQ(quantized.features[index(sum)].bits, 32);  // an output that no GEMM reads
  EXPECT_EQ(quantized.layers[2].format, nullptr);
}

TEST(AssignPrecisions, LayersOfEqualPrecisionShareOneFormat) {
  const auto network = test::basic_resnet({1, 1, 1, 1});
  const QuantizedNetwork quantized =
      assign_precisions(network, std::vector<Precision>(network->layers.size()));
  EXPECT_EQ(quantized.layers[0].format, quantized.layers[2].format);
  EXPECT_TRUE(quantized.layers[0].weight_codes.empty());
}

TEST(SyntheticNetwork, FillsOnlyWhatIsMissing) {
  NetworkBuilder builder({.height = 2, .width = 2, .channels = 4});
  const FeatureId hidden =
      builder.convolution(builder.input(), {.filters = 4, .window = square_window(1)});
  Network network = *builder.build({builder.linear(hidden, 3)}, /*seed=*/1);
  std::get<Gemm>(network.layers[1].operation).weights = nullptr;
  const Network filled = with_synthetic_weights(network, 2);
  EXPECT_EQ(filled.layers[0].gemm()->weights, network.layers[0].gemm()->weights);
  EXPECT_EQ(*filled.layers[1].gemm()->weights, synthetic_weights(2, filled.layers[1].name, 16, 48));
}

}  // namespace
}  // namespace systerm
