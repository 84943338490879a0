// SPDX-License-Identifier: Apache-2.0
// The SystemC kernel runs once a process, so every run gets a process of its own.
#pragma once

#include <functional>

#include <nlohmann/json_fwd.hpp>
#include <sys/types.h>

namespace systerm {

/// Starts `work` in a child at once; its document comes back through a pipe.
class IsolatedRun {
 public:
  /// Throws std::runtime_error if the system refuses a process.
  explicit IsolatedRun(const std::function<nlohmann::ordered_json()>& work);

  /// Once. Throws std::runtime_error with the child's message if it failed, or with what ended it.
  nlohmann::ordered_json wait();

 private:
  pid_t child_ = -1;
  int read_end_ = -1;
};

}  // namespace systerm
