// SPDX-License-Identifier: Apache-2.0
// Scales of weights and data against numbers worked by hand and against exhaustive search.
#include "workloads/quantization/scales.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>

#include "components/arithmetic/term_quantization.h"
#include "components/arithmetic/uniform_quantization.h"

namespace systerm {
namespace {

using testing::ElementsAre;

Gemm gemm_of(std::vector<float> weights, std::int64_t filters) {
  Gemm gemm;
  gemm.m = 1;
  gemm.n = filters;
  gemm.k = std::ssize(weights) / filters;
  gemm.weights = std::make_shared<const std::vector<float>>(std::move(weights));
  return gemm;
}

FormatParameters parameters(int weight_bits, int group_size, int budget) {
  FormatParameters result;
  result.weight_bits = weight_bits;
  result.group_size = group_size;
  result.group_budget = budget;
  return result;
}

TEST(WeightScales, MaximumPerTensorAndPerChannel) {
  const Gemm gemm = gemm_of({1.0F, -2.0F, 0.5F, 0.25F, 0.0F, 0.0F}, 3);
  const auto format = make_format("uniform", parameters(8, 8, 1));
  EXPECT_THAT(weight_scales(gemm, *format, {}), ElementsAre(2.0F / 128));
  // A filter without weights has any scale; 1 is taken.
  EXPECT_THAT(weight_scales(gemm, *format, {.granularity = ScaleGranularity::kPerChannel}),
              ElementsAre(2.0F / 128, 0.5F / 128, 1.0F));
}

TEST(WeightScales, PercentileLeavesOutliersAndZerosAside) {
  std::vector<float> weights(1000, 0.0F);
  for (int i = 1; i <= 100; ++i) weights[static_cast<std::size_t>(i)] = static_cast<float>(-i);
  weights[0] = 1e6F;
  const auto format = make_format("uniform", parameters(8, 8, 1));
  // 101 values are not zero; 50 % of them are not above 51.
  EXPECT_THAT(weight_scales(gemm_of(weights, 1), *format,
                            {.weights = ScaleRule::kPercentile, .percentile = 50.0}),
              ElementsAre(51.0F / 128));
  EXPECT_THAT(weight_scales(gemm_of(weights, 1), *format,
                            {.weights = ScaleRule::kPercentile, .percentile = 100.0}),
              ElementsAre(1e6F / 128));
}

/// Squared error by the definitions of the publication, not by the format.
double error_after_truncation(const std::vector<float>& weights, float scale,
                              const FormatParameters& p) {
  double error = 0.0;
  const auto group = static_cast<std::size_t>(p.group_size);
  for (std::size_t start = 0; start < weights.size(); start += group) {
    std::vector<int> codes;
    for (std::size_t i = start; i < std::min(weights.size(), start + group); ++i) {
      const int magnitude = std::min(static_cast<int>(std::fabs(weights[i]) / scale + 0.5F),
                                     1 << (p.weight_bits - 1));
      codes.push_back(weights[i] < 0 ? -magnitude : magnitude);
    }
    std::vector<double> kept(codes.size(), 0.0);
    for (const KeptTerm& term : keep_group_terms(codes, p.encoding, p.group_budget)) {
      kept[static_cast<std::size_t>(term.index)] += term.term.value();
    }
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const double difference = weights[start + i] - kept[i] * scale;
      error += difference * difference;
    }
  }
  return error;
}

TEST(WeightScales, LeastSquaresAreThoseAfterTruncationToTheBudget) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (int round = 0; round < 20; ++round) {
    std::vector<float> weights(64);
    for (float& weight : weights) weight = normal(random);
    const FormatParameters p = parameters(round % 2 == 0 ? 8 : 4, 8, 4 + round % 9);
    const auto format = make_format("term_quantized", p);
    const float chosen =
        weight_scales(gemm_of(weights, 1), *format, {.weights = ScaleRule::kMeanSquaredError})
            .front();
    const float maximum = weight_scale(weights, p.weight_bits);
    const double least = error_after_truncation(weights, chosen, p);
    EXPECT_LE(least, error_after_truncation(weights, maximum, p));
    for (int candidate = 25; candidate <= 50; ++candidate) {
      const float scale = maximum * static_cast<float>(candidate) / 50;
      EXPECT_GE(error_after_truncation(weights, scale, p), least * (1 - 1e-12));
    }
  }
}

TEST(DataScale, PercentileIsTheUpperEdgeOfItsBin) {
  MagnitudeHistogram magnitudes(true);
  std::vector<float> values(1000, 0.5F);
  values.back() = 100.0F;
  magnitudes.add(values);
  const ScaleOptions most{.data = ScaleRule::kPercentile, .percentile = 99.0};
  const float scale = data_scale(magnitudes, 100, nullptr, most);
  EXPECT_GE(scale * 100, 0.5F);
  EXPECT_LE(scale * 100, 0.5F + 1.01F * magnitudes.bin_width());
  const ScaleOptions all{.data = ScaleRule::kPercentile, .percentile = 100.0};
  EXPECT_EQ(data_scale(magnitudes, 100, nullptr, all), round_up_scale(1.0F));
  EXPECT_THROW(data_scale(MagnitudeHistogram(false), 100, nullptr, all), std::invalid_argument);
}

TEST(EncodeWeightGroups, NeverCrossesAKernelPosition) {
  // Two kernel positions of three channels in groups of two: {27, 3}, {6}, {27, 3}, {6}.
  FormatParameters p = parameters(8, 2, 2);
  const auto format = make_format("term_quantized", p);
  std::vector<std::int16_t> codes{27, 3, 6, 27, 3, 6};
  encode_weight_groups(codes, 3, *format);
  // 32 and the 4 of 27 = 32 - 4 - 1; of 6 = 8 - 2 both terms stay.
  EXPECT_THAT(codes, ElementsAre(28, 0, 6, 28, 0, 6));
}

}  // namespace
}  // namespace systerm
