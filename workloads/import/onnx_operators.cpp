// SPDX-License-Identifier: Apache-2.0
// ONNX operators as operators of the graph, in the forms of all opsets: what was an attribute
// became an input later for many of them.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/shape_inference.h"
#include "workloads/import/onnx_importer.h"
#include "workloads/import/onnx_patterns.h"

namespace systerm {

namespace {

/// Keeps the arithmetic on windows in 64 bits; shape inference judges the values.
constexpr std::int64_t kLargestAttribute = std::int64_t{1} << 30;

/// Padding of one axis, before and after.
struct Padding {
  std::int64_t before = 0;
  std::int64_t after = 0;
};

Padding same_padding(std::int64_t input, std::int64_t kernel, std::int64_t stride,
                     std::int64_t dilation, bool more_before) {
  const std::int64_t output = (input + stride - 1) / stride;
  const std::int64_t total =
      std::max<std::int64_t>(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - input);
  const std::int64_t half = total / 2;
  return more_before ? Padding{total - half, half} : Padding{half, total - half};
}

/// What has to follow the padding so that a last window that is only partly filled counts.
std::int64_t ceil_padding(std::int64_t input, std::int64_t kernel, std::int64_t stride,
                          std::int64_t dilation, const Padding& padding) {
  const std::int64_t covered = (kernel - 1) * dilation + 1;
  const std::int64_t room = input + padding.before + padding.after - covered;
  if (room < 0) return 0;
  std::int64_t output = (room + stride - 1) / stride + 1;
  // A window that would start in the padding behind the input is dropped.
  if ((output - 1) * stride >= input + padding.before) --output;
  return std::max<std::int64_t>(0, (output - 1) * stride - room);
}

}  // namespace

const std::map<std::string, OnnxImporter::Convert>& OnnxImporter::converters() {
  static const std::map<std::string, Convert> kConverters{
      {"Conv", &OnnxImporter::convolution},
      {"Gemm", &OnnxImporter::gemm},
      {"MatMul", &OnnxImporter::matmul},
      {"MaxPool", &OnnxImporter::pooling},
      {"AveragePool", &OnnxImporter::pooling},
      {"GlobalMaxPool", &OnnxImporter::global_pooling},
      {"GlobalAveragePool", &OnnxImporter::global_pooling},
      {"Add", &OnnxImporter::binary},
      {"Sub", &OnnxImporter::binary},
      {"Mul", &OnnxImporter::binary},
      {"Div", &OnnxImporter::binary},
      {"Sum", &OnnxImporter::sum},
      {"Relu", &OnnxImporter::activation},
      {"LeakyRelu", &OnnxImporter::activation},
      {"Sigmoid", &OnnxImporter::activation},
      {"HardSigmoid", &OnnxImporter::activation},
      {"Tanh", &OnnxImporter::activation},
      {"HardSwish", &OnnxImporter::activation},
      {"Clip", &OnnxImporter::clip},
      {"PRelu", &OnnxImporter::parametric_relu},
      {"Gelu", &OnnxImporter::gelu},
      {"Erf", &OnnxImporter::activation},
      {"Elu", &OnnxImporter::activation},
      {"Exp", &OnnxImporter::activation},
      {"Softplus", &OnnxImporter::activation},
      {"Softsign", &OnnxImporter::activation},
      {"Abs", &OnnxImporter::activation},
      {"LayerNormalization", &OnnxImporter::layer_normalization},
      {kRmsNormalization, &OnnxImporter::rms_normalization},
      {"Gather", &OnnxImporter::gather},
      {"Slice", &OnnxImporter::slice},
      {"Split", &OnnxImporter::split},
      {"Expand", &OnnxImporter::expand},
      {"Tile", &OnnxImporter::tile},
      {"Resize", &OnnxImporter::resize},
      {"Upsample", &OnnxImporter::resize},
      {"ConvTranspose", &OnnxImporter::transposed_convolution},
      {"LSTM", &OnnxImporter::recurrent},
      {"GRU", &OnnxImporter::recurrent},
      {"BatchNormalization", &OnnxImporter::batch_normalization},
      {"Concat", &OnnxImporter::concatenation},
      {"Flatten", &OnnxImporter::flatten},
      {"Reshape", &OnnxImporter::reshape},
      {"Squeeze", &OnnxImporter::squeeze},
      {"Unsqueeze", &OnnxImporter::unsqueeze},
      {"Transpose", &OnnxImporter::transpose},
      {"Identity", &OnnxImporter::identity},
      {"Dropout", &OnnxImporter::identity},
      {"Cast", &OnnxImporter::identity},
      {"Softmax", &OnnxImporter::softmax},
      {"Where", &OnnxImporter::where},
      {"Pad", &OnnxImporter::pad},
      {"ReduceMean", &OnnxImporter::reduce_mean},
      {"QuantizeLinear", &OnnxImporter::quantize_linear},
      {"DynamicQuantizeLinear", &OnnxImporter::dynamic_quantize_linear},
      {"DequantizeLinear", &OnnxImporter::dequantize_linear},
      {"QLinearConv", &OnnxImporter::qlinear_convolution},
      {"QLinearMatMul", &OnnxImporter::qlinear_matmul},
      {"ConvInteger", &OnnxImporter::integer_convolution},
      {"MatMulInteger", &OnnxImporter::integer_matmul},
  };
  return kConverters;
}

OnnxImporter::Convert OnnxImporter::converter(const OnnxNode& node) {
  if (!node.domain.empty()) return nullptr;
  const auto found = converters().find(node.type);
  return found == converters().end() ? nullptr : found->second;
}

std::vector<std::string> OnnxImporter::operators() {
  std::vector<std::string> names;
  for (const auto& [name, convert] : converters()) names.push_back(name);
  return names;
}

std::vector<std::string> onnx_operators() { return OnnxImporter::operators(); }

/// Nothing where the padding depends on a shape that is not known.
std::optional<Window> OnnxImporter::window(const OnnxNode& node, const Shape& kernel,
                                           const std::optional<Shape>& data) {
  const std::size_t axes = kernel.size();
  const auto list = [&](const char* name, std::size_t count, std::int64_t otherwise) {
    const auto values = integers(node, name).value_or(Shape(count, otherwise));
    if (values.size() != count) {
      fail(node,
           fmt::format("attribute '{}' has {} values, expected {}", name, values.size(), count));
    }
    for (const std::int64_t value : values) {
      if (value < 0 || value > kLargestAttribute) {
        fail(node, fmt::format("attribute '{}' has a value of {}", name, value));
      }
    }
    return values;
  };
  const Shape strides = list("strides", axes, 1);
  const Shape dilations = list("dilations", axes, 1);
  const Shape pads = list("pads", 2 * axes, 0);
  if (std::ranges::min(strides) < 1 || std::ranges::min(dilations) < 1) {
    fail(node, "strides and dilations must be at least 1");
  }
  const std::string automatic = text(node, "auto_pad", "NOTSET");
  const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  if (!same && automatic != "NOTSET" && automatic != "VALID" && !automatic.empty()) {
    fail(node, fmt::format("auto_pad is '{}'", automatic));
  }
  const bool rounds_up = integer(node, "ceil_mode", 0) != 0;
  if ((same || rounds_up) && !data) return std::nullopt;
  if (data && data->size() != axes + 2) {
    fail(node, fmt::format("a kernel with {} axes does not fit data {}", axes, to_string(*data)));
  }
  std::vector<Padding> padding(axes);
  for (std::size_t i = 0; i < axes; ++i) {
    if (automatic != "VALID") padding[i] = {pads[i], pads[i + axes]};
    if (same) {
      padding[i] = same_padding((*data)[i + 2], kernel[i], strides[i], dilations[i],
                                automatic == "SAME_LOWER");
    }
    if (rounds_up) {
      padding[i].after +=
          ceil_padding((*data)[i + 2], kernel[i], strides[i], dilations[i], padding[i]);
    }
  }
  const std::size_t x = axes - 1;
  Window result{.kernel_width = kernel[x],
                .stride_width = strides[x],
                .dilation_width = dilations[x],
                .pad_left = padding[x].before,
                .pad_right = padding[x].after};
  if (axes == 2) {
    result.kernel_height = kernel[0];
    result.stride_height = strides[0];
    result.dilation_height = dilations[0];
    result.pad_top = padding[0].before;
    result.pad_bottom = padding[0].after;
  }
  return result;
}

void OnnxImporter::convolution(const OnnxNode& node) {
  const auto weights = known_shape(input_name(node, 1));
  if (!weights) return emit_unmodelled(node, "the shape of its weights is unknown");
  if (weights->size() < 3 || weights->size() > 4) {
    return emit_unmodelled(
        node, fmt::format("a convolution with weights of shape {}", to_string(*weights)));
  }
  const Shape kernel(weights->begin() + 2, weights->end());
  const auto stated = integers(node, "kernel_shape");
  if (stated && *stated != kernel) {
    fail(node, fmt::format("kernel_shape {} does not match weights {}", to_string(*stated),
                           to_string(*weights)));
  }
  const auto slides = window(node, kernel, known_shape(input_name(node, 0)));
  if (!slides) return emit_unmodelled(node, "its padding depends on a shape that is not known");
  std::vector<TensorId> inputs{operand(node, 0), operand(node, 1)};
  if (has_input(node, 2)) inputs.push_back(operand(node, 2));
  emit(node, op::Convolution{.window = *slides, .groups = integer(node, "group", 1)},
       std::move(inputs));
}

void OnnxImporter::gemm(const OnnxNode& node) {
  if (integer(node, "transA", 0) != 0) return emit_unmodelled(node, "transposed data");
  std::vector<TensorId> inputs{operand(node, 0), operand(node, 1)};
  if (has_input(node, 2)) inputs.push_back(operand(node, 2));
  emit(node,
       op::Linear{.filters_first = integer(node, "transB", 0) != 0,
                  .data_scale = static_cast<double>(number(node, "alpha", 1.0F)),
                  .bias_scale = static_cast<double>(number(node, "beta", 1.0F))},
       std::move(inputs));
}

void OnnxImporter::matmul(const OnnxNode& node) {
  emit(node, op::MatMul{}, {operand(node, 0), operand(node, 1)});
}

void OnnxImporter::pooling(const OnnxNode& node) {
  const auto kernel = integers(node, "kernel_shape");
  if (!kernel) fail(node, "has no kernel_shape");
  if (kernel->empty() || kernel->size() > 2) {
    return emit_unmodelled(node, fmt::format("pooling over {} axes", kernel->size()));
  }
  for (const std::int64_t extent : *kernel) {
    if (extent < 1 || extent > kLargestAttribute) fail(node, fmt::format("a kernel of {}", extent));
  }
  const auto slides = window(node, *kernel, known_shape(input_name(node, 0)));
  if (!slides) return emit_unmodelled(node, "its padding depends on a shape that is not known");
  const bool is_maximum = node.type == "MaxPool";
  const bool counts_padding = !is_maximum && integer(node, "count_include_pad", 0) != 0;
  if (counts_padding && integer(node, "ceil_mode", 0) != 0) {
    return emit_unmodelled(node, "an average over padding with ceil_mode");
  }
  emit(node,
       op::Pooling{.kind = is_maximum ? Pool::Kind::kMax : Pool::Kind::kAverage,
                   .window = *slides,
                   .count_padding = counts_padding},
       {operand(node, 0)});
}

void OnnxImporter::global_pooling(const OnnxNode& node) {
  const bool is_maximum = node.type == "GlobalMaxPool";
  emit(node, op::GlobalPooling{.kind = is_maximum ? Pool::Kind::kMax : Pool::Kind::kAverage},
       {operand(node, 0)});
}

void OnnxImporter::binary(const OnnxNode& node) {
  using Kind = op::Binary::Kind;
  const Kind kind = node.type == "Add"   ? Kind::kAdd
                    : node.type == "Sub" ? Kind::kSubtract
                    : node.type == "Mul" ? Kind::kMultiply
                                         : Kind::kDivide;
  // Up to opset 6 the second operand could be aligned with an inner axis of the first.
  if (node.attributes.contains("axis")) return emit_unmodelled(node, "broadcast along an axis");
  emit(node, op::Binary{kind}, {operand(node, 0), operand(node, 1)});
}

void OnnxImporter::sum(const OnnxNode& node) {
  TensorId result = operand(node, 0);
  if (node.inputs.size() == 1) {
    emit(node, op::Identity{}, {result});
    return;
  }
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    const bool is_last = i + 1 == node.inputs.size();
    result = emit(node, op::Binary{op::Binary::Kind::kAdd}, {result, operand(node, i)},
                  is_last ? "" : fmt::format("/{}", i));
  }
}

void OnnxImporter::activation(const OnnxNode& node) {
  Activation activation;
  if (node.type == "Relu") activation.function = ActivationFunction::kRelu;
  if (node.type == "Sigmoid") activation.function = ActivationFunction::kSigmoid;
  if (node.type == "Tanh") activation.function = ActivationFunction::kTanh;
  if (node.type == "HardSwish") activation.function = ActivationFunction::kHardSwish;
  if (node.type == "Erf") activation.function = ActivationFunction::kErf;
  if (node.type == "Exp") activation.function = ActivationFunction::kExp;
  if (node.type == "Softplus") activation.function = ActivationFunction::kSoftplus;
  if (node.type == "Softsign") activation.function = ActivationFunction::kSoftsign;
  if (node.type == "Abs") activation.function = ActivationFunction::kAbsolute;
  if (node.type == "Elu") {
    activation = {ActivationFunction::kElu, number(node, "alpha", 1.0F), 0.0F};
  }
  if (node.type == "LeakyRelu") {
    activation = {ActivationFunction::kLeakyRelu, number(node, "alpha", 0.01F), 0.0F};
  }
  if (node.type == "HardSigmoid") {
    activation = {ActivationFunction::kHardSigmoid, number(node, "alpha", 0.2F),
                  number(node, "beta", 0.5F)};
  }
  emit(node, op::Activate{activation}, {operand(node, 0)});
}

void OnnxImporter::clip(const OnnxNode& node) {
  const auto bound = [&](const char* name, std::size_t i, float otherwise) {
    if (!has_input(node, i)) return number(node, name, otherwise);
    const Constant& constant = required_constant(node, i);
    if (constant.elements() != 1 || std::isnan(constant.at(0))) {
      fail(node, fmt::format("'{}' must be one number", name));
    }
    return static_cast<float>(constant.at(0));
  };
  constexpr float kLargest = std::numeric_limits<float>::max();
  const float low = std::max(bound("min", 1, -kLargest), -kLargest);
  const float high = std::min(bound("max", 2, kLargest), kLargest);
  if (low == -kLargest && high == kLargest) {
    emit(node, op::Identity{}, {operand(node, 0)});
  } else if (low == 0.0F && high == kLargest) {
    emit(node, op::Activate{{.function = ActivationFunction::kRelu}}, {operand(node, 0)});
  } else {
    emit(node, op::Activate{{ActivationFunction::kClip, low, high}}, {operand(node, 0)});
  }
}

void OnnxImporter::parametric_relu(const OnnxNode& node) {
  const Constant* slope = constant_input(node, 1);
  if (!slope || !slope->has_values || slope->elements() != 1 || !std::isfinite(slope->at(0))) {
    return emit_unmodelled(node, "a slope for each channel");
  }
  emit(node, op::Activate{{ActivationFunction::kLeakyRelu, static_cast<float>(slope->at(0)), 0.0F}},
       {operand(node, 0)});
}

void OnnxImporter::gelu(const OnnxNode& node) {
  const std::string kind = text(node, "approximate", "none");
  if (kind != "none" && kind != "tanh") fail(node, fmt::format("approximate is '{}'", kind));
  const auto function = kind == "tanh" ? ActivationFunction::kGeluTanh : ActivationFunction::kGelu;
  emit(node, op::Activate{{.function = function}}, {operand(node, 0)});
}

void OnnxImporter::batch_normalization(const OnnxNode& node) {
  if (integer(node, "training_mode", 0) != 0) return emit_unmodelled(node, "training mode");
  if (integer(node, "spatial", 1) == 0) return emit_unmodelled(node, "a norm for each position");
  emit(node, op::BatchNorm{.epsilon = static_cast<double>(number(node, "epsilon", 1e-5F))},
       {operand(node, 0), operand(node, 1), operand(node, 2), operand(node, 3), operand(node, 4)});
}

void OnnxImporter::concatenation(const OnnxNode& node) {
  std::vector<TensorId> inputs;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) inputs.push_back(operand(node, i));
  if (inputs.size() == 1) {
    emit(node, op::Identity{}, std::move(inputs));
    return;
  }
  emit(node, op::Concatenate{.axis = integer(node, "axis", 1)}, std::move(inputs));
}

void OnnxImporter::flatten(const OnnxNode& node) {
  emit(node, op::Flatten{.axis = integer(node, "axis", 1)}, {operand(node, 0)});
}

void OnnxImporter::reshape(const OnnxNode& node) {
  op::Reshape operation{.shape = {}, .zero_is_literal = integer(node, "allowzero", 0) != 0};
  if (const Constant* shape = constant_input(node, 1)) {
    operation.shape = integers_of(node, *shape);
  } else if (const auto attribute = integers(node, "shape")) {
    operation.shape = *attribute;
  } else if (const auto declared = declared_shape(node.outputs.front())) {
    operation.shape = *declared;
  } else {
    return emit_unmodelled(node, "its shape is computed from data");
  }
  emit(node, std::move(operation), {operand(node, 0)});
}

void OnnxImporter::squeeze(const OnnxNode& node) {
  emit(node, op::Squeeze{axes(node, 1).value_or(Shape())}, {operand(node, 0)});
}

void OnnxImporter::unsqueeze(const OnnxNode& node) {
  const auto added = axes(node, 1);
  if (!added) fail(node, "has no axes");
  emit(node, op::Unsqueeze{*added}, {operand(node, 0)});
}

void OnnxImporter::transpose(const OnnxNode& node) {
  auto permutation = integers(node, "perm");
  if (!permutation) {
    const auto shape = known_shape(input_name(node, 0));
    if (!shape) return emit_unmodelled(node, "the shape of its input is unknown");
    permutation.emplace();
    for (std::size_t i = shape->size(); i-- > 0;) {
      permutation->push_back(static_cast<std::int64_t>(i));
    }
  }
  emit(node, op::Transpose{*std::move(permutation)}, {operand(node, 0)});
}

void OnnxImporter::identity(const OnnxNode& node) {
  const Constant* training = node.type == "Dropout" ? constant_input(node, 2) : nullptr;
  if (training != nullptr && training->has_values && training->elements() > 0 &&
      training->at(0) != 0) {
    return emit_unmodelled(node, "training mode");
  }
  emit(node, op::Identity{}, {operand(node, 0)});
}

void OnnxImporter::softmax(const OnnxNode& node) {
  const auto masked = masked_.find(input_name(node, 0));
  const auto shape =
      known_shape(masked == masked_.end() ? input_name(node, 0) : masked->second.scores);
  if (!shape) return emit_unmodelled(node, "the shape of its input is unknown");
  const auto rank = static_cast<std::int64_t>(shape->size());
  // Up to opset 12 the data count as a matrix that is split at the axis.
  const bool as_matrix = model_.opset < 13;
  const std::int64_t given = integer(node, "axis", as_matrix ? 1 : -1);
  const std::int64_t axis = given < 0 ? given + rank : given;
  if (axis < 0 || axis >= rank) {
    fail(node, fmt::format("axis {} is outside data {}", given, to_string(*shape)));
  }
  op::Softmax operation;
  for (std::int64_t i = axis; i < (as_matrix ? rank : axis + 1); ++i) operation.axes.push_back(i);
  std::vector<TensorId> inputs = softmax_inputs(node, operation);
  emit(node, std::move(operation), std::move(inputs));
}

void OnnxImporter::pad(const OnnxNode& node) {
  const auto shape = known_shape(input_name(node, 0));
  if (!shape) return emit_unmodelled(node, "the shape of its input is unknown");
  const std::string mode = text(node, "mode", "constant");
  if (mode != "constant") return emit_unmodelled(node, fmt::format("padding mode '{}'", mode));
  const bool as_inputs = has_input(node, 1);
  const auto pads = as_inputs ? std::optional(integers_of(node, required_constant(node, 1)))
                    : integers(node, "pads") ? integers(node, "pads")
                                             : integers(node, "paddings");
  if (!pads) fail(node, "has no pads");
  std::vector<std::int64_t> axes;
  if (has_input(node, 3)) axes = integers_of(node, required_constant(node, 3));
  if (axes.empty()) {
    for (std::size_t i = 0; i < shape->size(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  }
  if (pads->size() != 2 * axes.size()) {
    fail(node, fmt::format("{} pads for {} axes", pads->size(), axes.size()));
  }
  op::Pad operation{.before = Shape(shape->size(), 0),
                    .after = Shape(shape->size(), 0),
                    .value = number(node, "value", 0.0F)};
  if (has_input(node, 2)) {
    const Constant& value = required_constant(node, 2);
    if (value.elements() != 1) fail(node, "needs one value to pad with");
    operation.value = static_cast<float>(value.at(0));
  }
  const auto rank = static_cast<std::int64_t>(shape->size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
    if (axis < 0 || axis >= rank) fail(node, fmt::format("axis {} is out of range", axes[i]));
    operation.before[static_cast<std::size_t>(axis)] = (*pads)[i];
    operation.after[static_cast<std::size_t>(axis)] = (*pads)[i + axes.size()];
  }
  emit(node, std::move(operation), {operand(node, 0)});
}

void OnnxImporter::reduce_mean(const OnnxNode& node) {
  const auto shape = known_shape(input_name(node, 0));
  if (!shape) return emit_unmodelled(node, "the shape of its input is unknown");
  op::ReduceMean operation{.axes = axes(node, 1).value_or(Shape()),
                           .keep_axes = integer(node, "keepdims", 1) != 0};
  if (operation.axes.empty()) {
    if (integer(node, "noop_with_empty_axes", 0) != 0) {
      emit(node, op::Identity{}, {operand(node, 0)});
      return;
    }
    for (std::size_t i = 0; i < shape->size(); ++i) {
      operation.axes.push_back(static_cast<std::int64_t>(i));
    }
  }
  emit(node, std::move(operation), {operand(node, 0)});
}

}  // namespace systerm
