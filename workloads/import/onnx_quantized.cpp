// SPDX-License-Identifier: Apache-2.0
// Quantized operators as real-valued ones between activations that are stored in the model's codes.
// A quantized tensor stands for (code - zero point) * scale.
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

CodeRange range_of(const Constant* zero_point) {
  if (!zero_point) return {.lowest = 0, .highest = 255};
  if (!zero_point->has_values || zero_point->elements() != 1) {
    throw GraphError("the zero point of an activation must be one number");
  }
  if (!zero_point->is_byte()) {
    throw GraphError("codes of activations must be int8 or uint8");
  }
  const std::int64_t zero = zero_point->integers[0];
  if (zero < zero_point->lowest() || zero > zero_point->highest()) {
    throw GraphError(fmt::format("a zero point of {} is no code", zero));
  }
  return {.lowest = static_cast<std::int32_t>(zero_point->lowest() - zero),
          .highest = static_cast<std::int32_t>(zero_point->highest() - zero)};
}

Constant one() { return float_constant({}, {1.0F}); }

}  // namespace

const ModelCodes* OnnxImporter::codes_of(TensorId id) const {
  const auto found = codes_.find(graph_.tensor(id).name);
  return found == codes_.end() ? nullptr : &found->second;
}

ModelCodes OnnxImporter::codes_at(const OnnxNode& node, std::size_t scale,
                                  std::size_t zero_point) const {
  if (has_input(node, zero_point)) required_constant(node, zero_point);
  return {.scale = static_cast<float>(positive_scale(required_constant(node, scale))),
          .range = range_of(constant_input(node, zero_point))};
}

ModelCodes OnnxImporter::known_codes(const OnnxNode& node, std::size_t i,
                                     std::size_t zero_point) const {
  if (has_input(node, zero_point)) required_constant(node, zero_point);
  const auto found = codes_.find(input_name(node, i));
  return {.scale = found == codes_.end() ? 1.0F : found->second.scale,
          .range = range_of(constant_input(node, zero_point))};
}

TensorId OnnxImporter::coded_operand(const OnnxNode& node, std::size_t i, const ModelCodes& codes) {
  const std::string& name = input_name(node, i);
  const auto known = codes_.find(name);
  if (known != codes_.end() && known->second != codes) {
    fail(node,
         fmt::format("reads '{}' with another scale or zero point than it was made with", name));
  }
  const auto coded = coded_inputs_.find(name);
  if (coded != coded_inputs_.end()) return coded->second;
  const TensorId id = operand(node, i);
  if (known != codes_.end() || dynamic_.contains(name)) return id;
  const TensorId stored = emit_named(node, unique_name(node, "/input"), name + "/codes", false,
                                     op::Quantize{codes}, {id});
  coded_inputs_.emplace(name, stored);
  codes_.emplace(name, codes);
  return stored;
}

TensorId OnnxImporter::store_in_codes(const OnnxNode& node, TensorId real,
                                      const ModelCodes& codes) {
  const std::string& output = node.outputs.front();
  codes_.insert_or_assign(output, codes);
  return emit_named(node, unique_name(node, "/codes"), output, true, op::Quantize{codes}, {real});
}

void OnnxImporter::emit_coded(const OnnxNode& node, Operator operation,
                              std::vector<TensorId> inputs, const ModelCodes& codes) {
  const std::string& output = node.outputs.front();
  TensorId real = std::holds_alternative<op::Identity>(operation)
                      ? inputs.front()
                      : emit_named(node, unique_name(node, ""), output + "/real", false,
                                   std::move(operation), std::move(inputs));
  // Codes end at the lowest of their type; where zero lies there, negative values are cut off. An
  // input of the model is cut off as it is stored.
  const bool is_input = std::ranges::find(graph_.inputs(), real) != graph_.inputs().end();
  if (codes.range.lowest == 0 && !is_input) {
    real = emit_named(node, unique_name(node, "/relu"), output + "/positive", false,
                      op::Activate{{.function = ActivationFunction::kRelu}}, {real});
  }
  store_in_codes(node, real, codes);
}

void OnnxImporter::quantize_linear(const OnnxNode& node) {
  if (required_constant(node, 1).elements() != 1) {
    return emit_unmodelled(node, "a scale for each channel of an activation");
  }
  emit_coded(node, op::Identity{}, {operand(node, 0)}, codes_at(node, 1, 2));
}

void OnnxImporter::dynamic_quantize_linear(const OnnxNode& node) {
  const std::string note =
      "DynamicQuantizeLinear computes a scale from its data at run time; the scales of these "
      "activations are calibrated instead";
  if (std::ranges::find(graph_.notes, note) == graph_.notes.end()) graph_.notes.push_back(note);
  const TensorId data = operand(node, 0);
  if (node.outputs.size() != 3) fail(node, "needs three outputs");
  // With a nominal scale of one the factors that later multiply by it keep the real value.
  constants_.insert_or_assign(node.outputs[1], one());
  Constant zero = reshaped(integer_constant({0}), {});
  zero.type = ElementType::kUint8;
  constants_.insert_or_assign(node.outputs[2], std::move(zero));
  emit(node, op::Identity{}, {data});
  dynamic_.insert(node.outputs[0]);
}

void OnnxImporter::dequantize_linear(const OnnxNode& node) {
  if (dynamic_.contains(input_name(node, 0))) {
    emit(node, op::Identity{}, {operand(node, 0)});
    return;
  }
  if (required_constant(node, 1).elements() != 1) {
    return emit_unmodelled(node, "a scale for each channel of an activation");
  }
  emit(node, op::Identity{}, {coded_operand(node, 0, codes_at(node, 1, 2))});
}

/// Inputs: x, x scale, x zero, w, w scale, w zero, y scale, y zero, bias in units of both scales.
void OnnxImporter::qlinear_convolution(const OnnxNode& node) {
  const Constant* weights = constant_input(node, 3);
  if (!weights) return emit_unmodelled(node, "computed weights");
  if (weights->shape.size() < 3 || weights->shape.size() > 4) {
    return emit_unmodelled(
        node, fmt::format("a convolution with weights of shape {}", to_string(weights->shape)));
  }
  const ModelCodes data = codes_at(node, 1, 2);
  const Constant& weight_scale = required_constant(node, 4);
  const Shape kernel(weights->shape.begin() + 2, weights->shape.end());
  const auto slides = window(node, kernel, known_shape(input_name(node, 0)));
  if (!slides) return emit_unmodelled(node, "its padding depends on a shape that is not known");

  std::vector<TensorId> inputs{
      coded_operand(node, 0, data),
      graph_constant(node.outputs.front() + "/weights",
                     dequantized(*weights, weight_scale, constant_input(node, 5), 0))};
  if (const Constant* bias = constant_input(node, 8)) {
    const Constant unit =
        combine(op::Binary::Kind::kMultiply, weight_scale, float_constant({}, {data.scale}));
    inputs.push_back(
        graph_constant(node.outputs.front() + "/bias", dequantized(*bias, unit, nullptr, 0)));
  }
  emit_coded(node, op::Convolution{.window = *slides, .groups = integer(node, "group", 1)},
             std::move(inputs), codes_at(node, 6, 7));
}

/// Inputs: a, a scale, a zero, b, b scale, b zero, y scale, y zero.
void OnnxImporter::qlinear_matmul(const OnnxNode& node) {
  const Constant* weights = constant_input(node, 3);
  const TensorId data = coded_operand(node, 0, codes_at(node, 1, 2));
  const ModelCodes result = codes_at(node, 6, 7);
  if (!weights || weights->shape.size() != 2) {
    if (weights) return emit_unmodelled(node, "a product with a constant that is no matrix");
    const TensorId second = coded_operand(node, 3, codes_at(node, 4, 5));
    return emit_coded(node, op::MatMul{}, {data, second}, result);
  }
  const TensorId matrix =
      graph_constant(node.outputs.front() + "/weights",
                     dequantized(*weights, required_constant(node, 4), constant_input(node, 5), 1));
  emit_coded(node, op::Linear{.filters_first = false}, {data, matrix}, result);
}

/// Inputs: x, w, x zero, w zero. The result is in units of the scale of x.
void OnnxImporter::integer_convolution(const OnnxNode& node) {
  const Constant* weights = constant_input(node, 1);
  if (!weights) return emit_unmodelled(node, "computed weights");
  if (weights->shape.size() < 3 || weights->shape.size() > 4) {
    return emit_unmodelled(
        node, fmt::format("a convolution with weights of shape {}", to_string(weights->shape)));
  }
  const Shape kernel(weights->shape.begin() + 2, weights->shape.end());
  const auto slides = window(node, kernel, known_shape(input_name(node, 0)));
  if (!slides) return emit_unmodelled(node, "its padding depends on a shape that is not known");
  const ModelCodes codes = known_codes(node, 0, 2);
  const TensorId data = coded_operand(node, 0, codes);
  const TensorId matrix = graph_constant(
      node.outputs.front() + "/weights",
      dequantized(*weights, float_constant({}, {1.0F / codes.scale}), constant_input(node, 3), 0));
  emit(node, op::Convolution{.window = *slides, .groups = integer(node, "group", 1)},
       {data, matrix});
}

/// Inputs: a, b, a zero, b zero. The result is in units of the scale of a.
void OnnxImporter::integer_matmul(const OnnxNode& node) {
  const Constant* weights = constant_input(node, 1);
  if (!weights || weights->shape.size() != 2) {
    return emit_unmodelled(node, "a product of two activations");
  }
  const ModelCodes codes = known_codes(node, 0, 2);
  const TensorId data = coded_operand(node, 0, codes);
  const TensorId matrix = graph_constant(
      node.outputs.front() + "/weights",
      dequantized(*weights, float_constant({}, {1.0F / codes.scale}), constant_input(node, 3), 1));
  emit(node, op::Linear{.filters_first = false}, {data, matrix});
}

}  // namespace systerm
