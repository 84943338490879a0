// SPDX-License-Identifier: Apache-2.0
// Import of ONNX models: forms of the opsets, shapes that are computed, joined patterns.
#include "workloads/import/onnx.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/graph/onnx_import_fixture.h"
#include "tests/workloads/graph/reference_evaluation.h"
#include "workloads/graph/lowering.h"

namespace systerm {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(OnnxImport, SubstitutesTheBatch) {
  OnnxBuilder b;
  b.input("x", {-1, 3});
  b.node("Relu", {"x"}, {"y"});
  b.output("y");
  EXPECT_EQ(*import(b).tensor(TensorId{0}).shape, (Shape{1, 3}));
  EXPECT_EQ(*import(b, {.batch = 5}).tensor(TensorId{0}).shape, (Shape{5, 3}));
  EXPECT_EQ(*import(b, {.dimensions = {{"N", 7}}}).tensor(TensorId{0}).shape, (Shape{7, 3}));
  EXPECT_THAT(error_of(b, {.batch = -1}), HasSubstr("batch"));
}

TEST_F(OnnxImport, KeepsAFixedBatch) {
  OnnxBuilder b;
  b.input("x", {4, 3});
  b.node("Relu", {"x"}, {"y"});
  b.output("y");
  EXPECT_EQ(*import(b).tensor(TensorId{0}).shape, (Shape{4, 3}));
  EXPECT_EQ(*import(b, {.batch = 4}).tensor(TensorId{0}).shape, (Shape{4, 3}));
  EXPECT_THAT(error_of(b, {.batch = 2}), HasSubstr("fixed batch of 4"));
}

TEST_F(OnnxImport, OtherOpenDimensionsNeedAnExtent) {
  OnnxBuilder b;
  b.input("x", {1, -1});
  b.node("Relu", {"x"}, {"y"});
  b.output("y");
  EXPECT_THAT(error_of(b), AllOf(HasSubstr("dimension 1 of input 'x'"), HasSubstr("'N'")));
  EXPECT_EQ(*import(b, {.dimensions = {{"N", 7}}}).tensor(TensorId{0}).shape, (Shape{1, 7}));
}

TEST_F(OnnxImport, SortsNodes) {
  OnnxBuilder b;
  b.input("x", {1, 3});
  b.node("Sigmoid", {"h"}, {"y"});
  b.node("Relu", {"x"}, {"h"});
  b.output("y");
  EXPECT_THAT(lower(import(b)).layers, SizeIs(1));
}

TEST_F(OnnxImport, AxesAreAttributesOrInputs) {
  const std::vector<std::int64_t> image{1, 3, 1, 1};
  EXPECT_EQ(shape_behind(11, image,
                         [](OnnxBuilder& b) {
                           OnnxBuilder::set(b.node("Squeeze", {"x"}, {"y"}), "axes",
                                            std::vector<std::int64_t>{2, 3});
                         }),
            (Shape{1, 3}));
  EXPECT_EQ(shape_behind(13, image,
                         [](OnnxBuilder& b) {
                           b.integers("axes", {-1});
                           b.node("Squeeze", {"x", "axes"}, {"y"});
                         }),
            (Shape{1, 3, 1}));
  EXPECT_EQ(shape_behind(11, {4, 3},
                         [](OnnxBuilder& b) {
                           OnnxBuilder::set(b.node("Unsqueeze", {"x"}, {"y"}), "axes",
                                            std::vector<std::int64_t>{0});
                         }),
            (Shape{1, 4, 3}));
  EXPECT_EQ(shape_behind(13, {4, 3},
                         [](OnnxBuilder& b) {
                           b.integers("axes", {0, 3});
                           b.node("Unsqueeze", {"x", "axes"}, {"y"});
                         }),
            (Shape{1, 4, 3, 1}));
  EXPECT_EQ(shape_behind(11, {1, 3, 4, 4},
                         [](OnnxBuilder& b) {
                           auto& node = b.node("ReduceMean", {"x"}, {"y"});
                           OnnxBuilder::set(node, "axes", std::vector<std::int64_t>{2, 3});
                           OnnxBuilder::set(node, "keepdims", std::int64_t{0});
                         }),
            (Shape{1, 3}));
  EXPECT_EQ(shape_behind(18, {1, 3, 4, 4},
                         [](OnnxBuilder& b) {
                           b.integers("axes", {2, 3});
                           b.node("ReduceMean", {"x", "axes"}, {"y"});
                         }),
            (Shape{1, 3, 1, 1}));
  EXPECT_EQ(shape_behind(2, {1, 3, 4, 4},
                         [](OnnxBuilder& b) {
                           OnnxBuilder::set(b.node("Pad", {"x"}, {"y"}), "pads",
                                            std::vector<std::int64_t>{0, 0, 1, 2, 0, 0, 3, 4});
                         }),
            (Shape{1, 3, 8, 10}));
  EXPECT_EQ(shape_behind(18, {1, 3, 4, 4},
                         [](OnnxBuilder& b) {
                           b.integers("pads", {1, 2, 3, 4});
                           b.integers("axes", {2, -1});
                           b.node("Pad", {"x", "pads", "", "axes"}, {"y"});
                         }),
            (Shape{1, 3, 8, 10}));
}

Activation activation_of(const Graph& graph) {
  return std::get<op::Activate>(graph.nodes().back().operation).activation;
}

TEST_F(OnnxImport, ClipBoundsAreAttributesOrInputs) {
  OnnxBuilder old(6);
  old.input("x", {1, 3});
  auto& node = old.node("Clip", {"x"}, {"y"});
  OnnxBuilder::set(node, "min", 0.0F);
  OnnxBuilder::set(node, "max", 6.0F);
  old.output("y");
  EXPECT_EQ(activation_of(import(old)), (Activation{ActivationFunction::kClip, 0.0F, 6.0F}));

  OnnxBuilder recent(13);
  recent.input("x", {1, 3});
  recent.floats("max", {}, {1.0F});
  recent.node("Clip", {"x", "", "max"}, {"y"});
  recent.output("y");
  EXPECT_EQ(activation_of(import(recent)).beta, 1.0F);

  OnnxBuilder rectifier(13);
  rectifier.input("x", {1, 3});
  rectifier.floats("min", {}, {0.0F});
  rectifier.node("Clip", {"x", "min"}, {"y"});
  rectifier.output("y");
  EXPECT_EQ(activation_of(import(rectifier)).function, ActivationFunction::kRelu);
}

TEST_F(OnnxImport, ActivationDefaultsAreThoseOfTheStandard) {
  const auto imported = [&](const std::string& type) {
    OnnxBuilder b;
    b.input("x", {1, 3});
    b.node(type, {"x"}, {"y"});
    b.output("y");
    return activation_of(import(b));
  };
  EXPECT_EQ(imported("LeakyRelu"), (Activation{ActivationFunction::kLeakyRelu, 0.01F, 0.0F}));
  EXPECT_EQ(imported("HardSigmoid"), (Activation{ActivationFunction::kHardSigmoid, 0.2F, 0.5F}));
  EXPECT_EQ(imported("Tanh").function, ActivationFunction::kTanh);
  EXPECT_EQ(imported("HardSwish").function, ActivationFunction::kHardSwish);
}

TEST_F(OnnxImport, AutomaticPadding) {
  // Input 5, kernel 3, stride 2: SAME pads 2 in all; input 6: 1, which goes to one side.
  const auto window = [&](std::int64_t extent, const char* mode) {
    OnnxBuilder b;
    b.input("x", {1, 1, extent, extent});
    b.floats("w", {1, 1, 3, 3}, std::vector<float>(9, 1.0F));
    auto& node = b.node("Conv", {"x", "w"}, {"y"});
    OnnxBuilder::set(node, "strides", std::vector<std::int64_t>{2, 2});
    OnnxBuilder::set(node, "auto_pad", mode);
    b.output("y");
    return std::get<op::Convolution>(import(b).nodes().back().operation).window;
  };
  EXPECT_EQ(window(5, "SAME_UPPER").pad_top, 1);
  EXPECT_EQ(window(5, "SAME_UPPER").pad_bottom, 1);
  EXPECT_EQ(window(6, "SAME_UPPER").pad_top, 0);
  EXPECT_EQ(window(6, "SAME_UPPER").pad_bottom, 1);
  EXPECT_EQ(window(6, "SAME_LOWER").pad_left, 1);
  EXPECT_EQ(window(6, "SAME_LOWER").pad_right, 0);
  EXPECT_EQ(window(6, "VALID").pad_bottom, 0);
}

TEST_F(OnnxImport, CeilModeAddsThePartlyFilledWindow) {
  const auto shape = [&](std::int64_t extent, std::int64_t pad) {
    return shape_behind(13, {1, 1, extent, extent}, [&](OnnxBuilder& b) {
      auto& node = b.node("MaxPool", {"x"}, {"y"});
      OnnxBuilder::set(node, "kernel_shape", std::vector<std::int64_t>{3, 3});
      OnnxBuilder::set(node, "strides", std::vector<std::int64_t>{2, 2});
      OnnxBuilder::set(node, "pads", std::vector<std::int64_t>(4, pad));
      OnnxBuilder::set(node, "ceil_mode", std::int64_t{1});
    });
  };
  EXPECT_EQ(shape(8, 0), (Shape{1, 1, 4, 4}));  // floor would give 3
  EXPECT_EQ(shape(7, 0), (Shape{1, 1, 3, 3}));
  // The last window would start behind the input: it is dropped.
  EXPECT_EQ(shape(2, 1), (Shape{1, 1, 2, 2}));
}

TEST_F(OnnxImport, ComputesShapesFromShapes) {
  OnnxBuilder b;
  b.input("x", {-1, 3, 4, 5});
  b.integers("zero", {0});
  b.integers("minus_one", {-1});
  b.node("Shape", {"x"}, {"shape"});
  b.node("Gather", {"shape", "zero"}, {"n"});
  b.node("Concat", {"n", "minus_one"}, {"target"}).add_attribute();
  b.graph().mutable_node(2)->clear_attribute();
  OnnxBuilder::set(*b.graph().mutable_node(2), "axis", std::int64_t{0});
  b.node("Reshape", {"x", "target"}, {"y"});
  b.output("y");
  const Graph graph = import(b, {.batch = 2});
  EXPECT_EQ(*graph.tensor(*graph.find("y")).shape, (Shape{2, 60}));
}

TEST_F(OnnxImport, ComputesShapesFromScalars) {
  // As PyTorch writes x.view(x.size(0), -1).
  OnnxBuilder b;
  b.input("x", {-1, 3, 4, 5});
  auto& index = b.node("Constant", {}, {"index"});
  auto& value = *index.add_attribute();
  value.set_name("value");
  value.set_type(onnx::AttributeProto::TENSOR);
  value.mutable_t()->set_data_type(onnx::TensorProto::INT64);
  value.mutable_t()->add_int64_data(0);
  b.integers("axes", {0});
  b.integers("rest", {-1});
  b.node("Shape", {"x"}, {"shape"});
  OnnxBuilder::set(b.node("Gather", {"shape", "index"}, {"n"}), "axis", std::int64_t{0});
  b.node("Unsqueeze", {"n", "axes"}, {"n1"});
  OnnxBuilder::set(b.node("Concat", {"n1", "rest"}, {"target"}), "axis", std::int64_t{0});
  b.node("Reshape", {"x", "target"}, {"y"});
  b.output("y");
  const Graph graph = import(b, {.batch = 3});
  EXPECT_EQ(*graph.tensor(*graph.find("y")).shape, (Shape{3, 60}));
}

TEST_F(OnnxImport, NamesWhatIsWrongWithTheGraph) {
  const auto with_node = [&](const std::function<void(OnnxBuilder&)>& build) {
    OnnxBuilder b;
    b.input("x", {1, 3});
    build(b);
    b.output("y");
    return error_of(b);
  };
  EXPECT_THAT(with_node([](OnnxBuilder& b) { b.node("Relu", {"missing"}, {"y"}); }),
              AllOf(HasSubstr("model.onnx"), HasSubstr("'y' (Relu)"), HasSubstr("'missing'")));
  EXPECT_THAT(with_node([](OnnxBuilder& b) {
                b.node("Relu", {"y"}, {"a"});
                b.node("Relu", {"a"}, {"y"});
              }),
              AllOf(HasSubstr("cycle"), HasSubstr("'a'"), HasSubstr("'y'")));
  EXPECT_THAT(with_node([](OnnxBuilder& b) {
                b.node("Relu", {"x"}, {"y"});
                b.node("Tanh", {"x"}, {"y"});
              }),
              AllOf(HasSubstr("'y' is made twice"), HasSubstr("Tanh")));
  EXPECT_THAT(with_node([](OnnxBuilder& b) { b.node("Relu", {"x"}, {"x"}); }),
              HasSubstr("'x' is made twice"));
  EXPECT_THAT(with_node([](OnnxBuilder&) {}), HasSubstr("nobody provides the output 'y'"));
  EXPECT_THAT(with_node([](OnnxBuilder& b) { b.node("Relu", {}, {"y"}); }),
              HasSubstr("input 0 is missing"));
  EXPECT_THAT(with_node([](OnnxBuilder& b) {
                OnnxBuilder::set(b.node("LeakyRelu", {"x"}, {"y"}), "alpha", std::int64_t{3});
              }),
              AllOf(HasSubstr("LeakyRelu"), HasSubstr("'alpha'")));
  EXPECT_THAT(with_node([](OnnxBuilder& b) {
                b.integers("shape", {5, -1});
                b.node("Reshape", {"x", "shape"}, {"y"});
              }),
              AllOf(HasSubstr("'y' (Reshape)"), HasSubstr("cannot reshape [1, 3] to [5, -1]")));
  EXPECT_THAT(with_node([](OnnxBuilder& b) {
                b.tensor("w", {4, 5});
                b.node("Gemm", {"x", "w"}, {"y"});
              }),
              AllOf(HasSubstr("'y' (Gemm)"), HasSubstr("expect 4")));
  OnnxBuilder no_output;
  no_output.input("x", {1});
  EXPECT_THAT(error_of(no_output), HasSubstr("no output"));
}

TEST_F(OnnxImport, NodesWithoutAUniqueNameTakeTheirOutputs) {
  OnnxBuilder b;
  b.input("x", {1, 3});
  b.node("Relu", {"x"}, {"h"}).clear_name();
  b.node("Tanh", {"h"}, {"i"}).set_name("same");
  b.node("Sigmoid", {"i"}, {"y"}).set_name("same");
  b.output("y");
  const Graph graph = import(b);
  EXPECT_EQ(graph.nodes()[0].name, "h");
  EXPECT_EQ(graph.nodes()[1].name, "same");
  EXPECT_EQ(graph.nodes()[2].name, "y");
}

TEST_F(OnnxImport, KeepsUnknownOperators) {
  OnnxBuilder b;
  b.input("x", {-1, 3, 4, 4});
  b.floats("w", {3, 2, 2, 2}, std::vector<float>(24, 1.0F));
  OnnxBuilder::set(b.node("ConvTranspose", {"x", "w"}, {"up"}), "output_shape",
                   std::vector<std::int64_t>{5, 5});
  b.value("up", {-1, 2, 5, 5});
  b.node("Mystery", {"up"}, {"odd"}).set_domain("com.example");
  b.node("Relu", {"odd"}, {"y"});
  b.value("odd", {-1, 2, 8, 8});
  b.output("y");
  const Network network = lower(import(b, {.batch = 2}));
  ASSERT_THAT(network.unmodelled, SizeIs(2));
  EXPECT_EQ(network.unmodelled[0].type, "ConvTranspose");
  EXPECT_EQ(network.unmodelled[0].macs, 2 * 3 * 4 * 4 * 2 * 2 * 2);
  EXPECT_EQ(network.unmodelled[1].bytes, 2 * 2 * 8 * 8);
  // The declared shape lets the rest go on.
  EXPECT_THAT(network.layers, SizeIs(1));
}

TEST_F(OnnxImport, SoftmaxBeforeOpset13CoversAllFurtherAxes) {
  const auto axes = [&](std::int64_t opset) {
    OnnxBuilder b(opset);
    b.input("x", {1, 3, 4});
    OnnxBuilder::set(b.node("Softmax", {"x"}, {"y"}), "axis", std::int64_t{1});
    b.output("y");
    return std::get<op::Softmax>(import(b).nodes().back().operation).axes;
  };
  EXPECT_THAT(axes(11), ElementsAre(1, 2));
  EXPECT_THAT(axes(13), ElementsAre(1));
}

/// x * weight / sqrt(mean(x^2) + epsilon) in the words of an exporter.
void add_rms_norm(OnnxBuilder& b, bool by_power, const std::string& reciprocal) {
  b.input("x", {1, 3, 4});
  b.floats("two", {}, {2.0F});
  b.floats("one", {}, {1.0F});
  b.floats("epsilon", {}, {1e-3F});
  b.floats("weight", {4}, {1, 2, 3, 4});
  b.node(by_power ? "Pow" : "Mul", {"x", by_power ? "two" : "x"}, {"square"});
  OnnxBuilder::set(b.node("ReduceMean", {"square"}, {"mean"}), "axes",
                   std::vector<std::int64_t>{-1});
  b.node("Add", {"mean", "epsilon"}, {"sum"});
  b.node("Sqrt", {"sum"}, {"root"});
  if (reciprocal == "Reciprocal") b.node("Reciprocal", {"root"}, {"factor"});
  if (reciprocal == "Div") b.node("Div", {"one", "root"}, {"factor"});
  if (reciprocal.empty()) {
    b.node("Div", {"x", "root"}, {"normed"});
  } else {
    b.node("Mul", {"x", "factor"}, {"normed"});
  }
  b.node("Mul", {"weight", "normed"}, {"y"});
  b.output("y");
}

TEST_F(OnnxImport, PutsRmsNormsTogetherAgain) {
  for (const bool by_power : {true, false}) {
    for (const char* reciprocal : {"Reciprocal", "Div", ""}) {
      OnnxBuilder b;
      add_rms_norm(b, by_power, reciprocal);
      const Graph graph = import(b);
      ASSERT_THAT(graph.nodes(), SizeIs(1)) << reciprocal;
      const auto* norm = std::get_if<op::Norm>(&graph.nodes()[0].operation);
      ASSERT_NE(norm, nullptr);
      EXPECT_FALSE(norm->subtracts_mean);
      EXPECT_FLOAT_EQ(static_cast<float>(norm->epsilon), 1e-3F);
      const auto scale = graph.nodes()[0].inputs.at(1);
      EXPECT_THAT(*graph.tensor(scale).values, ElementsAre(1, 2, 3, 4));
      EXPECT_EQ(graph.tensor(graph.outputs()[0]).name, "y");
    }
  }
}

TEST_F(OnnxImport, LeavesARootThatSomebodyElseReads) {
  OnnxBuilder b;
  add_rms_norm(b, true, "Reciprocal");
  b.output("root");
  EXPECT_GT(import(b).nodes().size(), 1U);
}

}  // namespace
}  // namespace systerm
