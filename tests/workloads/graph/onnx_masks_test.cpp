// SPDX-License-Identifier: Apache-2.0
// Attention with masks in the words of PyTorch's exporter: triangles from shapes, buffers that are
// sliced, comparisons of positions, and masks of padding that come as an input.
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/graph/onnx_import_fixture.h"
#include "workloads/data/synthetic.h"
#include "workloads/execution/float_executor.h"
#include "workloads/graph/lowering.h"

namespace systerm {
namespace {

using Type = onnx::TensorProto;

constexpr std::int64_t kHeads = 2;
constexpr std::int64_t kDepth = 4;  ///< channels of a head
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kLowestFloat = std::numeric_limits<float>::lowest();

/// Adds nodes that turn "scores" into masked ones; gives the name of these.
using MaskPattern = std::function<std::string(OnnxBuilder&)>;

void axes_of(OnnxBuilder& b, const std::string& type, const std::string& input,
             const std::string& output, std::int64_t axis) {
  if (b.model.opset_import(0).version() < 13) {
    OnnxBuilder::set(b.node(type, {input}, {output}), "axes", std::vector<std::int64_t>{axis});
  } else {
    b.integers(output + "_axes", {axis});
    b.node(type, {input, output + "_axes"}, {output});
  }
}

/// One head after the other in the channels of "q", "k" and "v" [N, S, 8].
void attention(OnnxBuilder& b, const MaskPattern& pattern) {
  for (const char* name : {"q", "k", "v"}) b.input(name, {-1, -2, kHeads * kDepth});
  b.node("Shape", {"q"}, {"shape"});
  b.codes("zero", {}, Type::INT64, {});
  b.graph().mutable_initializer()->rbegin()->add_int64_data(0);
  b.codes("one", {}, Type::INT64, {});
  b.graph().mutable_initializer()->rbegin()->add_int64_data(1);
  b.node("Gather", {"shape", "zero"}, {"batch"});
  b.node("Gather", {"shape", "one"}, {"length"});
  axes_of(b, "Unsqueeze", "batch", "batch_list", 0);
  axes_of(b, "Unsqueeze", "length", "length_list", 0);
  b.integers("heads", {kHeads});
  b.integers("depth", {kDepth});
  b.integers("width", {kHeads * kDepth});
  OnnxBuilder::set(b.node("Concat", {"batch_list", "length_list", "heads", "depth"}, {"split"}),
                   "axis", std::int64_t{0});
  const auto heads = [&](const std::string& name, const std::vector<std::int64_t>& order) {
    b.node("Reshape", {name, "split"}, {name + "_split"});
    OnnxBuilder::set(b.node("Transpose", {name + "_split"}, {name + "_heads"}), "perm", order);
  };
  heads("q", {0, 2, 1, 3});
  heads("k", {0, 2, 3, 1});
  heads("v", {0, 2, 1, 3});
  b.node("MatMul", {"q_heads", "k_heads"}, {"products"});
  b.floats("root", {}, {2.0F});
  b.node("Div", {"products", "root"}, {"scores"});
  const std::string masked = pattern(b);
  OnnxBuilder::set(b.node("Softmax", {masked}, {"shares"}), "axis", std::int64_t{3});
  b.node("MatMul", {"shares", "v_heads"}, {"context"});
  OnnxBuilder::set(b.node("Transpose", {"context"}, {"joined"}), "perm",
                   std::vector<std::int64_t>{0, 2, 1, 3});
  OnnxBuilder::set(b.node("Concat", {"batch_list", "length_list", "width"}, {"merge"}), "axis",
                   std::int64_t{0});
  b.node("Reshape", {"joined", "merge"}, {"y"});
  b.output("y");
}

/// A matrix [S, S] of ones.
std::string ones(OnnxBuilder& b) {
  OnnxBuilder::set(b.node("Concat", {"length_list", "length_list"}, {"square"}), "axis",
                   std::int64_t{0});
  auto& node = b.node("ConstantOfShape", {"square"}, {"ones"});
  auto& attribute = *node.add_attribute();
  attribute.set_name("value");
  attribute.set_type(onnx::AttributeProto::TENSOR);
  attribute.mutable_t()->set_data_type(Type::FLOAT);
  attribute.mutable_t()->add_dims(1);
  attribute.mutable_t()->add_float_data(1.0F);
  return "ones";
}

/// torch's scaled_dot_product_attention with is_causal.
std::string triangle_of_ones(OnnxBuilder& b) {
  OnnxBuilder::set(b.node("Trilu", {ones(b)}, {"triangle"}), "upper", std::int64_t{0});
  OnnxBuilder::set(b.node("Cast", {"triangle"}, {"seen"}), "to", std::int64_t{Type::BOOL});
  b.floats("nothing", {1}, {0.0F});
  b.floats("infinite", {1}, {-kInfinity});
  b.node("Where", {"seen", "nothing", "infinite"}, {"mask"});
  b.node("Add", {"scores", "mask"}, {"masked"});
  return "masked";
}

/// torch.triu(torch.full((n, n), -inf), 1), as nn.Transformer makes it.
std::string triangle_of_infinity(OnnxBuilder& b) {
  b.floats("infinite", {}, {-kInfinity});
  ones(b);
  b.node("Expand", {"infinite", "square"}, {"full"});
  b.integers("above", {1});
  OnnxBuilder::set(b.node("Trilu", {"full", "above"}, {"mask"}), "upper", std::int64_t{1});
  b.node("Add", {"scores", "mask"}, {"masked"});
  return "masked";
}

/// The buffer of GPT-2, cut to the length.
std::string sliced_buffer(OnnxBuilder& b) {
  constexpr std::int64_t kLongest = 12;
  std::vector<int> seen;
  for (int i = 0; i < kLongest * kLongest; ++i) seen.push_back(i % kLongest <= i / kLongest);
  b.codes("buffer", {1, 1, kLongest, kLongest}, Type::BOOL, seen);
  b.integers("begin", {0});
  b.integers("rows", {2});
  b.integers("columns", {3});
  b.node("Slice", {"buffer", "begin", "length_list", "rows"}, {"some_rows"});
  b.node("Slice", {"some_rows", "begin", "length_list", "columns"}, {"seen"});
  b.floats("low", {}, {kLowestFloat});
  b.node("Where", {"seen", "scores", "low"}, {"masked"});
  return "masked";
}

/// arange < arange + 1, expanded over the batch, as Hugging Face's decoders write it.
std::string compared_positions(OnnxBuilder& b) {
  b.node("Range", {"zero", "length", "one"}, {"positions"});
  b.node("Add", {"positions", "one"}, {"next"});
  axes_of(b, "Unsqueeze", "next", "next_column", 1);
  b.node("Less", {"positions", "next_column"}, {"seen"});
  b.floats("nothing", {}, {0.0F});
  b.floats("low", {}, {kLowestFloat});
  b.node("Where", {"seen", "nothing", "low"}, {"matrix"});
  axes_of(b, "Unsqueeze", "matrix", "matrices", 0);
  axes_of(b, "Unsqueeze", "matrices", "all_heads", 0);
  b.integers("single", {1});
  OnnxBuilder::set(
      b.node("Concat", {"batch_list", "single", "length_list", "length_list"}, {"whole"}), "axis",
      std::int64_t{0});
  b.node("Expand", {"all_heads", "whole"}, {"causal"});
  return "causal";
}

/// BERT's (1 - attention_mask) * -10000.
std::string padding_mask(OnnxBuilder& b) {
  b.input("attention_mask", {-1, -2}, Type::INT64);
  axes_of(b, "Unsqueeze", "attention_mask", "mask_rows", 1);
  axes_of(b, "Unsqueeze", "mask_rows", "mask_heads", 2);
  OnnxBuilder::set(b.node("Cast", {"mask_heads"}, {"mask_floats"}), "to",
                   std::int64_t{Type::FLOAT});
  b.floats("unit", {}, {1.0F});
  b.floats("low", {}, {-10000.0F});
  b.node("Sub", {"unit", "mask_floats"}, {"inverted"});
  b.node("Mul", {"inverted", "low"}, {"mask"});
  b.node("Add", {"scores", "mask"}, {"masked"});
  return "masked";
}

/// Both of Hugging Face's decoders: positions compared, plus the padding in their place.
std::string causal_and_padding(OnnxBuilder& b) {
  const std::string causal = compared_positions(b);
  b.input("attention_mask", {-1, -2}, Type::INT64);
  axes_of(b, "Unsqueeze", "attention_mask", "mask_rows", 1);
  axes_of(b, "Unsqueeze", "mask_rows", "mask_heads", 2);
  b.node("Expand", {"mask_heads", "whole"}, {"mask_wide"});
  OnnxBuilder::set(b.node("Cast", {"mask_wide"}, {"mask_floats"}), "to", std::int64_t{Type::FLOAT});
  b.floats("unit", {}, {1.0F});
  b.node("Sub", {"unit", "mask_floats"}, {"inverted"});
  OnnxBuilder::set(b.node("Cast", {"inverted"}, {"hidden"}), "to", std::int64_t{Type::BOOL});
  b.node("Where", {"hidden", "low", "inverted"}, {"padding"});
  b.node("Add", {causal, "padding"}, {"mask"});
  b.node("Add", {"scores", "mask"}, {"masked"});
  return "masked";
}

std::string only_positions(OnnxBuilder& b) {
  b.node("Add", {"scores", compared_positions(b)}, {"masked"});
  return "masked";
}

class MaskedAttention : public OnnxImport {
 protected:
  /// Compares the lowered model with plain loops; `length` positions of two samples.
  void expect_attention(std::int64_t opset, const MaskPattern& pattern, std::int64_t length,
                        bool is_causal, bool has_input) {
    constexpr std::int64_t kBatch = 2;
    OnnxBuilder b(opset);
    attention(b, pattern);
    const auto network = std::make_shared<const Network>(
        lower(import(b, {.batch = kBatch, .dimensions = {{"S", length}}})));
    for (const UnmodelledOperator& missing : network->unmodelled) {
      ADD_FAILURE() << missing.name << " (" << missing.type << "): " << missing.reason;
    }
    ASSERT_EQ(network->inputs.size(), has_input ? 4U : 3U);
    std::vector<Tensor> inputs;
    const auto elements = static_cast<std::size_t>(kBatch * length * kHeads * kDepth);
    for (const char* name : {"q", "k", "v"}) {
      inputs.push_back({{kBatch, length, kHeads * kDepth}, synthetic_data(7, name, elements)});
    }
    // The second sample ends in padding.
    const auto is_seen = [&](std::int64_t image, std::int64_t position) {
      return !has_input || image == 0 || position < length - 2;
    };
    if (has_input) {
      Tensor mask{{kBatch, length}, {}};
      for (std::int64_t i = 0; i < kBatch * length; ++i) {
        mask.values.push_back(is_seen(i / length, i % length) ? 1.0F : 0.0F);
      }
      inputs.push_back(std::move(mask));
    }
    const Tensor output = FloatExecutor(network).run(inputs).front();
    ASSERT_EQ(output.values.size(), elements);
    const auto value = [&](std::size_t tensor, std::int64_t image, std::int64_t position,
                           std::int64_t channel) {
      return static_cast<double>(inputs[tensor].values[static_cast<std::size_t>(
          (image * length + position) * kHeads * kDepth + channel)]);
    };
    for (std::int64_t image = 0; image < kBatch; ++image) {
      for (std::int64_t head = 0; head < kHeads; ++head) {
        for (std::int64_t row = 0; row < length; ++row) {
          std::vector<double> shares;
          double sum = 0.0;
          for (std::int64_t column = 0; column < length; ++column) {
            double score = 0.0;
            for (std::int64_t d = 0; d < kDepth; ++d) {
              score += value(0, image, row, head * kDepth + d) *
                       value(1, image, column, head * kDepth + d);
            }
            const bool seen = is_seen(image, column) && (!is_causal || column <= row);
            shares.push_back(seen ? std::exp(score / 2.0) : 0.0);
            sum += shares.back();
          }
          for (std::int64_t d = 0; d < kDepth; ++d) {
            double expected = 0.0;
            for (std::int64_t column = 0; column < length; ++column) {
              expected += shares[static_cast<std::size_t>(column)] / sum *
                          value(2, image, column, head * kDepth + d);
            }
            const auto at = static_cast<std::size_t>((image * length + row) * kHeads * kDepth +
                                                     head * kDepth + d);
            ASSERT_NEAR(output.values[at], expected, 1e-4) << "opset " << opset;
          }
        }
      }
    }
  }
};

TEST_F(MaskedAttention, TrianglesAreCausalAttention) {
  for (const std::int64_t opset : {14, 17}) {
    for (const std::int64_t length : {3, 7}) {
      expect_attention(opset, triangle_of_ones, length, true, false);
      expect_attention(opset, triangle_of_infinity, length, true, false);
    }
  }
}

TEST_F(MaskedAttention, SlicedBuffersAreCausalAttention) {
  for (const std::int64_t opset : {11, 13, 17}) {
    expect_attention(opset, sliced_buffer, 5, true, false);
  }
}

TEST_F(MaskedAttention, ComparedPositionsAreCausalAttention) {
  for (const std::int64_t opset : {11, 13, 17}) {
    expect_attention(opset, only_positions, 6, true, false);
  }
}

TEST_F(MaskedAttention, MasksOfPaddingAreInputs) {
  for (const std::int64_t opset : {11, 13, 17}) {
    expect_attention(opset, padding_mask, 6, false, true);
    expect_attention(opset, causal_and_padding, 6, true, true);
  }
}

TEST_F(MaskedAttention, ATriangleCostsNoMaskInMemory) {
  OnnxBuilder b(14);
  attention(b, triangle_of_ones);
  const Network network = lower(import(b, {.batch = 1, .dimensions = {{"S", 5}}}));
  EXPECT_TRUE(network.constants.empty());
}

TEST_F(MaskedAttention, AChoiceThatIsNoMaskIsNotModelled) {
  OnnxBuilder b(14);
  attention(b, [](OnnxBuilder& builder) -> std::string {
    builder.codes("some", {1, 1, 1, 1}, Type::BOOL, {1});
    builder.floats("half", {}, {0.5F});
    builder.node("Where", {"some", "scores", "half"}, {"masked"});
    return "masked";
  });
  const Network network = lower(import(b, {.batch = 1, .dimensions = {{"S", 5}}}));
  ASSERT_FALSE(network.unmodelled.empty());
  EXPECT_THAT(network.unmodelled.front().reason, testing::HasSubstr("no mask"));
}

}  // namespace
}  // namespace systerm
