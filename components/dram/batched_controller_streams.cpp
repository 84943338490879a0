// SPDX-License-Identifier: Apache-2.0
// Runs of hits over several banks: a stream that comes back to the same state after a period goes
// on like that as long as its banks and rows do, and nothing else happens.
#include <algorithm>

#include "components/dram/batched_controller.h"

namespace systerm {

void BatchedController::watch_stream(DramCycle limit) {
  if (intake_.empty() || intake_.front().burst == watched_) return;
  const Stream& head = intake_.front();
  const std::uint64_t length = watched_length_;
  if (head.burst % length != 0 || head.bursts <= 2 * length) {
    if (head.bursts <= 2 * length) period_.stop();
    return;
  }
  watched_ = head.burst;
  const std::uint64_t block = mapping_.pattern_block();
  const std::uint64_t in_block = block - head.burst % block;
  if (in_block <= length || in_block + length > block || !is_steady(head, block)) {
    period_.stop();
    return;
  }
  describe_state(head, state_);
  if (period_.repeats(head.burst, state_)) {
    const DramCycle cycles = floor_ - period_.start_time();
    const DramCycle last = std::min(limit, first_due_ - 1);
    const auto by_time = last <= floor_ ? 0 : static_cast<std::uint64_t>((last - floor_) / cycles);
    const std::uint64_t repetitions =
        std::min((std::min(in_block, head.bursts) - 1) / length, by_time);
    if (repetitions > 0 && period_.order()) jump(repetitions, cycles);
    period_.stop();
    return;
  }
  period_.start(head.burst, length, floor_, state_);
  buses_before_ = buses_;
}

/// Whether every waiting burst belongs to the stream, lies in its block and hits an open row.
bool BatchedController::is_steady(const Stream& head, std::uint64_t block) const {
  const DramCommand command = head.is_write ? DramCommand::kWrite : DramCommand::kRead;
  if (observer_ || config_.page_policy == PagePolicy::kClosed || reorders_writes_ ||
      timing_.same_bank_interval(command) == 0 || head.arrival >= floor_) {
    return false;
  }
  return std::ranges::all_of(active_, [&](std::uint32_t b) {
    const Bank& bank = banks_[b];
    if (!bank.has_next || bank.next != command || bank.is_fresh) return false;
    return std::ranges::all_of(bank.queue, [&](const QueuedBursts& entry) {
      return entry.is_write == head.is_write && entry.row == bank.row &&
             head.sequence - entry.sequence == head.burst - entry.burst &&
             entry.burst / block == head.burst / block;
    });
  });
}

void BatchedController::describe_state(const Stream& head, std::vector<std::int64_t>& state) const {
  const DramCommand command = head.is_write ? DramCommand::kWrite : DramCommand::kRead;
  state.clear();
  for (const std::uint32_t b : active_) {
    state.push_back(b);
    timing_.append_state(command, b, floor_, state);
    for (const QueuedBursts& entry : banks_[b].queue) {
      state.push_back(static_cast<std::int64_t>(head.sequence - entry.sequence));
      state.push_back(entry.count);
    }
    buses_[banks_[b].bus].append_state(bus_timing_, floor_, state);
  }
}

void BatchedController::jump(std::uint64_t repetitions, DramCycle cycles) {
  Stream& head = intake_.front();
  const DramCommand command = head.is_write ? DramCommand::kWrite : DramCommand::kRead;
  const std::uint64_t bursts = repetitions * period_.length();
  const DramCycle time = static_cast<DramCycle>(repetitions) * cycles;
  for (const StreamPeriod::Event& event : period_.served()) {
    timing_.issue(command, event.bank, event.time + time);
  }
  while (next_access_ < head.sequence + bursts) {
    Pending& access = next_to_enter();
    access.accepted = period_.enters_again(next_access_, cycles);
    next_access_ = access.end;
  }
  for (std::size_t bus = 0; bus < buses_.size(); ++bus) {
    buses_[bus].repeat(buses_before_[bus], static_cast<std::int64_t>(repetitions), time);
  }
  complete_again(repetitions, cycles);
  for (const std::uint32_t b : active_) {
    for (QueuedBursts& entry : banks_[b].queue) {
      entry.sequence += bursts;
      entry.burst += bursts;
    }
    banks_[b].sequence += bursts;
  }
  head.sequence += bursts;
  head.burst += bursts;
  head.bursts -= bursts;
  head.in_place = 0;
  locate(head);
  waiting_ -= bursts;
  floor_ += time;
  counts_.commands[ordinal(command)] += static_cast<std::int64_t>(bursts);
  counts_.row_hits += static_cast<std::int64_t>(bursts);
}

/// Accesses of which bursts are served in the repetitions of the period.
void BatchedController::complete_again(std::uint64_t repetitions, DramCycle cycles) {
  const std::size_t before = completions_.size();
  const DramCycle data_end = standard_->data_end_cycles(intake_.front().is_write);
  const std::uint64_t end = intake_.front().sequence + repetitions * period_.length();
  for (Pending* access = pending_.begin(); access != pending_.end() && access->first < end;
       ++access) {
    if (access->left == 0) continue;
    const StreamPeriod::Share share =
        period_.served_again(access->first, access->end, repetitions, cycles);
    if (share.bursts == 0) continue;
    access->left -= share.bursts;
    access->done = std::max(access->done, share.last + data_end);
    if (access->left > 0) continue;
    completions_.push_back({access->access, access->accepted, access->done});
    last_end_ = std::max(last_end_, access->done);
  }
  const auto first = completions_.begin() + static_cast<std::ptrdiff_t>(before);
  const auto is_earlier = [](const DramCompletion& a, const DramCompletion& b) {
    return a.done < b.done;
  };
  if (!std::is_sorted(first, completions_.end(), is_earlier)) {
    std::stable_sort(first, completions_.end(), is_earlier);
  }
  while (!pending_.empty() && pending_.front().left == 0) pending_.pop_front();
}

}  // namespace systerm
