// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/training_vector_work.h"

#include <algorithm>
#include <variant>

#include "components/vector_unit/vector_program.h"

namespace systerm {
namespace {

/// Operations on each element of a tensor.
SweepWork each(std::int64_t elements, const VectorOperations& operations) {
  return {elements * operations, elements};
}

class StepWork {
 public:
  StepWork(const Graph& graph, const TrainingGraph& training, const TrainingStep& step)
      : graph_(graph), training_(training), step_(step) {}

  StepVectorWork work() const {
    switch (step_.kind) {
      case StepKind::kForward:
        return std::visit([this](const auto& node) { return forward(node); }, operation());
      case StepKind::kLoss:
        // Softmax and its logarithm; the gradient is the difference to the labels.
        return {each(elements(step_.reads.front()),
                     {.additions = 3, .multiplications = 2, .comparisons = 1, .functions = 2})};
      case StepKind::kBackwardData:
        return std::visit([this](const auto& node) { return backward_data(node); }, operation());
      case StepKind::kWeightGradient:
        return std::visit([this](const auto& node) { return parameter_gradient(node); },
                          operation());
      case StepKind::kUpdate:
        return update();
      case StepKind::kReconstruct:
        // A difference, or values of a rearrangement on their way back.
        return {
            each(output(), {.additions = std::holds_alternative<op::Binary>(operation()) ? 1 : 0})};
    }
    return {};
  }

 private:
  const Operator& operation() const { return graph_.nodes()[*step_.node].operation; }
  std::int64_t elements(TrainingTensorId id) const {
    return element_count(training_.tensor(id).shape);
  }
  /// Of the output of a forward step, or of the gradient that a backward step reads.
  std::int64_t output() const {
    return elements(step_.kind == StepKind::kForward ? step_.writes.front().tensor
                                                     : step_.reads.front());
  }
  std::int64_t written() const {
    std::int64_t sum = 0;
    for (const StepOutput& out : step_.writes) sum += elements(out.tensor);
    return sum;
  }
  static std::int64_t window_of(const op::Pooling& pooling) {
    return pooling.window.kernel_height * pooling.window.kernel_width;
  }
  /// Of global pooling.
  std::int64_t pooled() const {
    return elements(step_.kind == StepKind::kForward ? step_.reads.front()
                                                     : step_.writes.front().tensor) /
           output();
  }

  // Forward.

  template <typename Op>
  StepVectorWork forward(const Op&) const {
    return {each(output(), {})};
  }
  StepVectorWork forward(const op::BatchNorm&) const {
    return {each(output(), {.additions = 1, .multiplications = 1}),
            each(output(), {.additions = 2, .multiplications = 1})};
  }
  StepVectorWork forward(const op::Activate& activate) const {
    return {each(output(), activation_operations(activate.activation.function))};
  }
  StepVectorWork forward(const op::Pooling& pooling) const {
    return {each(output(), pool(pooling.kind, window_of(pooling)))};
  }
  StepVectorWork forward(const op::GlobalPooling& pooling) const {
    return {each(output(), pool(pooling.kind, pooled()))};
  }
  StepVectorWork forward(const op::Binary& binary) const {
    return {each(output(), is_sum(binary) ? VectorOperations{.additions = 1}
                                          : VectorOperations{.multiplications = 1})};
  }
  StepVectorWork forward(const op::Softmax&) const {
    return {
        each(output(), {.additions = 2, .multiplications = 1, .comparisons = 1, .functions = 1})};
  }
  StepVectorWork forward(const op::Norm&) const {
    return {each(output(), {.additions = 4, .multiplications = 3})};
  }
  StepVectorWork forward(const op::Rotary&) const {
    return {each(output(), {.additions = 1, .multiplications = 2})};
  }
  StepVectorWork forward(const op::ReduceMean&) const {
    return {each(elements(step_.reads.front()), {.additions = 1})};
  }

  // Backward data.

  template <typename Op>
  StepVectorWork backward_data(const Op&) const {
    return with_accumulation({each(written(), {})});
  }
  StepVectorWork backward_data(const op::BatchNorm&) const {
    return with_accumulation({each(output(), {.additions = 3, .multiplications = 4}),
                              each(output(), {.additions = 3, .multiplications = 2})});
  }
  StepVectorWork backward_data(const op::Activate& activate) const {
    VectorOperations operations = activation_operations(activate.activation.function);
    // Derivatives of functions that compare are 0 or constant; others are polynomials of their
    // value or need it anew.
    operations.multiplications += 1;
    return with_accumulation({each(written(), operations)});
  }
  StepVectorWork backward_data(const op::Pooling& pooling) const {
    return with_accumulation({each(output(), spread(pooling.kind, window_of(pooling)))});
  }
  StepVectorWork backward_data(const op::GlobalPooling& pooling) const {
    return with_accumulation({each(output(), spread(pooling.kind, pooled()))});
  }
  StepVectorWork backward_data(const op::Binary& binary) const {
    return with_accumulation({each(
        written(), is_sum(binary) ? VectorOperations{} : VectorOperations{.multiplications = 1})});
  }
  StepVectorWork backward_data(const op::Softmax&) const {
    return with_accumulation({each(output(), {.additions = 2, .multiplications = 2})});
  }
  StepVectorWork backward_data(const op::Norm&) const {
    return with_accumulation({each(output(), {.additions = 5, .multiplications = 5})});
  }
  StepVectorWork backward_data(const op::Rotary&) const {
    return with_accumulation({each(output(), {.additions = 1, .multiplications = 2})});
  }

  // Gradients of parameters: sums over the gradient of the output.

  template <typename Op>
  StepVectorWork parameter_gradient(const Op&) const {
    return with_accumulation({each(output(), {.additions = 1})});
  }
  StepVectorWork parameter_gradient(const op::BatchNorm&) const {
    return with_accumulation({each(output(), {.additions = 3, .multiplications = 2})});
  }
  StepVectorWork parameter_gradient(const op::Norm&) const {
    return with_accumulation({each(output(), {.additions = 3, .multiplications = 2})});
  }

  StepVectorWork update() const {
    const std::int64_t parameters = elements(step_.writes.front().tensor);
    switch (step_.writes.size()) {
      case 1:  // weight decay, then the step
        return {each(parameters, {.additions = 2, .multiplications = 2})};
      case 2:  // momentum too
        return {each(parameters, {.additions = 3, .multiplications = 3})};
      default:  // both moments, their corrections, a root and a division
        return {each(parameters, {.additions = 5, .multiplications = 9, .functions = 1})};
    }
  }

  static bool is_sum(const op::Binary& binary) {
    return binary.kind == op::Binary::Kind::kAdd || binary.kind == op::Binary::Kind::kSubtract;
  }
  static VectorOperations pool(Pool::Kind kind, std::int64_t window) {
    if (kind == Pool::Kind::kMax) return {.comparisons = window};
    return {.additions = window, .multiplications = 1};
  }
  /// The gradient of one output goes to the largest of its window, or to all of it.
  static VectorOperations spread(Pool::Kind kind, std::int64_t window) {
    if (kind == Pool::Kind::kMax) return {.additions = 1};
    return {.additions = window, .multiplications = 1};
  }
  StepVectorWork with_accumulation(StepVectorWork work) const {
    for (const StepOutput& out : step_.writes) {
      if (out.accumulates) work.sweep.operations.additions += elements(out.tensor);
    }
    return work;
  }

  const Graph& graph_;
  const TrainingGraph& training_;
  const TrainingStep& step_;
};

}  // namespace

std::int64_t SweepWork::word_passes() const {
  return std::max(words, operations.additions + operations.multiplications +
                             operations.comparisons + operations.functions);
}

StepVectorWork step_vector_work(const Graph& graph, const TrainingGraph& training,
                                const TrainingStep& step) {
  return StepWork(graph, training, step).work();
}

bool is_view(const GraphNode& node) {
  return std::holds_alternative<op::Flatten>(node.operation) ||
         std::holds_alternative<op::Reshape>(node.operation) ||
         std::holds_alternative<op::Squeeze>(node.operation) ||
         std::holds_alternative<op::Unsqueeze>(node.operation) ||
         std::holds_alternative<op::Identity>(node.operation);
}

}  // namespace systerm
