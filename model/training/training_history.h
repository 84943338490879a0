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

/// What masks leave of the weights that column combining works on.
struct SparsityCount {
  std::int64_t weights = 0;
  std::int64_t nonzeros = 0;        ///< not masked
  std::int64_t conflicts = 0;       ///< weights that combining took from those pruning had left
  std::int64_t columns = 0;         ///< before packing
  std::int64_t packed_columns = 0;  ///< columns, of layers that are pruned only
  std::int64_t cells = 0;           ///< packed rows x packed columns

  /// Packing efficiency of all layers together.
  double efficiency() const {
    return cells == 0 ? 0.0 : static_cast<double>(nonzeros) / static_cast<double>(cells);
  }
  SparsityCount& operator+=(const SparsityCount& other);
  friend bool operator==(const SparsityCount&, const SparsityCount&) = default;
};

/// A prune point of column combining; training goes on after it.
struct PruneRound {
  std::int64_t iteration = 0;  ///< iterations done before it
  double rate = 0.0;           ///< of the default rule of the schedule
  SparsityCount count{};
  TestResult before{};
  TestResult after{};  ///< before any training under the new masks
};

struct TrainingHistory {
  std::vector<HistoryRow> rows;
  std::vector<PruneRound> rounds;  ///< empty without column combining
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

  /// The round that an iteration, from 1, belongs to; null before the first one.
  const PruneRound* round_of(std::int64_t iteration) const;

  /// A row an iteration. Without precision the columns of passes stay empty; those of streams are
  /// there with reversible blocks only, those of rounds with column combining only.
  std::string csv(std::int64_t epoch_iterations, bool has_precision) const;

  /// Exact to the last bit, and back. `layers` are those of the run. Throws std::runtime_error for
  /// a text that to_text() did not make.
  std::string to_text() const;
  static TrainingHistory from_text(std::string_view text, const std::vector<std::string>& layers);
};

}  // namespace systerm
