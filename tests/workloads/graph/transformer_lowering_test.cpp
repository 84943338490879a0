// SPDX-License-Identifier: Apache-2.0
// Operators of transformers and recurrent networks: the layers they become compute what the graph
// says.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/graph/lower_and_compare.h"
#include "workloads/graph/lowering.h"

namespace systerm {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

std::vector<std::string> types(const Network& network) {
  std::vector<std::string> result;
  for (const Layer& layer : network.layers) result.push_back(layer.type);
  return result;
}

TensorId heads(GraphBuilder& b, const std::string& name, TensorId x, std::int64_t count,
               std::vector<std::int64_t> permutation) {
  const Shape& shape = *b.graph.tensor(x).shape;
  x = b.node(name + ".split", op::Reshape{{shape[0], shape[1], count, -1}}, {x});
  return b.node(name, op::Transpose{std::move(permutation)}, {x});
}

struct Attention {
  std::int64_t images = 1;
  std::int64_t queries = 5;
  std::int64_t keys = 5;
  std::int64_t heads = 2;
  std::int64_t channels = 3;
  bool is_causal = false;
  bool is_masked = false;
};

TensorId attention(GraphBuilder& b, const Attention& a) {
  const std::int64_t width = a.heads * a.channels;
  const TensorId x = b.input("x", {a.images, a.queries, 4});
  const TensorId y = b.input("y", {a.images, a.keys, 4});
  const TensorId q = heads(b, "q", b.linear("query", x, width), a.heads, {0, 2, 1, 3});
  const TensorId k = heads(b, "k", b.linear("key", y, width), a.heads, {0, 2, 3, 1});
  const TensorId v = heads(b, "v", b.linear("value", y, width), a.heads, {0, 2, 1, 3});
  TensorId s = b.node("product", op::MatMul{}, {q, k});
  s = b.node("scores", op::Binary{op::Binary::Kind::kDivide},
             {s, b.constant("root", {}, 1.7F, 1.8F)});
  std::vector<TensorId> inputs{s};
  if (a.is_masked) inputs.push_back(b.input("mask", {a.images, 1, 1, a.keys}));
  TensorId p = b.node(
      "probabilities",
      op::Softmax{.axes = {3}, .is_causal = a.is_causal, .visible_before = a.keys - a.queries},
      inputs);
  TensorId c = b.node("context", op::MatMul{}, {p, v});
  c = b.node("moved", op::Transpose{{0, 2, 1, 3}}, {c});
  c = b.node("joined", op::Reshape{{a.images, a.queries, width}}, {c});
  return b.linear("out", c, 5);
}

TEST(TransformerLowering, MakesHeadsGroupsOfAProductWithoutMovingThem) {
  GraphBuilder b;
  const Network network = lower_and_compare(b, attention(b, {.images = 2}));
  EXPECT_THAT(types(network),
              ElementsAre("linear", "linear", "linear", "matmul", "softmax", "matmul", "linear"));
  const Gemm& scores = *network.layers[3].gemm();
  EXPECT_EQ(scores.groups, 2);
  EXPECT_EQ(scores.m, 10);
  EXPECT_EQ(scores.k, 3);
  EXPECT_EQ(scores.n, 5);
  EXPECT_FALSE(scores.second->sums_positions);
  // The division by the root is a factor of the sums.
  EXPECT_NEAR(scores.factor, 1 / 1.75, 0.02);
  EXPECT_TRUE(network.layers[5].gemm()->second->sums_positions);
}

TEST(TransformerLowering, AttendsInAnyShape) {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    GraphBuilder b(seed);
    const std::int64_t queries = b.integer(1, 6);
    const Attention a{.images = b.integer(1, 3),
                      .queries = queries,
                      .keys = queries + b.integer(0, 3),
                      .heads = b.integer(1, 4),
                      .channels = b.integer(1, 5),
                      .is_causal = b.integer(0, 1) == 1,
                      .is_masked = b.integer(0, 1) == 1};
    lower_and_compare(b, attention(b, a));
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(TransformerLowering, SharesKeysAmongHeadsByBroadcast) {
  GraphBuilder b;
  const TensorId q =
      b.node("q", op::Transpose{{0, 2, 3, 1, 4}},
             {b.node("q.split", op::Reshape{{1, 4, 2, 3, 5}}, {b.input("x", {1, 4, 30})})});
  const TensorId k =
      b.node("k", op::Transpose{{0, 2, 3, 4, 1}},
             {b.node("k.split", op::Reshape{{1, 6, 2, 1, 5}}, {b.input("y", {1, 6, 10})})});
  TensorId s = b.node("scores", op::MatMul{}, {q, k});
  s = b.node("moved", op::Transpose{{0, 3, 1, 2, 4}}, {s});
  const Network network = lower_and_compare(b, b.node("joined", op::Reshape{{1, 4, 36}}, {s}));
  EXPECT_THAT(types(network), ElementsAre("matmul"));
  EXPECT_EQ(network.layers[0].gemm()->second->sharing, 3);
}

TEST(TransformerLowering, MovesFactorsThatLieInAnotherOrder) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    GraphBuilder b(seed);
    const std::int64_t n = b.integer(1, 3);
    const std::int64_t m = b.integer(1, 4);
    const std::int64_t k = b.integer(1, 4);
    TensorId a = b.input("a", {k, n, m});
    a = b.node("at", op::Transpose{{1, 2, 0}}, {a});
    const TensorId c = b.input("c", {b.integer(0, 1) == 1 ? 1 : n, k, 3});
    lower_and_compare(b, b.node("product", op::MatMul{}, {a, c}));
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(TransformerLowering, TakesAProductWithAConstantInFront) {
  GraphBuilder b;
  const TensorId x = b.input("x", {2, 3, 4});
  lower_and_compare(b, b.node("product", op::MatMul{}, {b.constant("left", {5, 3}), x}));
}

TEST(TransformerLowering, NormalisesRowsAndChannelsOfImages) {
  GraphBuilder b;
  TensorId x = b.input("x", {2, 6, 3, 4});
  x = b.pointwise("conv", x, 5);
  x = b.node("last", op::Transpose{{0, 2, 3, 1}}, {x});
  x = b.node("norm", op::Norm{.epsilon = 1e-3},
             {x, b.constant("scale", {5}), b.constant("shift", {5})});
  x = b.node("rms", op::Norm{.subtracts_mean = false}, {x, b.constant("gain", {5})});
  x = b.node("first", op::Transpose{{0, 3, 1, 2}}, {x});
  const Network network = lower_and_compare(b, x);
  EXPECT_THAT(types(network), ElementsAre("pointwise_convolution", "layer_norm", "rms_norm"));
  EXPECT_EQ(network.parameters(), 6 * 5 + 5 + 10 + 5);
}

TEST(TransformerLowering, RotatesPairsOfBothKinds) {
  for (const bool is_interleaved : {false, true}) {
    GraphBuilder b;
    const TensorId x = b.input("x", {2, 7, 12});
    lower_and_compare(b, b.node("rotated",
                                op::Rotary{{.head_channels = 6,
                                            .base = 100,
                                            .first_position = 3,
                                            .is_interleaved = is_interleaved}},
                                {x}));
  }
}

TEST(TransformerLowering, LooksUpRowsAndAddsThem) {
  GraphBuilder b;
  const TensorId words = b.input("words", {2, 4});
  const TensorId places = b.input("places", {2, 4});
  b.inputs["words"] = {0, 6, 3, 3, 1, 2, 5, 4};
  b.inputs["places"] = {0, 1, 2, 3, 3, 2, 1, 0};
  const TensorId x = b.node("word", op::Lookup{}, {words, b.constant("table", {7, 5})});
  const TensorId y = b.node("place", op::Lookup{}, {places, b.constant("rows", {4, 5})});
  const Network network = lower_and_compare(b, b.add("sum", x, y));
  EXPECT_THAT(types(network), ElementsAre("embedding", "embedding"));
  EXPECT_EQ(network.parameters(), 35 + 20);
  EXPECT_EQ(network.feature(network.inputs[0]).index_range, 7);
}

TEST(TransformerLowering, AddsLearnedPositionsAndAClassToken) {
  GraphBuilder b;
  TensorId x =
      b.convolution("patches", b.input("x", {1, 3, 4, 4}), 5,
                    {.kernel_height = 2, .kernel_width = 2, .stride_height = 2, .stride_width = 2});
  x = b.node("flat", op::Reshape{{0, 0, -1}}, {x});
  x = b.node("tokens", op::Transpose{{0, 2, 1}}, {x});
  x = b.node("joined", op::Concatenate{.axis = 1}, {b.constant("class", {1, 1, 5}), x});
  x = b.add("placed", x, b.constant("positions", {1, 5, 5}));
  x = b.node("first", op::Slice{{0, 0, 0}, {1, 1, 5}, {1, 1, 1}}, {x});
  lower_and_compare(b, b.node("row", op::Reshape{{1, 5}}, {x}));
}

TEST(TransformerLowering, SlicesChannelsInTheVectorUnitAndOtherAxesByMoving) {
  GraphBuilder b;
  const TensorId x = b.input("x", {2, 6, 9});
  const TensorId y = b.linear("fc", x, 9);
  const Network channels =
      lower_and_compare(b, b.node("slice", op::Slice{{0, 0, 2}, {2, 6, 3}, {1, 1, 2}}, {y}));
  EXPECT_THAT(types(channels), ElementsAre("linear", "slice"));
  GraphBuilder c;
  const Network rows = lower_and_compare(
      c, c.node("slice", op::Slice{{1, 5, 0}, {1, 3, 9}, {1, -2, 1}}, {c.input("x", {2, 6, 9})}));
  EXPECT_THAT(types(rows), ElementsAre("rearrangement"));
}

TEST(TransformerLowering, ExpandsSelectsPadsAndJoinsAnyAxis) {
  GraphBuilder b;
  TensorId x = b.input("x", {1, 3, 4, 1});
  x = b.node("expand", op::Expand{{2, 1, 1, 5}}, {x});
  x = b.node("larger", op::Select{{{0, 1}, {0, 1, 2}, {0, 0, 1, 1, 2, 2, 3, 3}, {4, 2, 0}}}, {x});
  x = b.node("pad", op::Pad{.before = {0, 1, 0, 2}, .after = {1, 0, -1, 0}}, {x});
  const TensorId y = b.node("negative", op::Activate{{.function = ActivationFunction::kTanh}}, {x});
  lower_and_compare(b, b.node("joined", op::Concatenate{.axis = 2}, {x, y}));
}

TEST(TransformerLowering, SubtractsDividesAndBroadcastsActivations) {
  GraphBuilder b;
  const TensorId x = b.input("x", {2, 3, 4});
  const TensorId y = b.linear("fc", x, 4);
  TensorId z = b.node("difference", op::Binary{op::Binary::Kind::kSubtract}, {x, y});
  z = b.node("product", op::Binary{op::Binary::Kind::kMultiply}, {z, b.input("w", {3, 1})});
  z = b.node("quotient", op::Binary{op::Binary::Kind::kDivide},
             {b.constant("one", {2, 3, 4}),
              b.node("positive", op::Activate{{.function = ActivationFunction::kExp}}, {z})});
  lower_and_compare(b, z);
}

TEST(TransformerLowering, UnrollsRecurrentLayers) {
  for (const auto kind : {op::Recurrent::Kind::kLstm, op::Recurrent::Kind::kGru}) {
    for (const bool is_reverse : {false, true}) {
      for (const bool is_biased : {false, true}) {
        GraphBuilder b;
        const op::Recurrent recurrent{.kind = kind, .units = 3, .is_reverse = is_reverse};
        const std::int64_t rows = recurrent.gates() * 3;
        std::vector<TensorId> inputs{b.input("x", {2, 4, 5}), b.constant("w", {rows, 5}),
                                     b.constant("r", {rows, 3})};
        if (is_biased) inputs.push_back(b.constant("b", {2 * rows}));
        const Network network = lower_and_compare(b, b.node("rnn", recurrent, inputs));
        // The two biases of an LSTM meet in one sum.
        const std::int64_t biases = !is_biased ? 0 : kind == op::Recurrent::Kind::kLstm ? 1 : 2;
        EXPECT_EQ(network.parameters(), rows * (5 + 3 + biases));
      }
    }
  }
}

TEST(TransformerLowering, TurnsTransposedConvolutionsIntoConvolutions) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    GraphBuilder b(seed);
    const std::int64_t groups = b.integer(1, 2);
    op::TransposedConvolution convolution{.window = {.kernel_height = b.integer(1, 4),
                                                     .kernel_width = b.integer(1, 4),
                                                     .stride_height = b.integer(1, 3),
                                                     .stride_width = b.integer(1, 3),
                                                     .dilation_height = b.integer(1, 2),
                                                     .dilation_width = b.integer(1, 2)},
                                          .groups = groups};
    Window& window = convolution.window;
    window.pad_top = b.integer(0, 2);
    window.pad_left = b.integer(0, 2);
    window.pad_bottom = b.integer(0, 2);
    window.pad_right = b.integer(0, 2);
    convolution.extra_height = window.stride_height > 1 ? 1 : 0;
    const std::int64_t channels = groups * b.integer(1, 3);
    const std::int64_t filters = b.integer(1, 3);
    const TensorId x = b.input("x", {b.integer(1, 2), channels, b.integer(4, 6), b.integer(4, 6)});
    const TensorId y =
        b.node("up", convolution,
               {x, b.constant("w", {channels, filters, window.kernel_height, window.kernel_width}),
                b.constant("bias", {groups * filters})});
    lower_and_compare(b, y);
    if (testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(TransformerLowering, KeepsModelsWithoutWeightsThroughEveryOperator) {
  GraphBuilder b;
  TensorId x = b.input("x", {1, 4, 6});
  x = b.node("norm", op::Norm{},
             {x, b.graph.add_constant("scale", {6}), b.graph.add_constant("shift", {6})});
  x = b.node("rnn", op::Recurrent{.units = 2},
             {x, b.graph.add_constant("w", {8, 6}), b.graph.add_constant("r", {8, 2})});
  b.graph.add_output(x);
  const Network network = lower(b.graph);
  EXPECT_TRUE(network.unmodelled.empty());
  EXPECT_FALSE(network.has_weights());
}

}  // namespace
}  // namespace systerm
