// SPDX-License-Identifier: Apache-2.0
// Hits that are served in turn come back to the same state after a round in which every bank that
// takes part was served once. As many rounds as nothing else happens in are one step.
#include <algorithm>

#include "components/dram/batched_controller.h"

namespace systerm {

/// The state before `next` is served, after the bursts of the cycle before have entered.
void BatchedController::start_round(const HitRun& next) {
  const bool opens_rows = std::any_of(
      runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(run_count_),
      [&](const HitRun& run) { return run.ready != kNever && banks_[run.bank].is_fresh; });
  // The first burst to a row is no hit, and may have waited for the row.
  round_.first = opens_rows ? nullptr : &next;
  if (opens_rows) return;
  round_.begin = next.ready;
  round_.fed = sequence_ - waiting_;
  for (std::size_t i = 0; i < run_count_; ++i) {
    round_.ready[i] = runs_[i].ready;
    round_.served[i] = runs_[i].served;
    round_.sequence[i] = runs_[i].sequence;
  }
  buses_before_ = buses_;
}

/// Skips rounds if `next` begins one that repeats the last. `last` is the last cycle in which hits
/// are served in turn.
void BatchedController::watch_rounds(HitRun& next, DramCycle last) {
  if (observer_ || period_.is_recording()) return;
  const bool was_served =
      round_.first != nullptr && next.served > round_.served[&next - runs_.data()];
  if (was_served && round_.first == &next) {
    const DramCycle cycles = next.ready - round_.begin;
    const std::int64_t rounds = repeated_rounds(cycles, last);
    if (rounds > 0) skip_rounds(rounds, cycles);
  }
  if (was_served || round_.first == nullptr) start_round(next);
}

/// How often the round just ended happens again at least, 0 if it does not.
std::int64_t BatchedController::repeated_rounds(DramCycle cycles, DramCycle last) {
  const auto fed = static_cast<std::int64_t>(sequence_ - waiting_ - round_.fed);
  if (fed > 1) return 0;
  std::int64_t rounds = (last + 1 - round_.first->ready) / cycles;
  Bank* fed_bank = nullptr;
  if (fed == 1) {
    if (intake_.empty() || intake_.front().in_place == 0) return 0;
    const Stream& head = intake_.front();
    if (head.arrival > floor_) return 0;
    fed_bank = &banks_[head.place.bank];
    if (!head_merges_into(*fed_bank, fed_bank->queue.back())) return 0;
    rounds = std::min({rounds, static_cast<std::int64_t>(head.in_place) - 1,
                       static_cast<std::int64_t>(next_access_ - head.sequence)});
  }
  bool feeds_a_run = fed == 0;
  state_.clear();
  state_before_.clear();
  for (std::size_t i = 0; i < run_count_; ++i) {
    const HitRun& run = runs_[i];
    const std::int64_t served = run.served - round_.served[i];
    if (served > 1) return 0;
    if (run.ready == kNever) {
      if (served > 0) return 0;
      continue;
    }
    if (run.ready - round_.ready[i] != cycles) return 0;
    // Else the order among the runs may have changed.
    if (run.sequence != round_.sequence[i] + static_cast<std::uint64_t>(served)) return 0;
    if (served == 0) continue;
    Bank& bank = banks_[run.bank];
    const QueuedBursts& entry = bank.queue[bank.entry];
    const bool is_fed = &bank == fed_bank;
    feeds_a_run |= is_fed;
    if (!is_fed || &entry != &bank.queue.back()) {
      rounds = std::min(rounds, static_cast<std::int64_t>(entry.count) - 1);
    }
    rounds = std::min(rounds, static_cast<std::int64_t>(run.access->end - run.sequence) - 1);
    for (std::size_t j = 0; j < run_count_; ++j) {
      const bool waits = runs_[j].served == round_.served[j] && runs_[j].ready != kNever;
      if (waits && round_.sequence[i] < runs_[j].sequence) {
        rounds = std::min(rounds, static_cast<std::int64_t>(runs_[j].sequence - run.sequence) - 1);
      }
    }
    buses_[bank.bus].append_state(bus_timing_, round_.first->ready, state_);
    buses_before_[bank.bus].append_state(bus_timing_, round_.begin, state_before_);
  }
  return feeds_a_run && state_ == state_before_ ? rounds : 0;
}

void BatchedController::skip_rounds(std::int64_t rounds, DramCycle cycles) {
  const DramCycle time = rounds * cycles;
  const auto bursts = static_cast<std::uint32_t>(rounds);
  const bool is_fed = sequence_ - waiting_ != round_.fed;
  for (std::size_t bus = 0; bus < buses_.size(); ++bus) {
    buses_[bus].repeat(buses_before_[bus], rounds, time);
  }
  for (std::size_t i = 0; i < run_count_; ++i) {
    HitRun& run = runs_[i];
    if (run.ready == kNever) continue;
    run.ready += time;
    if (run.served == round_.served[i]) continue;
    Bank& bank = banks_[run.bank];
    QueuedBursts& entry = bank.queue[bank.entry];
    run.served += rounds;
    run.served_at += time;
    run.sequence += bursts;
    run.access->left -= bursts;
    run.access->done = std::max(run.access->done, run.served_at + data_end_[entry.is_write]);
    entry.sequence += bursts;
    entry.burst += bursts;
    entry.count -= bursts;
    bank.waiting -= bursts;
    counts_.row_hits += rounds;
  }
  floor_ += time;
  if (!is_fed) return;
  Stream& head = intake_.front();
  Bank& bank = banks_[head.place.bank];
  bank.queue.back().count += bursts;
  bank.waiting += bursts;
  Channel& channel = channels_[bank.channel];
  (head.is_write ? channel.writes : channel.reads) += rounds;
  head.sequence += bursts;
  head.burst += bursts;
  head.bursts -= bursts;
  head.in_place -= bursts;
  waiting_ -= bursts;
}

}  // namespace systerm
