// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/training_engine.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "workloads/training/initial_weights.h"
#include "workloads/training/stored_order.h"
#include "workloads/training/training_buffers.h"

namespace systerm {

namespace {

constexpr std::size_t kElementsAtOnce = 16384;

bool is_weighted(const GraphNode& node) {
  return std::holds_alternative<op::Convolution>(node.operation) ||
         std::holds_alternative<op::Linear>(node.operation);
}

std::size_t elements_of(const TrainingTensor& tensor) {
  return static_cast<std::size_t>(element_count(tensor.shape));
}

/// [rows][columns] to [columns][rows].
std::vector<float> transposed(const std::vector<float>& values, std::size_t rows,
                              std::size_t columns) {
  std::vector<float> result(values.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) result[c * rows + r] = values[r * columns + c];
  }
  return result;
}

bool is_finite(const std::vector<float>& values) {
  // Infinity and NaN stay one or the other when multiplied by zero; finite values give zero.
  float sum = 0.0F;
  for (const float value : values) sum += value * 0.0F;
  return sum == 0.0F;
}

}  // namespace

std::vector<std::string> weighted_layers(const Graph& graph) {
  std::vector<std::string> names;
  for (const std::size_t i : topological_order(graph)) {
    if (is_weighted(graph.nodes()[i])) names.push_back(graph.nodes()[i].name);
  }
  return names;
}

TrainingEngine::TrainingEngine(Graph graph, std::unique_ptr<Optimizer> optimizer,
                               std::unique_ptr<LayerProducts> products, std::size_t threads,
                               const std::optional<ReversibleOptions>& reversible)
    : graph_(std::move(graph)),
      reversible_(reversible ? std::make_unique<ReversibleTraining>(graph_, *reversible) : nullptr),
      training_graph_(reversible_
                          ? reversible_->training_graph({.optimizer_states = optimizer->states()})
                          : make_training_graph(graph_, {.optimizer_states = optimizer->states()})),
      optimizer_(std::move(optimizer)),
      products_(std::move(products)),
      workers_(threads),
      is_transposed_(graph_.tensors().size(), false),
      buffers_(std::make_unique<TrainingBuffers>()) {
  if (graph_.inputs().size() != 1) {
    throw GraphError(fmt::format("training needs one input, the samples; '{}' has {}", graph_.name,
                                 graph_.inputs().size()));
  }
  batch_ = static_cast<std::size_t>(input_shape().front());
  const Shape& logits = training_graph_.tensor(training_graph_.logits).shape;
  if (logits.size() != 2 || logits.front() != input_shape().front()) {
    throw GraphError(fmt::format("the output of '{}' is {}; training needs [images, classes]",
                                 graph_.name, to_string(logits)));
  }
  classes_ = static_cast<std::size_t>(logits.back());
  make_operators();
  buffers_->values.resize(training_graph_.tensors.size());
  load_constants();
}

TrainingEngine::~TrainingEngine() = default;

const Shape& TrainingEngine::input_shape() const {
  return *graph_.tensor(graph_.inputs().front()).shape;
}

void TrainingEngine::make_operators() {
  std::string reasons;
  std::size_t layer = 0;
  for (const std::size_t i : topological_order(graph_)) {
    const GraphNode& node = graph_.nodes()[i];
    OperatorOrReason made = make_trainable({graph_, node, layer});
    if (is_weighted(node)) ++layer;
    if (const auto* refused = std::get_if<NotTrainable>(&made)) {
      reasons += fmt::format("\n  {} ({}): {}", node.name, node.type, refused->reason);
      continue;
    }
    auto work = std::get<std::unique_ptr<TrainableOperator>>(std::move(made));
    if (reversible_) {
      if (auto coupling = reversible_->coupling_operator(i)) work = std::move(coupling);
    }
    operators_.emplace(i, std::move(work));
    const auto* linear = std::get_if<op::Linear>(&node.operation);
    if (linear != nullptr && !linear->filters_first) is_transposed_[index(node.inputs[1])] = true;
  }
  if (!reasons.empty()) {
    throw GraphError(fmt::format("'{}' cannot be trained here:{}", graph_.name, reasons));
  }
}

void TrainingEngine::load_constants() {
  for (std::size_t id = 0; id < training_graph_.tensors.size(); ++id) {
    const TrainingTensor& tensor = training_graph_.tensors[id];
    if (!tensor.is_persistent()) continue;
    std::vector<float>& stored = buffers_->values[id];
    stored.assign(elements_of(tensor), 0.0F);
    if (!tensor.source) continue;
    const GraphTensor& source = graph_.tensor(*tensor.source);
    if (!source.values) {
      throw GraphError(fmt::format("the tensor '{}' has no values to begin with", source.name));
    }
    if (is_transposed_[index(*tensor.source)]) {
      stored = transposed(*source.values, static_cast<std::size_t>(tensor.shape[0]),
                          static_cast<std::size_t>(tensor.shape[1]));
    } else {
      to_stored_order(tensor.shape, source.values->data(), stored.data());
    }
  }
}

void TrainingEngine::set_input(std::span<const float> samples) {
  for (std::size_t id = 0; id < training_graph_.tensors.size(); ++id) {
    const TrainingTensor& tensor = training_graph_.tensors[id];
    if (tensor.role != TensorRole::kInput) continue;
    if (samples.size() != elements_of(tensor)) {
      throw std::invalid_argument(
          fmt::format("a batch has {} values, not {}", elements_of(tensor), samples.size()));
    }
    buffers_->provide(id, samples.size());
    to_stored_order(tensor.shape, samples.data(), buffers_->values[id].data());
  }
}

void TrainingEngine::execute(const TrainingStep& step, const StepOperands& operands,
                             StepServices& services) {
  TrainableOperator& work = *operators_.at(*step.node);
  if (step.kind == StepKind::kForward) {
    work.forward(operands, services);
  } else if (step.kind == StepKind::kReconstruct) {
    work.reconstruct(operands, services);
  } else if (step.kind == StepKind::kBackwardData) {
    work.backward_data(operands, services);
  } else {
    work.weight_gradient(operands, services);
  }
}

void TrainingEngine::run_node(const TrainingStep& step, bool is_training) {
  if (reversible_ && is_training) reversible_->expose(step, training_graph_, buffers_->values);
  StepOperands operands;
  for (const TrainingTensorId id : step.reads) {
    operands.reads.push_back(buffers_->values[index(id)].data());
  }
  // What adds is made apart first, so that operators only ever write.
  const bool is_backward = step.kind != StepKind::kForward;
  std::size_t scratch = 0;
  for (const StepOutput& output : step.writes) {
    if (is_backward && output.accumulates) {
      scratch += elements_of(training_graph_.tensor(output.tensor));
    }
  }
  buffers_->scratch.resize(std::max(buffers_->scratch.size(), scratch));
  float* spare = buffers_->scratch.data();
  for (const StepOutput& output : step.writes) {
    const std::size_t elements = elements_of(training_graph_.tensor(output.tensor));
    buffers_->provide(index(output.tensor), elements);
    const bool is_apart = is_backward && output.accumulates;
    operands.writes.push_back(is_apart ? spare : buffers_->values[index(output.tensor)].data());
    if (is_apart) spare += elements;
  }
  StepServices services{workers_, *products_, is_training, iteration_};
  if (reversible_ && is_training && !step.recomputes) {
    services.stream_counts = reversible_->counts();
  }
  execute(step, operands, services);
  if (reversible_) {
    reversible_->finish(step, training_graph_, buffers_->values, workers_, services);
  }
  for (std::size_t i = 0; i < step.writes.size(); ++i) {
    if (!is_backward || !step.writes[i].accumulates) continue;
    std::vector<float>& sum = buffers_->values[index(step.writes[i].tensor)];
    workers_.run_ranges(sum.size(), kElementsAtOnce, [&](std::size_t first, std::size_t end) {
      for (std::size_t e = first; e < end; ++e) sum[e] += operands.writes[i][e];
    });
  }
}

void TrainingEngine::run_step(std::size_t position, bool is_training) {
  const TrainingStep& step = training_graph_.steps[position];
  run_node(step, is_training);
  if (!is_training) return;
  const auto is_over = [&](TrainingTensorId id) {
    return training_graph_.tensor(id).last_read == static_cast<std::int64_t>(position) &&
           training_graph_.tensor(id).role != TensorRole::kParameterGradient;
  };
  for (const TrainingTensorId id : step.reads) {
    if (is_over(id)) buffers_->release(index(id));
  }
}

void TrainingEngine::check_gradients() const {
  for (std::size_t id = 0; id < training_graph_.tensors.size(); ++id) {
    const TrainingTensor& tensor = training_graph_.tensors[id];
    if (tensor.role == TensorRole::kParameterGradient && !is_finite(buffers_->values[id])) {
      throw TrainingError(fmt::format("iteration {}: {} has a value that is not finite",
                                      iteration_ + 1, tensor.name));
    }
  }
}

void TrainingEngine::update(const TrainingStep& step, double learning_rate) {
  std::vector<float>& gradient = buffers_->values[index(step.reads.front())];
  std::vector<float*> operands;
  for (const StepOutput& output : step.writes) {
    operands.push_back(buffers_->values[index(output.tensor)].data());
  }
  const auto masked = masks_.find(index(step.writes.front().tensor));
  const std::uint8_t* const mask = masked == masks_.end() ? nullptr : masked->second.data();
  const auto clear_masked = [mask](float* values, std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) {
      if (mask[i] == 0) values[i] = 0.0F;
    }
  };
  workers_.run_ranges(gradient.size(), kElementsAtOnce, [&](std::size_t first, std::size_t end) {
    if (mask != nullptr) clear_masked(gradient.data(), first, end);
    std::vector<float*> states;
    for (std::size_t i = 1; i < operands.size(); ++i) states.push_back(operands[i] + first);
    optimizer_->update(std::span(gradient).subspan(first, end - first), operands[0] + first, states,
                       learning_rate, iteration_ + 1);
    // What the optimizer still carries of earlier gradients must not move it either.
    if (mask != nullptr) clear_masked(operands[0], first, end);
  });
}

LossResult TrainingEngine::train(std::span<const float> samples,
                                 std::span<const std::int64_t> labels, double learning_rate) {
  set_input(samples);
  products_->begin_iteration(iteration_);
  if (reversible_) reversible_->begin_iteration(iteration_, training_graph_);
  LossResult result;
  bool is_checked = false;
  for (std::size_t i = 0; i < training_graph_.steps.size(); ++i) {
    const TrainingStep& step = training_graph_.steps[i];
    if (step.kind == StepKind::kUpdate) {
      if (!std::exchange(is_checked, true)) check_gradients();
      update(step, learning_rate);
    } else if (step.kind == StepKind::kLoss) {
      logits_ = buffers_->values[index(training_graph_.logits)];
      const std::size_t gradient = index(step.writes[1].tensor);
      buffers_->provide(gradient, logits_.size());
      result = cross_entropy(logits_, labels, batch_, buffers_->values[gradient].data());
      if (!std::isfinite(result.loss)) {
        throw TrainingError(
            fmt::format("iteration {}: the loss is {}", iteration_ + 1, result.loss));
      }
    } else {
      run_step(i, true);
    }
  }
  ++iteration_;
  return result;
}

LossResult TrainingEngine::evaluate(std::span<const float> samples,
                                    std::span<const std::int64_t> labels, std::size_t counted) {
  set_input(samples);
  products_->begin_evaluation();
  for (std::size_t i = 0; i < training_graph_.steps.size(); ++i) {
    const TrainingStep& step = training_graph_.steps[i];
    if (step.kind == StepKind::kForward && !step.recomputes) run_step(i, false);
  }
  logits_ = buffers_->values[index(training_graph_.logits)];
  return cross_entropy(logits_, labels, counted, nullptr);
}

std::size_t TrainingEngine::weight_tensor(const std::string& layer) const {
  for (const GraphNode& node : graph_.nodes()) {
    if (!is_weighted(node) || node.name != layer) continue;
    for (std::size_t id = 0; id < training_graph_.tensors.size(); ++id) {
      const TrainingTensor& tensor = training_graph_.tensors[id];
      if (tensor.role == TensorRole::kParameter && tensor.source == node.inputs[1]) return id;
    }
  }
  throw std::out_of_range("no layer with weights is called " + layer);
}

MatrixView TrainingEngine::weights(const std::string& layer) const {
  const std::size_t id = weight_tensor(layer);
  const TrainingTensor& tensor = training_graph_.tensors[id];
  const std::vector<float>& values = buffers_->values[id];
  const auto rows = static_cast<std::size_t>(
      is_transposed_[index(*tensor.source)] ? tensor.shape.back() : tensor.shape.front());
  return {values, rows, values.size() / rows};
}

void TrainingEngine::set_weights(const std::string& layer, std::span<const float> weights,
                                 std::vector<std::uint8_t> mask) {
  const std::size_t id = weight_tensor(layer);
  std::vector<float>& values = buffers_->values[id];
  if (weights.size() != values.size() || (!mask.empty() && mask.size() != values.size())) {
    throw std::invalid_argument(
        fmt::format("layer '{}' has {} weights, not {}", layer, values.size(), weights.size()));
  }
  std::ranges::copy(weights, values.begin());
  masks_.erase(id);
  if (mask.empty()) return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (mask[i] == 0) values[i] = 0.0F;
  }
  masks_.emplace(id, std::move(mask));
}

TrainingState TrainingEngine::state() const {
  TrainingState state;
  state.iteration = iteration_;
  for (std::size_t id = 0; id < training_graph_.tensors.size(); ++id) {
    const TrainingTensor& tensor = training_graph_.tensors[id];
    if (tensor.is_persistent() && tensor.role != TensorRole::kFixed) {
      state.tensors.push_back({tensor.name, tensor.shape, buffers_->values[id]});
    }
  }
  return state;
}

void TrainingEngine::restore(const TrainingState& state) {
  TrainingState expected = this->state();
  const auto same = [](const StateTensor& a, const StateTensor& b) {
    return a.name == b.name && a.shape == b.shape && a.values.size() == b.values.size();
  };
  if (!std::ranges::equal(expected.tensors, state.tensors, same)) {
    throw CheckpointError("the checkpoint holds the tensors of another network");
  }
  std::size_t next = 0;
  for (std::size_t id = 0; id < training_graph_.tensors.size(); ++id) {
    const TrainingTensor& tensor = training_graph_.tensors[id];
    if (tensor.is_persistent() && tensor.role != TensorRole::kFixed) {
      buffers_->values[id] = state.tensors[next++].values;
    }
  }
  iteration_ = state.iteration;
}

void TrainingEngine::to_graph_values(TrainingTensorId id, const std::vector<float>& stored,
                                     std::vector<float>& in_graph_order) const {
  const TrainingTensor& tensor = training_graph_.tensor(id);
  if (is_transposed_[index(*tensor.source)]) {
    in_graph_order = transposed(stored, static_cast<std::size_t>(tensor.shape[1]),
                                static_cast<std::size_t>(tensor.shape[0]));
    return;
  }
  in_graph_order.resize(stored.size());
  to_graph_order(tensor.shape, stored.data(), in_graph_order.data());
}

Graph TrainingEngine::trained() const {
  std::vector<std::shared_ptr<const std::vector<float>>> values(graph_.tensors().size());
  for (std::size_t id = 0; id < training_graph_.tensors.size(); ++id) {
    const TrainingTensor& tensor = training_graph_.tensors[id];
    if (!tensor.source || !tensor.is_persistent()) continue;
    std::vector<float> in_graph_order;
    to_graph_values(static_cast<TrainingTensorId>(id), buffers_->values[id], in_graph_order);
    values[index(*tensor.source)] =
        std::make_shared<const std::vector<float>>(std::move(in_graph_order));
  }
  return with_values(graph_, values);
}

std::vector<float> TrainingEngine::gradient(const std::string& parameter) const {
  for (std::size_t id = 0; id < training_graph_.tensors.size(); ++id) {
    const TrainingTensor& tensor = training_graph_.tensors[id];
    if (tensor.role != TensorRole::kParameterGradient ||
        graph_.tensor(*tensor.source).name != parameter) {
      continue;
    }
    std::vector<float> result;
    to_graph_values(static_cast<TrainingTensorId>(id), buffers_->values[id], result);
    return result;
  }
  throw std::out_of_range("no gradient of " + parameter);
}

}  // namespace systerm
