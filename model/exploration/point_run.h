// SPDX-License-Identifier: Apache-2.0
// Runs points one after the other, in children of one parent that keeps what they share.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "model/design/experiment.h"
#include "model/design/vocabulary.h"
#include "model/simulation/prepared_workload.h"

namespace systerm {

/// What points have in common: networks as they were read, and their formats and storage under a
/// precision. An axis that touches neither shares both.
class SharedWorkloads {
 public:
  struct Entry {
    PreparedWorkload main;
    PreparedWorkload baseline;  ///< if the experiment has one
  };

  explicit SharedWorkloads(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  /// For timing fidelity: loads and prepares, or finds what has been prepared for an equal
  /// experiment. Null for data fidelity, whose operands a child had better make itself. Throws what
  /// load_workload() and prepare_workload() throw.
  std::shared_ptr<const Entry> find(const Experiment& experiment);

 private:
  std::shared_ptr<const Network> network(const Experiment& experiment);

  const Vocabulary& vocabulary_;
  std::map<std::string, std::shared_ptr<const Network>> networks_;
  std::map<std::string, std::shared_ptr<const Entry>> entries_;
  std::list<std::string> recent_;  ///< keys of `entries_`, the latest first
};

/// The result document of a point. Uses this process up: one simulation a process. `shared` may be
/// null.
nlohmann::ordered_json run_point(const Experiment& experiment, const Vocabulary& vocabulary,
                                 const std::string& program, const SharedWorkloads::Entry* shared);

}  // namespace systerm
