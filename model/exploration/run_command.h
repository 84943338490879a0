// SPDX-License-Identifier: Apache-2.0
// Runs another program and takes down what it says.
#pragma once

#include <string>
#include <vector>

namespace systerm {

struct CommandOutcome {
  int status = -1;  ///< exit status; -1 if a signal ended it
  std::string output;
  std::string errors;
};

/// `arguments[0]` is looked up in PATH; no shell is involved. Throws std::runtime_error if there is
/// no such program.
CommandOutcome run_command(const std::vector<std::string>& arguments);

}  // namespace systerm
