// SPDX-License-Identifier: Apache-2.0
// Training with reversible blocks: the schedule changes no bit, and streams come back as they were.
#include "workloads/training/reversible_training.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/workloads/training/digit_networks.h"
#include "workloads/graph/make_reversible.h"
#include "workloads/training/bfp_products.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

constexpr std::int64_t kBatch = 6;

Graph revnet(std::int64_t units, std::int64_t width, std::int64_t batch = kBatch) {
  return with_initial_weights(zoo_graph("revnet38", batch,
                                        {{"units", units},
                                         {"width1", width},
                                         {"width2", width},
                                         {"width3", width},
                                         {"channels", 1},
                                         {"height", test::kSide},
                                         {"width", test::kSide}}),
                              5, true);
}

class FixedBits final : public PrecisionPolicy {
 public:
  explicit FixedBits(int bits) : bits_(bits) {}
  int mantissa_bits(const PrecisionRequest&) const override { return bits_; }

 private:
  int bits_;
};

struct Arithmetic {
  int mantissa_bits = 0;  ///< 0 for FP32
  BfpRounding rounding = BfpRounding::kNearest;
};

std::unique_ptr<LayerProducts> products(const Graph& graph, const Arithmetic& arithmetic) {
  if (arithmetic.mantissa_bits == 0) return std::make_unique<FloatProducts>();
  BfpTrainingFormat format;
  format.rounding.fill(arithmetic.rounding);
  return std::make_unique<BfpProducts>(
      format, std::make_unique<FixedBits>(arithmetic.mantissa_bits),
      BfpProducts::Run{.layers = weighted_layers(graph), .iterations = 100, .seed = 3});
}

TrainingEngine engine(const Graph& graph, const ReversibleOptions& options,
                      const Arithmetic& arithmetic = {}, std::size_t threads = 1) {
  return {graph, make_optimizer("sgd", {}), products(graph, arithmetic), threads, options};
}

void train(TrainingEngine& engine, std::uint64_t first, std::uint64_t end) {
  const auto batch_size = static_cast<std::uint64_t>(engine.batch());
  for (std::uint64_t i = first; i < end; ++i) {
    const test::DigitBatch batch = test::digit_batch(3, i * batch_size, batch_size);
    engine.train(batch.samples, batch.labels, 0.02);
  }
}

StreamFormat fixed_stream(BfpRounding rounding = BfpRounding::kNearest) {
  return {.name = "fixed", .bits = 24, .fraction_bits = 14, .rounding = rounding};
}

TEST(ReversibleTraining, EverySchedulesWeightsAreThoseOfStoredToTheBit) {
  const Graph graph = revnet(2, 8);
  for (const Arithmetic arithmetic :
       {Arithmetic{}, Arithmetic{3, BfpRounding::kStochastic}, Arithmetic{4}}) {
    for (const BfpRounding rounding : {BfpRounding::kNearest, BfpRounding::kStochastic}) {
      TrainingEngine stored =
          engine(graph, {.schedule = TrainingSchedule::kStored, .stream = fixed_stream(rounding)},
                 arithmetic);
      train(stored, 0, 3);
      for (const TrainingSchedule schedule : kAllTrainingSchedules) {
        for (const std::size_t threads : {std::size_t{1}, std::size_t{3}}) {
          TrainingEngine other =
              engine(graph, {.schedule = schedule, .stream = fixed_stream(rounding), .check = true},
                     arithmetic, threads);
          train(other, 0, 3);
          EXPECT_EQ(stored.state(), other.state())
              << to_string(schedule) << ", m = " << arithmetic.mantissa_bits << ", " << threads
              << " threads";
        }
      }
    }
  }
}

TEST(ReversibleTraining, ReconstructionIsCompared) {
  TrainingEngine merged =
      engine(revnet(2, 8),
             {.schedule = TrainingSchedule::kMerged, .stream = fixed_stream(), .check = true});
  train(merged, 0, 1);
  EXPECT_GT(merged.reversible_report()->compared, 0U);
  EXPECT_EQ(merged.reversible_report()->differing, 0U);
}

TEST(ReversibleTraining, RearrangementsAreUndone) {
  const Graph graph = with_initial_weights(zoo_graph("irevnet_cifar", kBatch,
                                                     {{"units", 1},
                                                      {"width1", 4},
                                                      {"channels", 1},
                                                      {"height", test::kSide},
                                                      {"width", test::kSide}}),
                                           5, true);
  TrainingEngine stored = engine(graph, {.stream = fixed_stream()});
  TrainingEngine merged = engine(
      graph, {.schedule = TrainingSchedule::kMerged, .stream = fixed_stream(), .check = true});
  train(stored, 0, 2);
  train(merged, 0, 2);
  EXPECT_EQ(stored.state(), merged.state());
  EXPECT_EQ(merged.reversible_report()->differing, 0U);
}

TEST(ReversibleTraining, ACheckpointContinuesUnderAnotherScheduleToTheSameBits) {
  const Graph graph = revnet(1, 8);
  TrainingEngine whole = engine(graph, {.stream = fixed_stream()});
  train(whole, 0, 4);
  TrainingEngine begun =
      engine(graph, {.schedule = TrainingSchedule::kNaive, .stream = fixed_stream()});
  train(begun, 0, 2);
  TrainingEngine continued =
      engine(graph, {.schedule = TrainingSchedule::kMerged, .stream = fixed_stream()});
  continued.restore(decode_checkpoint(encode_checkpoint(begun.state()), "test"));
  train(continued, 2, 4);
  EXPECT_EQ(whole.state(), continued.state());
}

// 64 blocks a stage: 128 couplings, after which the reference has fixed point exact at any depth.
TEST(ReversibleTraining, FixedPointIsExactThrough64BlocksWithBfpFunctions) {
  const Graph graph = revnet(64, 4, 2);
  for (const int bits : {3, 4}) {
    for (const BfpRounding rounding : {BfpRounding::kNearest, BfpRounding::kStochastic}) {
      TrainingEngine merged = engine(
          graph,
          {.schedule = TrainingSchedule::kMerged, .stream = fixed_stream(rounding), .check = true},
          {bits, rounding});
      train(merged, 0, 1);
      EXPECT_GT(merged.reversible_report()->compared, 64U * 2 * 2);
      EXPECT_EQ(merged.reversible_report()->differing, 0U) << "m = " << bits;
    }
  }
}

/// Two streams of 64 features, functions fc(relu(x)) whose weights are `gain` times those that keep
/// the variance; relative error of the streams that the chain begins with.
double drift(const StreamFormat& stream, int blocks, float gain) {
  constexpr std::int64_t kFeatures = 64;
  GraphBuilder builder;
  TensorId x = builder.linear("stem", builder.input("data", {8, 16}), kFeatures);
  std::vector<std::string> names;
  const float reach = gain * std::sqrt(6.0F / static_cast<float>(kFeatures));
  for (int i = 0; i < 2 * blocks; ++i) {
    names.push_back("b" + std::to_string(i));
    const TensorId weights =
        builder.constant(names.back() + ".weight", {kFeatures, kFeatures}, -reach, reach);
    const TensorId relu = builder.relu(names.back() + ".relu", x);
    x = builder.add(names.back(), builder.node(names.back() + ".fc", op::Linear{}, {relu, weights}),
                    x);
  }
  builder.graph.add_output(builder.linear("head", x, 4));
  TrainingEngine merged =
      engine(make_reversible(builder.graph, names),
             {.schedule = TrainingSchedule::kMerged, .stream = stream, .check = true});
  std::vector<float> samples;
  for (int i = 0; i < 8 * 16; ++i) samples.push_back(builder.uniform(-1.0F, 1.0F));
  const std::vector<std::int64_t> labels{0, 1, 2, 3, 0, 1, 2, 3};
  merged.train(samples, labels, 0.01);
  return merged.reversible_report()->relative_error;
}

// Relative errors of the reference after 4, 16 and 64 blocks. Those of another network need only be
// of their size: a factor of four either way.
TEST(ReversibleTraining, RoundedStreamsDriftAsTheReferenceSays) {
  struct Published {
    const char* format;
    std::array<double, 3> errors;
  };
  constexpr float kGain = 0.2F;
  for (const Published& published :
       {Published{"fp32", {1.6e-7, 6e-7, 3e-6}}, Published{"bf16", {0.005, 0.02, 0.14}}}) {
    for (std::size_t i = 0; i < 3; ++i) {
      const int blocks = 4 << (2 * i);
      const double error = drift({.name = published.format}, blocks, kGain);
      EXPECT_LT(error, 4 * published.errors[i]) << published.format << ", " << blocks << " blocks";
      EXPECT_GT(error, published.errors[i] / 4) << published.format << ", " << blocks << " blocks";
    }
  }
  const StreamFormat bfp{.name = "bfp", .mantissa_bits = 4};
  EXPECT_NEAR(drift(bfp, 4, kGain), 0.18, 0.12);
  EXPECT_NEAR(drift(bfp, 16, kGain), 0.73, 0.5);
  EXPECT_GT(drift(bfp, 64, kGain), 1.0);  // useless
  EXPECT_EQ(drift(fixed_stream(), 64, kGain), 0.0);
}

TEST(ReversibleTraining, WrapAroundIsCountedAndUndone) {
  StreamFormat narrow = fixed_stream();
  narrow.bits = 15;  // -1 to 1
  TrainingEngine merged = engine(
      revnet(2, 8), {.schedule = TrainingSchedule::kMerged, .stream = narrow, .check = true});
  train(merged, 0, 1);
  EXPECT_GT(merged.reversible_report()->counts.wrapped, 0U);
  EXPECT_EQ(merged.reversible_report()->differing, 0U);
}

TEST(ReversibleTraining, SaturationIsCountedAndCannotBeUndone) {
  StreamFormat narrow = fixed_stream();
  narrow.bits = 15;
  narrow.overflow = StreamOverflow::kSaturate;
  TrainingEngine merged = engine(
      revnet(2, 8), {.schedule = TrainingSchedule::kMerged, .stream = narrow, .check = true});
  train(merged, 0, 1);
  EXPECT_GT(merged.reversible_report()->counts.saturated, 0U);
  EXPECT_GT(merged.reversible_report()->differing, 0U);
}

TEST(ReversibleTraining, StatisticsOfNormsMoveOnce) {
  const Graph graph = revnet(1, 8);
  TrainingEngine naive =
      engine(graph, {.schedule = TrainingSchedule::kNaive, .stream = {.name = "fp32"}});
  TrainingEngine plain(graph, make_optimizer("sgd", {}), std::make_unique<FloatProducts>(), 1);
  train(naive, 0, 1);
  train(plain, 0, 1);
  const auto moved = naive.state();
  const auto wanted = plain.state();
  for (const StateTensor& tensor : moved.tensors) {
    if (tensor.name.find(".mean") == std::string::npos) continue;
    const auto same = std::ranges::find(wanted.tensors, tensor.name, &StateTensor::name);
    EXPECT_EQ(tensor.values, same->values) << tensor.name;
  }
}

TrainingEngine test_engine(TrainingSchedule schedule, double retention_macs, double rate,
                           std::size_t threads) {
  return engine(
      revnet(2, 8),
      {.schedule = schedule,
       .stream = fixed_stream(),
       .retention = RetentionOptions{.retention_macs = retention_macs, .bit_error_rate = rate}},
      {}, threads);
}

double iteration_macs() {
  const TrainingGraph training = make_scheduled_graph(revnet(2, 8), TrainingSchedule::kStored);
  double sum = 0;
  for (const TrainingStep& step : training.steps) {
    for (const StepGemm& gemm : step.gemms) sum += static_cast<double>(gemm.macs());
  }
  return sum;
}

RetentionCounts forgotten(TrainingSchedule schedule, double retention_macs, double rate,
                          TrainingState* state = nullptr, std::size_t threads = 1) {
  TrainingEngine engine = test_engine(schedule, retention_macs, rate, threads);
  try {
    train(engine, 0, 2);
  } catch (const TrainingError&) {
    // A wrong bit of an exponent can make anything of a value.
  }
  if (state != nullptr) *state = engine.state();
  return engine.reversible_report()->retention;
}

TEST(RetentionFaults, AMemoryThatKeepsLongEnoughForgetsNothing) {
  TrainingState kept;
  EXPECT_EQ(forgotten(TrainingSchedule::kMerged, 1e18, 0.5, &kept), RetentionCounts{});
  TrainingEngine plain =
      engine(revnet(2, 8), {.schedule = TrainingSchedule::kMerged, .stream = fixed_stream()});
  train(plain, 0, 2);
  EXPECT_EQ(kept, plain.state());
}

TEST(RetentionFaults, ShortLivesOfTheMergedScheduleOutlastARetentionThatStoredOnesDoNot) {
  // Between the longest life of a stream and that of a stored activation.
  const double retention = 0.6 * iteration_macs();
  EXPECT_GT(forgotten(TrainingSchedule::kStored, retention, 0.0).expired,
            10 * forgotten(TrainingSchedule::kMerged, retention, 0.0).expired);
}

TEST(RetentionFaults, BitsFlipAtTheirRateAndTheSameOnesWithAnyNumberOfThreads) {
  TrainingState one;
  TrainingState three;
  const RetentionCounts counts = forgotten(TrainingSchedule::kMerged, 0.0, 1e-5, &one);
  EXPECT_EQ(forgotten(TrainingSchedule::kMerged, 0.0, 1e-5, &three, 3), counts);
  EXPECT_EQ(one, three);
  EXPECT_GT(counts.flipped, 0U);
  // 24 bits of a code of a stream, 32 of any other value.
  const double wanted = static_cast<double>(counts.expired) * 30 * 1e-5;
  EXPECT_NEAR(static_cast<double>(counts.flipped), wanted, 0.3 * wanted);
}

TEST(ReversibleTraining, CheckpointsSuitConventionalNetworksToo) {
  const Graph graph = with_initial_weights(
      zoo_graph("resnet32", kBatch,
                {{"units", 3}, {"channels", 1}, {"height", test::kSide}, {"width", test::kSide}}),
      5, true);
  TrainingEngine stored = engine(graph, {});
  TrainingEngine checkpoint = engine(graph, {.schedule = TrainingSchedule::kCheckpoint});
  train(stored, 0, 2);
  train(checkpoint, 0, 2);
  EXPECT_EQ(stored.state(), checkpoint.state());
}

}  // namespace
}  // namespace systerm
