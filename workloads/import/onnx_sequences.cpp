// SPDX-License-Identifier: Apache-2.0
// Operators of transformers and recurrent networks, and those that move elements.
#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "workloads/import/onnx_importer.h"

namespace systerm {

namespace {

std::vector<std::int64_t> range(std::int64_t begin, std::int64_t count, std::int64_t step = 1) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(begin + i * step);
  return values;
}

std::vector<std::vector<std::int64_t>> all_entries(const Shape& shape) {
  std::vector<std::vector<std::int64_t>> entries;
  for (const std::int64_t extent : shape) entries.push_back(range(0, extent));
  return entries;
}

/// Part `index` of `parts` equal ones along the first axis.
Constant part_of(const Constant& constant, std::int64_t index, Shape shape) {
  Constant part{.type = constant.type, .shape = std::move(shape), .has_values = false};
  if (!constant.has_values || !constant.is_float()) return part;
  const auto count = static_cast<std::ptrdiff_t>(part.elements());
  const auto begin = constant.floats->begin() + index * count;
  part.floats = std::make_shared<const std::vector<float>>(begin, begin + count);
  part.has_values = true;
  return part;
}

}  // namespace

std::size_t OnnxImporter::axis_of(const OnnxNode& node, std::int64_t axis, std::size_t rank) const {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    fail(node, fmt::format("axis {} is outside data of rank {}", axis, rank));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

void OnnxImporter::layer_normalization(const OnnxNode& node) { normalization(node, true); }

void OnnxImporter::rms_normalization(const OnnxNode& node) { normalization(node, false); }

void OnnxImporter::normalization(const OnnxNode& node, bool subtracts_mean) {
  const auto shape = known_shape(input_name(node, 0));
  if (!shape) return emit_unmodelled(node, "the shape of its input is unknown");
  const std::size_t axis = axis_of(node, integer(node, "axis", -1), shape->size());
  if (axis + 1 != shape->size()) return emit_unmodelled(node, "a norm over several axes");
  std::vector<TensorId> inputs{operand(node, 0)};
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    if (has_input(node, i)) inputs.push_back(operand(node, i));
  }
  emit(node,
       op::Norm{.subtracts_mean = subtracts_mean,
                .epsilon = static_cast<double>(number(node, "epsilon", 1e-5F))},
       std::move(inputs));
}

void OnnxImporter::gather(const OnnxNode& node) {
  const auto data = known_shape(input_name(node, 0));
  const auto indices = known_shape(input_name(node, 1));
  if (!data || !indices) return emit_unmodelled(node, "a shape that is not known");
  const std::size_t axis = axis_of(node, integer(node, "axis", 0), data->size());
  if (const Constant* picked = constant_input(node, 1)) {
    if (!picked->has_values || indices->size() > 1) {
      return emit_unmodelled(node, "a table of indices");
    }
    auto entries = all_entries(*data);
    entries[axis] = integers_of(node, *picked);
    for (std::int64_t& entry : entries[axis]) {
      if (entry < 0) entry += (*data)[axis];
      if (entry < 0 || entry >= (*data)[axis]) {
        fail(node, fmt::format("index {} is outside axis {}", entry, axis));
      }
    }
    const bool is_scalar = indices->empty();
    const TensorId result =
        emit(node, op::Select{std::move(entries)}, {operand(node, 0)}, is_scalar ? "/entry" : "");
    if (is_scalar) emit(node, op::Squeeze{{static_cast<std::int64_t>(axis)}}, {result});
    return;
  }
  if (constant_input(node, 0) == nullptr || axis != 0 || data->size() != 2) {
    return emit_unmodelled(node, "computed indices into anything but the rows of a constant");
  }
  emit(node, op::Lookup{}, {operand(node, 1), operand(node, 0)});
}

void OnnxImporter::slice(const OnnxNode& node) {
  const auto shape = known_shape(input_name(node, 0));
  if (!shape) return emit_unmodelled(node, "the shape of its input is unknown");
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    if (has_input(node, i) && !constant_input(node, i)) {
      return emit_unmodelled(node, "its bounds are computed from data");
    }
  }
  const std::optional<op::Slice> operation = slice_of(node, *shape);
  if (!operation) return emit_unmodelled(node, "an empty slice");
  emit(node, *operation, {operand(node, 0)});
}

/// Nothing where it leaves nothing.
std::optional<op::Slice> OnnxImporter::slice_of(const OnnxNode& node, const Shape& shape) const {
  const auto list = [&](const char* name, std::size_t i) {
    return has_input(node, i) ? std::optional(integers_of(node, required_constant(node, i)))
                              : integers(node, name);
  };
  const auto starts = list("starts", 1);
  const auto ends = list("ends", 2);
  if (!starts || !ends || starts->size() != ends->size())
    fail(node, "needs as many ends as starts");
  const auto count = static_cast<std::int64_t>(starts->size());
  const std::vector<std::int64_t> axes = list("axes", 3).value_or(range(0, count));
  const std::vector<std::int64_t> steps =
      list("steps", 4).value_or(std::vector<std::int64_t>(starts->size(), 1));
  if (axes.size() != starts->size() || steps.size() != starts->size()) {
    fail(node, "its axes or steps do not match its starts");
  }
  op::Slice operation{.begin = Shape(shape.size(), 0),
                      .extent = shape,
                      .step = std::vector<std::int64_t>(shape.size(), 1)};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = axis_of(node, axes[i], shape.size());
    const std::int64_t extent = shape[axis];
    const std::int64_t step = steps[i];
    if (step == 0) fail(node, "a step of 0");
    const auto clamped = [&](std::int64_t bound, std::int64_t low, std::int64_t high) {
      if (bound < 0) bound = bound < -extent ? -1 - extent : bound + extent;
      return std::clamp(bound, low, high);
    };
    const std::int64_t begin = clamped((*starts)[i], 0, step > 0 ? extent : extent - 1);
    // An end before the first element stays there for a negative step.
    std::int64_t end = (*ends)[i];
    if (end < 0) end = end < -extent ? -1 : end + extent;
    end = std::clamp(end, step > 0 ? std::int64_t{0} : std::int64_t{-1}, extent);
    const std::int64_t room = step > 0 ? end - begin : begin - end;
    const std::int64_t stride = step > 0 ? step : step == INT64_MIN ? INT64_MAX : -step;
    operation.begin[axis] = begin;
    operation.extent[axis] = room <= 0 ? 0 : (room - 1) / stride + 1;
    operation.step[axis] = operation.extent[axis] <= 1 ? 1 : step;
    if (operation.extent[axis] == 0) return std::nullopt;
  }
  return operation;
}

void OnnxImporter::split(const OnnxNode& node) {
  const auto shape = known_shape(input_name(node, 0));
  if (!shape) return emit_unmodelled(node, "the shape of its input is unknown");
  const std::size_t axis = axis_of(node, integer(node, "axis", 0), shape->size());
  const auto parts = static_cast<std::int64_t>(node.outputs.size());
  std::optional<std::vector<std::int64_t>> sizes = integers(node, "split");
  if (has_input(node, 1)) sizes = integers_of(node, required_constant(node, 1));
  if (!sizes) {
    const std::int64_t whole = ((*shape)[axis] + parts - 1) / parts;
    sizes = std::vector<std::int64_t>(node.outputs.size(), whole);
    sizes->back() = (*shape)[axis] - whole * (parts - 1);
  }
  if (sizes->size() != node.outputs.size()) fail(node, "has not as many parts as outputs");
  op::Slice operation{.begin = Shape(shape->size(), 0),
                      .extent = *shape,
                      .step = std::vector<std::int64_t>(shape->size(), 1)};
  for (std::size_t i = 0; i < sizes->size(); ++i) {
    operation.extent[axis] = (*sizes)[i];
    if (!node.outputs[i].empty()) emit_output(node, i, operation, {operand(node, 0)});
    operation.begin[axis] += (*sizes)[i];
  }
}

void OnnxImporter::expand(const OnnxNode& node) {
  const Constant* shape = constant_input(node, 1);
  if (shape == nullptr) return emit_unmodelled(node, "its shape is computed from data");
  emit(node, op::Expand{integers_of(node, *shape)}, {operand(node, 0)});
}

void OnnxImporter::tile(const OnnxNode& node) {
  const auto shape = known_shape(input_name(node, 0));
  const Constant* repeats = constant_input(node, 1);
  if (!shape || repeats == nullptr) return emit_unmodelled(node, "a shape that is not known");
  const std::vector<std::int64_t> counts = integers_of(node, *repeats);
  if (counts.size() != shape->size()) fail(node, "needs a number of repeats for each axis");
  std::vector<std::vector<std::int64_t>> entries(shape->size());
  for (std::size_t axis = 0; axis < shape->size(); ++axis) {
    for (std::int64_t i = 0; i < counts[axis] * (*shape)[axis]; ++i) {
      entries[axis].push_back(i % (*shape)[axis]);
    }
  }
  emit(node, op::Select{std::move(entries)}, {operand(node, 0)});
}

/// Nearest neighbours only; opset 10 and the older Upsample have asymmetric coordinates, floored.
void OnnxImporter::resize(const OnnxNode& node) {
  const auto shape = known_shape(input_name(node, 0));
  if (!shape) return emit_unmodelled(node, "the shape of its input is unknown");
  const bool is_old = node.type == "Upsample" || model_.opset < 11;
  if (text(node, "mode", "nearest") != "nearest") {
    return emit_unmodelled(node, fmt::format("mode '{}'", text(node, "mode", "nearest")));
  }
  const std::string coordinates =
      is_old ? "asymmetric" : text(node, "coordinate_transformation_mode", "half_pixel");
  const std::string rounding = is_old ? "floor" : text(node, "nearest_mode", "round_prefer_floor");
  const bool is_known = coordinates == "asymmetric" || coordinates == "half_pixel" ||
                        coordinates == "pytorch_half_pixel";
  if (!is_known) return emit_unmodelled(node, fmt::format("coordinates '{}'", coordinates));
  if (node.attributes.contains("axes")) return emit_unmodelled(node, "a choice of axes");
  std::vector<double> scales;
  const std::size_t scale_input = is_old ? 1 : 2;
  Shape result;
  if (has_input(node, scale_input) && constant_input(node, scale_input) &&
      constant_input(node, scale_input)->elements() > 0) {
    const Constant& given = required_constant(node, scale_input);
    for (std::int64_t i = 0; i < given.elements(); ++i) {
      scales.push_back(given.at(static_cast<std::size_t>(i)));
    }
  } else if (!is_old && has_input(node, 3) && constant_input(node, 3)) {
    result = integers_of(node, required_constant(node, 3));
    for (std::size_t i = 0; i < result.size() && i < shape->size(); ++i) {
      scales.push_back(static_cast<double>(result[i]) / static_cast<double>((*shape)[i]));
    }
  } else {
    return emit_unmodelled(node, "its scales are computed from data");
  }
  if (scales.size() != shape->size()) fail(node, "needs a scale for each axis");
  std::vector<std::vector<std::int64_t>> entries(shape->size());
  for (std::size_t axis = 0; axis < shape->size(); ++axis) {
    const auto extent = static_cast<double>((*shape)[axis]);
    if (!(scales[axis] > 0) || extent * scales[axis] > 1e6) fail(node, "a scale out of range");
    const auto count = result.empty() ? static_cast<std::int64_t>(std::floor(extent * scales[axis]))
                                      : result[axis];
    for (std::int64_t i = 0; i < count; ++i) {
      const auto at = static_cast<double>(i);
      double from =
          coordinates == "asymmetric" ? at / scales[axis] : (at + 0.5) / scales[axis] - 0.5;
      if (coordinates == "pytorch_half_pixel" && count == 1) from = 0.0;
      double entry = std::ceil(from - 0.5);
      if (rounding == "floor") entry = std::floor(from);
      if (rounding == "ceil") entry = std::ceil(from);
      if (rounding == "round_prefer_ceil") entry = std::floor(from + 0.5);
      entries[axis].push_back(static_cast<std::int64_t>(std::clamp(entry, 0.0, extent - 1)));
    }
  }
  emit(node, op::Select{std::move(entries)}, {operand(node, 0)});
}

void OnnxImporter::transposed_convolution(const OnnxNode& node) {
  const auto weights = known_shape(input_name(node, 1));
  const auto data = known_shape(input_name(node, 0));
  if (!weights || !data) return emit_unmodelled(node, "a shape that is not known");
  if (weights->size() < 3 || weights->size() > 4) {
    return emit_unmodelled(node, fmt::format("weights of shape {}", to_string(*weights)));
  }
  const Shape kernel(weights->begin() + 2, weights->end());
  const std::string automatic = text(node, "auto_pad", "NOTSET");
  if (node.attributes.contains("output_shape") ||
      (automatic != "NOTSET" && automatic != "VALID" && !automatic.empty())) {
    return emit_unmodelled(node, "padding that follows from the shape of the result");
  }
  const auto slides = window(node, kernel, std::nullopt);
  if (!slides) return emit_unmodelled(node, "padding that is not known");
  op::TransposedConvolution operation{.window = *slides, .groups = integer(node, "group", 1)};
  const auto extra = integers(node, "output_padding").value_or(Shape(kernel.size(), 0));
  if (extra.size() != kernel.size()) fail(node, "output_padding does not match the kernel");
  operation.extra_width = extra.back();
  if (kernel.size() == 2) operation.extra_height = extra.front();
  std::vector<TensorId> inputs{operand(node, 0), operand(node, 1)};
  if (has_input(node, 2)) inputs.push_back(operand(node, 2));
  emit(node, operation, std::move(inputs));
}

/// [positions, images, channels] in, [positions, directions, images, units] out.
void OnnxImporter::recurrent(const OnnxNode& node) {
  const bool is_lstm = node.type == "LSTM";
  const auto data = known_shape(input_name(node, 0));
  const Constant* weights = constant_input(node, 1);
  const Constant* recurrent_weights = constant_input(node, 2);
  const Constant* biases = constant_input(node, 3);
  const std::string direction = text(node, "direction", "forward");
  if (!data || data->size() != 3) return emit_unmodelled(node, "the shape of its input is unknown");
  if (!weights || !recurrent_weights || weights->shape.size() != 3 ||
      recurrent_weights->shape.size() != 3 || (has_input(node, 3) && !biases)) {
    return emit_unmodelled(node, "weights that are computed");
  }
  if (node.attributes.contains("activations") || node.attributes.contains("clip") ||
      integer(node, "layout", 0) != 0 || integer(node, "input_forget", 0) != 0) {
    return emit_unmodelled(node, "other functions, bounds or layouts than the usual ones");
  }
  if (!is_lstm && integer(node, "linear_before_reset", 0) == 0) {
    return emit_unmodelled(node, "a reset before the product (linear_before_reset: 0)");
  }
  for (std::size_t i = 4; i < node.inputs.size(); ++i) {
    if (!has_input(node, i)) continue;
    const Constant* given = constant_input(node, i);
    bool is_zero = i != 4 && i != 7 && given != nullptr && given->has_values;
    for (std::int64_t e = 0; is_zero && e < given->elements(); ++e) {
      is_zero = given->at(static_cast<std::size_t>(e)) == 0;
    }
    if (!is_zero) return emit_unmodelled(node, "start values, lengths or peepholes");
  }
  const std::int64_t directions = direction == "bidirectional" ? 2 : 1;
  const std::int64_t units = recurrent_weights->shape[2];
  const std::int64_t rows = (is_lstm ? 4 : 3) * units;
  if (weights->shape != Shape{directions, rows, (*data)[2]} ||
      recurrent_weights->shape != Shape{directions, rows, units} ||
      (biases && biases->shape != Shape{directions, 2 * rows})) {
    fail(node, "its weights do not fit each other");
  }
  const TensorId turned = emit(node, op::Transpose{{1, 0, 2}}, {operand(node, 0)}, "/turned");
  std::vector<TensorId> results;
  std::vector<TensorId> lasts;
  for (std::int64_t i = 0; i < directions; ++i) {
    const std::string suffix = fmt::format("/direction{}", i);
    const std::string base = node.outputs.front().empty() ? node.name : node.outputs.front();
    std::vector<TensorId> inputs{
        turned, graph_constant(base + suffix + ".w", part_of(*weights, i, {rows, (*data)[2]})),
        graph_constant(base + suffix + ".r", part_of(*recurrent_weights, i, {rows, units}))};
    if (biases) {
      inputs.push_back(graph_constant(base + suffix + ".b", part_of(*biases, i, {2 * rows})));
    }
    const bool is_reverse = direction == "reverse" || i == 1;
    const TensorId sequence =
        emit(node,
             op::Recurrent{.kind = is_lstm ? op::Recurrent::Kind::kLstm : op::Recurrent::Kind::kGru,
                           .units = units,
                           .is_reverse = is_reverse},
             std::move(inputs), suffix);
    const TensorId positions =
        emit(node, op::Transpose{{1, 0, 2}}, {sequence}, suffix + "/positions");
    results.push_back(emit(node, op::Unsqueeze{{1}}, {positions}, suffix + "/result"));
    if (node.outputs.size() > 1 && read_.contains(node.outputs[1])) {
      lasts.push_back(emit(node,
                           op::Slice{.begin = {is_reverse ? 0 : (*data)[0] - 1, 0, 0},
                                     .extent = {1, (*data)[1], units},
                                     .step = {1, 1, 1}},
                           {positions}, suffix + "/last"));
    }
  }
  const auto join = [&](std::size_t output, const std::vector<TensorId>& parts, std::int64_t axis) {
    if (output >= node.outputs.size() || node.outputs[output].empty() || parts.empty()) return;
    if (parts.size() == 1) {
      emit_output(node, output, op::Identity{}, parts);
    } else {
      emit_output(node, output, op::Concatenate{.axis = axis}, parts);
    }
  };
  join(0, results, 1);
  join(1, lasts, 0);
}

}  // namespace systerm
