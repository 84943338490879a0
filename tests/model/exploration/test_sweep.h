// SPDX-License-Identifier: Apache-2.0
// Sweeps for tests: a base of one small GEMM, and what is asked of it.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "model/exploration/load_sweep.h"
#include "model/exploration/sweep_plan.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {

inline Vocabulary test_vocabulary() {
  Vocabulary vocabulary = registered_vocabulary();
  vocabulary.networks = network_names();
  vocabulary.design_folders = {SYSTERM_SOURCE_DIR "/configs/designs"};
  vocabulary.technology_folders = {SYSTERM_SOURCE_DIR "/configs/technology"};
  return vocabulary;
}

inline const std::string kSmallBase = R"(systerm: 1
name: small
base:
  systerm: 1
  design: tq_64x128
  workload: {gemms: [{name: a, m: 8, k: 64, n: 16}]}
  precision: {default: {format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}}
  run: {fidelity: timing}
)";

inline const ProgramIdentity kTestProgram{"systerm test", "1"};

/// A plan with everything it refers to.
class PlannedSweep {
 public:
  explicit PlannedSweep(const std::string& text, const ProgramIdentity& program = kTestProgram)
      : vocabulary_(test_vocabulary()),
        plan_(std::make_unique<SweepPlan>(parse_sweep(text, "sweep.yaml"), vocabulary_, program)) {}

  const SweepPlan& operator*() const { return *plan_; }
  const SweepPlan* operator->() const { return plan_.get(); }

  std::vector<std::string> labels() const {
    std::vector<std::string> all;
    for (const PlannedPoint& point : plan_->points()) all.push_back(plan_->label(point.choices));
    return all;
  }

 private:
  Vocabulary vocabulary_;
  std::unique_ptr<SweepPlan> plan_;
};

/// Folders of this process, removed when it ends.
class TestFolders {
 public:
  TestFolders() = default;
  TestFolders(const TestFolders&) = delete;
  TestFolders& operator=(const TestFolders&) = delete;
  ~TestFolders() {
    std::error_code ignored;
    // Not in a child that a test has forked.
    if (getpid() == owner_) std::filesystem::remove_all(root_, ignored);
  }

  std::filesystem::path make(const std::string& name) const {
    std::filesystem::remove_all(root_ / name);
    std::filesystem::create_directories(root_ / name);
    return root_ / name;
  }

 private:
  pid_t owner_ = getpid();
  std::filesystem::path root_ =
      std::filesystem::path(testing::TempDir()) / ("systerm_exploration_" + std::to_string(owner_));
};

/// An empty folder of the running test.
inline std::filesystem::path test_folder() {
  static const TestFolders folders;
  std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
  std::replace(name.begin(), name.end(), '/', '_');
  return folders.make(name);
}

}  // namespace systerm
