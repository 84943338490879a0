// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/bfp_products.h"

#include <cmath>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/training/digit_networks.h"

namespace systerm {
namespace {

using test::digit_batch;
using test::digit_network;

/// Counts how often it looks at the data.
class Asking final : public PrecisionPolicy {
 public:
  explicit Asking(LayerPrecision precision, int* asked = nullptr, bool looks = false)
      : precision_(precision), asked_(asked), looks_(looks) {}
  int mantissa_bits(const PrecisionRequest& request) const override {
    if (asked_ != nullptr) ++*asked_;
    if (looks_) {
      EXPECT_GT(request.improvement(), 0.0);
    }
    return precision_[index(request.kind)];
  }

 private:
  LayerPrecision precision_;
  int* asked_;
  bool looks_;
};

std::unique_ptr<BfpProducts> products(const LayerPrecision& precision,
                                      const BfpTrainingFormat& format = {},
                                      std::int64_t cadence = 1, int* asked = nullptr) {
  return std::make_unique<BfpProducts>(
      format, std::make_unique<Asking>(precision, asked, asked != nullptr),
      BfpProducts::Run{.layers = {"conv", "fc1", "fc2"}, .iterations = 10, .cadence = cadence});
}

std::vector<float> random_values(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

/// The nearest value with `bits` magnitude bits below the exponent of the group, by arithmetic in
/// double precision: nothing of the converter.
std::vector<double> coded(const std::vector<float>& values, std::size_t lines, std::size_t depth,
                          std::size_t line_stride, std::size_t stride, int bits) {
  std::vector<double> result(values.size());
  for (std::size_t line = 0; line < lines; ++line) {
    for (std::size_t group = 0; group < depth; group += 16) {
      const std::size_t end = std::min(depth, group + 16);
      const auto at = [&](std::size_t k) { return line * line_stride + k * stride; };
      double largest = 0.0;
      for (std::size_t k = group; k < end; ++k) {
        largest = std::max(largest, std::abs(double{values[at(k)]}));
      }
      const double unit = std::ldexp(1.0, std::ilogb(largest) - (bits - 1));
      const double most = std::ldexp(1.0, bits) - 1.0;
      for (std::size_t k = group; k < end; ++k) {
        const double magnitude = std::abs(double{values[at(k)]}) / unit;
        result[at(k)] = std::copysign(std::min(std::floor(magnitude + 0.5), most) * unit,
                                      double{values[at(k)]});
      }
    }
  }
  return result;
}

TEST(BfpProducts, AreThoseOfTheCodedOperandsGroupedAlongTheAxisOfEachSum) {
  constexpr std::size_t kVectors = 21;
  constexpr std::size_t kTerms = 50;
  constexpr std::size_t kFilters = 35;
  const auto data = random_values(kVectors * kTerms, 1);
  const auto weights = random_values(kFilters * kTerms, 2);
  const auto gradient = random_values(kVectors * kFilters, 3);
  BfpTrainingFormat format;
  format.group.exponent_bits = 8;  // no window
  format.rounding.fill(BfpRounding::kNearest);
  const auto bfp = products({4, 2, 4}, format);
  WorkerPool workers(2);
  const ProductShape shape{1, kVectors, kTerms, kFilters};
  bfp->begin_iteration(0);

  std::vector<float> sums(kVectors * kFilters);
  bfp->forward(shape, data.data(), weights.data(), sums.data(), workers);
  const auto data_k = coded(data, kVectors, kTerms, kTerms, 1, 2);
  const auto weights_k = coded(weights, kFilters, kTerms, kTerms, 1, 4);
  for (std::size_t v = 0; v < kVectors; ++v) {
    for (std::size_t f = 0; f < kFilters; ++f) {
      double wanted = 0.0;
      for (std::size_t k = 0; k < kTerms; ++k) {
        wanted += data_k[v * kTerms + k] * weights_k[f * kTerms + k];
      }
      ASSERT_NEAR(sums[v * kFilters + f], wanted, 1e-4);
    }
  }

  std::vector<float> data_gradient(data.size());
  bfp->backward_data(shape, gradient.data(), weights.data(), data_gradient.data(), workers);
  const auto gradient_f = coded(gradient, kVectors, kFilters, kFilters, 1, 4);
  const auto weights_f = coded(weights, kTerms, kFilters, 1, kTerms, 4);
  for (std::size_t v = 0; v < kVectors; ++v) {
    for (std::size_t k = 0; k < kTerms; ++k) {
      double wanted = 0.0;
      for (std::size_t f = 0; f < kFilters; ++f) {
        wanted += gradient_f[v * kFilters + f] * weights_f[f * kTerms + k];
      }
      ASSERT_NEAR(data_gradient[v * kTerms + k], wanted, 1e-4);
    }
  }

  std::vector<float> weight_gradient(weights.size());
  bfp->weight_gradient(shape, gradient.data(), data.data(), weight_gradient.data(), workers);
  const auto gradient_v = coded(gradient, kFilters, kVectors, 1, kFilters, 4);
  const auto data_v = coded(data, kTerms, kVectors, 1, kTerms, 2);
  for (std::size_t f = 0; f < kFilters; ++f) {
    for (std::size_t k = 0; k < kTerms; ++k) {
      double wanted = 0.0;
      for (std::size_t v = 0; v < kVectors; ++v) {
        wanted += gradient_v[v * kFilters + f] * data_v[v * kTerms + k];
      }
      ASSERT_NEAR(weight_gradient[f * kTerms + k], wanted, 1e-4);
    }
  }
}

TEST(BfpProducts, TakeOneTwoOrFourPassesForAPairOfGroups) {
  constexpr ProductShape kShape{0, 3, 40, 5};  // 3 groups of 16 terms
  const auto data = random_values(3 * 40, 1);
  const auto weights = random_values(5 * 40, 2);
  std::vector<float> sums(3 * 5);
  WorkerPool workers(1);
  const auto passes = [&](int of_weights, int of_data) {
    const auto bfp = products({of_weights, of_data, 4});
    bfp->begin_iteration(0);
    bfp->forward(kShape, data.data(), weights.data(), sums.data(), workers);
    EXPECT_EQ(bfp->count().high_passes, 3 * 5 * 3 * 4);
    return bfp->count().passes;
  };
  EXPECT_EQ(passes(2, 2), 3 * 5 * 3 * 1);
  EXPECT_EQ(passes(2, 4), 3 * 5 * 3 * 2);
  EXPECT_EQ(passes(4, 2), 3 * 5 * 3 * 2);
  EXPECT_EQ(passes(4, 4), 3 * 5 * 3 * 4);
}

std::unique_ptr<TrainingEngine> engine(std::unique_ptr<BfpProducts> bfp, std::size_t threads) {
  return std::make_unique<TrainingEngine>(digit_network(20, {.filters = 9, .hidden = 70}),
                                          make_optimizer("sgd", {}), std::move(bfp), threads);
}

void train(TrainingEngine& engine, std::uint64_t iterations) {
  for (std::uint64_t i = 0; i < iterations; ++i) {
    const test::DigitBatch batch = digit_batch(3, i * 20, 20);
    engine.train(batch.samples, batch.labels, 0.05);
  }
}

TEST(BfpProducts, StochasticRoundingIsTheSameForAnyNumberOfThreads) {
  BfpTrainingFormat format;
  format.rounding.fill(BfpRounding::kStochastic);
  const auto one = engine(products({2, 4, 2}, format), 1);
  train(*one, 3);
  for (const std::size_t threads : {2, 5}) {
    const auto several = engine(products({2, 4, 2}, format), threads);
    train(*several, 3);
    EXPECT_EQ(one->state(), several->state()) << threads;
  }
}

TEST(BfpProducts, APolicyIsAskedOnceForALayerAndKindAndOnlyEveryCadence) {
  int asked = 0;
  auto bfp = products({4, 4, 4}, {}, 2, &asked);
  const auto trained = engine(std::move(bfp), 1);
  train(*trained, 1);
  EXPECT_EQ(asked, 9);  // three layers, three kinds
  const test::DigitBatch batch = digit_batch(8, 0, 20);
  trained->evaluate(batch.samples, batch.labels, 20);
  EXPECT_EQ(asked, 9);
  train(*trained, 1);
  EXPECT_EQ(asked, 9);
  train(*trained, 1);
  EXPECT_EQ(asked, 18);
}

TEST(BfpProducts, EvaluationCountsNoPasses) {
  auto bfp = products({2, 2, 2});
  BfpProducts& counted = *bfp;
  const auto trained = engine(std::move(bfp), 1);
  train(*trained, 1);
  const PassCount before = counted.count();
  EXPECT_EQ(before.high_passes, 4 * before.passes);
  const test::DigitBatch batch = digit_batch(8, 0, 20);
  trained->evaluate(batch.samples, batch.labels, 20);
  EXPECT_EQ(counted.count(), before);
}

std::string message_of(BfpProducts& bfp, const std::vector<float>& data,
                       const std::vector<float>& weights) {
  std::vector<float> sums(1);
  WorkerPool workers(1);
  bfp.begin_iteration(4);
  try {
    bfp.forward({1, 1, data.size(), 1}, data.data(), weights.data(), sums.data(), workers);
  } catch (const TrainingError& error) {
    return error.what();
  }
  return "";
}

TEST(BfpProducts, AnOperandThatIsNotFiniteIsNamed) {
  const auto bfp = products({4, 4, 4});
  EXPECT_THAT(message_of(*bfp, {1.0F, INFINITY}, {1.0F, 1.0F}),
              testing::StartsWith("iteration 5: layer 'fc1', activations: "));
  EXPECT_THAT(message_of(*bfp, {1.0F, 2.0F}, {NAN, 1.0F}),
              testing::StartsWith("iteration 5: layer 'fc1', weights: "));
}

TEST(BfpProducts, AFormatThatCannotBeIsRefused) {
  BfpTrainingFormat format;
  format.group.exponent_bits = 9;
  EXPECT_THROW(products({4, 4, 4}, format), std::invalid_argument);
}

}  // namespace
}  // namespace systerm
