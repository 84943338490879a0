// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "components/arithmetic/float_gemm.h"
#include "tests/workloads/training/digit_networks.h"

namespace systerm {
namespace {

using test::digit_batch;
using test::digit_network;

constexpr std::uint64_t kBatch = 20;
constexpr test::DigitNetworkSizes kSizes{.filters = 9, .hidden = 150, .has_norm = true};

void train(TrainingEngine& engine, std::uint64_t first, std::uint64_t end) {
  for (std::uint64_t i = first; i < end; ++i) {
    const test::DigitBatch batch = digit_batch(3, i * kBatch, kBatch);
    engine.train(batch.samples, batch.labels, 0.05);
  }
}

TEST(TrainingEngine, TheNumberOfThreadsChangesNoBit) {
  for (const char* optimizer : {"sgd", "adam"}) {
    const auto one = test::make_engine(digit_network(kBatch, kSizes), optimizer, {}, 1);
    train(*one, 0, 4);
    for (const std::size_t threads : {2, 3, 7}) {
      const auto several = test::make_engine(digit_network(kBatch, kSizes), optimizer, {}, threads);
      train(*several, 0, 4);
      EXPECT_EQ(one->state(), several->state()) << optimizer << ", " << threads << " threads";
    }
  }
}

TEST(TrainingEngine, ACheckpointContinuesToTheSameBits) {
  const auto whole = test::make_engine(digit_network(kBatch, kSizes), "adam");
  train(*whole, 0, 6);
  const auto begun = test::make_engine(digit_network(kBatch, kSizes), "adam");
  train(*begun, 0, 2);
  const std::string bytes = encode_checkpoint(begun->state());
  const auto continued = test::make_engine(digit_network(kBatch, kSizes, 99), "adam");
  continued->restore(decode_checkpoint(bytes, "test"));
  EXPECT_EQ(continued->iteration(), 2);
  train(*continued, 2, 6);
  EXPECT_EQ(whole->state(), continued->state());
}

TEST(TrainingEngine, EvaluationChangesNothing) {
  const auto plain = test::make_engine(digit_network(kBatch, kSizes));
  const auto looked_at = test::make_engine(digit_network(kBatch, kSizes));
  train(*plain, 0, 3);
  const test::DigitBatch batch = digit_batch(8, 0, kBatch);
  for (std::uint64_t i = 0; i < 3; ++i) {
    train(*looked_at, i, i + 1);
    looked_at->evaluate(batch.samples, batch.labels, kBatch);
  }
  EXPECT_EQ(plain->state(), looked_at->state());
}

TEST(TrainingEngine, ALossThatIsNotFiniteEndsTrainingAndKeepsTheParameters) {
  const auto engine = test::make_engine(digit_network(kBatch, {.filters = 0}));
  train(*engine, 0, 2);
  const TrainingState before = engine->state();
  test::DigitBatch batch = digit_batch(3, 0, kBatch);
  batch.samples[5] = std::numeric_limits<float>::quiet_NaN();
  try {
    engine->train(batch.samples, batch.labels, 0.05);
    FAIL();
  } catch (const TrainingError& error) {
    EXPECT_STREQ(error.what(), "iteration 3: the loss is nan");
  }
  EXPECT_EQ(engine->state(), before);
}

TEST(TrainingEngine, NamesEveryNodeThatItCannotTrain) {
  GraphBuilder builder;
  const TensorId data = builder.input("data", {2, 4, 6, 6});
  const TensorId grouped = builder.convolution("grouped", data, 4, test::square_window(1, 1, 0), 2);
  const TensorId gelu =
      builder.node("gelu", op::Activate{{.function = ActivationFunction::kGelu}}, {grouped});
  builder.graph.add_output(builder.node("flat", op::Flatten{}, {gelu}));
  try {
    test::make_engine(builder.graph);
    FAIL();
  } catch (const GraphError& error) {
    EXPECT_STREQ(error.what(),
                 "'test' cannot be trained here:\n"
                 "  grouped (Test): has 2 groups; 1 is expected\n"
                 "  gelu (Test): applies gelu; relu, leaky_relu, clip, sigmoid and tanh can be "
                 "trained");
  }
}

TEST(FloatGemm, AnyCutIntoBlocksGivesTheBitsOfASumInOrder) {
  constexpr std::size_t kRows = 23;
  constexpr std::size_t kColumns = 41;
  constexpr std::size_t kTerms = 300;
  std::vector<float> left(kRows * kTerms);
  std::vector<float> right(kTerms * kColumns);
  std::uint32_t state = 1;
  for (auto* values : {&left, &right}) {
    for (float& value : *values) {
      state = state * 1664525U + 1013904223U;
      value = static_cast<float>(state) * 0x1p-31F - 1.0F;
    }
  }
  std::vector<float> wanted(kRows * kColumns, 0.0F);
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t c = 0; c < kColumns; ++c) {
      for (std::size_t first = 0; first < kTerms; first += kFloatGemmDepth) {
        float sum = 0.0F;
        for (std::size_t k = first; k < std::min(kTerms, first + kFloatGemmDepth); ++k) {
          sum = sum + left[r * kTerms + k] * right[k * kColumns + c];
        }
        wanted[r * kColumns + c] = first == 0 ? sum : wanted[r * kColumns + c] + sum;
      }
    }
  }
  std::vector<float> transposed(right.size());
  for (std::size_t k = 0; k < kTerms; ++k) {
    for (std::size_t c = 0; c < kColumns; ++c) {
      transposed[c * kTerms + k] = right[k * kColumns + c];
    }
  }
  const FloatOperand plain{right.data(), kColumns};
  const FloatOperand turned = FloatOperand{transposed.data(), kTerms}.transposed();
  for (const FloatOperand& operand : {plain, turned}) {
    for (const std::size_t split : {1U, 7U, 16U, 40U, 41U}) {
      std::vector<float> sums(wanted.size(), -1.0F);
      for (std::size_t c = 0; c < kColumns; c += split) {
        for (std::size_t r = 0; r < kRows; r += 10) {
          float_gemm({left.data(), kTerms}, operand, kTerms,
                     {r, std::min(kRows, r + 10), c, std::min(kColumns, c + split)}, sums.data(),
                     kColumns);
        }
      }
      EXPECT_EQ(sums, wanted) << "split " << split;
    }
  }
}

}  // namespace
}  // namespace systerm
