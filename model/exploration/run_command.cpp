// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/run_command.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace systerm {
namespace {

/// Reads both ends until both are closed.
void drain(int output, int errors, CommandOutcome& outcome) {
  pollfd polled[2] = {{output, POLLIN, 0}, {errors, POLLIN, 0}};
  char buffer[4096];
  while (polled[0].fd >= 0 || polled[1].fd >= 0) {
    if (poll(polled, 2, -1) < 0) continue;
    for (pollfd& each : polled) {
      if (each.fd < 0 || each.revents == 0) continue;
      const ssize_t bytes = read(each.fd, buffer, sizeof buffer);
      if (bytes > 0) {
        (each.fd == output ? outcome.output : outcome.errors)
            .append(buffer, static_cast<std::size_t>(bytes));
      } else if (bytes == 0 || errno != EINTR) {
        close(each.fd);
        each.fd = -1;
      }
    }
  }
}

}  // namespace

CommandOutcome run_command(const std::vector<std::string>& arguments) {
  int output[2];
  int errors[2];
  if (pipe2(output, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe for a command");
  }
  std::vector<char*> words;
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
  pid_t child = -1;
  const int error = posix_spawnp(&child, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(output[1]);
  close(errors[1]);
  CommandOutcome outcome;
  drain(output[0], errors[0], outcome);
  if (error != 0) {
    throw std::runtime_error(fmt::format("cannot run {}: {}", arguments[0], std::strerror(error)));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
  return outcome;
}

}  // namespace systerm
