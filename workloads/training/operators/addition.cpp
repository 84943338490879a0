// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "workloads/training/trainable_operator.h"

namespace systerm {

namespace {

constexpr std::size_t kElementsAtOnce = 16384;

/// Of two activations of equal shape.
class AdditionOperator final : public TrainableOperator {
 public:
  explicit AdditionOperator(const OperatorSource& source)
      : elements_(static_cast<std::size_t>(element_count(source.output()))) {}

  void forward(const StepOperands& operands, StepServices& services) override {
    services.workers.run_ranges(
        elements_, kElementsAtOnce, [&](std::size_t first, std::size_t end) {
          for (std::size_t i = first; i < end; ++i) {
            operands.writes[0][i] = operands.reads[0][i] + operands.reads[1][i];
          }
        });
  }

  /// To as many inputs as need one.
  void backward_data(const StepOperands& operands, StepServices&) override {
    for (float* const gradient : operands.writes) {
      std::copy_n(operands.reads[0], elements_, gradient);
    }
  }

 private:
  std::size_t elements_;
};

}  // namespace

OperatorOrReason make_trainable(const op::Binary& binary, const OperatorSource& source) {
  if (binary.kind != op::Binary::Kind::kAdd) return NotTrainable{"is no addition"};
  const auto is_constant = [&](std::size_t i) {
    return source.graph.tensor(source.node.inputs[i]).is_constant;
  };
  if (is_constant(0) || is_constant(1) || source.input(0) != source.input(1)) {
    return NotTrainable{"adds other things than two activations of equal shape"};
  }
  return std::make_unique<AdditionOperator>(source);
}

}  // namespace systerm
