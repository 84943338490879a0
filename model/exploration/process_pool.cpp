// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/process_pool.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace systerm {
namespace {

constexpr std::size_t kMostLog = std::size_t{16} << 10;
/// Tasks that wait for the disk only, beyond those that compute.
constexpr std::size_t kMostWriting = 16;

/// For the handler, which takes no arguments.
int memory_channel = -1;

[[noreturn]] void memory_exhausted() {
  TaskChannel(memory_channel).out_of_memory();
  _exit(EXIT_FAILURE);
}

void limit_memory(std::int64_t bytes) {
  if (bytes <= 0) return;
  const rlimit limit{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
  setrlimit(RLIMIT_DATA, &limit);
}

std::string signal_text(int signal) {
  const char* name = sigabbrev_np(signal);
  return fmt::format("ended by signal {} ({}{})", signal, name != nullptr ? "SIG" : "",
                     name != nullptr ? name : "unknown");
}

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for a point");
  }
};

}  // namespace

void TaskChannel::send(char kind, std::string_view text) const {
  // Bounded, so that a message is one write and the parent never blocks the child for long.
  std::string message = fmt::format("{}{}", kind, text.substr(0, std::size_t{32} << 10));
  message += '\0';
  std::string_view left = message;
  while (!left.empty()) {
    const ssize_t written = write(descriptor_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    left.remove_prefix(static_cast<std::size_t>(written));
  }
}

ProcessPool::ProcessPool(const PoolLimits& limits) : limits_(limits) {}

void ProcessPool::kill_all() {
  for (const Child& child : children_) {
    kill(-child.process, SIGKILL);
    kill(child.process, SIGKILL);
    waitpid(child.process, nullptr, 0);
    close(child.process_descriptor);
    close(child.messages);
    close(child.output);
  }
  children_.clear();
}

bool ProcessPool::has_room() const {
  const auto computing = static_cast<std::size_t>(std::count_if(
      children_.begin(), children_.end(), [](const Child& child) { return child.is_computing; }));
  return computing < limits_.jobs && children_.size() < limits_.jobs + kMostWriting;
}

void ProcessPool::start(std::size_t task, const Task& work) {
  const Pipe messages;
  const Pipe output;
  std::fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process < 0) throw std::runtime_error("no process for a point");
  if (process == 0) {
    // Of its own group, so that a Ctrl-C reaches the parent alone and a kill all that it starts.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(EXIT_FAILURE);
    run_child(work, messages.ends[1], output.ends[1]);
  }
  setpgid(process, process);
  close(messages.ends[1]);
  close(output.ends[1]);
  Child child;
  child.task = task;
  child.process = process;
  // glibc 2.36 declares pidfd_open() for C only.
  child.process_descriptor = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  child.messages = messages.ends[0];
  child.output = output.ends[0];
  fcntl(child.messages, F_SETFL, O_NONBLOCK);
  fcntl(child.output, F_SETFL, O_NONBLOCK);
  if (limits_.timeout) {
    child.deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(*limits_.timeout);
  }
  children_.push_back(std::move(child));
}

void ProcessPool::run_child(const Task& work, int messages, int output) const {
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // Wishes to stop are for the parent, also where a cluster sends them to every process.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  const TaskChannel channel(messages);
  memory_channel = messages;
  std::set_new_handler(memory_exhausted);
  limit_memory(limits_.memory_bytes);
  try {
    work(channel);
  } catch (const std::bad_alloc&) {
    channel.out_of_memory();
  } catch (const std::exception& error) {
    channel.failed(error.what());
  }
  std::fflush(nullptr);
  _exit(EXIT_SUCCESS);
}

void ProcessPool::read_messages(Child& child) const {
  char buffer[4096];
  for (ssize_t n = 0; (n = read(child.messages, buffer, sizeof buffer)) > 0;) {
    child.answer.append(buffer, static_cast<std::size_t>(n));
  }
  if (child.answer.starts_with(std::string_view("C\0", 2))) {
    child.is_computing = false;
    child.answer.erase(0, 2);
  }
}

void ProcessPool::read_output(Child& child) {
  char buffer[4096];
  for (ssize_t n = 0; (n = read(child.output, buffer, sizeof buffer)) > 0;) {
    child.log.append(buffer, static_cast<std::size_t>(n));
    if (child.log.size() > 2 * kMostLog) child.log.erase(0, child.log.size() - kMostLog);
  }
}

TaskOutcome ProcessPool::finish(Child& child) {
  int status = 0;
  while (waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
  }
  // What the task has started in turn ends with it.
  kill(-child.process, SIGKILL);
  read_messages(child);
  read_output(child);
  close(child.process_descriptor);
  close(child.messages);
  close(child.output);
  if (child.log.size() > kMostLog) child.log.erase(0, child.log.size() - kMostLog);

  using Kind = TaskOutcome::Kind;
  TaskOutcome outcome{child.task, Kind::kSignal, {}, std::move(child.log)};
  const bool has_answer = !child.answer.empty() && child.answer.back() == '\0';
  if (has_answer) {
    outcome.text = child.answer.substr(1, child.answer.size() - 2);
    switch (child.answer[0]) {
      case 'D':
        outcome.kind = Kind::kDone;
        return outcome;
      case 'F':
        outcome.kind = Kind::kFailed;
        return outcome;
      case 'B':
        outcome.kind = Kind::kBroken;
        return outcome;
      case 'M':
        outcome.kind = Kind::kMemory;
        return outcome;
    }
  }
  if (child.is_late) {
    outcome.kind = Kind::kTimeout;
  } else if (WIFSIGNALED(status)) {
    outcome.text = signal_text(WTERMSIG(status));
  } else {
    outcome.text = fmt::format("ended with status {} and no answer", WEXITSTATUS(status));
  }
  return outcome;
}

std::chrono::milliseconds ProcessPool::until_deadline(std::chrono::milliseconds patience) const {
  for (const Child& child : children_) {
    if (!child.deadline || child.is_late) continue;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(*child.deadline - Clock::now());
    patience =
        std::clamp(left + std::chrono::milliseconds(1), std::chrono::milliseconds(0), patience);
  }
  return patience;
}

void ProcessPool::kill_late() {
  for (Child& child : children_) {
    if (!child.deadline || child.is_late || Clock::now() < *child.deadline) continue;
    child.is_late = true;
    kill(-child.process, SIGKILL);
    kill(child.process, SIGKILL);
  }
}

std::vector<TaskOutcome> ProcessPool::wait(std::chrono::milliseconds patience,
                                           const sigset_t& wait_mask) {
  std::vector<pollfd> polled;
  for (const Child& child : children_) {
    for (const int descriptor : {child.process_descriptor, child.messages, child.output}) {
      polled.push_back({descriptor, POLLIN, 0});
    }
  }
  const auto span = until_deadline(patience);
  timespec timeout{};
  timeout.tv_sec = static_cast<time_t>(span.count() / 1000);
  timeout.tv_nsec = static_cast<long>(span.count() % 1000) * 1'000'000;
  ppoll(polled.data(), polled.size(), &timeout, &wait_mask);
  kill_late();

  std::vector<TaskOutcome> outcomes;
  std::size_t at = 0;
  for (auto child = children_.begin(); child != children_.end(); at += 3) {
    if (polled[at + 1].revents != 0) read_messages(*child);
    if (polled[at + 2].revents != 0) read_output(*child);
    if (polled[at].revents != 0) {
      outcomes.push_back(finish(*child));
      child = children_.erase(child);
    } else {
      ++child;
    }
  }
  return outcomes;
}

}  // namespace systerm
