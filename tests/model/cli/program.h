// SPDX-License-Identifier: Apache-2.0
// Runs the built program and takes its output.
#pragma once

#include <cstdio>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

namespace systerm::test {

struct Outcome {
  int status = -1;
  std::string output;
};

/// Runs a command line of the shell and takes its standard output.
inline Outcome run_shell(const std::string& command) {
  Outcome outcome;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return outcome;
  char buffer[4096];
  for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    outcome.output.append(buffer, n);
  }
  const int status = pclose(pipe);
  if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
  return outcome;
}

/// Standard error comes with the output if asked for.
inline Outcome systerm(const std::string& arguments, bool with_errors = false,
                       const std::string& input = "") {
  return run_shell("printf '" + input + "' | '" SYSTERM_PROGRAM "' " + arguments +
                   (with_errors ? " 2>&1" : " 2>/dev/null"));
}

inline nlohmann::json json_of(const std::string& arguments, const std::string& input = "") {
  const Outcome outcome = systerm(arguments, false, input);
  EXPECT_EQ(outcome.status, 0) << arguments;
  return nlohmann::json::parse(outcome.output, nullptr, false);
}

}  // namespace systerm::test
