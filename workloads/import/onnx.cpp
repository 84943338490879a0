// SPDX-License-Identifier: Apache-2.0
#include "workloads/import/onnx.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "workloads/graph/shape_inference.h"
#include "workloads/graph/topological_order.h"
#include "workloads/import/onnx_importer.h"
#include "workloads/import/onnx_patterns.h"

namespace systerm {

namespace {

/// Whether codes of a quantized tensor pass unchanged, so that their scale stays.
bool keeps_codes(const Operator& operation) {
  if (const auto* pooling = std::get_if<op::Pooling>(&operation)) {
    return pooling->kind == Pool::Kind::kMax;
  }
  return std::holds_alternative<op::Identity>(operation) ||
         std::holds_alternative<op::Flatten>(operation) ||
         std::holds_alternative<op::Reshape>(operation) ||
         std::holds_alternative<op::Squeeze>(operation) ||
         std::holds_alternative<op::Unsqueeze>(operation) ||
         std::holds_alternative<op::Transpose>(operation);
}

}  // namespace

OnnxImporter::OnnxImporter(OnnxModel model, const ImportOptions& options)
    : model_(std::move(model)), options_(options) {}

Graph OnnxImporter::run() {
  if (options_.batch < 0) fail(fmt::format("a batch of {}", options_.batch));
  graph_.name = std::filesystem::path(model_.file).stem().string();
  graph_.source = "onnx";
  check_names();
  join_patterns(model_);
  for (const auto* list : {&model_.values, &model_.outputs}) {
    for (const OnnxValue& value : *list) declared_.emplace(value.name, &value);
  }
  constants_ = std::move(model_.initializers);
  const std::vector<std::size_t> order = execution_order();
  add_inputs();
  for (const std::size_t i : order) import_node(model_.nodes[i]);
  add_outputs();
  return std::move(graph_);
}

void OnnxImporter::fail(const std::string& message) const {
  throw ImportError(fmt::format("{}: {}", model_.file, message));
}

void OnnxImporter::fail(const OnnxNode& node, const std::string& message) const {
  fail(fmt::format("{}: {}", node.label(), message));
}

void OnnxImporter::check_names() const {
  std::map<std::string, std::string> owner;
  const auto claim = [&](const std::string& name, const std::string& who) {
    const auto [previous, is_new] = owner.emplace(name, who);
    if (!is_new) {
      fail(fmt::format("'{}' is made twice: by {} and by {}", name, previous->second, who));
    }
  };
  for (const auto& [name, constant] : model_.initializers) claim(name, "an initializer");
  std::set<std::string> inputs;
  for (const OnnxValue& input : model_.inputs) {
    if (input.name.empty()) fail("an input of the graph has no name");
    if (!inputs.insert(input.name).second)
      fail(fmt::format("two inputs are named '{}'", input.name));
    // Older files list their initializers among the inputs.
    if (!model_.initializers.contains(input.name)) claim(input.name, "an input of the graph");
  }
  for (const OnnxNode& node : model_.nodes) {
    for (const std::string& output : node.outputs) {
      if (!output.empty()) claim(output, node.label());
    }
  }
  if (model_.outputs.empty()) fail("the graph has no output");
}

std::vector<std::size_t> OnnxImporter::execution_order() const {
  std::unordered_map<std::string, std::size_t> producer;
  for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
    for (const std::string& output : model_.nodes[i].outputs) producer.emplace(output, i);
  }
  std::set<std::string> given;
  for (const OnnxValue& input : model_.inputs) given.insert(input.name);
  std::vector<std::vector<std::size_t>> dependencies(model_.nodes.size());
  for (std::size_t i = 0; i < model_.nodes.size(); ++i) {
    for (const std::string& input : model_.nodes[i].inputs) {
      if (input.empty() || given.contains(input) || constants_.contains(input)) continue;
      const auto found = producer.find(input);
      if (found == producer.end()) {
        fail(model_.nodes[i], fmt::format("nobody provides its input '{}'", input));
      }
      dependencies[i].push_back(found->second);
    }
  }
  TopologicalOrder result = stable_topological_order(dependencies);
  if (!result.cycle.empty()) {
    std::vector<std::string> names;
    for (const std::size_t i : result.cycle) names.push_back(model_.nodes[i].name);
    fail(fmt::format("the graph has a cycle: '{}' needs itself through '{}'", names.front(),
                     fmt::join(names, "' <- '")));
  }
  return std::move(result.order);
}

/// Inputs that only ever serve as weights, biases or norm parameters: a model without its weights.
std::set<std::string> OnnxImporter::parameters_among_inputs() const {
  std::set<std::string> parameters;
  std::set<std::string> data;
  for (const OnnxNode& node : model_.nodes) {
    const bool has_parameters = node.type == "Conv" || node.type == "ConvTranspose" ||
                                node.type == "Gemm" || node.type == "BatchNormalization" ||
                                node.type == "LSTM" || node.type == "GRU" ||
                                node.type == "LayerNormalization" || node.type == kRmsNormalization;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      (has_parameters && i > 0 ? parameters : data).insert(node.inputs[i]);
    }
  }
  for (const std::string& name : data) parameters.erase(name);
  for (const OnnxValue& output : model_.outputs) parameters.erase(output.name);
  return parameters;
}

Shape OnnxImporter::concrete_shape(const OnnxValue& value, bool is_input) const {
  Shape shape;
  for (std::size_t axis = 0; axis < value.shape->size(); ++axis) {
    const OnnxDimension& dimension = (*value.shape)[axis];
    if (const auto* extent = std::get_if<std::int64_t>(&dimension)) {
      if (is_input && axis == 0 && value.shape->size() > 1 && options_.batch != 0 &&
          *extent != options_.batch) {
        fail(fmt::format("input '{}' has a fixed batch of {}, but {} is asked for", value.name,
                         *extent, options_.batch));
      }
      shape.push_back(*extent);
      continue;
    }
    const std::string& symbol = std::get<std::string>(dimension);
    const auto given = options_.dimensions.find(symbol);
    if (given != options_.dimensions.end()) {
      if (given->second < 1) fail(fmt::format("dimension '{}' is {}", symbol, given->second));
      shape.push_back(given->second);
    } else if (axis == 0) {
      shape.push_back(options_.batch == 0 ? 1 : options_.batch);
    } else {
      fail(fmt::format("dimension {} of input '{}' is open ('{}'); give its extent", axis,
                       value.name, symbol));
    }
  }
  return shape;
}

/// A dimension that is given but not there would have no effect.
void OnnxImporter::check_dimensions() const {
  std::set<std::string> symbols;
  for (const OnnxValue& input : model_.inputs) {
    for (const OnnxDimension& dimension : input.shape.value_or(std::vector<OnnxDimension>())) {
      const auto* symbol = std::get_if<std::string>(&dimension);
      if (symbol && !symbol->empty()) symbols.insert(*symbol);
    }
  }
  for (const auto& [name, extent] : options_.dimensions) {
    if (symbols.contains(name)) continue;
    fail(symbols.empty() ? fmt::format("no input has a symbolic dimension, let alone '{}'", name)
                         : fmt::format("no input has a dimension '{}', only '{}'", name,
                                       fmt::join(symbols, "', '")));
  }
}

void OnnxImporter::add_inputs() {
  check_dimensions();
  const std::set<std::string> parameters = parameters_among_inputs();
  for (const OnnxValue& input : model_.inputs) {
    if (constants_.contains(input.name)) continue;
    if (!input.shape) fail(fmt::format("input '{}' has no shape", input.name));
    if (parameters.contains(input.name)) {
      Constant absent{.shape = {}, .has_values = false};
      for (const OnnxDimension& dimension : *input.shape) {
        const auto* extent = std::get_if<std::int64_t>(&dimension);
        if (!extent) fail(fmt::format("parameter '{}' has an open dimension", input.name));
        absent.shape.push_back(*extent);
      }
      constants_.emplace(input.name, std::move(absent));
      continue;
    }
    const Shape shape = concrete_shape(input, true);
    graph_.add_input(input.name, shape);
    if (input.may_be_mask) masks_.emplace(input.name, Mask{input.name, 0.0, 1.0, shape});
  }
  for (const OnnxNode& node : model_.nodes) read_.insert(node.inputs.begin(), node.inputs.end());
  for (const OnnxValue& output : model_.outputs) read_.insert(output.name);
}

std::optional<Shape> OnnxImporter::declared_shape(const std::string& name) const {
  const auto found = declared_.find(name);
  if (found == declared_.end() || !found->second->shape) return std::nullopt;
  Shape shape;
  for (std::size_t axis = 0; axis < found->second->shape->size(); ++axis) {
    const OnnxDimension& dimension = (*found->second->shape)[axis];
    if (const auto* extent = std::get_if<std::int64_t>(&dimension)) {
      shape.push_back(*extent);
      continue;
    }
    const std::string& symbol = std::get<std::string>(dimension);
    const auto given = options_.dimensions.find(symbol);
    if (given != options_.dimensions.end()) {
      shape.push_back(given->second);
    } else if (axis == 0) {
      shape.push_back(options_.batch == 0 ? 1 : options_.batch);
    } else {
      return std::nullopt;
    }
  }
  return shape;
}

void OnnxImporter::import_node(const OnnxNode& node) {
  try {
    if (fold(node) || follow_mask(node) || add_mask(node)) return;
    const Convert convert = converter(node);
    if (!convert) {
      emit_unmodelled(node, "not modelled");
    } else if (reads_extra_output(node)) {
      emit_unmodelled(node, "its further outputs are not modelled");
    } else {
      (this->*convert)(node);
    }
  } catch (const GraphError& error) {
    const std::string message = error.what();
    if (message.starts_with("node '")) fail(message);
    fail(node, message);
  }
}

void OnnxImporter::add_outputs() {
  for (const OnnxValue& output : model_.outputs) {
    const auto id = graph_.find(output.name);
    if (constants_.contains(output.name)) {
      fail(fmt::format("output '{}' does not depend on any input", output.name));
    }
    if (!id) fail(fmt::format("nobody provides the output '{}'", output.name));
    graph_.add_output(*id);
  }
}

bool OnnxImporter::has_input(const OnnxNode& node, std::size_t i) const {
  return i < node.inputs.size() && !node.inputs[i].empty();
}

const std::string& OnnxImporter::input_name(const OnnxNode& node, std::size_t i) const {
  if (!has_input(node, i)) fail(node, fmt::format("its input {} is missing", i));
  return node.inputs[i];
}

const Constant* OnnxImporter::constant_input(const OnnxNode& node, std::size_t i) const {
  if (!has_input(node, i)) return nullptr;
  const auto found = constants_.find(node.inputs[i]);
  return found == constants_.end() ? nullptr : &found->second;
}

const Constant& OnnxImporter::required_constant(const OnnxNode& node, std::size_t i) const {
  const Constant* constant = constant_input(node, i);
  if (!constant || !constant->has_values) {
    fail(node, fmt::format("its input '{}' must be a constant with values", input_name(node, i)));
  }
  return *constant;
}

TensorId OnnxImporter::operand(const OnnxNode& node, std::size_t i) {
  const std::string& name = input_name(node, i);
  const auto id = graph_.find(name);
  if (id) return *id;
  const auto constant = constants_.find(name);
  if (constant == constants_.end()) fail(node, fmt::format("nobody provides '{}'", name));
  return graph_constant(name, constant->second);
}

TensorId OnnxImporter::graph_constant(const std::string& name, const Constant& constant) {
  const Constant floats = cast(constant, ElementType::kFloat);
  if (!floats.has_values) return graph_.add_constant(name, floats.shape);
  const auto bad =
      std::ranges::find_if_not(*floats.floats, [](float v) { return std::isfinite(v); });
  if (bad != floats.floats->end()) {
    fail(fmt::format("tensor '{}': element {} is {}", name, bad - floats.floats->begin(), *bad));
  }
  return graph_.add_tensor({.name = name,
                            .shape = floats.shape,
                            .is_constant = true,
                            .values = floats.floats,
                            .scales = floats.scales,
                            .scale_axis = floats.scale_axis});
}

std::optional<Shape> OnnxImporter::known_shape(const std::string& name) const {
  const auto constant = constants_.find(name);
  if (constant != constants_.end()) return constant->second.shape;
  const auto id = graph_.find(name);
  return id ? graph_.tensor(*id).shape : std::nullopt;
}

std::int64_t OnnxImporter::integer(const OnnxNode& node, const char* name,
                                   std::int64_t otherwise) const {
  const auto found = node.attributes.find(name);
  if (found == node.attributes.end()) return otherwise;
  const auto* value = std::get_if<std::int64_t>(&found->second);
  if (!value) fail(node, fmt::format("attribute '{}' must be an integer", name));
  return *value;
}

float OnnxImporter::number(const OnnxNode& node, const char* name, float otherwise) const {
  const auto found = node.attributes.find(name);
  if (found == node.attributes.end()) return otherwise;
  const auto* value = std::get_if<float>(&found->second);
  if (!value || !std::isfinite(*value)) {
    fail(node, fmt::format("attribute '{}' must be a finite number", name));
  }
  return *value;
}

std::string OnnxImporter::text(const OnnxNode& node, const char* name,
                               const char* otherwise) const {
  const auto found = node.attributes.find(name);
  if (found == node.attributes.end()) return otherwise;
  const auto* value = std::get_if<std::string>(&found->second);
  if (!value) fail(node, fmt::format("attribute '{}' must be a text", name));
  return *value;
}

std::optional<std::vector<std::int64_t>> OnnxImporter::integers(const OnnxNode& node,
                                                                const char* name) const {
  const auto found = node.attributes.find(name);
  if (found == node.attributes.end()) return std::nullopt;
  const auto* value = std::get_if<std::vector<std::int64_t>>(&found->second);
  if (!value) fail(node, fmt::format("attribute '{}' must be a list of integers", name));
  return *value;
}

std::vector<std::int64_t> OnnxImporter::integers_of(const OnnxNode& node,
                                                    const Constant& constant) const {
  if (!constant.has_values || constant.is_float()) fail(node, "expects a constant of integers");
  return constant.integers;
}

std::optional<std::vector<std::int64_t>> OnnxImporter::axes(const OnnxNode& node,
                                                            std::size_t i) const {
  if (has_input(node, i)) return integers_of(node, required_constant(node, i));
  return integers(node, "axes");
}

std::string OnnxImporter::unique_name(const OnnxNode& node, const std::string& suffix) const {
  std::string name = node.name + suffix;
  // Node names need not be unique in ONNX, tensor names are.
  if (node_names_.contains(name)) name = node.outputs.front() + suffix;
  while (node_names_.contains(name)) name += "'";
  return name;
}

TensorId OnnxImporter::emit(const OnnxNode& node, Operator operation, std::vector<TensorId> inputs,
                            const std::string& suffix) {
  const std::string& output = node.outputs.front().empty() ? node.name : node.outputs.front();
  if (suffix.empty() && keeps_codes(operation)) {
    if (const ModelCodes* codes = codes_of(inputs.front())) {
      const ModelCodes kept = *codes;
      const TensorId real = emit_named(node, unique_name(node, ""), output + "/real", false,
                                       std::move(operation), std::move(inputs));
      return store_in_codes(node, real, kept);
    }
  }
  return emit_named(node, unique_name(node, suffix), output + suffix, suffix.empty(),
                    std::move(operation), std::move(inputs));
}

TensorId OnnxImporter::emit_output(const OnnxNode& node, std::size_t output, Operator operation,
                                   std::vector<TensorId> inputs) {
  const std::string suffix = output == 0 ? "" : fmt::format("/{}", output);
  return emit_named(node, unique_name(node, suffix), node.outputs[output], true,
                    std::move(operation), std::move(inputs));
}

TensorId OnnxImporter::emit_named(const OnnxNode& node, std::string name, const std::string& output,
                                  bool is_declared, Operator operation,
                                  std::vector<TensorId> inputs) {
  node_names_.insert(name);
  const TensorId id = graph_.add_tensor(
      {.name = output, .shape = is_declared ? declared_shape(output) : std::optional<Shape>()});
  const GraphNode& added = graph_.add_node({.name = std::move(name),
                                            .type = node.type,
                                            .operation = std::move(operation),
                                            .inputs = std::move(inputs),
                                            .outputs = {id}});
  infer_shapes(graph_, added);
  if (keeps_codes(added.operation)) {
    if (dynamic_.contains(graph_.tensor(added.inputs.front()).name)) dynamic_.insert(output);
  }
  return id;
}

void OnnxImporter::emit_unmodelled(const OnnxNode& node, const std::string& reason) {
  op::Unmodelled operation{.reason = reason};
  GraphNode added{.name = unique_name(node, ""),
                  .type = node.type,
                  .operation = {},
                  .inputs = {},
                  .outputs = {}};
  node_names_.insert(added.name);
  std::int64_t results = 0;
  for (const std::string& output : node.outputs) {
    if (output.empty()) continue;
    std::optional<Shape> shape = declared_shape(output);
    if (shape && added.outputs.empty()) results = element_count(*shape);
    added.outputs.push_back(graph_.add_tensor({.name = output, .shape = std::move(shape)}));
  }
  for (const std::string& input : node.inputs) {
    if (const auto id = graph_.find(input)) {
      if (!graph_.tensor(*id).is_constant) added.inputs.push_back(*id);
    }
  }
  const auto weights = node.inputs.size() > 1 ? known_shape(node.inputs[1]) : std::nullopt;
  const auto data = node.inputs.empty() ? std::nullopt : known_shape(node.inputs[0]);
  const auto times = [&](std::int64_t a, std::int64_t b) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) fail(node, "needs more than 2^63 multiplications");
    return product;
  };
  if (weights && !weights->empty() && weights->front() > 0) {
    const std::int64_t per_filter = element_count(*weights) / weights->front();
    if (node.type == "Conv") operation.macs = times(results, per_filter);
    if (node.type == "ConvTranspose" && data) {
      operation.macs = times(element_count(*data), per_filter);
    }
  }
  added.operation = std::move(operation);
  graph_.add_node(std::move(added));
}

bool OnnxImporter::reads_extra_output(const OnnxNode& node) const {
  if (node.type == "DynamicQuantizeLinear" || node.type == "Split") return false;
  // The last output of each direction; the last state of an LSTM is not made.
  if (node.type == "LSTM" || node.type == "GRU") {
    return node.outputs.size() > 2 && read_.contains(node.outputs[2]);
  }
  return std::any_of(node.outputs.begin() + 1, node.outputs.end(),
                     [&](const std::string& output) { return read_.contains(output); });
}

Graph import_onnx(const std::filesystem::path& file, const ImportOptions& options) {
  try {
    return OnnxImporter(read_onnx_model(file), options).run();
  } catch (const GraphError& error) {
    throw ImportError(fmt::format("{}: {}", file.string(), error.what()));
  }
}

}  // namespace systerm
