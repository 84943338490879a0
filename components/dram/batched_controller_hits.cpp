// SPDX-License-Identifier: Apache-2.0
// Row hits that wait in several banks at once, as streams of several masters leave them: served in
// turn by the distances between their banks alone, as long as nothing else could happen.
#include <algorithm>

#include "components/dram/batched_controller.h"

namespace systerm {

/// The last cycle before any command but RD or WR, an arrival that is not there yet included.
DramCycle BatchedController::end_of_turns(DramCycle limit) const {
  const DramCycle last = std::min(limit, first_due_ - 1);
  const bool arrives = !intake_.empty() && intake_.front().arrival > floor_;
  return arrives ? std::min(last, intake_.front().arrival) : last;
}

bool BatchedController::serves_in_turn(const Choice& choice, DramCycle limit) const {
  if (!serves_in_turn_ || choice.hits < 2 || choice.hits > runs_.size()) return false;
  if (std::min(choice.rows - 1, end_of_turns(limit)) <= choice.time) return false;
  if (intake_.empty() || intake_.front().arrival > choice.time) return true;
  // Else the head enters at the end of this cycle, and may bring other commands.
  const Stream& head = intake_.front();
  return head.in_place > 0 &&
         banks_[head.place.bank].waiting >= static_cast<std::uint32_t>(config_.queue_entries);
}

void BatchedController::serve_in_turn(const Choice& choice, DramCycle limit) {
  DramCycle last = std::min(choice.rows - 1, end_of_turns(limit));
  collect_runs();
  round_.first = nullptr;
  for (HitRun* run = next_run(); run->ready <= last; run = next_run()) {
    if (run->ready > floor_ && !intake_.empty() && intake_.front().arrival <= floor_) {
      if (!feed()) break;
      last = std::min(choice.rows - 1, end_of_turns(limit));
      if (run->ready > last) break;
    }
    watch_rounds(*run, last);
    if (run->ready > last) break;
    floor_ = run->ready;
    if (!serve_one(*run)) break;
  }
  for (std::size_t i = 0; i < run_count_; ++i) close_run(runs_[i]);
  while (!pending_.empty() && pending_.front().left == 0) pending_.pop_front();
}

void BatchedController::collect_runs() {
  run_count_ = 0;
  for (const std::uint32_t b : active_) {
    const Bank& bank = banks_[b];
    if (!bank.has_next || !is_column_command(bank.next)) continue;
    HitRun& run = runs_[run_count_++];
    run.bank = b;
    run.command = bank.next;
    run.ready = std::max(floor_, timing_.earliest(bank.next, b));
    run.sequence = bank.sequence;
    run.served = 0;
    run.access = pending_of(bank.sequence);
  }
}

BatchedController::HitRun* BatchedController::next_run() {
  HitRun* next = runs_.data();
  for (HitRun* run = next + 1; run != runs_.data() + run_count_; ++run) {
    const bool is_earlier =
        run->ready != next->ready ? run->ready < next->ready : run->sequence < next->sequence;
    if (is_earlier) next = run;
  }
  return next;
}

/// At the end of cycle floor_, bursts of the head take the places of those that were served. False
/// if other things may happen with it.
bool BatchedController::feed() {
  while (!intake_.empty() && intake_.front().arrival <= floor_) {
    Stream& head = intake_.front();
    if (head.in_place == 0) locate(head);
    Bank& bank = banks_[head.place.bank];
    const auto room = static_cast<std::uint64_t>(config_.queue_entries) - bank.waiting;
    if (room == 0) return true;
    // A bank that works for a hit goes on with it.
    if (bank.queue.empty() || !bank.has_next || !is_column_command(bank.next)) return false;
    if (room == 1 && !period_.is_recording() && head_merges_into(bank, bank.queue.back())) {
      enter_one(head, bank, bank.queue.back());
    } else {
      enter(head, std::min(room, head.in_place), floor_, 0);
    }
    if (head.bursts == 0) {
      intake_.pop_front();
    } else if (head.burst % watched_length_ == 0 && head.bursts > 2 * watched_length_) {
      return false;
    }
  }
  return true;
}

/// What enter() does for the first burst of a stream that continues the youngest entry.
void BatchedController::enter_one(Stream& stream, Bank& bank, QueuedBursts& entry) {
  ++entry.count;
  ++bank.waiting;
  buses_[bank.bus].enter(floor_, 1);
  Channel& channel = channels_[bank.channel];
  ++(stream.is_write ? channel.writes : channel.reads);
  if (next_access_ == stream.sequence) {
    Pending& access = next_to_enter();
    access.accepted = floor_;
    next_access_ = access.end;
  }
  ++stream.sequence;
  ++stream.burst;
  --stream.bursts;
  --stream.in_place;
  --waiting_;
}

/// The next burst of the run in cycle floor_. False if its bank has other things to do then.
bool BatchedController::serve_one(HitRun& run) {
  Bank& bank = banks_[run.bank];
  QueuedBursts& entry = bank.queue[bank.entry];
  if (observer_) note(floor_, run.command, run.bank, bank.row, entry.burst);
  if (period_.is_recording()) period_.serve(entry.sequence, run.bank, floor_);
  account(bank, floor_, entry.is_write);
  counts_.row_hits += bank.is_fresh ? 0 : 1;
  bank.is_fresh = false;
  ++run.served;
  run.served_at = floor_;
  Pending& access = *run.access;
  --access.left;
  access.done = std::max(access.done, floor_ + data_end_[entry.is_write]);
  if (access.left == 0) {
    completions_.push_back({access.access, access.accepted, access.done});
    last_end_ = std::max(last_end_, access.done);
  }
  for (HitRun* other = runs_.data(); other != runs_.data() + run_count_; ++other) {
    const DramCycle distance = distances_.between(
        entry.is_write, run.bank, other->command == DramCommand::kWrite, other->bank);
    other->ready = std::max(other->ready, floor_ + distance);
  }
  --bank.waiting;
  run.sequence = ++entry.sequence;
  ++entry.burst;
  if (run.sequence == access.end) ++run.access;
  if (--entry.count > 0) return true;
  bank.queue.erase(bank.queue.begin() + bank.entry);
  if (bank.queue.empty()) {
    run.ready = kNever;
    return true;
  }
  update_next(bank);
  if (!bank.has_next || bank.next != run.command) return false;
  run.sequence = bank.sequence;
  if (run.access == pending_.end() || run.access->first > bank.sequence) {
    run.access = pending_of(bank.sequence);
  }
  while (run.access->end <= bank.sequence) ++run.access;
  return true;
}

void BatchedController::close_run(const HitRun& run) {
  if (run.served == 0) return;
  Bank& bank = banks_[run.bank];
  Channel& channel = channels_[bank.channel];
  timing_.issue(run.command, run.bank, run.served_at);
  counts_.commands[ordinal(run.command)] += run.served;
  (run.command == DramCommand::kWrite ? channel.writes : channel.reads) -= run.served;
  if (bank.queue.empty()) {
    active_.erase(std::ranges::find(active_, run.bank));
    bank.has_next = false;
  } else if (bank.has_next) {
    bank.sequence = bank.queue[bank.entry].sequence;
  }
}

}  // namespace systerm
