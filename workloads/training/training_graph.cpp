// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/training_graph.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace systerm {

namespace {

class Builder {
 public:
  Builder(const Graph& graph, const TrainingGraphOptions& options)
      : graph_(graph), options_(options) {
    if (graph.outputs().size() != 1) {
      throw GraphError(fmt::format("training needs one output, the logits; '{}' has {}", graph.name,
                                   graph.outputs().size()));
    }
    order_ = options.order.empty() ? topological_order(graph) : options.order;
    for (const std::size_t i : order_) rules_.emplace(i, differentiate(graph, graph.nodes()[i]));
  }

  TrainingGraph build() {
    for (const std::size_t i : order_) add_forward(i);
    add_loss();
    for (auto i = order_.rbegin(); i != order_.rend(); ++i) add_backward(*i);
    if (result_.parameters.empty()) {
      throw GraphError(fmt::format("'{}' has nothing to train", graph_.name));
    }
    add_updates();
    set_lifetimes(result_);
    return std::move(result_);
  }

 private:
  TrainingTensorId add(std::string name, TensorRole role, Shape shape,
                       std::optional<TensorId> source = std::nullopt) {
    result_.tensors.push_back({std::move(name), role, std::move(shape), source});
    return static_cast<TrainingTensorId>(result_.tensors.size() - 1);
  }

  /// The tensor of the network as an operand of the given role.
  TrainingTensorId value(TensorId id, TensorRole role) {
    const auto found = values_.find(index(id));
    if (found != values_.end()) return found->second;
    const GraphTensor& tensor = graph_.tensor(id);
    if (!tensor.shape) throw GraphError(fmt::format("the shape of '{}' is not known", tensor.name));
    const TrainingTensorId added = add(tensor.name, role, *tensor.shape, id);
    values_.emplace(index(id), added);
    if (role == TensorRole::kParameter) result_.parameters.push_back(added);
    return added;
  }

  TensorRole role_of(TensorId id, OperandRole role) const {
    if (role == OperandRole::kParameter) return TensorRole::kParameter;
    if (role == OperandRole::kStatistic) return TensorRole::kStatistic;
    const auto& inputs = graph_.inputs();
    if (std::ranges::find(inputs, id) != inputs.end()) return TensorRole::kInput;
    return graph_.tensor(id).is_constant ? TensorRole::kFixed : TensorRole::kActivation;
  }

  void add_forward(std::size_t i) {
    const GraphNode& node = graph_.nodes()[i];
    const Differentiation& rule = rules_.at(i);
    TrainingStep step{.kind = StepKind::kForward, .name = node.name, .node = i};
    step.gemms = rule.forward_gemms;
    std::vector<StepOutput> statistics;
    bool needs_gradient = false;
    for (std::size_t input = 0; input < node.inputs.size(); ++input) {
      const TensorId id = node.inputs[input];
      const TrainingTensorId operand = value(id, role_of(id, rule.roles[input]));
      step.reads.push_back(operand);
      if (rule.roles[input] == OperandRole::kStatistic) statistics.push_back({operand, true});
      needs_gradient = needs_gradient || rule.roles[input] == OperandRole::kParameter ||
                       (rule.roles[input] == OperandRole::kData && needs_gradient_[index(id)]);
    }
    const TensorId output = node.outputs.front();
    needs_gradient_[index(output)] = needs_gradient;
    step.writes.push_back({value(output, TensorRole::kActivation)});
    for (const SavedTensor& saved : rule.saved) {
      saved_[i].push_back(add(node.name + "/" + saved.name, TensorRole::kSaved, saved.shape));
      step.writes.push_back({saved_[i].back()});
    }
    step.writes.insert(step.writes.end(), statistics.begin(), statistics.end());
    result_.steps.push_back(std::move(step));
  }

  void add_loss() {
    const TensorId logits = graph_.outputs().front();
    result_.logits = value(logits, TensorRole::kActivation);
    const Shape& shape = result_.tensor(result_.logits).shape;
    if (shape.size() < 2) {
      throw GraphError(fmt::format("the output '{}' of shape {} is no matrix of logits",
                                   graph_.tensor(logits).name, to_string(shape)));
    }
    const TrainingTensorId labels =
        add("labels", TensorRole::kLabels, Shape(shape.begin(), shape.end() - 1));
    result_.loss = add("loss", TensorRole::kLoss, {});
    result_.steps.push_back({.kind = StepKind::kLoss,
                             .name = "loss",
                             .node = std::nullopt,
                             .reads = {result_.logits, labels},
                             .writes = {{result_.loss}, gradient_output(logits)},
                             .gemms = {}});
  }

  /// The gradient of a tensor as the output of a step: the first one to give it overwrites.
  StepOutput gradient_output(TensorId id) {
    const auto found = gradients_.find(index(id));
    if (found != gradients_.end()) return {found->second, true};
    const TrainingTensor of = result_.tensor(values_.at(index(id)));
    const bool is_parameter = of.role == TensorRole::kParameter;
    const TrainingTensorId added =
        add("gradient(" + of.name + ")",
            is_parameter ? TensorRole::kParameterGradient : TensorRole::kGradient, of.shape, id);
    gradients_.emplace(index(id), added);
    return {added, false};
  }

  void add_backward(std::size_t i) {
    const GraphNode& node = graph_.nodes()[i];
    const Differentiation& rule = rules_.at(i);
    if (!gradients_.contains(index(node.outputs.front()))) return;
    add_gradient_step(i, StepKind::kBackwardData, OperandRole::kData, rule.data_reads,
                      rule.data_reads_output, rule.data_gemms);
    add_gradient_step(i, StepKind::kWeightGradient, OperandRole::kParameter, rule.parameter_reads,
                      rule.parameter_reads_output, rule.parameter_gemms);
  }

  void add_gradient_step(std::size_t i, StepKind kind, OperandRole role,
                         const std::vector<std::size_t>& reads, bool reads_output,
                         const std::vector<StepGemm>& gemms) {
    const GraphNode& node = graph_.nodes()[i];
    const Differentiation& rule = rules_.at(i);
    TrainingStep step{.kind = kind, .name = node.name, .node = i};
    for (std::size_t input = 0; input < node.inputs.size(); ++input) {
      const TensorId id = node.inputs[input];
      const bool is_wanted = role == OperandRole::kParameter || needs_gradient_[index(id)];
      if (rule.roles[input] == role && is_wanted) step.writes.push_back(gradient_output(id));
    }
    if (step.writes.empty()) return;
    const TensorId output = node.outputs.front();
    step.reads.push_back(gradients_.at(index(output)));
    for (const std::size_t input : reads) {
      step.reads.push_back(values_.at(index(node.inputs[input])));
    }
    if (reads_output) step.reads.push_back(values_.at(index(output)));
    step.reads.insert(step.reads.end(), saved_[i].begin(), saved_[i].end());
    step.gemms = gemms;
    result_.steps.push_back(std::move(step));
  }

  TrainingStep update_of(TrainingTensorId parameter) {
    const TrainingTensor of = result_.tensor(parameter);
    TrainingStep step{.kind = StepKind::kUpdate, .name = of.name};
    step.reads = {gradients_.at(index(*of.source))};
    step.writes = {{parameter, true}};
    for (std::int64_t state = 0; state < options_.optimizer_states; ++state) {
      step.writes.push_back(
          {add(fmt::format("{}/state{}", of.name, state), TensorRole::kOptimizerState, of.shape),
           true});
    }
    return step;
  }

  void add_updates() {
    // A parameter on no path to the loss has no gradient.
    std::erase_if(result_.parameters, [this](TrainingTensorId id) {
      return !gradients_.contains(index(*result_.tensor(id).source));
    });
    for (const TrainingTensorId parameter : result_.parameters) {
      TrainingStep update = update_of(parameter);
      auto place = result_.steps.end();
      if (options_.updates == UpdatePlacement::kAtOnce) {
        const TrainingTensorId gradient = update.reads.front();
        const auto uses = [&](const TrainingStep& step) {
          const auto writes = [&](const StepOutput& output) { return output.tensor == gradient; };
          return std::ranges::find(step.reads, parameter) != step.reads.end() ||
                 std::ranges::any_of(step.writes, writes);
        };
        place = std::find_if(result_.steps.rbegin(), result_.steps.rend(), uses).base();
      }
      result_.steps.insert(place, std::move(update));
    }
  }

  const Graph& graph_;
  const TrainingGraphOptions& options_;
  std::vector<std::size_t> order_;
  std::unordered_map<std::size_t, Differentiation> rules_;                // by node
  std::unordered_map<std::size_t, TrainingTensorId> values_;              // by TensorId
  std::unordered_map<std::size_t, TrainingTensorId> gradients_;           // by TensorId
  std::unordered_map<std::size_t, bool> needs_gradient_;                  // by TensorId
  std::unordered_map<std::size_t, std::vector<TrainingTensorId>> saved_;  // by node
  TrainingGraph result_;
};

}  // namespace

void set_lifetimes(TrainingGraph& graph) {
  const auto steps = static_cast<std::int64_t>(graph.steps.size());
  for (TrainingTensor& tensor : graph.tensors) {
    tensor.first_write = -1;
    tensor.last_read = tensor.is_persistent() ? steps : -1;
  }
  const auto is_there_before = [](const TrainingTensor& tensor) {
    return tensor.is_persistent() || tensor.role == TensorRole::kInput ||
           tensor.role == TensorRole::kLabels;
  };
  for (std::int64_t i = 0; i < steps; ++i) {
    const TrainingStep& step = graph.steps[static_cast<std::size_t>(i)];
    for (const TrainingTensorId id : step.reads) {
      TrainingTensor& tensor = graph.tensors[index(id)];
      tensor.last_read = std::max(tensor.last_read, i);
    }
    for (const StepOutput& output : step.writes) {
      TrainingTensor& tensor = graph.tensors[index(output.tensor)];
      if (tensor.first_write < 0 && !is_there_before(tensor)) tensor.first_write = i;
      // What is written and never read lives for its step.
      if (output.accumulates || tensor.last_read < 0) {
        tensor.last_read = std::max(tensor.last_read, i);
      }
    }
  }
  graph.tensors[index(graph.loss)].last_read = steps;
}

std::int64_t TrainingStep::macs() const {
  std::int64_t sum = 0;
  for (const StepGemm& gemm : gemms) sum += gemm.macs();
  return sum;
}

std::vector<std::int64_t> TrainingGraph::live_elements() const {
  std::vector<std::int64_t> live(steps.size(), 0);
  for (const TrainingTensor& tensor : tensors) {
    if (tensor.is_persistent()) continue;
    const std::int64_t elements = element_count(tensor.shape);
    const auto end = std::min(tensor.last_read, static_cast<std::int64_t>(steps.size()) - 1);
    for (std::int64_t i = std::max<std::int64_t>(tensor.first_write, 0); i <= end; ++i) {
      live[static_cast<std::size_t>(i)] += elements;
    }
  }
  return live;
}

TrainingGraph make_training_graph(const Graph& graph, const TrainingGraphOptions& options) {
  return Builder(graph, options).build();
}

}  // namespace systerm
