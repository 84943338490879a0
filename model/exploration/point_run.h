// SPDX-License-Identifier: Apache-2.0
// Runs points, each in a child of one parent that keeps what they share.
#pragma once

#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "model/design/experiment.h"
#include "model/design/vocabulary.h"
#include "model/exploration/point_identity.h"
#include "model/exploration/shared_quantization.h"
#include "model/simulation/prepared_workload.h"

namespace systerm {

/// What a run of one precision plan takes from others.
struct SharedPlan {
  std::shared_ptr<const Network> network;          ///< pruned and packed where the plan says so
  std::optional<PreparedWorkload> prepared;        ///< in timing fidelity
  std::optional<SharedQuantization> quantization;  ///< in data fidelity, with a store
};

/// What points have in common: networks as they were read, and what they are pruned, packed and
/// under a precision. An axis that touches none of it shares all.
class SharedWorkloads {
 public:
  struct Entry {
    SharedPlan main;
    SharedPlan baseline;  ///< if the experiment has one
  };

  /// Quantized networks are kept in `folder`; nowhere if it is empty. `vocabulary` must outlive it.
  SharedWorkloads(const Vocabulary& vocabulary, const ProgramIdentity& program,
                  std::filesystem::path folder = {});

  /// Loads and prepares, or finds what has been prepared for an experiment that has it in common.
  /// Calibration and quantization are left to the child: the libraries that they use do not survive
  /// a fork. Throws what load_workload() and prepare_workload() throw.
  std::shared_ptr<const Entry> find(const Experiment& experiment);

 private:
  std::shared_ptr<const Network> network(const Experiment& experiment);
  SharedPlan shared_plan(const Experiment& experiment, const PrecisionPlan& plan,
                         const std::shared_ptr<const Network>& network);

  const Vocabulary& vocabulary_;
  PointIdentifier identifier_;
  std::filesystem::path folder_;
  std::map<std::string, std::shared_ptr<const Network>> networks_;
  std::map<std::string, std::shared_ptr<const Entry>> entries_;
  std::list<std::string> recent_;  ///< keys of `entries_`, the latest first
};

/// The result document of a point. Uses this process up: one simulation a process. `shared` may be
/// null. Evaluations (run.evaluate) are kept in `evaluations` for all points of their setting.
nlohmann::ordered_json run_point(const Experiment& experiment, const Vocabulary& vocabulary,
                                 const std::string& program, const SharedWorkloads::Entry* shared,
                                 const std::filesystem::path& evaluations);

}  // namespace systerm
