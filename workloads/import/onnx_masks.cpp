// SPDX-License-Identifier: Apache-2.0
// Masks of attention as exporters write them: large negative numbers that are added to scores, or
// chosen in their place, before a softmax. What a mask input of zeros and ones becomes on its way
// there is followed as its two values; a triangle becomes the causal softmax.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/shape_inference.h"
#include "workloads/import/constant_logic.h"
#include "workloads/import/onnx_importer.h"

namespace systerm {

namespace {

/// exp of anything below is 0 beside a score that is seen.
constexpr double kHidden = -1e4;
/// Lower values change nothing, and would leave single precision once scores are added.
constexpr double kLowest = -1e9;

bool hides(const Constant& constant) {
  if (!constant.has_values) return false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(constant.elements()); ++i) {
    if (constant.at(i) <= kHidden) return true;
  }
  return false;
}

/// Floats no lower than kLowest.
Constant bounded(const Constant& mask) {
  std::vector<float> values(static_cast<std::size_t>(mask.elements()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(std::max(mask.at(i), kLowest));
  }
  return float_constant(mask.shape, std::move(values));
}

/// How many entries before its own a position of the last axis but one sees, if the mask is that
/// of a causal attention over `extent` entries.
std::optional<std::int64_t> causal_offset(const Constant& mask) {
  const std::size_t rank = mask.shape.size();
  if (rank < 2 || mask.elements() != mask.shape[rank - 2] * mask.shape[rank - 1]) {
    return std::nullopt;
  }
  const std::int64_t rows = mask.shape[rank - 2];
  const std::int64_t columns = mask.shape[rank - 1];
  const std::int64_t offset = columns - rows;
  if (offset < 0 || rows < 2) return std::nullopt;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      const double value = mask.at(static_cast<std::size_t>(row * columns + column));
      if (column <= row + offset ? value != 0.0 : value > kHidden) return std::nullopt;
    }
  }
  return offset;
}

double through(const std::string& type, double value, double other, bool value_first) {
  const double a = value_first ? value : other;
  const double b = value_first ? other : value;
  if (type == "Add") return a + b;
  if (type == "Sub") return a - b;
  if (type == "Mul") return a == 0.0 || b == 0.0 ? 0.0 : a * b;
  if (type == "Div") return a / b;
  const Constant left = float_constant({}, {static_cast<float>(a)});
  const Constant right = float_constant({}, {static_cast<float>(b)});
  return compared(type, left, right).at(0);
}

}  // namespace

/// Whether nothing reads a tensor but softmaxes, or sums that softmaxes read.
bool OnnxImporter::is_for_softmax(const std::string& name, int most_sums) const {
  for (const OnnxValue& output : model_.outputs) {
    if (output.name == name) return false;
  }
  return std::ranges::all_of(model_.nodes, [&](const OnnxNode& node) {
    if (node.type == "Softmax" || std::ranges::find(node.inputs, name) == node.inputs.end()) {
      return true;
    }
    return node.type == "Add" && most_sums > 0 &&
           is_for_softmax(node.outputs.front(), most_sums - 1);
  });
}

/// The value of a mask at 0 and at 1, of an input of the model or of what was made of it.
const OnnxImporter::Mask* OnnxImporter::mask_at(const OnnxNode& node, std::size_t i) const {
  if (!has_input(node, i)) return nullptr;
  const auto found = masks_.find(node.inputs[i]);
  return found == masks_.end() ? nullptr : &found->second;
}

std::optional<double> OnnxImporter::number_at(const OnnxNode& node, std::size_t i) const {
  const Constant* constant = constant_input(node, i);
  if (!constant || !constant->has_values || constant->elements() != 1) return std::nullopt;
  return constant->at(0);
}

/// Follows a mask through one node; whether the node is done with.
bool OnnxImporter::follow_mask(const OnnxNode& node) {
  if (!node.domain.empty() || node.inputs.empty()) return false;
  std::optional<std::size_t> at;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (mask_at(node, i) != nullptr) at = i;
  }
  if (!at) return false;
  const Mask mask = *mask_at(node, *at);
  const std::string& output = node.outputs.front();
  const auto become = [&](double zero, double one) {
    masks_.insert_or_assign(output, Mask{mask.input, zero, one, mask.shape});
    return true;
  };
  if (node.type == "Cast" || node.type == "Identity") {
    constexpr std::int64_t kBool = 9;
    const bool is_truth = node.type == "Cast" && integer(node, "to", 0) == kBool;
    const double zero = is_truth ? (mask.zero != 0 ? 1.0 : 0.0) : mask.zero;
    const double one = is_truth ? (mask.one != 0 ? 1.0 : 0.0) : mask.one;
    become(zero, one);
    return !mask.is_plain();
  }
  if (node.type == "Unsqueeze" || node.type == "Squeeze" || node.type == "Reshape" ||
      node.type == "Expand") {
    const std::optional<Shape> shape = mask_shape(node, mask.shape);
    if (!shape) return false;
    masks_.insert_or_assign(output, Mask{mask.input, mask.zero, mask.one, *shape});
    return !mask.is_plain();
  }
  if (node.type == "Not") return become(mask.zero == 0 ? 1 : 0, mask.one == 0 ? 1 : 0);
  const bool is_arithmetic =
      node.type == "Add" || node.type == "Sub" || node.type == "Mul" || node.type == "Div";
  if ((is_arithmetic || is_comparison(node.type)) && node.inputs.size() == 2) {
    const auto other = number_at(node, 1 - *at);
    if (!other) return false;
    return become(through(node.type, mask.zero, *other, *at == 0),
                  through(node.type, mask.one, *other, *at == 0));
  }
  if (node.type != "Where") return false;
  const auto branch = [&](bool truth, bool one) -> std::optional<double> {
    const std::size_t i = truth ? 1 : 2;
    const Mask* other = mask_at(node, i);
    if (other && other->input == mask.input) return one ? other->one : other->zero;
    return number_at(node, i);
  };
  const Mask* condition = mask_at(node, 0);
  if (!condition) return false;
  const auto zero = branch(condition->zero != 0, false);
  const auto one = branch(condition->one != 0, true);
  return zero && one && become(*zero, *one);
}

/// Shape of a mask after a node that moves nothing; an expansion is left to the softmax.
std::optional<Shape> OnnxImporter::mask_shape(const OnnxNode& node, const Shape& shape) const {
  if (node.type == "Expand") {
    Shape wide = shape;
    if (const Constant* to = constant_input(node, 1)) {
      while (wide.size() < to->integers.size()) wide.insert(wide.begin(), 1);
      return wide;
    }
    return std::nullopt;
  }
  Operator operation;
  if (node.type == "Unsqueeze") operation = op::Unsqueeze{axes(node, 1).value_or(Shape())};
  if (node.type == "Squeeze") operation = op::Squeeze{axes(node, 1).value_or(Shape())};
  if (node.type == "Reshape") {
    const Constant* to = constant_input(node, 1);
    if (!to) return std::nullopt;
    operation = op::Reshape{.shape = integers_of(node, *to)};
  }
  Graph scratch;
  const TensorId from = scratch.add_constant("input", shape);
  const TensorId to = scratch.add_tensor({.name = "output"});
  infer_shapes(scratch, scratch.add_node({.name = node.name,
                                          .type = node.type,
                                          .operation = std::move(operation),
                                          .inputs = {from},
                                          .outputs = {to}}));
  return scratch.tensor(to).shape;
}

/// Rows of a table of the mask's two values, looked up by the zeros and ones of its input.
TensorId OnnxImporter::mask_values(const OnnxNode& node, const Mask& mask) {
  const float zero = static_cast<float>(std::max(mask.zero, kLowest));
  const float one = static_cast<float>(std::max(mask.one, kLowest));
  const std::string name =
      fmt::format("{}/mask {} {} {}", mask.input, zero, one, to_string(mask.shape));
  if (const auto known = graph_.find(name)) return *known;
  const std::string note =
      fmt::format("input '{}' is taken as a mask of zeros and ones", mask.input);
  if (std::ranges::find(graph_.notes, note) == graph_.notes.end()) graph_.notes.push_back(note);
  const TensorId table = graph_constant(name + "/table", float_constant({2, 1}, {zero, one}));
  const TensorId rows = emit_named(node, unique_name(node, "/mask"), name + "/rows", false,
                                   op::Lookup{}, {*graph_.find(mask.input), table});
  return emit_named(node, unique_name(node, "/mask_shape"), name, false,
                    op::Reshape{.shape = mask.shape}, {rows});
}

/// Adds a mask to scores that only softmaxes read; nothing where this is none.
bool OnnxImporter::add_mask(const OnnxNode& node) {
  if (node.type != "Add" || node.inputs.size() != 2) return false;
  const auto is_mask = [&](std::size_t i) {
    const Constant* constant = constant_input(node, i);
    return masked_masks(node.inputs[i]) || mask_at(node, i) != nullptr ||
           (constant != nullptr && hides(*constant));
  };
  if ((!is_mask(0) && !is_mask(1)) || !is_for_softmax(node.outputs.front())) return false;
  MaskedScores sum;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto known = masked_.find(node.inputs[i]);
    if (known != masked_.end()) {
      if (!known->second.scores.empty()) sum.scores = known->second.scores;
      sum.masks.insert(sum.masks.end(), known->second.masks.begin(), known->second.masks.end());
    } else if (is_mask(i)) {
      sum.masks.push_back(node.inputs[i]);
    } else {
      sum.scores = node.inputs[i];
    }
  }
  masked_.insert_or_assign(node.outputs.front(), std::move(sum));
  return true;
}

bool OnnxImporter::masked_masks(const std::string& name) const {
  const auto found = masked_.find(name);
  return found != masked_.end() && found->second.scores.empty();
}

/// Scores where a condition leaves them, a large negative number elsewhere.
void OnnxImporter::where(const OnnxNode& node) {
  const std::string& output = node.outputs.front();
  for (const std::size_t fill : {std::size_t{1}, std::size_t{2}}) {
    const auto number = number_at(node, fill);
    const std::size_t scores = 3 - fill;
    if (!number || *number > kHidden || !is_for_softmax(output)) continue;
    MaskedScores sum{.scores = input_name(node, scores), .masks = {}};
    if (const auto known = masked_.find(sum.scores); known != masked_.end()) sum = known->second;
    const bool fills_true = fill == 1;
    const std::string name = output + "/mask";
    if (const Mask* condition = mask_at(node, 0)) {
      const auto value = [&](double truth) { return (truth != 0) == fills_true ? *number : 0.0; };
      masks_.insert_or_assign(name, Mask{condition->input, value(condition->zero),
                                         value(condition->one), condition->shape});
    } else if (const Constant* truth = constant_input(node, 0); truth && truth->has_values) {
      const Constant hidden = float_constant({}, {static_cast<float>(std::max(*number, kLowest))});
      const Constant seen = float_constant({}, {0.0F});
      constants_.insert_or_assign(
          name, fills_true ? chosen(*truth, hidden, seen) : chosen(*truth, seen, hidden));
    } else {
      break;
    }
    sum.masks.push_back(name);
    masked_.insert_or_assign(output, std::move(sum));
    return;
  }
  emit_unmodelled(node, "a choice that is no mask of attention scores");
}

/// Completes a softmax over masked scores; its inputs, and what of the mask is a triangle.
std::vector<TensorId> OnnxImporter::softmax_inputs(const OnnxNode& node, op::Softmax& softmax) {
  const auto found = masked_.find(input_name(node, 0));
  if (found == masked_.end()) return {operand(node, 0)};
  const MaskedScores& sum = found->second;
  OnnxNode reader = node;
  reader.inputs = {sum.scores};
  std::vector<TensorId> inputs{operand(reader, 0)};
  std::optional<Constant> constant;
  std::vector<TensorId> masks;
  for (const std::string& name : sum.masks) {
    const auto mask = masks_.find(name);
    if (mask != masks_.end()) {
      masks.push_back(mask_values(node, mask->second));
      continue;
    }
    const Constant part = bounded(constants_.at(name));
    constant = constant ? bounded(combine(op::Binary::Kind::kAdd, *constant, part)) : part;
  }
  if (constant) {
    if (const auto offset = causal_offset(*constant)) {
      softmax.is_causal = true;
      softmax.visible_before = *offset;
    } else {
      const std::string name = input_name(node, 0) + "/constant_mask";
      const auto known = graph_.find(name);
      masks.push_back(known ? *known : graph_constant(name, *constant));
    }
  }
  for (std::size_t i = 1; i < masks.size(); ++i) {
    const std::string name = fmt::format("{}/masks/{}", node.outputs.front(), i);
    masks[0] = emit_named(node, unique_name(node, fmt::format("/masks{}", i)), name, false,
                          op::Binary{op::Binary::Kind::kAdd}, {masks[0], masks[i]});
  }
  if (!masks.empty()) inputs.push_back(masks[0]);
  return inputs;
}

}  // namespace systerm
