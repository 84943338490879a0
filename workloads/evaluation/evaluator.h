// SPDX-License-Identifier: Apache-2.0
// A network over a data set: what quantization does to its answers. Integer arithmetic is exact, so
// answers depend neither on the number of threads nor on the machine; comparisons with the float
// network depend on the machine's float arithmetic in the last digits.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "workloads/data/dataset.h"
#include "workloads/evaluation/value_comparison.h"
#include "workloads/execution/float_executor.h"
#include "workloads/execution/integer_executor.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// What one way of computing a network says about every row of logits: a sample has one row, or, in
/// a language model, one a position.
struct Answers {
  std::vector<std::int64_t> classes;  ///< largest logit of every row; the first of equals
  std::int64_t top5 = 0;              ///< rows whose label is among the five largest
  double log_likelihood = 0.0;        ///< sum over rows of ln of the label's probability
};

struct Evaluation {
  std::int64_t samples = 0;
  std::int64_t rows = 0;         ///< of logits, over all samples
  std::int64_t class_count = 0;  ///< logits of a row; below 2 there is nothing to classify
  Answers quantized;
  std::shared_ptr<const Answers> reference;  ///< of the float network
  std::vector<std::int64_t> labels;          ///< by row; empty for none
  /// Sum over rows of the divergence of the quantized network's probabilities from the float ones'.
  double divergence = 0.0;
  ValueComparison output;                 ///< all values of the first output
  std::vector<ValueComparison> features;  ///< by FeatureId; empty unless asked for

  /// Rows where both say the same.
  std::int64_t agreeing() const;
  std::int64_t correct(const Answers& answers) const;
};

struct EvaluationData {
  std::vector<Dataset> inputs;       ///< by network input; all samples of them are evaluated
  std::vector<std::int64_t> labels;  ///< one a row of logits, or empty
};

class Evaluator {
 public:
  /// After each batch; never two calls at a time.
  using Progress = std::function<void(std::int64_t done, std::int64_t samples)>;

  /// `network` carries weights; its batch is how many samples are computed together. `threads` of 0
  /// takes all cores. Throws std::invalid_argument where labels or samples do not fit the network.
  Evaluator(std::shared_ptr<const Network> network, EvaluationData data, std::size_t threads = 0);

  /// `quantized` belongs to the network of this evaluator. The float network is computed once, or
  /// again where every feature is compared. Throws AccumulatorOverflow naming the layer.
  Evaluation evaluate(const std::shared_ptr<const QuantizedNetwork>& quantized,
                      bool compare_features, const Progress& progress = {});

  std::int64_t samples() const { return samples_; }

 private:
  struct Piece;

  std::size_t samples_of(std::size_t piece) const;
  std::vector<Tensor> batch(std::size_t piece) const;
  /// The first output in memory order; every feature too if `features` is not null.
  std::vector<float> run_float(std::size_t worker, const std::vector<Tensor>& tensors,
                               std::vector<std::vector<float>>* features);
  Piece run_piece(const IntegerExecutor& executor, IntegerExecutor::Scratch& scratch,
                  std::size_t worker, std::size_t piece, bool compare_features);
  void score(std::span<const double> logits, std::size_t row, Answers& answers) const;

  std::shared_ptr<const Network> network_;
  EvaluationData data_;
  std::size_t threads_;
  std::int64_t samples_ = 0;
  std::int64_t batch_ = 1;
  std::int64_t rows_per_sample_ = 1;
  std::int64_t classes_ = 0;
  bool gives_probabilities_ = false;  ///< the last layer is a softmax
  std::shared_ptr<const Answers> reference_;
  std::vector<float> reference_logits_;                          ///< [rows][classes]
  std::vector<std::unique_ptr<FloatExecutor>> float_executors_;  ///< by worker
};

/// How many samples to compute together: enough for long matrix products, few enough that
/// activations stay near the core. `network` is loaded with `batch` samples.
std::int64_t evaluation_batch(const Network& network, std::int64_t batch);

}  // namespace systerm
