// SPDX-License-Identifier: Apache-2.0
// Accuracy of an experiment's network in the arithmetic of its precision plans, without event
// simulation. Answers are bit for bit those that a run in data fidelity leaves in memory.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/design/experiment.h"
#include "workloads/evaluation/evaluator.h"
#include "workloads/quantization/magnitude_histogram.h"

namespace systerm {

/// Loads once and calibrates once a packing; then any number of precision plans can be evaluated.
/// The float network to compare with is neither pruned nor packed.
class ExperimentEvaluator {
 public:
  /// Takes workload.samples samples, or all of the data where that is 0. `threads` of 0 takes all
  /// cores. Calibrates for the main plan. Throws WorkloadError, DataError or an import error where
  /// there is nothing to evaluate.
  explicit ExperimentEvaluator(const Experiment& experiment, std::size_t threads = 0);

  Evaluation evaluate(const PrecisionPlan& plan, bool compare_layers,
                      const Evaluator::Progress& progress = {});

  /// One for each resolution of the plan, with the scales of the plan itself, as a run has them.
  std::vector<Evaluation> evaluate_resolutions(const PrecisionPlan& plan);

  /// The integers and scales under a plan, pruned and packed as it says, at the batch of the
  /// experiment. Throws WorkloadError where a layer cannot be packed so.
  std::shared_ptr<const QuantizedNetwork> quantized(const PrecisionPlan& plan);

  const Network& network() const { return *network_; }
  std::int64_t samples() const { return evaluator_->samples(); }

 private:
  /// The network as one packing leaves it, and what its activations hold.
  struct Calibrated {
    PackingPlan packing;
    std::shared_ptr<const Network> network;
    std::vector<MagnitudeHistogram> magnitudes;
  };

  const Calibrated& calibrated(const PrecisionPlan& plan);
  Evaluation evaluate(const std::shared_ptr<const QuantizedNetwork>& integers, bool compare_layers,
                      const Evaluator::Progress& progress);

  Experiment experiment_;
  std::shared_ptr<const Network> network_;  ///< at the batch of the experiment
  std::shared_ptr<const Network> batched_;  ///< at the batch of the evaluation
  std::deque<Calibrated> calibrated_;       ///< of the packings that were asked for
  std::unique_ptr<Evaluator> evaluator_;
};

/// Keys: see docs/accuracy.md; without `resolutions`. Layers are there where they were compared.
nlohmann::ordered_json evaluation_json(const Evaluation& evaluation, const Network& network,
                                       const Experiment& experiment);

}  // namespace systerm
