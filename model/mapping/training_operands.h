// SPDX-License-Identifier: Apache-2.0
// Which tensors a product of a training step multiplies, along which axes their groups run, and
// where its result goes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/mapping/product_mapper.h"
#include "model/mapping/training_products.h"
#include "workloads/graph/graph.h"
#include "workloads/training/training_graph.h"

namespace systerm {

struct ProductOperand {
  TrainingTensorId tensor{};
  ProductAxis axis = ProductAxis::kM;
  std::int64_t axis_length = 1;  ///< of stored values along the axis
  int mantissa_bits = 4;
};

class TrainingOperands {
 public:
  TrainingOperands(const Graph& graph, const TrainingGraph& training);

  /// Steps with products that have no mapping, each with the reason.
  const std::vector<std::string>& problems() const { return problems_; }

  /// What streams by from the data buffer: A, or dO where results leave upward.
  ProductOperand moving(const TrainingProduct& product) const;
  /// What lies in the cells, or streams by from the weight buffer.
  ProductOperand held(const TrainingProduct& product) const;
  /// Nothing for a gradient that nobody wants.
  std::optional<StepOutput> result_of(const TrainingProduct& product) const;
  std::optional<TrainingTensorId> bias(const TrainingProduct& product) const;
  PositionSpace space(const TrainingProduct& product) const;
  RowWindow window(const TrainingProduct& product) const;
  bool scatters(const TrainingProduct& product) const;

 private:
  const TrainingStep& step(const TrainingProduct& product) const {
    return training_.steps[product.step];
  }
  const GraphNode& node(const TrainingProduct& product) const {
    return graph_.nodes()[*step(product).node];
  }
  const TrainingStep& forward(const TrainingProduct& product) const {
    return training_.steps[forward_.at(*step(product).node)];
  }
  const Shape& shape(TrainingTensorId id) const { return training_.tensor(id).shape; }
  ProductOperand left(const TrainingProduct& product, ProductAxis axis) const;
  ProductOperand weights(const TrainingProduct& product, ProductAxis axis) const;
  ProductOperand gradient(const TrainingProduct& product, ProductAxis axis) const;

  const Graph& graph_;
  const TrainingGraph& training_;
  std::map<std::size_t, std::size_t> forward_;  ///< step by node
  std::vector<std::string> problems_;
};

}  // namespace systerm
