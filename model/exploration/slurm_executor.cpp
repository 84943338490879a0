// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/slurm_executor.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>

#include "model/exploration/run_command.h"
#include "model/exploration/shard.h"
#include "workloads/document/quantity.h"

namespace systerm {
namespace {

/// Slurm's own default.
constexpr std::size_t kDefaultMaxArraySize = 1001;

std::string checked_output(const std::vector<std::string>& command) {
  const CommandOutcome outcome = run_command(command);
  if (outcome.status != 0) {
    throw std::runtime_error(fmt::format("{} failed: {}", command[0], outcome.errors));
  }
  return outcome.output;
}

std::size_t max_array_size() {
  const std::string text = checked_output({"scontrol", "show", "config"});
  const std::size_t key = text.find("MaxArraySize");
  if (key == std::string::npos) return kDefaultMaxArraySize;
  const std::size_t begin = text.find_first_of("0123456789", key);
  const std::size_t end = text.find_first_not_of("0123456789", begin);
  const auto size = parse_integer(std::string_view(text).substr(begin, end - begin));
  return size && *size > 1 ? static_cast<std::size_t>(*size) : kDefaultMaxArraySize;
}

class SlurmRun {
 public:
  SlurmRun(const SweepPlan& plan, const ResultStore& store, const SlurmOptions& options,
           SweepObserver& observer)
      : plan_(plan), store_(store), options_(options), observer_(observer) {}

  SweepRunResult run(const std::function<bool()>& stop_requested, const sigset_t& wait_mask) {
    scan();
    observer_.progress(result_.progress);
    if (left_.empty()) return result_;
    store_.prepare_for_writing();
    make_folder(store_.logs_folder());
    const std::filesystem::path script = store_.folder() / (plan_.sweep().name + ".slurm.sh");
    write_durably(script, cluster_script("slurm", options_.sweep));
    for (int attempt = 1; attempt <= options_.attempts && !left_.empty(); ++attempt) {
      is_last_attempt_ = attempt == options_.attempts;
      submit(script);
      follow(stop_requested, wait_mask);
      if (result_.interrupted) break;
    }
    return result_;
  }

 private:
  void scan() {
    SweepProgress& progress = result_.progress;
    std::set<std::string_view> seen;
    for (std::size_t point = 0; point < plan_.points().size(); ++point) {
      const PlannedPoint& planned = plan_.points()[point];
      if (!seen.insert(planned.hash).second) continue;
      ++progress.total;
      if (store_.has_result(planned.hash)) {
        ++progress.stored;
        continue;
      }
      const auto failure = store_.failure(planned.hash);
      if (failure && !options_.retries_failures && !is_worth_retrying(*failure, options_.limits)) {
        ++progress.failed;
        continue;
      }
      // From now on a failure is one of this run.
      if (failure) store_.forget_failure(planned.hash);
      left_.push_back(point);
      progress.work += planned.work;
    }
  }

  /// Numbers, from 1, of the shards with points that are left.
  std::vector<std::size_t> shards_left() const {
    const std::set<std::size_t> left(left_.begin(), left_.end());
    std::vector<std::size_t> shards;
    for (std::size_t i = 0; i < options_.sweep.shards; ++i) {
      const auto points = points_of_shard(plan_, {i, options_.sweep.shards});
      if (std::any_of(points.begin(), points.end(),
                      [&](std::size_t point) { return left.contains(point); })) {
        shards.push_back(i + 1);
      }
    }
    return shards;
  }

  void submit(const std::filesystem::path& script) {
    const std::size_t chunk = max_array_size() - 1;
    std::map<std::size_t, std::vector<std::size_t>> chunks;
    for (const std::size_t shard : shards_left()) {
      const std::size_t offset = (shard - 1) / chunk * chunk;
      chunks[offset].push_back(shard - offset);
    }
    jobs_.clear();
    for (const auto& [offset, tasks] : chunks) {
      std::vector<std::string> command = {
          "sbatch", "--parsable", "--array=" + array_specification(tasks),
          fmt::format("--export=ALL,{}={}", kShardOffsetVariable, offset)};
      command.insert(command.end(), options_.sbatch_arguments.begin(),
                     options_.sbatch_arguments.end());
      command.push_back(script.string());
      const std::string answer = checked_output(command);
      // JOB, or JOB;CLUSTER
      jobs_.push_back(answer.substr(0, answer.find_first_of(";\n")));
    }
  }

  void follow(const std::function<bool()>& stop_requested, const sigset_t& wait_mask) {
    while (true) {
      const bool is_queued = tasks_queued();
      gather();
      observer_.progress(result_.progress);
      if (left_.empty() || !is_queued) return;
      if (stop_requested()) {
        result_.interrupted = true;
        std::vector<std::string> command = {"scancel"};
        command.insert(command.end(), jobs_.begin(), jobs_.end());
        run_command(command);
        return;
      }
      timespec patience{};
      patience.tv_sec = static_cast<time_t>(options_.poll.count() / 1000);
      patience.tv_nsec = static_cast<long>(options_.poll.count() % 1000) * 1'000'000;
      ppoll(nullptr, 0, &patience, &wait_mask);
    }
  }

  /// True as long as Slurm does not say otherwise: its controller may be away for a while.
  bool tasks_queued() {
    const CommandOutcome outcome = run_command({"squeue", "--noheader", "--array", "--format=%T",
                                                fmt::format("--jobs={}", fmt::join(jobs_, ","))});
    if (outcome.status != 0) return outcome.errors.find("Invalid job id") == std::string::npos;
    std::size_t running = 0;
    for (std::size_t at = 0; (at = outcome.output.find("RUNNING", at)) != std::string::npos; ++at) {
      ++running;
    }
    result_.progress.running = running;
    return outcome.output.find_first_not_of(" \n") != std::string::npos;
  }

  /// Takes what has arrived in the store out of what is left.
  void gather() {
    std::erase_if(left_, [this](std::size_t point) {
      const PlannedPoint& planned = plan_.points()[point];
      if (store_.has_result(planned.hash)) {
        ++result_.progress.finished;
      } else if (has_failed(point)) {
        ++result_.progress.failed;
      } else {
        return false;
      }
      result_.progress.work_done += planned.work;
      result_.progress.work_run_here += planned.work;
      return true;
    });
  }

  bool has_failed(std::size_t point) const {
    const auto failure = store_.failure(plan_.points()[point].hash);
    if (!failure) return false;
    // A point that was killed may have been killed with its task or its node.
    if (failure->reason == FailureReason::kSignal && !is_last_attempt_) return false;
    observer_.failed(point, *failure);
    return true;
  }

  const SweepPlan& plan_;
  const ResultStore& store_;
  const SlurmOptions& options_;
  SweepObserver& observer_;
  SweepRunResult result_;
  std::vector<std::size_t> left_;  ///< points
  std::vector<std::string> jobs_;  ///< of the last submission
  bool is_last_attempt_ = false;
};

}  // namespace

std::string array_specification(const std::vector<std::size_t>& tasks) {
  std::string text;
  for (std::size_t i = 0; i < tasks.size();) {
    std::size_t last = i;
    while (last + 1 < tasks.size() && tasks[last + 1] == tasks[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += last == i ? fmt::format("{}", tasks[i]) : fmt::format("{}-{}", tasks[i], tasks[last]);
    i = last + 1;
  }
  return text;
}

SweepRunResult run_sweep_on_slurm(const SweepPlan& plan, const ResultStore& store,
                                  const SlurmOptions& options, SweepObserver& observer,
                                  const std::function<bool()>& stop_requested,
                                  const sigset_t& wait_mask) {
  return SlurmRun(plan, store, options, observer).run(stop_requested, wait_mask);
}

}  // namespace systerm
