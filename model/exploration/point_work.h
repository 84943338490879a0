// SPDX-License-Identifier: Apache-2.0
// How long a point runs, before it runs: what the order of a sweep and its estimates go by.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "model/design/experiment.h"
#include "model/design/vocabulary.h"
#include "workloads/network/network.h"

namespace systerm {

/// Counts what a simulation spends its time on: weight tiles, bursts of memory traffic, and in data
/// fidelity multiplications, each with the time it took on the machine where this was measured.
class PointWork {
 public:
  /// `vocabulary` must outlive it.
  explicit PointWork(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  /// About microseconds of one core. 1 for an experiment whose network cannot be loaded: its point
  /// fails at once.
  double estimate(const Experiment& experiment);

 private:
  std::shared_ptr<const Network> network(const Experiment& experiment);

  const Vocabulary& vocabulary_;
  /// Without weights, by what of the workload shapes them; null if it cannot be loaded.
  std::map<std::string, std::shared_ptr<const Network>> networks_;
};

}  // namespace systerm
