// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/trainable_operator.h"

namespace systerm {

namespace {

/// Weights are stored [filters][terms], whichever way the graph has them.
class LinearOperator final : public TrainableOperator {
 public:
  explicit LinearOperator(const OperatorSource& source)
      : has_bias_(source.has_input(2)),
        shape_{source.layer,
               static_cast<std::size_t>(element_count(source.output()) / source.output().back()),
               static_cast<std::size_t>(source.input(0).back()),
               static_cast<std::size_t>(source.output().back())} {}

  void forward(const StepOperands& operands, StepServices& services) override {
    float* const sums = operands.writes[0];
    services.products.forward(shape_, operands.reads[0], operands.reads[1], sums, services.workers);
    if (!has_bias_) return;
    for (std::size_t vector = 0; vector < shape_.vectors; ++vector) {
      float* const row = sums + vector * shape_.filters;
      for (std::size_t f = 0; f < shape_.filters; ++f) row[f] += operands.reads[2][f];
    }
  }

  void backward_data(const StepOperands& operands, StepServices& services) override {
    services.products.backward_data(shape_, operands.reads[0], operands.reads[1],
                                    operands.writes[0], services.workers);
  }

  void weight_gradient(const StepOperands& operands, StepServices& services) override {
    services.products.weight_gradient(shape_, operands.reads[0], operands.reads[1],
                                      operands.writes[0], services.workers);
    if (has_bias_) {
      sum_rows(operands.reads[0], shape_.vectors, shape_.filters, operands.writes[1],
               services.workers);
    }
  }

 private:
  bool has_bias_;
  ProductShape shape_;
};

}  // namespace

OperatorOrReason make_trainable(const op::Linear& linear, const OperatorSource& source) {
  if (linear.data_scale != 1.0 || linear.bias_scale != 1.0) {
    return NotTrainable{"scales its sums or its bias"};
  }
  if (source.input(0).size() == 4) return NotTrainable{"reads an image; flatten it first"};
  return std::make_unique<LinearOperator>(source);
}

}  // namespace systerm
