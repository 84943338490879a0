// SPDX-License-Identifier: Apache-2.0
// Trains a network on the host: executes the steps of its training graph, matrix products in any
// number format, everything else in single precision. The same bits for any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "components/arithmetic/nonzero_pattern.h"
#include "workloads/graph/graph.h"
#include "workloads/training/cross_entropy.h"
#include "workloads/training/layer_products.h"
#include "workloads/training/optimizer.h"
#include "workloads/training/reversible_training.h"
#include "workloads/training/trainable_operator.h"
#include "workloads/training/training_error.h"
#include "workloads/training/training_graph.h"
#include "workloads/training/training_state.h"

namespace systerm {

struct TrainingBuffers;

class TrainingEngine {
 public:
  /// The first axis of the graph's only input is the batch; every constant has values. Without
  /// `reversible`, additions of couplings are like any others, and every activation is kept. Throws
  /// GraphError naming every node that cannot be trained, or whatever else does not fit.
  TrainingEngine(Graph graph, std::unique_ptr<Optimizer> optimizer,
                 std::unique_ptr<LayerProducts> products, std::size_t threads,
                 const std::optional<ReversibleOptions>& reversible = std::nullopt);
  ~TrainingEngine();

  std::size_t batch() const { return batch_; }
  std::size_t classes() const { return classes_; }
  const Shape& input_shape() const;
  const TrainingGraph& training_graph() const { return training_graph_; }
  std::int64_t iteration() const { return iteration_; }
  /// Of the last training iteration; null without reversible options.
  const ReversibleReport* reversible_report() const {
    return reversible_ ? &reversible_->report() : nullptr;
  }

  /// One iteration. `samples` is a batch in the graph's order, `labels` one an image. Throws
  /// TrainingError; the state is then that before, running statistics aside.
  LossResult train(std::span<const float> samples, std::span<const std::int64_t> labels,
                   double learning_rate);

  /// Loss and correct answers of the first `counted` samples of a batch.
  LossResult evaluate(std::span<const float> samples, std::span<const std::int64_t> labels,
                      std::size_t counted);

  /// The logits of the last batch, [batch][classes].
  std::span<const float> logits() const { return logits_; }

  /// Weights of a layer of weighted_layers() as its products see them, a row a filter; convolutions
  /// with the channel innermost. Throws std::out_of_range for another name.
  MatrixView weights(const std::string& layer) const;
  /// Puts other weights in their place. Where `mask` is 0 the weight is 0 from now on: its gradient
  /// counts as 0, and it stays. An empty mask lets all weights be trained. Throws std::out_of_range
  /// for another name, std::invalid_argument for another number of weights.
  void set_weights(const std::string& layer, std::span<const float> weights,
                   std::vector<std::uint8_t> mask);

  /// Without configuration, attachment and masks.
  TrainingState state() const;
  /// Throws CheckpointError if the tensors are not those of this network.
  void restore(const TrainingState& state);

  /// The network with its parameters and statistics as they are now.
  Graph trained() const;

  /// Gradient of the last training iteration by name of the parameter, in the graph's order. Throws
  /// std::out_of_range for another name.
  std::vector<float> gradient(const std::string& parameter) const;

 private:
  void make_operators();
  void load_constants();
  void set_input(std::span<const float> samples);
  void run_step(std::size_t position, bool is_training);
  void run_node(const TrainingStep& step, bool is_training);
  void execute(const TrainingStep& step, const StepOperands& operands, StepServices& services);
  void update(const TrainingStep& step, double learning_rate);
  void check_gradients() const;
  std::size_t weight_tensor(const std::string& layer) const;
  void to_graph_values(TrainingTensorId id, const std::vector<float>& stored,
                       std::vector<float>& in_graph_order) const;

  Graph graph_;
  std::unique_ptr<ReversibleTraining> reversible_;
  TrainingGraph training_graph_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<LayerProducts> products_;
  WorkerPool workers_;
  std::map<std::size_t, std::unique_ptr<TrainableOperator>> operators_;  ///< by node
  std::vector<bool>
      is_transposed_;  ///< weights of the graph that are [terms][filters]; by TensorId
  std::map<std::size_t, std::vector<std::uint8_t>> masks_;  ///< by TrainingTensorId of the weights
  std::unique_ptr<TrainingBuffers> buffers_;
  std::vector<float> logits_;
  std::size_t batch_ = 0;
  std::size_t classes_ = 0;
  std::int64_t iteration_ = 0;
};

/// Names of the layers with weights, in the order that ProductShape::layer counts.
std::vector<std::string> weighted_layers(const Graph& graph);

}  // namespace systerm
