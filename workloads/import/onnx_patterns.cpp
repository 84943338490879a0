// SPDX-License-Identifier: Apache-2.0
#include "workloads/import/onnx_patterns.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <unordered_map>
#include <utility>

namespace systerm {

namespace {

class Joiner {
 public:
  explicit Joiner(OnnxModel& model) : model_(model) {
    for (std::size_t i = 0; i < model.nodes.size(); ++i) {
      for (const std::string& output : model.nodes[i].outputs) producer_.emplace(output, i);
      for (const std::string& input : model.nodes[i].inputs) ++uses_[input];
    }
    for (const OnnxValue& output : model.outputs) ++uses_[output.name];
  }

  void join() {
    for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
      if (!layer_norm(i) && !rms_norm(i) && !erf_gelu(i)) tanh_gelu(i);
    }
    std::vector<OnnxNode> kept;
    for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
      if (!removed_.contains(i)) kept.push_back(std::move(model_.nodes[i]));
    }
    model_.nodes = std::move(kept);
  }

 private:
  /// The node that makes `name`, if it is of the type.
  const OnnxNode* made_by(const std::string& name, const char* type) const {
    const auto found = producer_.find(name);
    if (found == producer_.end() || removed_.contains(found->second)) return nullptr;
    const OnnxNode& node = model_.nodes[found->second];
    return node.domain.empty() && node.type == type && node.outputs.size() == 1 ? &node : nullptr;
  }

  /// The only reader of `name`, if it is of the type.
  std::optional<std::size_t> reader(const std::string& name, const char* type) const {
    if (used(name) != 1) return std::nullopt;
    for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
      const OnnxNode& node = model_.nodes[i];
      if (!removed_.contains(i) && node.type == type && node.domain.empty() &&
          std::ranges::find(node.inputs, name) != node.inputs.end()) {
        return i;
      }
    }
    return std::nullopt;
  }

  int used(const std::string& name) const {
    const auto found = uses_.find(name);
    return found == uses_.end() ? 0 : found->second;
  }

  const Constant* constant(const std::string& name) const {
    const auto found = model_.initializers.find(name);
    if (found != model_.initializers.end()) return &found->second;
    const OnnxNode* node = made_by(name, "Constant");
    if (node == nullptr) return nullptr;
    const auto value = node->attributes.find("value");
    return value == node->attributes.end() ? nullptr : std::get_if<Constant>(&value->second);
  }

  std::optional<double> number(const std::string& name) const {
    const Constant* value = constant(name);
    if (value == nullptr || !value->has_values || value->elements() != 1) return std::nullopt;
    return value->at(0);
  }

  bool is_number(const std::string& name, double expected) const {
    const auto value = number(name);
    return value && std::abs(*value - expected) < 1e-3 * std::abs(expected);
  }

  /// Of a binary node with one number: the other input.
  const std::string* beside(const OnnxNode* node, double expected) const {
    if (node == nullptr || node->inputs.size() != 2) return nullptr;
    if (is_number(node->inputs[1], expected)) return &node->inputs[0];
    if (is_number(node->inputs[0], expected)) return &node->inputs[1];
    return nullptr;
  }

  const std::string* beside(const OnnxNode* node, const std::string& name) const {
    if (node == nullptr || node->inputs.size() != 2) return nullptr;
    if (node->inputs[1] == name) return &node->inputs[0];
    if (node->inputs[0] == name) return &node->inputs[1];
    return nullptr;
  }

  bool is_mean_of_last_axis(const OnnxNode* node) const {
    if (node == nullptr) return false;
    const auto axes = node->attributes.find("axes");
    if (axes == node->attributes.end()) return false;
    const auto* list = std::get_if<std::vector<std::int64_t>>(&axes->second);
    const auto keep = node->attributes.find("keepdims");
    const bool keeps =
        keep == node->attributes.end() || (std::holds_alternative<std::int64_t>(keep->second) &&
                                           std::get<std::int64_t>(keep->second) == 1);
    return list != nullptr && *list == std::vector<std::int64_t>{-1} && keeps;
  }

  std::size_t position(const OnnxNode* node) const {
    return static_cast<std::size_t>(node - model_.nodes.data());
  }

  bool layer_norm(std::size_t last) {
    const OnnxNode& quotient = model_.nodes[last];
    if (removed_.contains(last) || quotient.type != "Div" || quotient.inputs.size() != 2) {
      return false;
    }
    const OnnxNode* difference = made_by(quotient.inputs[0], "Sub");
    const OnnxNode* root = made_by(quotient.inputs[1], "Sqrt");
    const OnnxNode* sum = root ? made_by(root->inputs[0], "Add") : nullptr;
    if (difference == nullptr || sum == nullptr || sum->inputs.size() != 2) return false;
    const bool number_last = number(sum->inputs[1]).has_value();
    const auto epsilon = number(sum->inputs[number_last ? 1 : 0]);
    const OnnxNode* variance = made_by(sum->inputs[number_last ? 0 : 1], "ReduceMean");
    if (!epsilon || !is_mean_of_last_axis(variance)) return false;
    const OnnxNode* square = made_by(variance->inputs[0], "Pow");
    const bool is_power = square != nullptr && is_number(square->inputs[1], 2.0);
    if (!is_power) square = made_by(variance->inputs[0], "Mul");
    if (square == nullptr || square->inputs[0] != difference->outputs[0] ||
        (!is_power && square->inputs[1] != square->inputs[0])) {
      return false;
    }
    const OnnxNode* mean = made_by(difference->inputs[1], "ReduceMean");
    if (!is_mean_of_last_axis(mean) || mean->inputs[0] != difference->inputs[0]) return false;
    for (const OnnxNode* inner : {root, sum, variance, square, mean}) {
      if (used(inner->outputs[0]) != 1) return false;
    }
    if (used(difference->outputs[0]) != (is_power ? 2 : 3)) return false;

    OnnxNode norm;
    norm.name = quotient.name;
    norm.type = "LayerNormalization";
    norm.inputs = {difference->inputs[0]};
    norm.outputs = quotient.outputs;
    norm.attributes["epsilon"] = static_cast<float>(*epsilon);
    for (const OnnxNode* inner : {difference, root, sum, variance, square, mean}) {
      removed_.insert(position(inner));
    }
    finish_norm(last, {"Mul", "Add"}, std::move(norm));
    return true;
  }

  /// Takes over the scale and the shift that follow node `place`, and puts the norm there.
  void finish_norm(std::size_t place, const std::vector<const char*>& followers, OnnxNode norm) {
    for (const char* type : followers) {
      const auto next = reader(norm.outputs[0], type);
      if (!next) break;
      const std::string* parameter = beside(&model_.nodes[*next], norm.outputs[0]);
      const Constant* values = parameter ? constant(*parameter) : nullptr;
      if (values == nullptr || values->shape.size() != 1 || values->shape[0] < 2) break;
      norm.inputs.push_back(*parameter);
      norm.outputs = model_.nodes[*next].outputs;
      removed_.insert(place);
      place = *next;
    }
    replace(place, std::move(norm));
  }

  /// The root by which a node divides `data`: data / root, or data times its reciprocal, which is
  /// added to `inner`.
  const OnnxNode* root_under(const OnnxNode& node, const std::string& data,
                             std::vector<const OnnxNode*>& inner) const {
    if (node.inputs.size() != 2) return nullptr;
    if (node.type == "Div") {
      return node.inputs[0] == data ? made_by(node.inputs[1], "Sqrt") : nullptr;
    }
    const std::string* factor = node.type == "Mul" ? beside(&node, data) : nullptr;
    if (factor == nullptr) return nullptr;
    const OnnxNode* reciprocal = made_by(*factor, "Reciprocal");
    const OnnxNode* quotient = made_by(*factor, "Div");
    if (reciprocal != nullptr) {
      inner.push_back(reciprocal);
      return made_by(reciprocal->inputs[0], "Sqrt");
    }
    if (quotient == nullptr || !is_number(quotient->inputs[0], 1.0)) return nullptr;
    inner.push_back(quotient);
    return made_by(quotient->inputs[1], "Sqrt");
  }

  /// x / sqrt(mean(x^2) + epsilon).
  bool rms_norm(std::size_t last) {
    const OnnxNode& node = model_.nodes[last];
    if (removed_.contains(last) || (node.type != "Div" && node.type != "Mul")) return false;
    for (const std::string& data : node.inputs) {
      std::vector<const OnnxNode*> inner;
      const OnnxNode* root = root_under(node, data, inner);
      const OnnxNode* sum = root ? made_by(root->inputs[0], "Add") : nullptr;
      if (sum == nullptr || sum->inputs.size() != 2) continue;
      const std::size_t constant_at = number(sum->inputs[1]) ? 1 : 0;
      const auto epsilon = number(sum->inputs[constant_at]);
      const OnnxNode* mean = made_by(sum->inputs[1 - constant_at], "ReduceMean");
      if (!epsilon || !is_mean_of_last_axis(mean)) continue;
      const OnnxNode* square = made_by(mean->inputs[0], "Pow");
      const bool is_power = square != nullptr && is_number(square->inputs[1], 2.0);
      if (!is_power) square = made_by(mean->inputs[0], "Mul");
      if (square == nullptr || square->inputs[0] != data ||
          (!is_power && square->inputs[1] != data)) {
        continue;
      }
      inner.insert(inner.end(), {root, sum, mean, square});
      const auto is_read_once = [&](const OnnxNode* each) { return used(each->outputs[0]) == 1; };
      if (!std::ranges::all_of(inner, is_read_once)) continue;
      OnnxNode norm;
      norm.name = node.name;
      norm.type = kRmsNormalization;
      norm.inputs = {data};
      norm.outputs = node.outputs;
      norm.attributes["epsilon"] = static_cast<float>(*epsilon);
      for (const OnnxNode* each : inner) removed_.insert(position(each));
      finish_norm(last, {"Mul"}, std::move(norm));
      return true;
    }
    return false;
  }

  /// 0.5 x (1 + erf(x / sqrt 2)), the factors in the order of PyTorch's export.
  bool erf_gelu(std::size_t first) {
    const OnnxNode& erf = model_.nodes[first];
    if (removed_.contains(first) || erf.type != "Erf" || used(erf.outputs[0]) != 1) return false;
    const OnnxNode* argument = made_by(erf.inputs[0], "Div");
    const std::string* data = nullptr;
    if (argument != nullptr && is_number(argument->inputs[1], std::numbers::sqrt2)) {
      data = &argument->inputs[0];
    } else {
      argument = made_by(erf.inputs[0], "Mul");
      data = beside(argument, 1.0 / std::numbers::sqrt2);
    }
    const auto sum = reader(erf.outputs[0], "Add");
    if (data == nullptr || !sum || beside(&model_.nodes[*sum], 1.0) == nullptr) return false;
    return finish_gelu(*data, {position(argument), first, *sum}, "none");
  }

  /// 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
  bool tanh_gelu(std::size_t first) {
    const OnnxNode& tanh = model_.nodes[first];
    if (removed_.contains(first) || tanh.type != "Tanh" || used(tanh.outputs[0]) != 1) return false;
    const OnnxNode* scaled = made_by(tanh.inputs[0], "Mul");
    const std::string* inner = beside(scaled, std::sqrt(2.0 / std::numbers::pi));
    const OnnxNode* cubic_sum = inner ? made_by(*inner, "Add") : nullptr;
    if (cubic_sum == nullptr) return false;
    for (const std::string& data : cubic_sum->inputs) {
      const std::string* other = beside(cubic_sum, data);
      const OnnxNode* cubic = other ? made_by(*other, "Mul") : nullptr;
      const std::string* power = beside(cubic, 0.044715);
      const OnnxNode* cube = power ? made_by(*power, "Pow") : nullptr;
      if (cube == nullptr || cube->inputs[0] != data || !is_number(cube->inputs[1], 3.0)) continue;
      const auto sum = reader(tanh.outputs[0], "Add");
      if (!sum || beside(&model_.nodes[*sum], 1.0) == nullptr) return false;
      return finish_gelu(
          data,
          {position(scaled), position(cubic_sum), position(cubic), position(cube), first, *sum},
          "tanh");
    }
    return false;
  }

  /// (data * sum) * 0.5 or (data * 0.5) * sum.
  bool finish_gelu(const std::string& data, std::vector<std::size_t> inner, const char* kind) {
    const std::string& sum = model_.nodes[inner.back()].outputs[0];
    const auto product = reader(sum, "Mul");
    if (!product) return false;
    const std::string* other = beside(&model_.nodes[*product], sum);
    std::size_t last = *product;
    if (other != nullptr && *other == data) {
      const auto half = reader(model_.nodes[*product].outputs[0], "Mul");
      if (!half || beside(&model_.nodes[*half], 0.5) == nullptr) return false;
      inner.push_back(*product);
      last = *half;
    } else {
      const OnnxNode* half = other ? made_by(*other, "Mul") : nullptr;
      const std::string* halved = beside(half, 0.5);
      if (halved == nullptr || *halved != data || used(half->outputs[0]) != 1) return false;
      inner.push_back(position(half));
    }
    for (const std::size_t i : inner) {
      if (used(model_.nodes[i].outputs[0]) != 1) return false;
    }
    removed_.insert(inner.begin(), inner.end());
    OnnxNode gelu;
    gelu.name = model_.nodes[last].name;
    gelu.type = "Gelu";
    gelu.inputs = {data};
    gelu.outputs = model_.nodes[last].outputs;
    gelu.attributes["approximate"] = std::string(kind);
    replace(last, std::move(gelu));
    return true;
  }

  void replace(std::size_t i, OnnxNode node) { model_.nodes[i] = std::move(node); }

  OnnxModel& model_;
  std::unordered_map<std::string, std::size_t> producer_;
  std::unordered_map<std::string, int> uses_;
  std::set<std::size_t> removed_;
};

}  // namespace

void join_patterns(OnnxModel& model) { Joiner(model).join(); }

}  // namespace systerm
