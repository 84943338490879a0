// SPDX-License-Identifier: Apache-2.0
// Carries out a training experiment in a folder: checkpoints on the way, from which a run that was
// stopped or killed goes on to the same bits, and results at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/training/iteration_cycles.h"
#include "model/training/joint_training.h"
#include "model/training/training_experiment.h"
#include "model/training/training_history.h"
#include "model/training/training_samples.h"
#include "workloads/training/training_engine.h"

namespace systerm {

struct TrainingProgress {
  std::int64_t iteration = 0;  ///< done
  std::int64_t iterations = 0;
  std::int64_t epoch_iterations = 0;
  const HistoryRow& row;
  const std::vector<LayerPrecision>* precisions = nullptr;  ///< null in single precision
  std::span<const PruneRound> rounds{};                     ///< of column combining, up to now
};

/// Files of a run in its folder.
namespace training_file {
inline constexpr const char* kCheckpoint = "checkpoint";
inline constexpr const char* kHistory = "history.csv";
inline constexpr const char* kTrace = "precision_trace.csv";
inline constexpr const char* kPicture = "precision.svg";
inline constexpr const char* kNetwork = "network.onnx";
inline constexpr const char* kPacked = "packed.npz";
inline constexpr const char* kResult = "result.json";
inline constexpr const char* kExperiment = "experiment.yaml";
}  // namespace training_file

class TrainingRun {
 public:
  using Observe = std::function<void(const TrainingProgress&)>;

  /// Reads network and data; goes on from a checkpoint in `folder` if there is one. Throws
  /// CheckpointError if that is damaged or of another experiment, GraphError, ImportError,
  /// DataError.
  TrainingRun(TrainingExperiment experiment, std::filesystem::path folder, std::size_t threads);
  ~TrainingRun();

  std::int64_t iterations() const { return iterations_; }
  std::int64_t done() const { return engine_->iteration(); }
  std::int64_t epoch_iterations() const { return epoch_iterations_; }
  /// "round 3 of 10", "before the first round" and the like; empty without column combining.
  std::string stage() const;

  /// Until the end, or until `stop_requested`, which is asked between iterations; a checkpoint is
  /// then written. Whether the end was reached. Throws TrainingError; the history up to there is
  /// written, and the last checkpoint stays as it was.
  bool run(const Observe& observe, const std::function<bool()>& stop_requested);

  /// Of a run that reached its end; `program` is its name and version.
  nlohmann::ordered_json result(const std::string& program);
  /// All files of the result.
  void write_results(const std::string& program);

  const TrainingHistory& history() const { return history_; }
  const TrainingEngine& engine() const { return *engine_; }

 private:
  void make_engine(const Graph& graph, std::size_t threads);
  void resume();
  bool is_over() const;
  void prune();
  void train_iteration();
  TestResult test(TrainingEngine& engine) const;
  void save_checkpoint();
  void write_history() const;

  TrainingExperiment experiment_;
  std::filesystem::path folder_;
  std::size_t threads_;
  std::string configuration_;
  std::vector<std::string> layers_;
  std::unique_ptr<TrainingEngine> engine_;
  BfpProducts* bfp_ = nullptr;             ///< the engine's; null in single precision
  std::optional<IterationCycles> cycles_;  ///< nothing in single precision
  std::unique_ptr<JointTraining> joint_;   ///< null without column combining
  LabelledSamples training_;
  LabelledSamples test_;
  std::int64_t epoch_iterations_ = 0;
  std::int64_t iterations_ = 0;
  std::int64_t saved_ = 0;  ///< iteration of the last checkpoint; 0 for none
  TrainingHistory history_;
  std::int64_t order_epoch_ = -1;
  std::vector<std::size_t> order_;  ///< of that epoch
};

}  // namespace systerm
