// SPDX-License-Identifier: Apache-2.0
// Runs tasks in forked children, a few at a time, and tells how each one ended.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <signal.h>
#include <sys/types.h>

namespace systerm {

struct PoolLimits {
  std::size_t jobs = 1;
  std::optional<std::chrono::duration<double>> timeout;  ///< of a task
  std::int64_t memory_bytes = 0;  ///< private memory of a task; 0 for no limit
};

/// How a task talks to the pool from its child.
class TaskChannel {
 public:
  explicit TaskChannel(int descriptor) : descriptor_(descriptor) {}

  /// What is left needs no processor: another task may begin.
  void computed() const { send('C', {}); }
  /// The task has succeeded; `answer` is handed to the parent.
  void done(std::string_view answer) const { send('D', answer); }
  void failed(std::string_view message) const { send('F', message); }
  /// The task cannot be blamed; no further task should begin.
  void broken(std::string_view message) const { send('B', message); }
  void out_of_memory() const { send('M', {}); }

 private:
  void send(char kind, std::string_view text) const;

  int descriptor_;
};

struct TaskOutcome {
  enum class Kind : std::uint8_t {
    kDone,
    kFailed,  ///< by an exception: `text` is its message
    kBroken,  ///< the surroundings, not the task: `text` says what
    kTimeout,
    kMemory,
    kSignal,  ///< `text` names it
  };

  std::size_t task = 0;
  Kind kind = Kind::kSignal;
  std::string text;
  std::string log;  ///< the end of standard output and error
};

class ProcessPool {
 public:
  using Task = std::function<void(const TaskChannel&)>;

  explicit ProcessPool(const PoolLimits& limits);
  ProcessPool(const ProcessPool&) = delete;
  ProcessPool& operator=(const ProcessPool&) = delete;
  ~ProcessPool() { kill_all(); }

  /// Kills what still runs, and waits for its end.
  void kill_all();

  bool has_room() const;
  bool is_empty() const { return children_.empty(); }
  std::size_t size() const { return children_.size(); }

  /// Forks. An exception of `work` is a failure of the task. Throws std::runtime_error if the
  /// system refuses a process.
  void start(std::size_t task, const Task& work);

  /// Tasks that have ended; waits until there is one, room for another, `patience` is over, or a
  /// signal that `wait_mask` lets through has come.
  std::vector<TaskOutcome> wait(std::chrono::milliseconds patience, const sigset_t& wait_mask);

 private:
  using Clock = std::chrono::steady_clock;

  struct Child {
    std::size_t task = 0;
    pid_t process = -1;
    int process_descriptor = -1;
    int messages = -1;
    int output = -1;
    std::optional<Clock::time_point> deadline;
    bool is_computing = true;
    bool is_late = false;
    std::string answer;  ///< what has come through the channel
    std::string log;
  };

  [[noreturn]] void run_child(const Task& work, int messages, int output) const;
  void read_messages(Child& child) const;
  static void read_output(Child& child);
  TaskOutcome finish(Child& child);
  std::chrono::milliseconds until_deadline(std::chrono::milliseconds patience) const;
  void kill_late();

  PoolLimits limits_;
  std::list<Child> children_;
};

}  // namespace systerm
