// SPDX-License-Identifier: Apache-2.0
#include "components/dram/batched_controller.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace systerm {

namespace {
/// Periods are not shorter, so that looking for them costs little.
constexpr std::uint64_t kShortestPeriod = 16;
}  // namespace

BatchedController::BatchedController(std::shared_ptr<const DramStandard> standard,
                                     const AddressMapping& mapping,
                                     const DramControllerConfig& config)
    : standard_(std::move(standard)),
      mapping_(mapping),
      config_(config),
      scheduler_(make_dram_scheduler(config.scheduler)),
      write_batching_(make_write_batching(config.write_batching)),
      burst_bits_(std::countr_zero(static_cast<std::uint64_t>(standard_->burst_bytes()))),
      place_bits_(std::countr_zero(mapping_.bursts_in_place())),
      in_order_(scheduler_->in_order()),
      reorders_writes_(write_batching_->reorders()),
      timing_(*standard_),
      distances_(*standard_),
      banks_(static_cast<std::size_t>(standard_->banks())),
      ranks_(static_cast<std::size_t>(standard_->ranks())),
      channels_(static_cast<std::size_t>(standard_->counts[0])),
      bus_timing_(*standard_),
      buses_(static_cast<std::size_t>(standard_->counts[0] * standard_->counts[1])),
      watched_length_(std::max(mapping_.period(), kShortestPeriod)) {
  for (std::size_t b = 0; b < banks_.size(); ++b) {
    const auto bank = static_cast<std::int64_t>(b);
    banks_[b].channel =
        static_cast<std::uint32_t>(node_of_bank(*standard_, DramLevel::kChannel, bank));
    banks_[b].rank = static_cast<std::uint32_t>(node_of_bank(*standard_, DramLevel::kRank, bank));
    banks_[b].bus =
        static_cast<std::uint32_t>(node_of_bank(*standard_, DramLevel::kPseudoChannel, bank));
    banks_[b].queue.reserve(static_cast<std::size_t>(config_.queue_entries) + 1);
  }
  for (std::size_t r = 0; r < ranks_.size(); ++r) {
    ranks_[r].first_bank = r * banks_.size() / ranks_.size();
    if (config_.refresh) ranks_[r].due = standard_->refresh_interval_cycles;
    first_due_ = ranks_[r].due;
  }
  for (const DramCommand command : {DramCommand::kRead, DramCommand::kWrite}) {
    const bool is_write = command == DramCommand::kWrite;
    interval_[is_write] = timing_.same_bank_interval(command);
    data_end_[is_write] = standard_->data_end_cycles(is_write);
  }
  const auto buses = static_cast<std::uint64_t>(standard_->counts[0] * standard_->counts[1]);
  bus_bits_ = std::bit_width(buses) - 1;
  serves_in_turn_ = !in_order_ && !reorders_writes_ && config_.page_policy == PagePolicy::kOpen &&
                    interval_[0] > 0 && interval_[1] > 0;
  for (Channel& channel : channels_) channel.directions = write_batching_->next({}, 0, 0);
}

DramCycle BatchedController::finish() {
  while (!pending_.empty()) run(kNever, 0);
  return last_end_;
}

std::vector<DramCompletion> BatchedController::take_completions() {
  return std::exchange(completions_, {});
}

DramCounts BatchedController::counts(DramCycle cycle) const {
  DramCounts counts = counts_;
  for (const Rank& rank : ranks_) {
    const DramCycle active = rank.standby.active_until(cycle);
    counts.active_standby_cycles += active;
    counts.precharge_standby_cycles += cycle - active;
  }
  for (const DataBusAccount& bus : buses_) bus.add_until(cycle, counts.bus_cycles);
  return counts;
}

void BatchedController::run(DramCycle limit, std::uint64_t stop_below) {
  while (waiting_ >= stop_below) {
    if (!has_choice_) choice_ = choose();
    has_choice_ = true;
    const Choice& choice = choice_;
    // A cycle ends with the bursts that enter the queues, which may bring other commands.
    if (cycle_open_ && choice.time > floor_) {
      const bool changed = end_cycle();
      const DramCycle before = floor_;
      watch_stream(limit);
      has_choice_ = !changed && floor_ == before;
      if (!has_choice_) continue;
    }
    const DramCycle arrival =
        intake_.empty() || intake_.front().arrival < floor_ ? kNever : intake_.front().arrival;
    const DramCycle time = std::min(choice.time, arrival);
    if (time > limit) {
      floor_ = std::max(floor_, limit + 1);
      return;
    }
    if (limit == kNever && pending_.empty()) return;
    floor_ = time;
    cycle_open_ = true;
    if (choice.time != time) continue;
    has_choice_ = false;
    issue(choice, limit);
  }
}

void BatchedController::find_oldest() {
  for (Channel& channel : channels_) channel.oldest = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint32_t b : active_) {
    Channel& channel = channels_[banks_[b].channel];
    channel.oldest = std::min(channel.oldest, banks_[b].queue.front().sequence);
  }
}

void BatchedController::consider(Choice& best, DramCycle time, int priority, std::uint64_t sequence,
                                 DramCommand command, std::size_t bank) const {
  const bool is_better = time != best.time           ? time < best.time
                         : priority != best.priority ? priority < best.priority
                                                     : sequence < best.sequence;
  if (!is_better) {
    best.others = std::min(best.others, time);
    return;
  }
  best = {time, best.time, priority, sequence, command, bank, kNever, 0};
}

BatchedController::Choice BatchedController::choose() {
  if (in_order_) find_oldest();
  constexpr int kRefreshPriority = 0;
  constexpr int kColumnPriority = 1;
  constexpr int kRowPriority = 2;
  Choice best;
  DramCycle rows = kNever;
  std::size_t hits = 0;
  for (const std::uint32_t b : active_) {
    const Bank& bank = banks_[b];
    if (!bank.has_next) continue;
    const bool is_column = is_column_command(bank.next);
    if (in_order_ && is_column && bank.sequence != channels_[bank.channel].oldest) continue;
    const DramCycle time = std::max(floor_, timing_.earliest(bank.next, b));
    if (is_column) {
      ++hits;
    } else {
      rows = std::min(rows, time);
    }
    if (time >= ranks_[bank.rank].due) continue;
    consider(best, time, is_column ? kColumnPriority : kRowPriority, bank.sequence, bank.next, b);
  }
  // No refresh comes before it is due.
  if (best.time >= first_due_) {
    for (std::size_t r = 0; r < ranks_.size(); ++r) {
      const Rank& rank = ranks_[r];
      const DramCommand command =
          rank.standby.open_banks() > 0 ? DramCommand::kPrechargeAll : DramCommand::kRefresh;
      const DramCycle time =
          std::max({floor_, rank.due, timing_.earliest(command, rank.first_bank)});
      consider(best, time, kRefreshPriority, r, command, rank.first_bank);
    }
  }
  best.rows = rows;
  best.hits = hits;
  return best;
}

void BatchedController::issue(const Choice& choice, DramCycle limit) {
  Bank& bank = banks_[choice.bank];
  switch (choice.command) {
    case DramCommand::kRead:
    case DramCommand::kWrite:
      if (serves_in_turn(choice, limit)) {
        serve_in_turn(choice, limit);
      } else {
        serve(choice, limit);
      }
      return;
    case DramCommand::kPrechargeAll:
    case DramCommand::kRefresh:
      refresh(choice);
      return;
    case DramCommand::kActivate:
      bank.is_open = true;
      bank.is_fresh = true;
      bank.row = bank.queue[bank.entry].row;
      bank.opening.opened = choice.time;
      ranks_[bank.rank].standby.open(choice.time);
      break;
    case DramCommand::kPrecharge:
      close_row(bank, choice.time);
      break;
  }
  note(choice.time, choice.command, choice.bank, bank.row, 0);
  timing_.issue(choice.command, choice.bank, choice.time);
  ++counts_.commands[ordinal(choice.command)];
  update_next(bank);
}

void BatchedController::refresh(const Choice& choice) {
  Rank& rank = ranks_[banks_[choice.bank].rank];
  if (choice.command == DramCommand::kPrechargeAll) {
    const std::size_t end = rank.first_bank + banks_.size() / ranks_.size();
    for (std::size_t b = rank.first_bank; b < end; ++b) {
      if (banks_[b].is_open) close_row(banks_[b], choice.time);
      if (!banks_[b].queue.empty()) update_next(banks_[b]);
    }
  } else {
    rank.due += standard_->refresh_interval_cycles;
    const std::size_t end = rank.first_bank + banks_.size() / ranks_.size();
    for (std::size_t b = rank.first_bank; b < end; ++b) {
      banks_[b].opening = {choice.time + bus_timing_.refresh, 0, true};
    }
    first_due_ = std::ranges::min_element(ranks_, {}, &Rank::due)->due;
  }
  note(choice.time, choice.command, choice.bank, 0, 0);
  timing_.issue(choice.command, choice.bank, choice.time);
  ++counts_.commands[ordinal(choice.command)];
}

void BatchedController::close_row(Bank& bank, DramCycle cycle) {
  bank.is_open = false;
  bank.opening = {cycle + bus_timing_.precharge, 0, false};
  ranks_[bank.rank].standby.close(cycle);
}

/// How many bursts of the chosen entry can be served, `interval` apart, before anything else could
/// happen: another command, a refresh, an arrival, or a burst that enters a queue and is not next
/// in the same run.
std::uint64_t BatchedController::batch(const Choice& choice, DramCycle limit,
                                       DramCycle interval) const {
  const Bank& bank = banks_[choice.bank];
  const Channel& channel = channels_[bank.channel];
  const QueuedBursts& entry = bank.queue[bank.entry];
  const bool other_direction_waits = (entry.is_write ? channel.reads : channel.writes) > 0;
  if (interval == 0 || config_.page_policy == PagePolicy::kClosed) return 1;
  if (reorders_writes_ && other_direction_waits) return 1;
  DramCycle last = std::min({limit, choice.others - 1, first_due_ - 1});
  std::uint64_t bursts = entry.count;
  if (!intake_.empty()) {
    const Stream& head = intake_.front();
    if (head.arrival > choice.time) {
      last = std::min(last, head.arrival);
    } else if (head.in_place == 0 || banks_[head.place.bank].waiting <
                                         static_cast<std::uint32_t>(config_.queue_entries)) {
      return 1;  // bursts enter at the end of this cycle
    } else if (&banks_[head.place.bank] == &bank) {
      if (reorders_writes_ && head.is_write != entry.is_write) return 1;
      bursts = head_merges_into(bank, entry) ? head.in_place : std::min(bursts, head.in_place);
    }
  }
  if (last <= choice.time) return 1;
  return std::min(bursts, 1 + static_cast<std::uint64_t>((last - choice.time) / interval));
}

void BatchedController::serve(const Choice& choice, DramCycle limit) {
  Bank& bank = banks_[choice.bank];
  QueuedBursts& entry = bank.queue[bank.entry];
  const DramCycle interval = timing_.same_bank_interval(choice.command);
  const std::uint64_t bursts = batch(choice, limit, interval);
  const DramCycle last = choice.time + static_cast<DramCycle>(bursts - 1) * interval;
  if (observer_) {
    for (std::uint64_t i = 0; i < bursts; ++i) {
      note(choice.time + static_cast<DramCycle>(i) * interval, choice.command, choice.bank,
           bank.row, entry.burst + i);
    }
  }
  if (period_.is_recording()) {
    for (std::uint64_t i = 0; i < bursts; ++i) {
      period_.serve(entry.sequence + i, choice.bank,
                    choice.time + static_cast<DramCycle>(i) * interval);
    }
  }
  timing_.issue(choice.command, choice.bank, last);
  counts_.commands[ordinal(choice.command)] += static_cast<std::int64_t>(bursts);
  counts_.row_hits += static_cast<std::int64_t>(bursts) - (bank.is_fresh ? 1 : 0);
  account(bank, choice.time, entry.is_write);
  if (bursts > 1) {
    buses_[bank.bus].serve_more(bus_timing_, static_cast<std::int64_t>(bursts) - 1, interval);
  }
  bank.is_fresh = false;

  // All but the last burst make room for one that is next in the run; the last does so at the end
  // of its cycle, with whatever else can enter then.
  const bool enters = bursts > 1 && !intake_.empty() && intake_.front().arrival <= choice.time &&
                      &banks_[intake_.front().place.bank] == &bank;
  if (enters) enter(intake_.front(), bursts - 1, choice.time, interval);
  complete(entry.sequence, bursts, choice.time + standard_->data_end_cycles(entry.is_write),
           interval);
  Channel& channel = channels_[bank.channel];
  (entry.is_write ? channel.writes : channel.reads) -= static_cast<std::int64_t>(bursts);
  bank.waiting -= static_cast<std::uint32_t>(bursts);
  entry.sequence += bursts;
  entry.burst += bursts;
  entry.count -= static_cast<std::uint32_t>(bursts);
  const bool goes_on = entry.count > 0 && config_.page_policy == PagePolicy::kOpen;
  if (entry.count == 0) bank.queue.erase(bank.queue.begin() + bank.entry);
  if (bank.queue.empty()) active_.erase(std::ranges::find(active_, choice.bank));
  if (config_.page_policy == PagePolicy::kClosed) {
    close_row(bank, timing_.close_automatically(choice.bank));
    ++counts_.automatic_precharges;
  }
  if (goes_on) {
    bank.sequence += bursts;
  } else {
    update_next(bank);
  }
  floor_ = last;
}

/// Whether a bank has another command next than before.
bool BatchedController::end_cycle() {
  bool changed = accept();
  cycle_open_ = false;
  ++floor_;
  if (!reorders_writes_) return changed;
  for (std::uint32_t c = 0; c < channels_.size(); ++c) {
    Channel& channel = channels_[c];
    const Directions next =
        write_batching_->next(channel.directions, channel.reads, channel.writes);
    if (next == channel.directions) continue;
    channel.directions = next;
    for (const std::uint32_t b : active_) {
      if (banks_[b].channel == c) changed |= update_next(banks_[b]);
    }
  }
  return changed;
}

/// Whether the next command of the bank is another one than before.
bool BatchedController::update_next(Bank& bank) {
  const auto entry =
      scheduler_->choose(bank.queue, bank.is_open ? std::optional(bank.row) : std::nullopt,
                         channels_[bank.channel].directions);
  const bool had_next = std::exchange(bank.has_next, entry.has_value());
  if (!entry) return had_next;
  const QueuedBursts& burst = bank.queue[*entry];
  DramCommand command = burst.is_write ? DramCommand::kWrite : DramCommand::kRead;
  if (!bank.is_open) {
    command = DramCommand::kActivate;
  } else if (bank.row != burst.row) {
    command = DramCommand::kPrecharge;
  }
  const bool same = had_next && bank.next == command && bank.sequence == burst.sequence;
  bank.entry = static_cast<std::uint32_t>(*entry);
  bank.sequence = burst.sequence;
  bank.next = command;
  return !same;
}

BatchedController::Pending* BatchedController::pending_of(std::uint64_t sequence) {
  constexpr std::ptrdiff_t kNear = 4;
  Pending* access = pending_.begin();
  if (pending_.end() - access > kNear && (access + kNear)->end <= sequence) {
    return std::upper_bound(
        access + kNear, pending_.end(), sequence,
        [](std::uint64_t number, const Pending& each) { return number < each.end; });
  }
  while (access != pending_.end() && access->end <= sequence) ++access;
  return access;
}

/// `end` is that of the data of the first burst.
void BatchedController::complete(std::uint64_t sequence, std::uint64_t bursts, DramCycle end,
                                 DramCycle interval) {
  const std::uint64_t last = sequence + bursts;
  for (Pending* access = pending_of(sequence); access != pending_.end() && access->first < last;
       ++access) {
    const std::uint64_t served_end = std::min(access->end, last);
    access->left -= served_end - std::max(access->first, sequence);
    access->done =
        std::max(access->done, end + static_cast<DramCycle>(served_end - 1 - sequence) * interval);
    if (access->left == 0) {
      completions_.push_back({access->access, access->accepted, access->done});
      last_end_ = std::max(last_end_, access->done);
    }
  }
  while (!pending_.empty() && pending_.front().left == 0) pending_.pop_front();
}

void BatchedController::note(DramCycle cycle, DramCommand command, std::size_t bank,
                             std::uint32_t row, std::uint64_t burst) {
  if (observer_) observer_({cycle, command, bank, row, burst});
}

}  // namespace systerm
