// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/run_sweep.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <malloc.h>
#include <nlohmann/json.hpp>

#include "model/design/effective_configuration.h"
#include "model/exploration/forked_shares.h"
#include "model/exploration/point_run.h"

namespace systerm {
namespace {

constexpr std::chrono::milliseconds kPatience{250};

class SweepRun {
 public:
  SweepRun(const SweepPlan& plan, const ResultStore& store, const SweepRunOptions& options,
           SweepObserver& observer, const std::function<bool()>& stop_requested)
      : plan_(plan),
        store_(store),
        options_(options),
        observer_(observer),
        stop_requested_(stop_requested),
        shared_(plan.vocabulary(), plan.program(), store.shared_folder()),
        pool_(options.limits) {}

  SweepRunResult run(const sigset_t& wait_mask) {
    scan();
    observer_.progress(result_.progress);
    if (!pending_.empty()) store_.prepare_for_writing();
    // What planning has freed would be copied bit by bit by every child that allocates.
    malloc_trim(0);
    while (result_.broken.empty()) {
      if (stop_requested_()) result_.interrupted = true;
      if (!result_.interrupted) start_some();
      if (pool_.is_empty() && (pending_.empty() || result_.interrupted)) break;
      for (const TaskOutcome& outcome : pool_.wait(kPatience, wait_mask)) settle(outcome);
      result_.progress.running = pool_.size();
      observer_.progress(result_.progress);
    }
    pool_.kill_all();
    while (!claims_.empty()) release(claims_.begin()->first);
    result_.progress.running = 0;
    return result_;
  }

 private:
  const PlannedPoint& planned(std::size_t point) const { return plan_.points()[point]; }

  enum class State : std::uint8_t { kStored, kFailed, kLeft };

  void scan() {
    const std::vector<std::size_t> points = distinct_points();
    const ForkedValues<State> states(points.size(),
                                     [&](std::size_t i) { return state_of(points[i]); });
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < points.size(); ++i) {
      ++result_.progress.total;
      if (states[i] == State::kStored) {
        ++result_.progress.stored;
      } else if (states[i] == State::kFailed) {
        ++result_.progress.failed;
      } else {
        left.push_back(points[i]);
        result_.progress.work += planned(points[i]).work;
      }
    }
    std::stable_sort(left.begin(), left.end(), [this](std::size_t a, std::size_t b) {
      return planned(a).work > planned(b).work;
    });
    pending_.assign(left.begin(), left.end());
  }

  /// Of points with the same hash the first.
  std::vector<std::size_t> distinct_points() const {
    std::vector<std::size_t> points = options_.points;
    std::stable_sort(points.begin(), points.end(), [this](std::size_t a, std::size_t b) {
      return planned(a).hash < planned(b).hash;
    });
    const auto last = std::unique(
        points.begin(), points.end(),
        [this](std::size_t a, std::size_t b) { return planned(a).hash == planned(b).hash; });
    points.erase(last, points.end());
    std::sort(points.begin(), points.end());
    return points;
  }

  State state_of(std::size_t point) const {
    if (store_.has_result(planned(point).hash)) return State::kStored;
    return is_settled_failure(point) ? State::kFailed : State::kLeft;
  }

  bool is_settled_failure(std::size_t point) const {
    const auto failure = store_.failure(planned(point).hash);
    return failure && !options_.retries_failures && !is_worth_retrying(*failure, options_.limits);
  }

  /// As many as there is room for. Those that others run go to the end of the queue.
  void start_some() {
    for (std::size_t tries = pending_.size(); tries > 0 && pool_.has_room(); --tries) {
      const std::size_t point = pending_.front();
      pending_.pop_front();
      try {
        if (!start(point)) pending_.push_back(point);
      } catch (const StoreError& error) {
        pending_.push_front(point);
        result_.broken = error.what();
        return;
      }
    }
  }

  /// False if another process is running it.
  bool start(std::size_t point) {
    const std::string& hash = planned(point).hash;
    auto claim = store_.claim(hash);
    if (!claim) return false;
    // It may have been finished since the scan, by whoever had the claim before.
    if (store_.has_result(hash)) {
      ++result_.progress.elsewhere;
      result_.progress.work_done += planned(point).work;
      return true;
    }
    if (is_settled_failure(point)) {
      ++result_.progress.failed;
      result_.progress.work_done += planned(point).work;
      return true;
    }
    const Experiment experiment = plan_.experiment(point);
    std::shared_ptr<const SharedWorkloads::Entry> shared;
    try {
      shared = shared_.find(experiment);
    } catch (const std::exception&) {
      // The child meets the same error and tells it as that of its point.
    }
    claims_.emplace(point, std::move(*claim));
    pool_.start(point, [&](const TaskChannel& channel) {
      drop_other_claims(point);
      const auto document =
          run_point(experiment, plan_.vocabulary(), plan_.program().name, shared.get(),
                    store_.evaluations_folder(plan_.program().digest));
      channel.computed();
      try {
        store_.save_result(hash, effective_configuration(experiment, plan_.vocabulary()),
                           document.dump());
      } catch (const StoreError& error) {
        channel.broken(error.what());
        return;
      }
      channel.done(document["total"]["cycles"].dump());
    });
    return true;
  }

  /// A child holds the claim of its own point only, or it would keep others waiting.
  void drop_other_claims(std::size_t point) {
    std::erase_if(claims_, [point](const auto& each) { return each.first != point; });
  }

  void settle(const TaskOutcome& outcome) {
    SweepProgress& progress = result_.progress;
    progress.work_done += planned(outcome.task).work;
    progress.work_run_here += planned(outcome.task).work;
    using Kind = TaskOutcome::Kind;
    if (outcome.kind == Kind::kDone) {
      ++progress.finished;
      observer_.finished(outcome.task, std::stod(outcome.text));
    } else if (outcome.kind == Kind::kBroken) {
      result_.broken = outcome.text;
    } else if (outcome.kind == Kind::kSignal && stop_requested_()) {
      // Whoever ends the sweep, such as a cluster, may end its points too: they are left.
    } else {
      ++progress.failed;
      save(outcome.task, failure_of(outcome));
    }
    release(outcome.task);
  }

  void release(std::size_t point) {
    store_.forget_unfinished(planned(point).hash);
    claims_.erase(point);
  }

  void save(std::size_t point, const PointFailure& failure) {
    try {
      store_.save_failure(planned(point).hash, failure);
    } catch (const StoreError& error) {
      result_.broken = error.what();
    }
    observer_.failed(point, failure);
  }

  PointFailure failure_of(const TaskOutcome& outcome) const {
    PointFailure failure;
    failure.log = outcome.log;
    switch (outcome.kind) {
      case TaskOutcome::Kind::kFailed:
        failure.message = outcome.text;
        break;
      case TaskOutcome::Kind::kTimeout:
        failure.reason = FailureReason::kTimeout;
        failure.limit = options_.limits.timeout->count();
        failure.message = fmt::format("took more than {:g} s", failure.limit);
        break;
      case TaskOutcome::Kind::kMemory:
        failure.reason = FailureReason::kMemory;
        failure.limit = static_cast<double>(options_.limits.memory_bytes);
        failure.message = failure.limit > 0.0 ? fmt::format("needed more than {} bytes of memory",
                                                            options_.limits.memory_bytes)
                                              : "needed more memory than there was";
        break;
      case TaskOutcome::Kind::kSignal:
      case TaskOutcome::Kind::kDone:
      case TaskOutcome::Kind::kBroken:
        failure.reason = FailureReason::kSignal;
        failure.message = outcome.text;
        break;
    }
    return failure;
  }

  const SweepPlan& plan_;
  const ResultStore& store_;
  const SweepRunOptions& options_;
  SweepObserver& observer_;
  const std::function<bool()>& stop_requested_;
  SharedWorkloads shared_;
  std::map<std::size_t, PointClaim> claims_;
  ProcessPool pool_;  ///< ends before the claims of what it runs
  std::deque<std::size_t> pending_;
  SweepRunResult result_;
};

}  // namespace

bool is_worth_retrying(const PointFailure& failure, const PoolLimits& limits) {
  switch (failure.reason) {
    case FailureReason::kError:
      return false;
    case FailureReason::kTimeout:
      return !limits.timeout || limits.timeout->count() > failure.limit;
    case FailureReason::kMemory:
      return limits.memory_bytes == 0 || static_cast<double>(limits.memory_bytes) > failure.limit;
    case FailureReason::kSignal:
      return true;
  }
  return true;
}

SweepRunResult run_sweep(const SweepPlan& plan, const ResultStore& store,
                         const SweepRunOptions& options, SweepObserver& observer,
                         const std::function<bool()>& stop_requested, const sigset_t& wait_mask) {
  return SweepRun(plan, store, options, observer, stop_requested).run(wait_mask);
}

}  // namespace systerm
