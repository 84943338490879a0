// SPDX-License-Identifier: Apache-2.0
// Everything a run of an experiment needs besides the hardware: the network with its integers and
// scales, the input samples, the labels.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/design/experiment.h"
#include "workloads/data/dataset.h"
#include "workloads/network/network.h"
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

struct PreparedWorkload {
  std::shared_ptr<const QuantizedNetwork> network;
  std::vector<Dataset> inputs;       ///< by network input; empty in timing fidelity
  std::vector<std::int64_t> labels;  ///< of the samples that run; empty for none
  std::int64_t batch = 1;
  std::size_t batches = 1;
  bool synthetic_weights = false;
  bool synthetic_data = false;
  std::vector<std::string> unmatched_rules;  ///< patterns of `plan` that match no layer

  std::vector<FeatureCodes> batch_inputs(std::size_t index) const;
};

/// Applies `plan` to the network, calibrates and quantizes where the fidelity needs it.
PreparedWorkload prepare_workload(const Experiment& experiment, const PrecisionPlan& plan,
                                  const std::shared_ptr<const Network>& network);

}  // namespace systerm
