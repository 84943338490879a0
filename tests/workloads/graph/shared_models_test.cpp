// SPDX-License-Identifier: Apache-2.0
// The trained models of the shared data: counts as their README states them, structure and numbers.
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/graph/shared_data.h"
#include "workloads/graph/lowering.h"
#include "workloads/import/onnx.h"

namespace systerm {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Counts {
  std::string file;
  std::int64_t macs;
  std::int64_t parameters;
};

class SharedModel : public ::testing::TestWithParam<Counts> {};

// macs and parameters: README of the shared data ("after folding").
INSTANTIATE_TEST_SUITE_P(
    Files, SharedModel,
    ::testing::Values(Counts{"kws/kws_dscnn.onnx", 2'656'768, 22'604},
                      Counts{"kws/kws_dscnn_bn_softmax.onnx", 2'656'768, 22'604},
                      Counts{"kws/kws_dscnn_int8_qlinear.onnx", 2'656'768, 22'604},
                      Counts{"resnet8/resnet8.onnx", 12'501'632, 77'706},
                      Counts{"resnet8/resnet8_bn_softmax.onnx", 12'501'632, 77'706},
                      Counts{"mnist/mlp_784_512_10.onnx", 406'528, 407'050},
                      Counts{"mnist/lenet5.onnx", 2'293'000, 431'080}),
    [](const auto& test) { return std::filesystem::path(test.param.file).stem().string(); });

TEST_P(SharedModel, LowersCompletelyWithThePublishedCounts) {
  SYSTERM_REQUIRE_DATA(GetParam().file);
  const Network network = lower(import_onnx(file));
  EXPECT_THAT(network.unmodelled, IsEmpty());
  EXPECT_EQ(network.macs(), GetParam().macs);
  EXPECT_EQ(network.parameters(), GetParam().parameters);
  EXPECT_TRUE(network.has_weights());
  EXPECT_EQ(network.source, "onnx");
  EXPECT_EQ(network.outputs.size(), 1U);
}

TEST_P(SharedModel, TakesAnyBatch) {
  SYSTERM_REQUIRE_DATA(GetParam().file);
  const Network network = lower(import_onnx(file, {.batch = 3}));
  EXPECT_EQ(network.macs(), 3 * GetParam().macs);
  EXPECT_EQ(network.parameters(), GetParam().parameters);
  EXPECT_EQ(network.feature(network.inputs[0]).shape.images, 3);
}

std::vector<std::string> layer_types(const Network& network) {
  std::vector<std::string> types;
  for (const Layer& layer : network.layers) types.push_back(layer.type);
  return types;
}

TEST(KeywordSpotting, IsOneLayerAConvolutionWithNormAndRectifierInside) {
  SYSTERM_REQUIRE_DATA("kws/kws_dscnn_bn_softmax.onnx");
  const Network network = lower(import_onnx(file));
  EXPECT_THAT(layer_types(network),
              ElementsAre("convolution", "depthwise_convolution", "pointwise_convolution",
                          "depthwise_convolution", "pointwise_convolution", "depthwise_convolution",
                          "pointwise_convolution", "depthwise_convolution", "pointwise_convolution",
                          "global_average_pool", "linear", "softmax"));
  const Layer& first = network.layers[0];
  EXPECT_EQ(first.name, "conv2d");
  EXPECT_EQ(network.feature(first.output).name, "activation_out");
  EXPECT_EQ(network.feature(first.output).shape, (FeatureShape{1, 25, 5, 64}));
  EXPECT_THAT(network.feature(first.output).source_shape, ElementsAre(1, 64, 25, 5));
  EXPECT_TRUE(network.feature(first.output).is_nonnegative);
  // The first convolution pads rows by 4 and 5, columns by 1 and 1 (README).
  EXPECT_EQ(first.gemm()->window, (Window{.kernel_height = 10,
                                          .kernel_width = 4,
                                          .stride_height = 2,
                                          .stride_width = 2,
                                          .pad_top = 4,
                                          .pad_left = 1,
                                          .pad_bottom = 5,
                                          .pad_right = 1}));
}

// The two files hold the same network before and after folding of the batch norms.
void expect_same_weights(const std::string& folded_name, const std::string& unfolded_name) {
  const auto folded_file = shared_data(folded_name);
  const auto unfolded_file = shared_data(unfolded_name);
  if (!std::filesystem::exists(folded_file)) GTEST_SKIP() << folded_file << " is absent";
  const Network folded = lower(import_onnx(folded_file));
  const Network unfolded = lower(import_onnx(unfolded_file));
  std::size_t compared = 0;
  for (const Layer& layer : folded.layers) {
    if (!layer.gemm()) continue;
    const auto other = std::ranges::find_if(unfolded.layers, [&](const Layer& candidate) {
      return candidate.gemm() && candidate.name == layer.name;
    });
    ASSERT_NE(other, unfolded.layers.end()) << layer.name;
    EXPECT_EQ(other->type, layer.type);
    EXPECT_THAT(other->gemm()->bias,
                ::testing::Pointwise(::testing::FloatNear(2e-5F), layer.gemm()->bias));
    EXPECT_THAT(*other->gemm()->weights,
                ::testing::Pointwise(::testing::FloatNear(2e-5F), *layer.gemm()->weights));
    ++compared;
  }
  EXPECT_GT(compared, 5U);
}

TEST(KeywordSpotting, FoldedNormsEqualTheFoldedFile) {
  expect_same_weights("kws/kws_dscnn.onnx", "kws/kws_dscnn_bn_softmax.onnx");
}

TEST(ResNet8, FoldedNormsEqualTheFoldedFile) {
  expect_same_weights("resnet8/resnet8.onnx", "resnet8/resnet8_bn_softmax.onnx");
}

TEST(ResNet8, AddsTheShortcutInTheLaterOfTheTwoConvolutions) {
  SYSTERM_REQUIRE_DATA("resnet8/resnet8_bn_softmax.onnx");
  const Network network = lower(import_onnx(file));
  for (const Layer& layer : network.layers) EXPECT_NE(layer.type, "add");
  const auto shortcut = std::ranges::find(network.layers, "conv2d_5", &Layer::name);
  ASSERT_NE(shortcut, network.layers.end());
  ASSERT_EQ(shortcut->steps.size(), 2U);
  EXPECT_EQ(shortcut->steps[0].kind, PostStep::Kind::kAdd);
  EXPECT_EQ(shortcut->steps[0].operand, 1);
  EXPECT_EQ(shortcut->steps[1].activation.function, ActivationFunction::kRelu);
  EXPECT_EQ(network.feature(shortcut->inputs[1]).name, "batch_normalization_4_out");
  EXPECT_EQ(network.feature(shortcut->output).name, "activation_4_out");
}

TEST(LeNet, ReadsFlattenedImagesInMemoryOrder) {
  SYSTERM_REQUIRE_DATA("mnist/lenet5.onnx");
  const Graph graph = import_onnx(file);
  const Network network = lower(graph);
  const auto linear = std::ranges::find(network.layers, "linear", &Layer::type);
  ASSERT_NE(linear, network.layers.end());
  const Feature& input = network.feature(linear->inputs[0]);
  EXPECT_EQ(input.shape, (FeatureShape{1, 4, 4, 50}));
  EXPECT_EQ(linear->gemm()->k, 800);
  EXPECT_EQ(linear->gemm()->n, 500);

  const auto node = std::ranges::find(graph.nodes(), linear->name, &GraphNode::name);
  const auto& source = *graph.tensor(node->inputs[1]).values;
  const bool filters_first = std::get<op::Linear>(node->operation).filters_first;
  for (const std::int64_t f : {0, 17, 499}) {
    for (std::int64_t h = 0; h < 4; ++h) {
      for (std::int64_t w = 0; w < 4; ++w) {
        for (std::int64_t c = 0; c < 50; ++c) {
          const std::int64_t from = (c * 4 + h) * 4 + w;
          const std::int64_t to = (h * 4 + w) * 50 + c;
          ASSERT_EQ(
              (*linear->gemm()->weights)[static_cast<std::size_t>(f * 800 + to)],
              source[static_cast<std::size_t>(filters_first ? f * 800 + from : from * 500 + f)]);
        }
      }
    }
  }
}

TEST(QuantizedKeywordSpotting, KeepsItsCodesWithARectifierWhereTheySaturateAtZero) {
  SYSTERM_REQUIRE_DATA("kws/kws_dscnn_int8_qlinear.onnx");
  const Graph graph = import_onnx(file);
  EXPECT_THAT(graph.notes, ::testing::IsEmpty());
  const Network network = lower(graph);
  const Feature& input = network.feature(network.inputs.front());
  ASSERT_TRUE(input.codes.has_value());
  EXPECT_FLOAT_EQ(input.codes->scale, 0.5847029F);
  EXPECT_EQ(input.codes->range, (CodeRange{-128 - 83, 127 - 83}));
  // The logits are the only real numbers.
  EXPECT_EQ(stored_in_model(network).activations, std::ssize(network.features) - 1);
  EXPECT_EQ(
      stored_in_model(network).weights,
      std::ranges::count_if(network.layers, [](const Layer& l) { return l.gemm() != nullptr; }));
  for (const Layer& layer : network.layers) {
    if (layer.type.ends_with("convolution")) {
      ASSERT_EQ(layer.steps.size(), 1U) << layer.name;
      EXPECT_EQ(layer.steps[0].activation.function, ActivationFunction::kRelu);
    }
  }
  EXPECT_EQ(network.layers.back().name, "n11_fc_mm");
  EXPECT_EQ(network.layers.back().type, "linear");
  EXPECT_EQ(network.feature(network.layers.back().output).name, "logits");
}

}  // namespace
}  // namespace systerm
