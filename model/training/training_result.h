// SPDX-License-Identifier: Apache-2.0
// result.json of a training run. Keys are stable: add freely, never rename.
#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>

#include "model/training/joint_training.h"
#include "model/training/training_experiment.h"
#include "model/training/training_history.h"
#include "workloads/training/training_engine.h"

namespace systerm {

struct TrainingOutcome {
  const TrainingExperiment& experiment;
  const TrainingEngine& engine;
  const TrainingHistory& history;
  std::int64_t epoch_iterations = 1;
  const JointTraining* joint = nullptr;  ///< null without column combining
  TestResult float_test{};               ///< the trained network in single precision
  std::int64_t high_cycles = 0;          ///< of an iteration always at high precision
  std::size_t training_samples = 0;
  std::size_t test_samples = 0;
  std::string program;
  std::string configuration;  ///< hash
};

nlohmann::ordered_json training_result(const TrainingOutcome& outcome);

}  // namespace systerm
