// SPDX-License-Identifier: Apache-2.0
// Everything a run of an experiment needs besides the hardware: the network with its integers and
// scales, the input samples, the labels.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/design/experiment.h"
#include "workloads/data/dataset.h"
#include "workloads/network/network.h"
#include "workloads/quantization/magnitude_histogram.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// The experiment cannot run as it is written; the message says which key to change.
class WorkloadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The network of the experiment; with synthetic weights where data fidelity needs some and it says
/// so. Throws WorkloadError for operators that are not modelled unless `allow_unmodelled` is set.
std::shared_ptr<const Network> load_workload(const Experiment& experiment);

/// What a run computes on; does not depend on a precision.
struct WorkloadData {
  std::vector<Dataset> inputs;       ///< by network input; the samples that run and no others
  std::vector<std::int64_t> labels;  ///< of these samples; empty for none
  std::int64_t samples = 0;
};

/// `samples` of 0 takes all there are, or one batch of synthetic ones. Throws WorkloadError or
/// DataError where files and network do not fit together.
WorkloadData load_workload_data(const Experiment& experiment, const Network& network,
                                std::int64_t samples);

/// Magnitudes of every activation of the float network over the calibration samples; with stored
/// scales none are needed, and there are none. They depend on no precision, and not on how many
/// samples run.
std::vector<MagnitudeHistogram> calibrate_workload(const Experiment& experiment,
                                                   const std::shared_ptr<const Network>& network);

/// One precision a layer. Throws WorkloadError for rules of the plan that match no layer.
std::vector<Precision> layer_precisions(const PrecisionPlan& plan, const Network& network);

/// With the scales that calibration gives, or the stored ones.
std::shared_ptr<const QuantizedNetwork> quantize_workload(
    const Experiment& experiment, const PrecisionPlan& plan,
    const std::shared_ptr<const Network>& network, std::span<const MagnitudeHistogram> magnitudes);

/// The network at each resolution of the plan, all with the scales of `base`, the network under the
/// plan itself; none where the plan has no resolutions.
std::vector<std::shared_ptr<const QuantizedNetwork>> quantize_resolutions(
    const PrecisionPlan& plan, const QuantizedNetwork& base);

struct PreparedWorkload {
  std::shared_ptr<const QuantizedNetwork> network;
  std::vector<std::shared_ptr<const QuantizedNetwork>> resolutions;  ///< of the plan, in order
  std::vector<Dataset> inputs;       ///< by network input; empty in timing fidelity
  std::vector<std::int64_t> labels;  ///< of the samples that run; empty for none
  std::int64_t batch = 1;
  std::size_t batches = 1;
  bool synthetic_weights = false;
  bool synthetic_data = false;

  std::vector<FeatureCodes> batch_inputs(std::size_t index) const;
};

/// Keeps what calibration and quantization of one experiment under one plan give, so that not every
/// run does them again.
class QuantizationCache {
 public:
  virtual ~QuantizationCache() = default;
  /// Null if there is none.
  virtual std::shared_ptr<const QuantizedNetwork> find(
      const std::shared_ptr<const Network>& network, const PrecisionPlan& plan) const = 0;
  virtual void keep(const QuantizedNetwork& network) const = 0;
};

/// Applies `plan` to the network, calibrates and quantizes where the fidelity needs it and `cache`,
/// if given, does not have it. Channels are renumbered last, where the plan says so.
PreparedWorkload prepare_workload(const Experiment& experiment, const PrecisionPlan& plan,
                                  const std::shared_ptr<const Network>& network,
                                  const QuantizationCache* cache = nullptr);

}  // namespace systerm
