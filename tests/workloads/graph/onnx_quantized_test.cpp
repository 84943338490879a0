// SPDX-License-Identifier: Apache-2.0
// Import of ONNX models: quantized models, in the QDQ and in the QLinear form.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/workloads/graph/onnx_import_fixture.h"
#include "workloads/graph/lowering.h"

namespace systerm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(OnnxImport, QuantizedConvolutionIsItsRealValue) {
  OnnxBuilder b;
  b.input("q", {1, 2, 1, 1});
  b.floats("xs", {}, {0.5F});
  b.codes("xz", {}, onnx::TensorProto::UINT8, {7});
  b.codes("w", {2, 2, 1, 1}, onnx::TensorProto::INT8, {10, -20, 30, 40});
  b.floats("ws", {2}, {0.25F, 0.125F});
  b.codes("wz", {2}, onnx::TensorProto::INT8, {0, 2});
  b.floats("ys", {}, {0.1F});
  b.codes("yz", {}, onnx::TensorProto::UINT8, {3});
  b.codes("bias", {2}, onnx::TensorProto::INT32, {8, -16});
  b.node("QLinearConv", {"q", "xs", "xz", "w", "ws", "wz", "ys", "yz", "bias"}, {"y"});
  b.output("y");
  const Network network = lower(import(b));
  ASSERT_THAT(network.layers, SizeIs(1));
  // Integers are whole multiples of their filter's scale.
  EXPECT_THAT(network.layers[0].gemm()->weight_scales, ElementsAre(0.25F, 0.125F));
  EXPECT_EQ(network.feature(network.inputs[0]).codes, (ModelCodes{0.5F, {-7, 248}}));
  EXPECT_EQ(network.feature(network.outputs[0]).codes, (ModelCodes{0.1F, {-3, 252}}));
  EXPECT_THAT(*network.layers[0].gemm()->weights, ElementsAre(2.5F, -5.0F, 3.5F, 4.75F));
  // In units of 0.5 * 0.25 and 0.5 * 0.125.
  EXPECT_THAT(network.layers[0].gemm()->bias, ElementsAre(1.0F, -1.0F));
  EXPECT_THAT(network.layers[0].steps, IsEmpty());
}

TEST_F(OnnxImport, SaturationAtTheZeroPointIsARectifier) {
  OnnxBuilder b;
  b.input("x", {1, 2});
  b.floats("s", {}, {0.5F});
  b.codes("z", {}, onnx::TensorProto::INT8, {-128});
  b.node("Add", {"x", "x"}, {"sum"});
  b.node("QuantizeLinear", {"sum", "s", "z"}, {"q"});
  b.node("DequantizeLinear", {"q", "s", "z"}, {"y"});
  b.output("y");
  const Network network = lower(import(b));
  ASSERT_THAT(network.layers, SizeIs(1));
  EXPECT_EQ(network.layers[0].steps.back().activation.function, ActivationFunction::kRelu);
}

TEST_F(OnnxImport, DynamicQuantizationKeepsTheRealProduct) {
  // As ONNX Runtime's dynamic quantization writes a linear layer.
  OnnxBuilder b;
  b.input("x", {1, 2});
  b.codes("w", {2, 2}, onnx::TensorProto::INT8, {10, 20, 30, 40});
  b.codes("wz", {}, onnx::TensorProto::INT8, {0});
  b.floats("ws", {}, {0.5F});
  b.floats("bias", {2}, {1.0F, 2.0F});
  b.node("DynamicQuantizeLinear", {"x"}, {"q", "qs", "qz"});
  b.node("MatMulInteger", {"q", "w", "qz", "wz"}, {"sum"});
  OnnxBuilder::set(b.node("Cast", {"sum"}, {"real"}), "to", std::int64_t{1});
  b.node("Mul", {"qs", "ws"}, {"scale"});
  b.node("Mul", {"real", "scale"}, {"scaled"});
  b.node("Add", {"scaled", "bias"}, {"y"});
  b.output("y");
  const Network network = lower(import(b));
  ASSERT_THAT(network.layers, SizeIs(1));
  EXPECT_EQ(network.layers[0].type, "linear");
  EXPECT_THAT(*network.layers[0].gemm()->weights, ElementsAre(5.0F, 15.0F, 10.0F, 20.0F));
  EXPECT_THAT(network.layers[0].gemm()->bias, ElementsAre(1.0F, 2.0F));
}

TEST_F(OnnxImport, IntegerProductsAreInUnitsOfTheScaleOfTheirData) {
  OnnxBuilder b;
  b.input("x", {1, 2, 1, 1});
  b.floats("s", {}, {0.25F});
  b.codes("z", {}, onnx::TensorProto::INT8, {3});
  b.codes("w", {2, 1}, onnx::TensorProto::INT8, {10, 20});
  b.integers("axes", {2, 3});
  b.node("QuantizeLinear", {"x", "s", "z"}, {"q"});
  b.node("Squeeze", {"q", "axes"}, {"flat"});
  b.node("MatMulInteger", {"flat", "w", "z"}, {"y"});
  b.output("y");
  EXPECT_THAT(*lower(import(b)).layers[0].gemm()->weights, ElementsAre(40.0F, 80.0F));
}

TEST_F(OnnxImport, QuantizedWeightsBehindDequantizeLinearAreConstants) {
  OnnxBuilder b;
  b.input("x", {1, 2, 1, 1});
  b.codes("w", {2, 2, 1, 1}, onnx::TensorProto::INT8, {1, 2, 3, 4});
  b.floats("ws", {2}, {0.5F, 2.0F});
  b.codes("wz", {2}, onnx::TensorProto::INT8, {0, 0});
  OnnxBuilder::set(b.node("DequantizeLinear", {"w", "ws", "wz"}, {"wf"}), "axis", std::int64_t{0});
  b.node("Conv", {"x", "wf"}, {"y"});
  b.output("y");
  EXPECT_THAT(*lower(import(b)).layers[0].gemm()->weights, ElementsAre(0.5F, 1.0F, 6.0F, 8.0F));
}

TEST_F(OnnxImport, WeightsThatAreQuantizedInTheGraphAreRoundedDuringTheImport) {
  // As fake quantization exports them; halves go to even codes, and codes end at those of the type.
  OnnxBuilder b;
  b.input("x", {1, 5});
  b.floats("w", {5, 1}, {0.25F, 0.75F, -1.3F, 100.0F, -100.0F});
  b.floats("ws", {}, {0.5F});
  b.codes("wz", {}, onnx::TensorProto::INT8, {0});
  b.node("QuantizeLinear", {"w", "ws", "wz"}, {"wq"});
  b.node("DequantizeLinear", {"wq", "ws", "wz"}, {"wf"});
  b.node("MatMul", {"x", "wf"}, {"y"});
  b.output("y");
  const Network network = lower(import(b));
  EXPECT_THAT(*network.layers[0].gemm()->weights, ElementsAre(0.0F, 1.0F, -1.5F, 63.5F, -64.0F));
  EXPECT_THAT(network.layers[0].gemm()->weight_scales, ElementsAre(0.5F));
}

TEST_F(OnnxImport, ScalesOfWhatASumRunsOverAreNotModelled) {
  OnnxBuilder b;
  b.input("x", {1, 2});
  b.codes("w", {2, 2}, onnx::TensorProto::INT8, {1, 2, 3, 4});
  b.floats("ws", {2}, {0.5F, 2.0F});
  OnnxBuilder::set(b.node("DequantizeLinear", {"w", "ws"}, {"wf"}), "axis", std::int64_t{0});
  b.node("MatMul", {"x", "wf"}, {"y"});
  b.output("y");
  const Network network = lower(import(b));
  ASSERT_THAT(network.unmodelled, SizeIs(1));
  EXPECT_THAT(network.unmodelled[0].reason, HasSubstr("each value that a sum runs over"));
}

TEST_F(OnnxImport, RefusesCodesThatAreReadOtherwiseThanTheyWereMade) {
  OnnxBuilder b;
  b.input("x", {1, 2});
  b.floats("s", {}, {0.5F});
  b.floats("t", {}, {0.25F});
  b.codes("z", {}, onnx::TensorProto::INT8, {3});
  b.node("QuantizeLinear", {"x", "s", "z"}, {"q"});
  b.node("DequantizeLinear", {"q", "t", "z"}, {"y"});
  b.output("y");
  EXPECT_THAT(error_of(b), HasSubstr("reads 'q' with another scale or zero point"));
}

TEST_F(OnnxImport, SaysThatDynamicScalesAreCalibrated) {
  OnnxBuilder b;
  b.input("x", {1, 2});
  b.node("DynamicQuantizeLinear", {"x"}, {"q", "s", "z"});
  b.node("DequantizeLinear", {"q", "s", "z"}, {"y"});
  b.output("y");
  const Graph graph = import(b);
  ASSERT_THAT(graph.notes, SizeIs(1));
  EXPECT_THAT(graph.notes[0], HasSubstr("calibrated instead"));
  EXPECT_EQ(stored_in_model(lower(graph)), ModelStorage{});
}

}  // namespace
}  // namespace systerm
