// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "workloads/training/stored_order.h"
#include "workloads/training/trainable_operator.h"

namespace systerm {

namespace {

/// Values keep their order in the graph; where either side is an image, not in store.
class ViewOperator final : public TrainableOperator {
 public:
  explicit ViewOperator(const OperatorSource& source)
      : input_(source.input(0)), output_(source.output()) {}

  void forward(const StepOperands& operands, StepServices&) override {
    move(input_, operands.reads[0], output_, operands.writes[0]);
  }

  void backward_data(const StepOperands& operands, StepServices&) override {
    move(output_, operands.reads[0], input_, operands.writes[0]);
  }

 private:
  void move(const Shape& from_shape, const float* from, const Shape& to_shape, float* to) {
    const auto elements = static_cast<std::size_t>(element_count(from_shape));
    if (from_shape == to_shape) {
      std::copy_n(from, elements, to);
      return;
    }
    in_graph_order_.resize(elements);
    to_graph_order(from_shape, from, in_graph_order_.data());
    to_stored_order(to_shape, in_graph_order_.data(), to);
  }

  Shape input_;
  Shape output_;
  std::vector<float> in_graph_order_;
};

}  // namespace

OperatorOrReason make_trainable_view(const OperatorSource& source) {
  return std::make_unique<ViewOperator>(source);
}

}  // namespace systerm
