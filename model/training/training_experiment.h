// SPDX-License-Identifier: Apache-2.0
// One training run: a network, its data, how it is trained, and in which precision.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "components/arithmetic/residual_stream.h"
#include "model/design/experiment.h"
#include "model/design/packing_plan.h"
#include "model/training/policy.h"
#include "workloads/training/bfp_products.h"
#include "workloads/training/learning_rate.h"
#include "workloads/training/optimizer.h"
#include "workloads/training/training_schedule.h"

namespace systerm {

/// Samples with labels: from files, or drawn.
struct SampleSource {
  std::filesystem::path images;  ///< IDX or NPY; empty for drawn digits
  std::filesystem::path labels;
  std::int64_t first_sample = 0;
  std::int64_t samples = 0;       ///< 0 for all that the file has
  std::int64_t drawn_digits = 0;  ///< how many; 0 for files
  std::uint64_t seed = 1;         ///< of drawn digits
};

struct TrainingData {
  SampleSource training;
  SampleSource test;
  /// Real input = (stored - offset) * scale.
  double offset = 0.0;
  double scale = 1.0;
};

struct TrainingMethod {
  std::int64_t epochs = 1;
  std::int64_t batch = 64;
  WeightSource weights = WeightSource::kSynthetic;  ///< drawn from the seed, or those of the file
  std::uint64_t seed = 1;                           ///< of weights, order and stochastic rounding
  std::string optimizer = "sgd";
  OptimizerParameters parameters{};
  LearningRate learning_rate{};
};

enum class TrainingArithmetic : std::uint8_t { kFp32, kBfp };

struct TrainingPrecision {
  TrainingArithmetic format = TrainingArithmetic::kFp32;
  BfpTrainingFormat bfp{};
  std::string policy = "fixed";
  PolicyParameters parameters{};
};

/// fMACs whose cycles are reckoned beside the training.
struct TrainingArray {
  std::int64_t rows = 256;
  std::int64_t columns = 64;
};

/// Of the memory that holds activations and gradients.
struct TrainingRetention {
  double seconds = 0.0;
  double macs_per_second = 0.0;  ///< of the array: how long a step takes
  double bit_error_rate = 0.0;   ///< of what is read later
  std::uint64_t seed = 1;
};

struct ReversibleBlockRule {
  std::string match;  ///< shell pattern of the additions that end residual blocks
};

/// How activations of reversible blocks are come by. Without the section every activation is kept,
/// and streams are FP32.
struct TrainingReversible {
  /// To be made reversible, beside those that the network has already.
  std::vector<ReversibleBlockRule> blocks;
  TrainingSchedule schedule = TrainingSchedule::kMerged;
  StreamFormat stream{};
  bool check = true;
  std::optional<TrainingRetention> retention{};
};

struct TrainingRunOptions {
  std::int64_t checkpoint_iterations = 0;  ///< 0: once an epoch
  double loss_limit = 1000.0;              ///< a larger loss ends the run
};

/// Column combining while training (arXiv 1811.04770): prune by magnitude, group columns, prune
/// what conflicts in a group, train on, and again with more pruned. Published are the rates of
/// PruningSchedule, ten rounds, and that they take the first half of the training.
struct ColumnCombiningMethod {
  /// By layer; `prune` is the share of the last round.
  PackingPlan packing{.defaults = {.method = "column_combining",
                                   .parameters = {},
                                   .prune = 0.8,
                                   .prune_rule = PruneRule::kPublished}};
  int rounds = 10;
  std::int64_t dense_epochs = 1;         ///< before the first prune point (ours)
  std::int64_t retraining_epochs = 1;    ///< after each prune point
  std::int64_t fine_tuning_epochs = 10;  ///< after those, under the last masks

  std::int64_t epochs() const {
    return dense_epochs + rounds * retraining_epochs + fine_tuning_epochs;
  }
  /// Of the prune point of a round, from 1: epochs before it.
  std::int64_t epochs_before(int round) const {
    return dense_epochs + (round - 1) * retraining_epochs;
  }
};

struct TrainingExperiment {
  std::string name;
  std::string description;
  std::string network;  ///< of the zoo, or the path of an .onnx file
  std::vector<ChosenExtent> extents;
  TrainingData data;
  TrainingMethod training;
  TrainingPrecision precision;
  std::optional<ColumnCombiningMethod> column_combining;  ///< then its epochs are those of the run
  std::optional<TrainingReversible> reversible{};
  TrainingArray array;
  TrainingRunOptions run;

  std::int64_t epochs() const {
    return column_combining ? column_combining->epochs() : training.epochs;
  }
};

}  // namespace systerm
