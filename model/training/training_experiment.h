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

struct TrainingExperiment {
  std::string name;
  std::string description;
  std::string network;  ///< of the zoo, or the path of an .onnx file
  std::vector<ChosenExtent> extents;
  TrainingData data;
  TrainingMethod training;
  TrainingPrecision precision;
  std::optional<TrainingReversible> reversible{};
  TrainingArray array;
  TrainingRunOptions run;
};

}  // namespace systerm
