// SPDX-License-Identifier: Apache-2.0
// Operators on constants: shapes computed in the graph, and weights stored in another form.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/shape_inference.h"
#include "workloads/import/constant_logic.h"
#include "workloads/import/onnx_importer.h"

namespace systerm {

namespace {

constexpr int kOnnxFloat = 1;
constexpr int kOnnxUint8 = 2;
constexpr int kOnnxInt8 = 3;
constexpr int kOnnxBool = 9;
constexpr int kOnnxHalf = 10;
constexpr int kOnnxDouble = 11;

ElementType element_type_of(std::int64_t onnx_type) {
  switch (onnx_type) {
    case kOnnxFloat:
    case kOnnxHalf:
    case kOnnxDouble:
      return ElementType::kFloat;
    case kOnnxUint8:
      return ElementType::kUint8;
    case kOnnxInt8:
      return ElementType::kInt8;
    default:
      return ElementType::kInteger;
  }
}

std::size_t axis_in(std::int64_t axis, std::size_t rank) {
  const auto signed_rank = static_cast<std::int64_t>(rank);
  if (axis < -signed_rank || axis >= signed_rank) {
    throw GraphError(fmt::format("axis {} is outside a constant of rank {}", axis, rank));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

}  // namespace

bool OnnxImporter::fold(const OnnxNode& node) {
  std::optional<Constant> result = folded(node);
  if (!result) return false;
  constants_.insert_or_assign(node.outputs.front(), *std::move(result));
  return true;
}

std::optional<Constant> OnnxImporter::folded(const OnnxNode& node) const {
  if (!node.domain.empty()) return std::nullopt;
  if (node.type == "Constant") {
    for (const auto& [name, value] : node.attributes) {
      if (const auto* tensor = std::get_if<Constant>(&value)) return *tensor;
      if (const auto* one = std::get_if<std::int64_t>(&value)) {
        return reshaped(integer_constant({*one}), {});
      }
      if (const auto* one = std::get_if<float>(&value)) return float_constant({}, {*one});
      if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
        return integer_constant(*list);
      }
      if (const auto* list = std::get_if<std::vector<float>>(&value)) {
        return float_constant({static_cast<std::int64_t>(list->size())}, *list);
      }
    }
    fail(node, "has no value that is supported");
  }
  if (node.type == "Shape") {
    const auto shape = known_shape(input_name(node, 0));
    if (!shape) return std::nullopt;
    const auto rank = static_cast<std::int64_t>(shape->size());
    const auto bound = [&](std::int64_t i) {
      return std::clamp(i < 0 ? i + rank : i, std::int64_t{0}, rank);
    };
    const std::int64_t start = bound(integer(node, "start", 0));
    const std::int64_t end = std::max(start, bound(integer(node, "end", rank)));
    return integer_constant({shape->begin() + start, shape->begin() + end});
  }

  const bool all_constant =
      !node.inputs.empty() && std::ranges::all_of(node.inputs, [&](const std::string& input) {
        return input.empty() || constants_.contains(input);
      });
  if (!all_constant) return std::nullopt;
  const auto in = [&](std::size_t i) -> const Constant& {
    return constants_.at(input_name(node, i));
  };

  if (node.type == "Identity" || node.type == "Dropout") return in(0);
  if (node.type == "Cast") {
    const std::int64_t to = integer(node, "to", kOnnxFloat);
    return to == kOnnxBool ? truth_of(in(0)) : cast(in(0), element_type_of(to));
  }
  if (node.type == "Add") return combine(op::Binary::Kind::kAdd, in(0), in(1));
  if (node.type == "Sub") return combine(op::Binary::Kind::kSubtract, in(0), in(1));
  if (node.type == "Mul") return combine(op::Binary::Kind::kMultiply, in(0), in(1));
  if (node.type == "Div") return combine(op::Binary::Kind::kDivide, in(0), in(1));
  if (node.type == "Gather") {
    return taken(in(0), reshaped(integer_constant(integers_of(node, in(1))), in(1).shape),
                 axis_in(integer(node, "axis", 0), in(0).shape.size()));
  }
  if (node.type == "Slice") {
    const std::optional<op::Slice> slice = slice_of(node, in(0).shape);
    if (!slice && in(0).shape.size() == 1) return integer_constant({});
    return slice ? std::optional(sliced(in(0), *slice)) : std::nullopt;
  }
  if (node.type == "Concat" && in(0).shape.size() != 1) {
    std::vector<const Constant*> parts;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) parts.push_back(&in(i));
    return joined(parts, axis_in(integer(node, "axis", 0), in(0).shape.size()));
  }
  if (node.type == "Concat") {
    std::vector<std::int64_t> values;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const std::vector<std::int64_t> part = integers_of(node, in(i));
      values.insert(values.end(), part.begin(), part.end());
    }
    return integer_constant(std::move(values));
  }
  if (node.type == "ConstantOfShape") {
    const Shape shape = integers_of(node, in(0));
    const std::int64_t elements = element_count(shape);
    if (elements > (std::int64_t{1} << 24)) fail(node, "makes a constant that is too large");
    const auto found = node.attributes.find("value");
    const auto* value =
        found == node.attributes.end() ? nullptr : std::get_if<Constant>(&found->second);
    if (value && (value->elements() != 1 || !value->has_values)) fail(node, "needs one value");
    const auto count = static_cast<std::size_t>(elements);
    if (value && !value->is_float()) {
      return reshaped(integer_constant(std::vector<std::int64_t>(count, value->integers[0])),
                      shape);
    }
    return float_constant(
        shape, std::vector<float>(count, value ? static_cast<float>(value->at(0)) : 0.0F));
  }
  if (node.type == "DequantizeLinear") {
    const std::size_t rank = in(0).shape.size();
    const bool per_tensor = in(1).elements() == 1;
    const std::size_t axis = per_tensor ? rank : axis_in(integer(node, "axis", 1), rank);
    return dequantized(in(0), in(1), constant_input(node, 2), axis);
  }
  if (node.type == "QuantizeLinear") {
    const std::size_t rank = in(0).shape.size();
    const bool per_tensor = in(1).elements() == 1;
    const std::size_t axis = per_tensor ? rank : axis_in(integer(node, "axis", 1), rank);
    return quantized(in(0), in(1), constant_input(node, 2), axis);
  }
  if (node.type == "Transpose") {
    std::vector<std::size_t> permutation;
    const std::size_t rank = in(0).shape.size();
    if (const auto perm = integers(node, "perm")) {
      for (const std::int64_t axis : *perm) permutation.push_back(axis_in(axis, rank));
    } else {
      for (std::size_t i = rank; i-- > 0;) permutation.push_back(i);
    }
    std::vector<std::size_t> sorted = permutation;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (sorted[i] != i) fail(node, "its permutation does not fit the constant");
    }
    if (sorted.size() != rank) fail(node, "its permutation does not fit the constant");
    return transposed(in(0), permutation);
  }

  if (is_comparison(node.type) && node.inputs.size() == 2) {
    return compared(node.type, in(0), in(1));
  }
  if (node.type == "Not") return negated_truth(in(0));
  if (node.type == "Where") return chosen(in(0), in(1), in(2));
  if (node.type == "Range") return counted(in(0), in(1), in(2));
  if (node.type == "Neg") {
    return combine(op::Binary::Kind::kSubtract, cast(integer_constant({0}), in(0).type), in(0));
  }
  if (node.type == "Trilu") {
    const std::vector<std::int64_t> k =
        has_input(node, 1) ? integers_of(node, in(1)) : std::vector<std::int64_t>{0};
    if (k.size() != 1) fail(node, "needs one diagonal");
    return triangle(in(0), k.front(), integer(node, "upper", 1) != 0);
  }
  if (node.type == "Expand") {
    return expanded(in(0), integers_of(node, in(1)));
  }

  // The rules for the shape are those of the graph's operators.
  std::optional<Operator> operation;
  if (node.type == "Flatten") operation = op::Flatten{.axis = integer(node, "axis", 1)};
  if (node.type == "Reshape") {
    operation = op::Reshape{.shape = integers_of(node, in(1)),
                            .zero_is_literal = integer(node, "allowzero", 0) != 0};
  }
  if (node.type == "Squeeze") operation = op::Squeeze{axes(node, 1).value_or(Shape())};
  if (node.type == "Unsqueeze") operation = op::Unsqueeze{axes(node, 1).value_or(Shape())};
  if (!operation) return std::nullopt;
  Graph scratch;
  const TensorId from = scratch.add_constant("input", in(0).shape);
  const TensorId to = scratch.add_tensor({.name = "output"});
  infer_shapes(scratch, scratch.add_node({.name = node.name,
                                          .type = node.type,
                                          .operation = *std::move(operation),
                                          .inputs = {from},
                                          .outputs = {to}}));
  return reshaped(in(0), *scratch.tensor(to).shape);
}

}  // namespace systerm
