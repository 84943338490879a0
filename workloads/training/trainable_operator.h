// SPDX-License-Identifier: Apache-2.0
// An operator with its backward passes, over values in stored order: images, rows, columns,
// channels for four axes, the graph's own order for any other number of axes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "components/arithmetic/residual_stream.h"
#include "workloads/graph/graph.h"
#include "workloads/training/layer_products.h"
#include "workloads/training/worker_pool.h"

namespace systerm {

/// Values of the operands of one step, in the order of TrainingStep.
struct StepOperands {
  std::vector<const float*> reads;
  std::vector<float*> writes;
};

struct StepServices {
  WorkerPool& workers;
  LayerProducts& products;
  /// Else the network is only evaluated: no statistics are kept up.
  bool is_training = true;
  std::int64_t iteration = 0;  ///< for random bits
  /// What streams lose is added to; null where the same was counted before.
  StreamCounts* stream_counts = nullptr;
};

/// Gradients are written, not added to. Every sum has one order, whatever the number of threads.
class TrainableOperator {
 public:
  virtual ~TrainableOperator() = default;
  virtual void forward(const StepOperands& operands, StepServices& services) = 0;
  virtual void backward_data(const StepOperands& operands, StepServices& services) = 0;
  /// Of operators without parameters: never called.
  virtual void weight_gradient(const StepOperands&, StepServices&) {}
  /// Of couplings and rearrangements alone. Values of a rearrangement go back as gradients do.
  virtual void reconstruct(const StepOperands& operands, StepServices& services) {
    backward_data(operands, services);
  }
};

/// What a node is made from.
struct OperatorSource {
  const Graph& graph;
  const GraphNode& node;
  std::size_t layer = 0;  ///< among those with weights

  const Shape& input(std::size_t i) const { return *graph.tensor(node.inputs[i]).shape; }
  const Shape& output() const { return *graph.tensor(node.outputs.front()).shape; }
  bool has_input(std::size_t i) const { return i < node.inputs.size(); }
};

/// Why an operator, or the form of it, cannot be trained.
struct NotTrainable {
  std::string reason;
};

using OperatorOrReason = std::variant<std::unique_ptr<TrainableOperator>, NotTrainable>;

// One file each.
OperatorOrReason make_trainable(const op::Convolution& convolution, const OperatorSource& source);
OperatorOrReason make_trainable(const op::Linear& linear, const OperatorSource& source);
OperatorOrReason make_trainable(const op::Pooling& pooling, const OperatorSource& source);
OperatorOrReason make_trainable(const op::GlobalPooling& pooling, const OperatorSource& source);
OperatorOrReason make_trainable(const op::Binary& binary, const OperatorSource& source);
OperatorOrReason make_trainable(const op::Activate& activate, const OperatorSource& source);
OperatorOrReason make_trainable(const op::BatchNorm& norm, const OperatorSource& source);
// operators/rearrangement.cpp
OperatorOrReason make_trainable(const op::Slice& slice, const OperatorSource& source);
OperatorOrReason make_trainable(const op::Pad& pad, const OperatorSource& source);
OperatorOrReason make_trainable(const op::Transpose& transpose, const OperatorSource& source);
OperatorOrReason make_trainable(const op::Select& select, const OperatorSource& source);
OperatorOrReason make_trainable(const op::Concatenate& concatenate, const OperatorSource& source);
/// Flatten, Reshape, Squeeze, Unsqueeze, Identity: the same values in another shape.
OperatorOrReason make_trainable_view(const OperatorSource& source);

/// The operator of a node.
OperatorOrReason make_trainable(const OperatorSource& source);

/// Images, rows, columns, channels of a tensor of four axes.
struct StoredImage {
  std::size_t images = 0;
  std::size_t height = 0;
  std::size_t width = 0;
  std::size_t channels = 0;

  explicit StoredImage(const Shape& shape)
      : images(static_cast<std::size_t>(shape[0])),
        height(static_cast<std::size_t>(shape[2])),
        width(static_cast<std::size_t>(shape[3])),
        channels(static_cast<std::size_t>(shape[1])) {}
  std::size_t positions() const { return images * height * width; }
};

/// sums[c] = sum over rows of values[row][c], in an order that does not depend on the threads.
void sum_rows(const float* values, std::size_t rows, std::size_t columns, float* sums,
              WorkerPool& workers);

}  // namespace systerm
