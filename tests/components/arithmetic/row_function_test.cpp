// SPDX-License-Identifier: Apache-2.0
// Row functions at hand-computed points; whole operators are compared in tests/workloads/graph.
#include "components/arithmetic/row_function.h"

#include <cmath>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace systerm {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

std::vector<float> apply(const RowFunction& function, std::vector<std::vector<float>> operands,
                         const RowPosition& at = {}) {
  std::vector<std::int64_t> channels;
  for (const auto& operand : operands)
    channels.push_back(static_cast<std::int64_t>(operand.size()));
  std::vector<float> result(static_cast<std::size_t>(function.result_channels(channels).value()));
  std::vector<std::span<const float>> views(operands.begin(), operands.end());
  function.apply(views, at, result);
  return result;
}

RowNorm norm_over(std::int64_t channels) {
  RowNorm norm;
  norm.channels = channels;
  norm.epsilon = 0.0;
  return norm;
}

TEST(RowNorm, SubtractsTheMeanAndDividesByTheDeviation) {
  RowNorm options = norm_over(4);
  options.scale = {2, 2, 2, 2};
  options.shift = {1, 0, 0, 0};
  // Mean 2.5, variance 1.25.
  const float unit = 1.0F / std::sqrt(1.25F);
  EXPECT_THAT(apply(*make_row_norm(options), {{1, 2, 3, 4}}),
              ElementsAre(FloatEq(1 - 3 * unit), FloatEq(-unit), FloatEq(unit), FloatEq(3 * unit)));
}

TEST(RowNorm, OfRootMeanSquareKeepsTheMean) {
  RowNorm options = norm_over(2);
  options.subtracts_mean = false;
  options.parameters = 2;
  const auto norm = make_row_norm(options);
  EXPECT_THAT(apply(*norm, {{3, 4}}),
              ElementsAre(FloatEq(3 / std::sqrt(12.5F)), FloatEq(4 / std::sqrt(12.5F))));
  EXPECT_EQ(norm->parameters(), 2);
  EXPECT_LT(norm->passes(), make_row_norm(norm_over(2))->passes());
}

TEST(AttentionSoftmax, NormalisesEachHeadOverWhatItMaySee) {
  const auto softmax = make_attention_softmax({.extent = 3, .is_causal = true});
  EXPECT_THAT(apply(*softmax, {{0, 9, 9, 1, 1, 9}}, {.column = 1}),
              ElementsAre(FloatEq(1 / (1 + std::exp(9.0F))), FloatEq(1 / (1 + std::exp(-9.0F))), 0,
                          FloatEq(0.5), FloatEq(0.5), 0));
  EXPECT_TRUE(softmax->is_nonnegative());
}

TEST(AttentionSoftmax, AddsAMaskToTheScores) {
  const auto softmax = make_attention_softmax({.extent = 2});
  EXPECT_THAT(apply(*softmax, {{5, 5, 1, 1}, {0, -10000}}), ElementsAre(1, 0, 1, 0));
  EXPECT_FALSE(softmax->result_channels(std::vector<std::int64_t>{5}).has_value());
  EXPECT_FALSE(softmax->result_channels(std::vector<std::int64_t>{4, 4}).has_value());
}

TEST(RotaryEmbedding, KeepsPositionZeroAndTurnsTheFirstPairByItsPosition) {
  const auto rotary = make_rotary_embedding({.head_channels = 4});
  const std::vector<float> row{1, 2, 3, 4};
  EXPECT_EQ(apply(*rotary, {row}), row);
  const std::vector<float> turned = apply(*rotary, {row}, {.column = 2});
  EXPECT_FLOAT_EQ(turned[0], static_cast<float>(1 * std::cos(2.0) - 3 * std::sin(2.0)));
  EXPECT_FLOAT_EQ(turned[2], static_cast<float>(1 * std::sin(2.0) + 3 * std::cos(2.0)));
  // Angle 2 / 10000^(2/4) of the second pair.
  EXPECT_FLOAT_EQ(turned[1], static_cast<float>(2 * std::cos(0.02) - 4 * std::sin(0.02)));
}

TEST(RecurrentCells, ForgetEverythingOrNothing) {
  // Gates input, output, forget, cell: closed, open, open: the state stays.
  EXPECT_THAT(apply(*make_lstm_state(), {{-90, 90, 90, 5}, {0.25F}}), ElementsAre(0.25F));
  EXPECT_THAT(apply(*make_lstm_state(), {{90, 90, -90, 90}, {0.25F}}), ElementsAre(1.0F));
  EXPECT_THAT(apply(*make_lstm_output(), {{0, 0, 0, 0}, {90}}), ElementsAre(0.5F));
  EXPECT_THAT(apply(*make_gru_output(), {{90, 0, 0}, {0, 0, 0}, {0.5F}}), ElementsAre(0.5F));
  EXPECT_THAT(apply(*make_gru_output(), {{-90, -90, 90}, {0, 0, 7}, {0.5F}}), ElementsAre(1.0F));
}

VectorOperations operations(const SharedRowFunction& function, std::vector<std::int64_t> channels,
                            const RowPosition& at = {}) {
  return function->operations(channels, at);
}

TEST(RowOperations, AreThoseOfTheFormulas) {
  // Four scores a head: distance and sum, quotient, largest, exponential.
  EXPECT_EQ(operations(make_attention_softmax({.extent = 4}), {8}),
            (VectorOperations{16, 8, 8, 8}));
  // Position 1 of a causal head sees two scores; a mask is one more sum of each.
  EXPECT_EQ(
      operations(make_attention_softmax({.extent = 4, .is_causal = true}), {8}, {.column = 1}),
      (VectorOperations{8, 4, 4, 4}));
  EXPECT_EQ(operations(make_attention_softmax({.extent = 4}), {8, 4}),
            (VectorOperations{24, 8, 8, 8}));
  // Sum, deviation twice, sum of squares, epsilon; two means, squares, quotients; a root.
  EXPECT_EQ(operations(make_row_norm(norm_over(5)), {5}), (VectorOperations{21, 12, 0, 1}));
  RowNorm rms = norm_over(5);
  rms.subtracts_mean = false;
  rms.parameters = 5;
  EXPECT_EQ(operations(make_row_norm(rms), {5}), (VectorOperations{6, 16, 0, 1}));
  // Two heads of two pairs: angle, sine and cosine of a pair are shared.
  EXPECT_EQ(operations(make_rotary_embedding({.head_channels = 4}), {8}),
            (VectorOperations{8, 18, 0, 4}));
  EXPECT_EQ(operations(make_lstm_state(), {12, 3}), (VectorOperations{3, 6, 0, 9}));
  EXPECT_EQ(operations(make_lstm_output(), {12, 3}), (VectorOperations{0, 3, 0, 6}));
  EXPECT_EQ(operations(make_gru_output(), {6, 6, 2}), (VectorOperations{10, 6, 0, 6}));
  EXPECT_EQ(operations(make_row_arithmetic(RowArithmetic::kSubtract), {6, 2}),
            (VectorOperations{6, 0, 0, 0}));
  EXPECT_EQ(operations(make_row_arithmetic(RowArithmetic::kDivide), {6, 2}),
            (VectorOperations{0, 6, 0, 0}));
  EXPECT_EQ(operations(make_channel_slice(0, 2), {4}), VectorOperations{});
}

TEST(RowArithmetic, RepeatsTheShorterOperand) {
  EXPECT_THAT(apply(*make_row_arithmetic(RowArithmetic::kSubtract), {{1, 2, 3, 4}, {1, 2}}),
              ElementsAre(0, 0, 2, 2));
  EXPECT_THAT(apply(*make_row_arithmetic(RowArithmetic::kDivide), {{8}, {2, 4, 0}}),
              ElementsAre(4, 2, 0));
  EXPECT_FALSE(make_row_arithmetic(RowArithmetic::kAdd)
                   ->result_channels(std::vector<std::int64_t>{3, 2})
                   .has_value());
}

TEST(ChannelSlice, StepsInEitherDirection) {
  EXPECT_THAT(apply(*make_channel_slice(1, 2, 2), {{0, 1, 2, 3}}), ElementsAre(1, 3));
  EXPECT_THAT(apply(*make_channel_slice(3, 4, -1), {{0, 1, 2, 3}}), ElementsAre(3, 2, 1, 0));
  EXPECT_FALSE(
      make_channel_slice(2, 2, 2)->result_channels(std::vector<std::int64_t>{4}).has_value());
}

}  // namespace
}  // namespace systerm
