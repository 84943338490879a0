// SPDX-License-Identifier: Apache-2.0
// One iteration of training as a sequence of steps over tensors with lifetimes: forward, loss,
// backward-data, weight-gradient and update steps of a network graph. The engine executes it;
// schedules that recompute or reorder are transformations of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"
#include "workloads/training/differentiation.h"

namespace systerm {

/// Index into TrainingGraph::tensors.
enum class TrainingTensorId : std::size_t {};
inline constexpr std::size_t index(TrainingTensorId id) { return static_cast<std::size_t>(id); }

enum class TensorRole : std::uint8_t {
  kInput,
  kLabels,
  kFixed,  ///< a constant that is not trained
  kParameter,
  kStatistic,
  kOptimizerState,
  kActivation,
  kSaved,  ///< made by a forward step for its backward steps
  kLoss,
  kGradient,  ///< of an activation
  kParameterGradient,
};
std::string_view to_string(TensorRole role);

struct TrainingTensor {
  std::string name;
  TensorRole role = TensorRole::kActivation;
  Shape shape;
  /// Of the network, where the tensor stands for one or for its gradient.
  std::optional<TensorId> source{};
  /// Position in TrainingGraph::steps of the first step that writes it; -1 if it is there before.
  std::int64_t first_write = -1;
  /// Of the last step that reads it, or adds to it; the number of steps if it outlives them.
  std::int64_t last_read = -1;

  bool is_persistent() const {
    return role == TensorRole::kParameter || role == TensorRole::kStatistic ||
           role == TensorRole::kOptimizerState || role == TensorRole::kFixed;
  }
};

enum class StepKind : std::uint8_t {
  kForward,
  kLoss,
  kBackwardData,
  kWeightGradient,
  kUpdate,
  kReconstruct,  ///< what a forward step read, from what it made
};
std::string_view to_string(StepKind kind);

/// What a step writes.
struct StepOutput {
  TrainingTensorId tensor{};
  bool accumulates = false;  ///< adds to what an earlier step wrote; else overwrites
};

/// Operands by kind, in this order:
/// * forward: reads the node's inputs; writes its output, its saved tensors, its statistics;
/// * loss: reads logits and labels; writes the loss and the gradient of the logits;
/// * backward data and weight gradient: read the gradient of the output, the inputs that
///   Differentiation names, the output if it does, the saved tensors; write the gradients of data
///   or parameters in input order;
////// * update: reads the gradient; writes the parameter and its optimizer states;
/// * reconstruct: reads the output of the node and, of an addition, its other operand; writes the
///   operand that is wanted.
struct TrainingStep {
  StepKind kind = StepKind::kForward;
  std::string name;                   ///< that of the node, or of the parameter that is updated
  std::optional<std::size_t> node{};  ///< position in Graph::nodes
  std::vector<TrainingTensorId> reads{};
  std::vector<StepOutput> writes{};
  std::vector<StepGemm> gemms{};
  bool recomputes = false;  ///< a forward step that runs again, and keeps up no statistics
  /// Steps of lane 1 may run at the same time as those of lane 0 around them, on an array of their
  /// own or a part of one.
  int lane = 0;

  std::int64_t macs() const;  ///< of all its products
};

enum class UpdatePlacement : std::uint8_t {
  kAtEnd,   ///< after all gradients
  kAtOnce,  ///< as soon as the gradient of a parameter is whole and the parameter is not read again
};

struct TrainingGraphOptions {
  std::int64_t optimizer_states = 1;  ///< tensors that the optimizer keeps for each parameter
  UpdatePlacement updates = UpdatePlacement::kAtEnd;
  std::vector<std::size_t> order{};  ///< of the nodes, topological; empty: topological_order()
};

struct TrainingGraph {
  std::vector<TrainingTensor> tensors;
  std::vector<TrainingStep> steps;
  TrainingTensorId logits{};
  TrainingTensorId loss{};
  std::vector<TrainingTensorId> parameters;  ///< in order of first use

  const TrainingTensor& tensor(TrainingTensorId id) const { return tensors[index(id)]; }
  /// Elements of all tensors that are not persistent and live in each step, from first write to
  /// last read.
  std::vector<std::int64_t> live_elements() const;
};

/// The loss is the mean cross entropy of the softmax over the last axis of the only output. Throws
/// GraphError for a graph with several outputs, with nothing to train, or with an operator that is
/// not modelled.
TrainingGraph make_training_graph(const Graph& graph, const TrainingGraphOptions& options = {});

/// Sets first_write and last_read of all tensors from the steps.
void set_lifetimes(TrainingGraph& graph);

/// A line a step and a line a tensor.
std::string to_string(const TrainingGraph& graph);

}  // namespace systerm
