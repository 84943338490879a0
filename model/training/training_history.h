// SPDX-License-Identifier: Apache-2.0
// What a training run has done so far, iteration by iteration: part of its checkpoints, and what
// its results are made from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/training/precision_trace.h"
#include "workloads/training/bfp_products.h"
#include "workloads/training/reversible_training.h"

namespace systerm {

struct TestResult {
  double loss = 0.0;
  double accuracy = 0.0;  ///< share of the test samples
};

struct HistoryRow {
  std::int64_t iteration = 0;  ///< from 1
  double learning_rate = 0.0;
  double loss = 0.0;      ///< of the batch, before the update
  double accuracy = 0.0;  ///< share of the batch
  PassCount count{};
  std::int64_t cycles = 0;  ///< reckoned for the iteration's precisions
  std::optional<ReversibleReport> reversible{};
  std::optional<TestResult> test{};  ///< after the last iteration of an epoch
};

struct TrainingHistory {
  std::vector<HistoryRow> rows;
  PrecisionTrace trace;
  std::vector<LayerPrecision> precisions;  ///< in force

  explicit TrainingHistory(std::vector<std::string> layers)
      : trace(std::move(layers)), precisions(trace.layers().size(), LayerPrecision{}) {}

  /// Adds what is in force in `iteration`, from 0.
  void note_precisions(std::int64_t iteration, const std::vector<LayerPrecision>& in_force);
  PassCount total() const;
  /// Sums, and the largest relative error; zeros without reversible blocks.
  ReversibleReport total_reversible() const;
  std::int64_t total_cycles() const;

  /// A row an iteration. Without precision the columns of passes stay empty; those of streams are
  /// there with reversible blocks only.
  std::string csv(std::int64_t epoch_iterations, bool has_precision) const;

  /// Exact to the last bit, and back. `layers` are those of the run. Throws std::runtime_error for
  /// a text that to_text() did not make.
  std::string to_text() const;
  static TrainingHistory from_text(std::string_view text, const std::vector<std::string>& layers);
};

}  // namespace systerm
