// SPDX-License-Identifier: Apache-2.0
// Quantized operators as real-valued ones. A quantized tensor stands for (code - zero point) *
// scale; codes and their rounding are left to the accelerator's own quantization.
#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "workloads/import/onnx_importer.h"

namespace systerm {

namespace {

double positive_scale(const Constant& constant) {
  if (constant.elements() != 1 || !(constant.at(0) > 0) || !std::isfinite(constant.at(0))) {
    throw GraphError("the scale of an activation must be one positive number");
  }
  return constant.at(0);
}

Constant one() { return float_constant({}, {1.0F}); }

}  // namespace

void OnnxImporter::note_quantization() {
  const std::string note =
      "quantized operators are imported as real-valued ones: weights and biases are dequantized, "
      "the "
      "scales and zero points stored for activations are not used";
  if (std::ranges::find(graph_.notes, note) == graph_.notes.end()) graph_.notes.push_back(note);
}

double OnnxImporter::scale_of(const OnnxNode& node, std::size_t i) const {
  const auto found = scales_.find(input_name(node, i));
  return found == scales_.end() ? 1.0 : found->second;
}

void OnnxImporter::emit_saturated(const OnnxNode& node, Operator operation,
                                  std::vector<TensorId> inputs, const Constant* zero_point,
                                  double scale) {
  note_quantization();
  // Codes end at the lowest of their type; where zero lies there, negative values are cut off.
  const bool cuts_negative =
      !zero_point || (zero_point->has_values && zero_point->elements() == 1 &&
                      !zero_point->is_float() && zero_point->integers[0] == zero_point->lowest() &&
                      zero_point->type != ElementType::kInteger);
  if (cuts_negative) {
    const TensorId sum = emit(node, std::move(operation), std::move(inputs), "/real");
    emit(node, op::Activate{{.function = ActivationFunction::kRelu}}, {sum});
  } else {
    emit(node, std::move(operation), std::move(inputs));
  }
  scales_[node.outputs.front()] = scale;
}

void OnnxImporter::quantize_linear(const OnnxNode& node) {
  if (required_constant(node, 1).elements() != 1) {
    return emit_unmodelled(node, "a scale for each channel of an activation");
  }
  emit_saturated(node, op::Identity{}, {operand(node, 0)}, constant_input(node, 2),
                 positive_scale(required_constant(node, 1)));
}

void OnnxImporter::dynamic_quantize_linear(const OnnxNode& node) {
  note_quantization();
  const TensorId data = operand(node, 0);
  if (node.outputs.size() != 3) fail(node, "needs three outputs");
  // With a nominal scale of one the factors that later multiply by it keep the real value.
  constants_.insert_or_assign(node.outputs[1], one());
  Constant zero = reshaped(integer_constant({0}), {});
  zero.type = ElementType::kUint8;
  constants_.insert_or_assign(node.outputs[2], std::move(zero));
  emit(node, op::Identity{}, {data});
  scales_[node.outputs[0]] = 1.0;
}

void OnnxImporter::dequantize_linear(const OnnxNode& node) {
  note_quantization();
  emit(node, op::Identity{}, {operand(node, 0)});
  scales_.erase(node.outputs.front());
}

/// Inputs: x, x scale, x zero, w, w scale, w zero, y scale, y zero, bias in units of both scales.
void OnnxImporter::qlinear_convolution(const OnnxNode& node) {
  const Constant* weights = constant_input(node, 3);
  if (!weights) return emit_unmodelled(node, "computed weights");
  if (weights->shape.size() < 3 || weights->shape.size() > 4) {
    return emit_unmodelled(
        node, fmt::format("a convolution with weights of shape {}", to_string(weights->shape)));
  }
  const double data_scale = positive_scale(required_constant(node, 1));
  const Constant& weight_scale = required_constant(node, 4);
  const Shape kernel(weights->shape.begin() + 2, weights->shape.end());
  const auto slides = window(node, kernel, known_shape(input_name(node, 0)));
  if (!slides) return emit_unmodelled(node, "its padding depends on a shape that is not known");

  std::vector<TensorId> inputs{
      operand(node, 0),
      graph_constant(node.outputs.front() + "/weights",
                     dequantized(*weights, weight_scale, constant_input(node, 5), 0))};
  if (const Constant* bias = constant_input(node, 8)) {
    const Constant unit = combine(op::Binary::Kind::kMultiply, weight_scale,
                                  float_constant({}, {static_cast<float>(data_scale)}));
    inputs.push_back(
        graph_constant(node.outputs.front() + "/bias", dequantized(*bias, unit, nullptr, 0)));
  }
  emit_saturated(node, op::Convolution{.window = *slides, .groups = integer(node, "group", 1)},
                 std::move(inputs), constant_input(node, 7),
                 positive_scale(required_constant(node, 6)));
}

/// Inputs: a, a scale, a zero, b, b scale, b zero, y scale, y zero.
void OnnxImporter::qlinear_matmul(const OnnxNode& node) {
  const Constant* weights = constant_input(node, 3);
  if (!weights || weights->shape.size() != 2) {
    return emit_unmodelled(node, "a product of two activations");
  }
  const TensorId matrix =
      graph_constant(node.outputs.front() + "/weights",
                     dequantized(*weights, required_constant(node, 4), constant_input(node, 5), 1));
  emit_saturated(node, op::Linear{.filters_first = false}, {operand(node, 0), matrix},
                 constant_input(node, 7), positive_scale(required_constant(node, 6)));
}

/// Inputs: x, w, x zero, w zero. The result is in units of the scale of x.
void OnnxImporter::integer_convolution(const OnnxNode& node) {
  note_quantization();
  const Constant* weights = constant_input(node, 1);
  if (!weights) return emit_unmodelled(node, "computed weights");
  if (weights->shape.size() < 3 || weights->shape.size() > 4) {
    return emit_unmodelled(
        node, fmt::format("a convolution with weights of shape {}", to_string(weights->shape)));
  }
  const Shape kernel(weights->shape.begin() + 2, weights->shape.end());
  const auto slides = window(node, kernel, known_shape(input_name(node, 0)));
  if (!slides) return emit_unmodelled(node, "its padding depends on a shape that is not known");
  const Constant unit = float_constant({}, {static_cast<float>(1.0 / scale_of(node, 0))});
  const TensorId matrix = graph_constant(node.outputs.front() + "/weights",
                                         dequantized(*weights, unit, constant_input(node, 3), 0));
  emit(node, op::Convolution{.window = *slides, .groups = integer(node, "group", 1)},
       {operand(node, 0), matrix});
}

/// Inputs: a, b, a zero, b zero. The result is in units of the scale of a.
void OnnxImporter::integer_matmul(const OnnxNode& node) {
  note_quantization();
  const Constant* weights = constant_input(node, 1);
  if (!weights || weights->shape.size() != 2) {
    return emit_unmodelled(node, "a product of two activations");
  }
  const Constant unit = float_constant({}, {static_cast<float>(1.0 / scale_of(node, 0))});
  const TensorId matrix = graph_constant(node.outputs.front() + "/weights",
                                         dequantized(*weights, unit, constant_input(node, 3), 1));
  emit(node, op::Linear{.filters_first = false}, {operand(node, 0), matrix});
}

}  // namespace systerm
