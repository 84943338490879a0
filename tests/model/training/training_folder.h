// SPDX-License-Identifier: Apache-2.0
// Whole training runs in folders of their own.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <system_error>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "model/exploration/durable_file.h"
#include "model/training/training_run.h"

namespace systerm::test {

class Folder {
 public:
  Folder() {
    static std::atomic<int> count{0};
    path_ = std::filesystem::temp_directory_path() /
            ("systerm_training_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string text(const char* file) const { return read_whole(path_ / file).value_or(""); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline bool never() { return false; }
inline void ignore(const TrainingProgress&) {}

inline nlohmann::ordered_json complete(const TrainingExperiment& experiment, const Folder& folder,
                                       std::size_t threads = 1) {
  TrainingRun run(experiment, folder.path(), threads);
  EXPECT_TRUE(run.run(ignore, never));
  run.write_results("systerm test");
  return run.result("systerm test");
}

/// Stops after `iterations` have been done by this object.
inline void run_part(const TrainingExperiment& experiment, const Folder& folder, int iterations) {
  TrainingRun run(experiment, folder.path(), 1);
  int done = 0;
  EXPECT_FALSE(
      run.run([&](const TrainingProgress&) { ++done; }, [&] { return done == iterations; }));
}

}  // namespace systerm::test
