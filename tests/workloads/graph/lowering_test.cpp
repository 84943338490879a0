// SPDX-License-Identifier: Apache-2.0
// Lowered networks compute what their graphs say, in the layers one expects.
#include "workloads/graph/lowering.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/graph/graph_builder.h"
#include "tests/workloads/graph/lower_and_compare.h"
#include "tests/workloads/graph/reference_evaluation.h"

namespace systerm {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> types(const Network& network) {
  std::vector<std::string> result;
  for (const Layer& layer : network.layers) result.push_back(layer.type);
  return result;
}

constexpr Window kThree{.kernel_height = 3,
                        .kernel_width = 3,
                        .pad_top = 1,
                        .pad_left = 1,
                        .pad_bottom = 1,
                        .pad_right = 1};

TEST(Lowering, FoldsNormsAndFusesActivations) {
  GraphBuilder b;
  TensorId x = b.input("x", {2, 3, 6, 5});
  x = b.convolution("conv", x, 4, kThree);
  x = b.batch_norm("norm", x);
  x = b.relu("relu", x);
  const Network network = lower_and_compare(b, x);
  ASSERT_THAT(types(network), ElementsAre("convolution"));
  EXPECT_EQ(network.layers[0].name, "conv");
  EXPECT_EQ(network.feature(network.outputs[0]).name, "relu");
  EXPECT_TRUE(network.feature(network.outputs[0]).is_nonnegative);
  EXPECT_FALSE(network.feature(network.inputs[0]).is_nonnegative);
}

TEST(Lowering, NamesConvolutionsByTheirKind) {
  GraphBuilder b;
  TensorId x = b.input("x", {1, 4, 6, 5});
  x = b.convolution("a", x, 8, kThree, 1, false);
  x = b.convolution("b", x, 8, Window{});
  x = b.convolution("c", x, 8, kThree, 8);
  x = b.convolution("d", x, 16, kThree, 8);
  x = b.convolution("e", x, 8, kThree, 4);
  const Network network = lower_and_compare(b, x);
  EXPECT_THAT(types(network),
              ElementsAre("convolution", "pointwise_convolution", "depthwise_convolution",
                          "depthwise_convolution", "grouped_convolution"));
  EXPECT_THAT(network.layers[0].gemm()->bias, IsEmpty());
}

TEST(Lowering, HandlesStrideDilationAndAsymmetricPadding) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    GraphBuilder b(seed);
    const std::int64_t groups = b.integer(1, 3);
    const Window window{.kernel_height = b.integer(1, 3),
                        .kernel_width = b.integer(1, 3),
                        .stride_height = b.integer(1, 3),
                        .stride_width = b.integer(1, 3),
                        .dilation_height = b.integer(1, 2),
                        .dilation_width = b.integer(1, 2),
                        .pad_top = b.integer(0, 2),
                        .pad_left = b.integer(0, 2),
                        .pad_bottom = b.integer(0, 2),
                        .pad_right = b.integer(0, 2)};
    TensorId x =
        b.input("x", {b.integer(1, 2), groups * b.integer(1, 3), b.integer(5, 8), b.integer(5, 8)});
    x = b.convolution("conv", x, groups * b.integer(1, 3), window, groups);
    lower_and_compare(b, x);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

TEST(Lowering, PermutesTheWeightsBehindAFlattening) {
  GraphBuilder b;
  TensorId x = b.input("x", {2, 3, 4, 5});
  x = b.convolution("conv", x, 6, kThree);
  x = b.node("flatten", op::Flatten{}, {x});
  x = b.relu("relu", x);
  x = b.linear("fc", x, 7);
  const Network network = lower_and_compare(b, x);
  // The rectifier acts on single values, so it may join the convolution through the flattening.
  EXPECT_THAT(types(network), ElementsAre("convolution", "linear"));
  EXPECT_THAT(network.layers[0].steps, SizeIs(1));
  EXPECT_EQ(network.layers[1].gemm()->k, 120);
  EXPECT_EQ(network.feature(network.outputs[0]).shape, (FeatureShape{2, 1, 1, 7}));
}

TEST(Lowering, FlattensInputsWithOneChannelForFree) {
  GraphBuilder b;
  TensorId x = b.input("x", {2, 1, 4, 5});
  x = b.node("flatten", op::Reshape{{0, -1}}, {x});
  x = b.linear("fc", x, 7);
  EXPECT_THAT(types(lower_and_compare(b, x)), ElementsAre("linear"));
}

TEST(Lowering, ReadsFlatInputsAsImages) {
  GraphBuilder b;
  TensorId x = b.input("x", {2, 20});
  x = b.node("image", op::Reshape{{0, 1, 4, 5}}, {x});
  x = b.convolution("conv", x, 2, kThree);
  const Network network = lower_and_compare(b, x);
  EXPECT_EQ(network.feature(network.inputs[0]).shape, (FeatureShape{2, 4, 5, 1}));
}

TEST(Lowering, AddsBehindTheProducerThatRunsLast) {
  GraphBuilder b;
  TensorId x = b.relu("x", b.pointwise("stem", b.input("in", {1, 3, 4, 4}), 4));
  const TensorId main = b.pointwise("main", x, 4);
  const TensorId shortcut = b.pointwise("shortcut", x, 4);
  TensorId sum = b.relu("relu", b.add("sum", main, shortcut));
  const Network network = lower_and_compare(b, sum);
  EXPECT_THAT(types(network), ElementsAre("pointwise_convolution", "pointwise_convolution",
                                          "pointwise_convolution"));
  EXPECT_THAT(network.layers[1].steps, IsEmpty());
  ASSERT_THAT(network.layers[2].steps, SizeIs(2));
  EXPECT_EQ(network.layers[2].steps[0].kind, PostStep::Kind::kAdd);
  EXPECT_EQ(network.layers[2].steps[0].operand, 1);
  EXPECT_EQ(network.feature(network.outputs[0]).name, "relu");
}

TEST(Lowering, KeepsAnAdditionWhoseOperandsAreReadElsewhere) {
  GraphBuilder b;
  const TensorId in = b.input("in", {1, 3, 4, 4});
  const TensorId a = b.pointwise("a", in, 4);
  const TensorId c = b.pointwise("c", in, 4);
  const TensorId sum = b.add("sum", a, c);
  b.graph.add_output(a);
  b.graph.add_output(c);
  const Network network = lower_and_compare(b, b.relu("relu", sum));
  EXPECT_THAT(types(network), ElementsAre("pointwise_convolution", "pointwise_convolution", "add"));
  EXPECT_THAT(network.layers[2].steps, SizeIs(2));
}

// The branch that runs first has one reader, the later one two: the sum cannot join the earlier
// layer, because its operand does not exist yet.
TEST(Lowering, NeverReadsAnOperandBeforeItIsMade) {
  GraphBuilder b;
  const TensorId in = b.input("in", {1, 3, 4, 4});
  const TensorId a = b.pointwise("a", in, 4);
  const TensorId c = b.pointwise("c", in, 4);
  const TensorId d = b.pointwise("d", c, 4);
  const TensorId sum = b.add("sum", a, c);
  const Network network = lower_and_compare(b, b.add("both", sum, d));
  EXPECT_THAT(types(network), ElementsAre("pointwise_convolution", "pointwise_convolution",
                                          "pointwise_convolution", "add"));
}

TEST(Lowering, AddsAValueToItself) {
  GraphBuilder b;
  const TensorId a = b.pointwise("a", b.input("in", {1, 3, 4, 4}), 4);
  EXPECT_THAT(types(lower_and_compare(b, b.multiply("square", a, a))),
              ElementsAre("pointwise_convolution", "multiply"));
}

TEST(Lowering, BroadcastsGatesOverRowsAndColumns) {
  GraphBuilder b;
  const TensorId x = b.relu("x", b.pointwise("stem", b.input("in", {2, 3, 4, 5}), 4));
  TensorId gate = b.node("pool", op::GlobalPooling{}, {x});
  gate = b.pointwise("fc", gate, 4);
  gate = b.node("gate", op::Activate{{.function = ActivationFunction::kSigmoid}}, {gate});
  const Network network = lower_and_compare(b, b.multiply("out", gate, x));
  EXPECT_THAT(types(network), ElementsAre("pointwise_convolution", "global_average_pool",
                                          "pointwise_convolution", "multiply"));
  EXPECT_TRUE(network.feature(network.outputs[0]).is_nonnegative);
}

TEST(Lowering, BroadcastsMasksOverChannels) {
  GraphBuilder b;
  const TensorId in = b.input("in", {2, 3, 4, 5});
  const TensorId mask = b.pointwise("mask", in, 1);
  const TensorId x = b.pointwise("x", in, 4);
  EXPECT_THAT(types(lower_and_compare(b, b.multiply("out", x, mask))),
              ElementsAre("pointwise_convolution", "pointwise_convolution"));
}

TEST(Lowering, FoldsConstantFactorsAndSummands) {
  using Kind = op::Binary::Kind;
  for (const Kind kind : {Kind::kAdd, Kind::kSubtract, Kind::kMultiply, Kind::kDivide}) {
    for (const bool constant_first : {false, true}) {
      if (kind == Kind::kDivide && constant_first) continue;
      for (const Shape& shape : {Shape{4, 1, 1}, Shape{1}, Shape{1, 4, 1, 1}, Shape{}}) {
        GraphBuilder b;
        const TensorId x = b.pointwise("conv", b.input("in", {2, 3, 2, 3}), 4);
        const TensorId c = b.constant("c", shape, 0.5F, 2.0F);
        const TensorId y =
            b.node("y", op::Binary{kind}, constant_first ? std::vector{c, x} : std::vector{x, c});
        EXPECT_THAT(types(lower_and_compare(b, y)), ElementsAre("pointwise_convolution"));
      }
    }
  }
}

TEST(Lowering, ScalesOnItsOwnWhatNoProductMakes) {
  GraphBuilder b;
  TensorId x = b.input("in", {2, 3, 4, 4});
  x = b.node("shifted", op::Binary{op::Binary::Kind::kSubtract},
             {x, b.constant("mean", {3, 1, 1})});
  x = b.node("pool", op::Pooling{.window = {.kernel_height = 2, .kernel_width = 2}}, {x});
  x = b.relu("relu", b.batch_norm("norm", x));
  EXPECT_THAT(types(lower_and_compare(b, x)),
              ElementsAre("depthwise_convolution", "max_pool", "depthwise_convolution"));
}

TEST(Lowering, NothingFoldsBehindAnActivation) {
  GraphBuilder b;
  TensorId x = b.relu("relu", b.pointwise("conv", b.input("in", {2, 3, 4, 4}), 4));
  x = b.batch_norm("norm", x);
  EXPECT_THAT(types(lower_and_compare(b, x)),
              ElementsAre("pointwise_convolution", "depthwise_convolution"));
}

TEST(Lowering, RecognisesSwish) {
  GraphBuilder b;
  const TensorId x = b.pointwise("conv", b.input("in", {2, 3, 4, 4}), 4);
  const TensorId gate =
      b.node("gate", op::Activate{{.function = ActivationFunction::kSigmoid}}, {x});
  const Network network = lower_and_compare(b, b.multiply("swish", x, gate));
  ASSERT_THAT(types(network), ElementsAre("pointwise_convolution"));
  EXPECT_EQ(network.layers[0].steps.at(0).activation.function, ActivationFunction::kSwish);
}

TEST(Lowering, RecognisesHardSwish) {
  GraphBuilder b;
  const TensorId x = b.pointwise("conv", b.input("in", {2, 3, 4, 4}), 4);
  const TensorId gate =
      b.node("gate", op::Activate{{ActivationFunction::kHardSigmoid, 1.0F / 6.0F, 0.5F}}, {x});
  const Network network = lower_and_compare(b, b.multiply("swish", gate, x));
  ASSERT_THAT(types(network), ElementsAre("pointwise_convolution"));
  EXPECT_EQ(network.layers[0].steps.at(0).activation.function, ActivationFunction::kHardSwish);
}

TEST(Lowering, PaddingJoinsTheNextWindow) {
  GraphBuilder b;
  TensorId x = b.input("in", {2, 3, 5, 5});
  x = b.node("pad1", op::Pad{{0, 0, 1, 0}, {0, 0, 2, 1}}, {x});
  x = b.relu("relu", b.convolution("conv", x, 4, kThree));
  x = b.node("pad2", op::Pad{{0, 0, 1, 1}, {0, 0, 0, 0}}, {x});
  x = b.node("pool", op::Pooling{.window = {.kernel_height = 2, .kernel_width = 2}}, {x});
  x = b.node("pad3", op::Pad{{0, 0, 1, 1}, {0, 0, 0, 0}}, {x});
  x = b.node(
      "mean",
      op::Pooling{.kind = Pool::Kind::kAverage, .window = {.kernel_height = 2, .kernel_width = 2}},
      {x});
  const Network network = lower_and_compare(b, x);
  EXPECT_THAT(types(network), ElementsAre("convolution", "max_pool", "average_pool"));
  EXPECT_EQ(network.layers[0].gemm()->window.pad_bottom, 3);
}

TEST(Lowering, PaddingThatCannotJoinIsALayer) {
  GraphBuilder b;
  TensorId x = b.input("in", {2, 3, 5, 5});
  x = b.node("pad", op::Pad{{0, 0, 1, 0}, {0, 0, 2, 1}}, {x});
  // Padded zeros would be the maximum of negative values.
  x = b.node("pool", op::Pooling{.window = {.kernel_height = 2, .kernel_width = 2}}, {x});
  EXPECT_THAT(types(lower_and_compare(b, x)), ElementsAre("rearrangement", "max_pool"));
}

TEST(Lowering, PoolsAndJoins) {
  GraphBuilder b;
  const TensorId in = b.input("in", {2, 3, 6, 6});
  const TensorId a = b.node("a",
                            op::Pooling{.window = {.kernel_height = 3,
                                                   .kernel_width = 3,
                                                   .pad_top = 1,
                                                   .pad_left = 1,
                                                   .pad_bottom = 1,
                                                   .pad_right = 1}},
                            {in});
  const TensorId c = b.node("c",
                            op::Pooling{.kind = Pool::Kind::kAverage,
                                        .window = {.kernel_height = 3,
                                                   .kernel_width = 3,
                                                   .pad_top = 1,
                                                   .pad_left = 1,
                                                   .pad_bottom = 1,
                                                   .pad_right = 1},
                                        .count_padding = true},
                            {in});
  const TensorId d = b.node(
      "d",
      op::Pooling{
          .kind = Pool::Kind::kAverage,
          .window = {.kernel_height = 2, .kernel_width = 2, .pad_bottom = 1, .pad_right = 1}},
      {in});
  const TensorId joined = b.node("joined", op::Concatenate{1}, {a, c, d});
  const TensorId mean = b.node("mean", op::ReduceMean{{2, 3}, false}, {joined});
  const Network network =
      lower_and_compare(b, b.node("softmax", op::Softmax{{1}}, {b.linear("fc", mean, 5)}));
  EXPECT_THAT(types(network),
              ElementsAre("max_pool", "average_pool", "average_pool", "concatenation",
                          "global_average_pool", "linear", "softmax"));
}

TEST(Lowering, GlobalMaximum) {
  GraphBuilder b;
  const TensorId in = b.input("in", {2, 3, 6, 5});
  EXPECT_THAT(types(lower_and_compare(b, b.node("m", op::GlobalPooling{Pool::Kind::kMax}, {in}))),
              ElementsAre("max_pool"));
}

TEST(Lowering, TakesInputsWithChannelsLast) {
  GraphBuilder b;
  TensorId x = b.input("in", {2, 4, 5, 3});
  x = b.node("to_nchw", op::Transpose{{0, 3, 1, 2}}, {x});
  x = b.convolution("conv", x, 4, kThree);
  x = b.node("to_nhwc", op::Transpose{{0, 2, 3, 1}}, {x});
  x = b.linear("fc", x, 6);
  x = b.node("back", op::Transpose{{0, 3, 1, 2}}, {x});
  x = b.convolution("conv2", x, 2, kThree);
  b.graph.add_output(x);
  const Network network = lower(b.graph);
  EXPECT_THAT(network.unmodelled, IsEmpty());
  EXPECT_THAT(types(network), ElementsAre("convolution", "linear", "convolution"));
  EXPECT_EQ(network.feature(network.inputs[0]).shape, (FeatureShape{2, 4, 5, 3}));
  EXPECT_THAT(network.feature(network.inputs[0]).source_shape, ElementsAre(2, 3, 4, 5));

  // The outside hands over n, c, h, w.
  auto network_inputs = b.inputs;
  auto& values = network_inputs["in"];
  const std::vector<double> original = values;
  for (std::size_t n = 0; n < 2; ++n) {
    for (std::size_t p = 0; p < 20; ++p) {
      for (std::size_t c = 0; c < 3; ++c)
        values[(n * 3 + c) * 20 + p] = original[(n * 20 + p) * 3 + c];
    }
  }
  const auto expected = evaluate(b.graph, b.inputs).at("conv2");
  const auto actual = evaluate(network, network_inputs).at("conv2");
  EXPECT_THAT(actual, ::testing::Pointwise(::testing::DoubleNear(1e-5), expected));
}

TEST(Lowering, MultipliesSequencesOfVectors) {
  GraphBuilder b;
  TensorId x = b.input("tokens", {2, 5, 8});
  x = b.node("proj", op::MatMul{}, {x, b.constant("w", {8, 6})});
  x = b.add("bias", x, b.constant("b", {6}));
  x = b.node("gelu", op::Activate{{.function = ActivationFunction::kGelu}}, {x});
  x = b.linear("out", x, 3);
  const Network network = lower_and_compare(b, x);
  EXPECT_THAT(types(network), ElementsAre("matmul", "linear"));
  EXPECT_EQ(network.layers[0].gemm()->m, 10);
  EXPECT_THAT(network.feature(network.outputs[0]).source_shape, ElementsAre(2, 5, 3));
}

TEST(Lowering, ConvolvesSignals) {
  GraphBuilder b;
  TensorId x = b.input("signal", {2, 3, 20});
  x = b.convolution("conv", x, 4, {.kernel_width = 5, .stride_width = 2, .pad_left = 2});
  x = b.relu("relu", b.batch_norm("norm", x));
  x = b.node("pool", op::Pooling{.window = {.kernel_width = 2, .stride_width = 2}}, {x});
  x = b.linear("fc", b.node("flat", op::Flatten{}, {x}), 3);
  b.graph.add_output(x);
  const Network network = lower(b.graph);
  EXPECT_THAT(types(network), ElementsAre("convolution", "max_pool", "linear"));
  EXPECT_THAT(network.feature(network.inputs[0]).source_shape, ElementsAre(2, 3, 1, 20));
  EXPECT_THAT(
      evaluate(network, b.inputs).at("fc"),
      ::testing::Pointwise(::testing::DoubleNear(1e-5), evaluate(b.graph, b.inputs).at("fc")));
}

TEST(Lowering, RemovesWhatChangesNothing) {
  GraphBuilder b;
  TensorId x = b.relu("relu", b.pointwise("conv", b.input("in", {2, 3, 1, 1}), 4));
  x = b.node("dropout", op::Identity{}, {x});
  x = b.relu("again", x);
  x = b.node("squeeze", op::Squeeze{{2, 3}}, {x});
  x = b.node("unsqueeze", op::Unsqueeze{{2, 3}}, {x});
  const Network network = lower_and_compare(b, b.pointwise("conv2", x, 2));
  EXPECT_THAT(types(network), ElementsAre("pointwise_convolution", "pointwise_convolution"));
  EXPECT_THAT(network.layers[0].steps, SizeIs(1));
}

TEST(Lowering, LeavesOutWhatNobodyReads) {
  GraphBuilder b;
  const TensorId in = b.input("in", {2, 3, 4, 4});
  b.pointwise("dead", in, 4);
  EXPECT_THAT(types(lower_and_compare(b, b.pointwise("live", in, 4))),
              ElementsAre("pointwise_convolution"));
}

TEST(Lowering, RunsProductsOfActivationsAsGemms) {
  GraphBuilder b;
  const TensorId x = b.input("x", {1, 5, 8});
  const TensorId q = b.linear("q", x, 8);
  const TensorId k = b.node("kt", op::Transpose{{0, 2, 1}}, {b.linear("k", x, 8)});
  const TensorId v = b.linear("v", x, 8);
  const TensorId scores = b.node("scores", op::MatMul{}, {q, k});
  const TensorId weights = b.node("weights", op::Softmax{{2}}, {scores});
  const TensorId mixed = b.node("mixed", op::MatMul{}, {weights, v});
  const Network network = lower_and_compare(b, b.linear("out", mixed, 8));
  EXPECT_THAT(types(network), ElementsAre("linear", "linear", "linear", "matmul", "softmax",
                                          "matmul", "linear"));
  EXPECT_EQ(network.layers[3].gemm()->macs(), 5 * 5 * 8);
}

TEST(Lowering, ListsWhatDependsOnAnUnknownShape) {
  GraphBuilder b;
  const TensorId x = b.input("x", {1, 3, 4, 4});
  const TensorId odd = b.node("odd", op::Unmodelled{"not modelled", 77}, {b.pointwise("a", x, 4)});
  b.graph.add_output(b.relu("r", odd));
  const Network network = lower(b.graph);
  EXPECT_THAT(types(network), ElementsAre("pointwise_convolution"));
  ASSERT_THAT(network.unmodelled, SizeIs(2));
  EXPECT_EQ(network.unmodelled[0].macs, 77);
  EXPECT_THAT(network.unmodelled[1].reason, HasSubstr("'odd'"));
  EXPECT_THAT(network.outputs, IsEmpty());
}

TEST(Lowering, ListsRearrangements) {
  GraphBuilder b;
  TensorId x = b.input("x", {1, 4, 4, 4});
  // A channel shuffle changes the order of the channels in memory.
  x = b.node("split", op::Reshape{{1, 2, 2, 4, 4}}, {x});
  x = b.node("swap", op::Transpose{{0, 2, 1, 3, 4}}, {x});
  x = b.node("join", op::Reshape{{1, 4, 4, 4}}, {x});
  b.graph.add_output(b.pointwise("conv", x, 4));
  const Network network = lower(b.graph);
  ASSERT_THAT(network.unmodelled, SizeIs(1));
  EXPECT_THAT(network.unmodelled[0],
              AllOf(Field(&UnmodelledOperator::name, "conv"),
                    Field(&UnmodelledOperator::reason, HasSubstr("rearranged")),
                    Field(&UnmodelledOperator::macs, 4 * 4 * 4 * 4)));
}

TEST(Lowering, KeepsNetworksWithoutWeights) {
  GraphBuilder b;
  const TensorId x = b.input("x", {1, 3, 4, 4});
  TensorId y = b.node("conv", op::Convolution{}, {x, b.graph.add_constant("w", {4, 3, 1, 1})});
  std::vector<TensorId> norm{y};
  for (const char* name : {"scale", "shift", "mean", "var"}) {
    norm.push_back(b.graph.add_constant(name, {4}));
  }
  b.graph.add_output(b.node("norm", op::BatchNorm{}, norm));
  const Network network = lower(b.graph);
  EXPECT_FALSE(network.has_weights());
  EXPECT_EQ(network.parameters(), 12 + 4);
  EXPECT_THAT(network.layers[0].gemm()->bias, ElementsAre(0, 0, 0, 0));
}

TEST(Lowering, RefusesNormsWithoutVariance) {
  GraphBuilder b;
  const TensorId x = b.pointwise("conv", b.input("x", {1, 3, 4, 4}), 2);
  b.graph.add_output(b.node("norm", op::BatchNorm{.epsilon = 0},
                            {x, b.constant("s", {2}), b.constant("b", {2}), b.constant("m", {2}),
                             b.constant("v", {2}, 0.0F, 0.0F)}));
  EXPECT_THROW(lower(b.graph), GraphError);
}

TEST(Lowering, RefusesMoreMultiplicationsThanCanBeCounted) {
  GraphBuilder b;
  const TensorId x = b.graph.add_input("x", {1 << 10, 1 << 10, 1 << 9, 1 << 9});
  const TensorId w = b.graph.add_constant("w", {1 << 10, 1 << 10, 1 << 9, 1 << 9});
  const Window window{.kernel_height = 1 << 9,
                      .kernel_width = 1 << 9,
                      .pad_top = 1 << 8,
                      .pad_left = 1 << 8,
                      .pad_bottom = 1 << 8,
                      .pad_right = 1 << 8};
  b.graph.add_output(b.node("conv", op::Convolution{.window = window}, {x, w}));
  EXPECT_THROW(lower(b.graph), GraphError);
}

}  // namespace
}  // namespace systerm
