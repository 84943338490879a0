// SPDX-License-Identifier: Apache-2.0
#include "components/dram/stepped_controller.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace systerm {

SteppedController::SteppedController(std::shared_ptr<const DramStandard> standard,
                                     const AddressMapping& mapping,
                                     const DramControllerConfig& config)
    : standard_(std::move(standard)),
      mapping_(mapping),
      config_(config),
      scheduler_(make_dram_scheduler(config.scheduler)),
      write_batching_(make_write_batching(config.write_batching)),
      banks_(static_cast<std::size_t>(standard_->banks())),
      refresh_due_(static_cast<std::size_t>(standard_->ranks()),
                   standard_->refresh_interval_cycles),
      standby_(refresh_due_.size()),
      directions_(static_cast<std::size_t>(standard_->counts[0])),
      bus_timing_(*standard_),
      buses_(static_cast<std::size_t>(standard_->counts[0] * standard_->counts[1])) {}

void SteppedController::offer(const DramAccess& access, DramCycle arrival) {
  const auto burst_bytes = static_cast<std::uint64_t>(standard_->burst_bytes());
  const std::uint64_t first = access.address / burst_bytes;
  const std::uint64_t last = (access.address + access.bytes - 1) / burst_bytes;
  if (access.bytes == 0 || last < first || last >= mapping_.bursts()) {
    throw std::out_of_range("an access beyond the memory");
  }
  for (std::uint64_t burst = first; burst <= last; ++burst) {
    const AddressMapping::Place place = mapping_.place(burst);
    intake_.push_back(
        {{sequence_++, burst, place.row, 1, access.is_write}, place, arrival, accesses_.size()});
  }
  accesses_.push_back({last - first + 1, std::nullopt, 0});
  ++unserved_;
}

void SteppedController::advance(DramCycle limit) {
  while (now_ <= limit) step();
}

void SteppedController::advance_until_waiting(std::uint64_t waiting) {
  while (intake_.size() > waiting) step();
}

DramCycle SteppedController::finish() {
  while (unserved_ > 0) step();
  return last_end_;
}

std::vector<DramCompletion> SteppedController::take_completions() {
  return std::exchange(completions_, {});
}

DramCounts SteppedController::counts(DramCycle cycle) const {
  DramCounts counts = counts_;
  for (const StandbyAccount& standby : standby_) {
    counts.active_standby_cycles += standby.active_until(cycle);
    counts.precharge_standby_cycles += cycle - standby.active_until(cycle);
  }
  for (const DataBusAccount& bus : buses_) bus.add_until(cycle, counts.bus_cycles);
  return counts;
}

void SteppedController::step() {
  for (std::size_t channel = 0; channel < directions_.size(); ++channel) {
    std::array<std::int64_t, 2> waiting{};
    for (std::size_t bank = 0; bank < banks_.size(); ++bank) {
      if (node(DramLevel::kChannel, bank) != channel) continue;
      for (const Burst& burst : banks_[bank].queue) ++waiting[burst.burst.is_write];
    }
    directions_[channel] = write_batching_->next(directions_[channel], waiting[0], waiting[1]);
  }
  while (const auto choice = choose()) issue(*choice);
  accept();
  ++now_;
}

std::optional<SteppedController::Choice> SteppedController::choose() const {
  std::optional<Choice> best;
  const auto consider = [&](const std::optional<Choice>& choice) {
    if (!choice || !is_allowed(choice->command, choice->bank, now_)) return;
    if (!best ||
        std::pair(choice->priority, choice->sequence) < std::pair(best->priority, best->sequence)) {
      best = choice;
    }
  };
  for (std::size_t rank = 0; rank < standby_.size(); ++rank) consider(choice_of_rank(rank));
  for (std::size_t bank = 0; bank < banks_.size(); ++bank) consider(choice_of_bank(bank));
  return best;
}

std::optional<SteppedController::Choice> SteppedController::choice_of_rank(std::size_t rank) const {
  if (!config_.refresh || refresh_due_[rank] > now_) return std::nullopt;
  const std::size_t first = rank * banks_.size() / standby_.size();
  const DramCommand command =
      standby_[rank].open_banks() > 0 ? DramCommand::kPrechargeAll : DramCommand::kRefresh;
  return Choice{0, rank, command, first, 0};
}

std::optional<SteppedController::Choice> SteppedController::choice_of_bank(std::size_t b) const {
  const Bank& bank = banks_[b];
  if (config_.refresh && refresh_due_[node(DramLevel::kRank, b)] <= now_) return std::nullopt;
  std::vector<QueuedBursts> queue;
  for (const Burst& burst : bank.queue) queue.push_back(burst.burst);
  const auto entry =
      scheduler_->choose(queue, bank.open_row, directions_[node(DramLevel::kChannel, b)]);
  if (!entry) return std::nullopt;
  const QueuedBursts& burst = queue[*entry];
  if (!bank.open_row) return Choice{2, burst.sequence, DramCommand::kActivate, b, *entry};
  if (*bank.open_row != burst.row) {
    return Choice{2, burst.sequence, DramCommand::kPrecharge, b, *entry};
  }
  if (scheduler_->in_order() && !is_oldest_of_channel(b, burst.sequence)) return std::nullopt;
  return Choice{1, burst.sequence, burst.is_write ? DramCommand::kWrite : DramCommand::kRead, b,
                *entry};
}

bool SteppedController::is_oldest_of_channel(std::size_t bank, std::uint64_t sequence) const {
  for (std::size_t other = 0; other < banks_.size(); ++other) {
    if (node(DramLevel::kChannel, other) != node(DramLevel::kChannel, bank)) continue;
    for (const Burst& burst : banks_[other].queue) {
      if (burst.burst.sequence < sequence) return false;
    }
  }
  return true;
}

std::size_t SteppedController::node(DramLevel level, std::size_t bank) const {
  return static_cast<std::size_t>(node_of_bank(*standard_, level, static_cast<std::int64_t>(bank)));
}

bool SteppedController::is_allowed(DramCommand command, std::size_t bank, DramCycle time,
                                   DramLevel from) const {
  for (const DramConstraint& constraint : standard_->constraints) {
    if (constraint.level < from) continue;
    if (std::ranges::find(constraint.following, command) == constraint.following.end()) continue;
    if (acts_on_rank(command) && constraint.level > DramLevel::kRank) continue;
    for (const DramCommand preceding : constraint.preceding) {
      int recent = 0;
      const auto& history = history_[ordinal(preceding)];
      for (auto event = history.rbegin(); event != history.rend(); ++event) {
        // Only the times of automatic precharges are not in order.
        const bool in_order = preceding != DramCommand::kPrecharge;
        if (time - event->time >= constraint.cycles && in_order) break;
        if (time - event->time >= constraint.cycles) continue;
        if (is_bound(constraint, preceding, *event, command, bank)) ++recent;
      }
      if (recent >= constraint.window) return false;
    }
  }
  return true;
}

bool SteppedController::is_bound(const DramConstraint& constraint, DramCommand preceding,
                                 const Event& event, DramCommand command, std::size_t bank) const {
  if (acts_on_rank(preceding) && constraint.level > DramLevel::kRank) return false;
  if (event.is_automatic) {
    const bool reopens = command == DramCommand::kActivate || command == DramCommand::kRefresh;
    if (!reopens || constraint.level < DramLevel::kRank) return false;
  }
  const std::size_t mine = node(constraint.level, bank);
  const std::size_t other = node(constraint.level, event.bank);
  if (!constraint.siblings) return mine == other;
  const auto count = static_cast<std::size_t>(standard_->counts[ordinal(constraint.level)]);
  return mine != other && mine / count == other / count;
}

void SteppedController::issue(const Choice& choice) {
  Bank& bank = banks_[choice.bank];
  StandbyAccount& standby = standby_[node(DramLevel::kRank, choice.bank)];
  auto& history = history_[ordinal(choice.command)];
  constexpr DramCycle kForgotten = 2'000;
  std::erase_if(history, [&](const Event& event) { return now_ - event.time > kForgotten; });
  history.push_back({now_, choice.bank, false});
  ++counts_.commands[ordinal(choice.command)];
  if (is_column_command(choice.command)) {
    serve(choice);
    return;
  }
  std::uint32_t row = 0;
  if (choice.command == DramCommand::kActivate) {
    row = bank.queue[choice.entry].place.row;
    bank.open_row = row;
    bank.is_fresh = true;
    bank.opening.opened = now_;
    standby.open(now_);
  } else if (choice.command == DramCommand::kPrecharge) {
    row = *std::exchange(bank.open_row, std::nullopt);
    bank.opening = {now_ + bus_timing_.precharge, 0, false};
    standby.close(now_);
  } else if (choice.command == DramCommand::kPrechargeAll) {
    for (std::size_t other = 0; other < banks_.size(); ++other) {
      if (node(DramLevel::kRank, other) != node(DramLevel::kRank, choice.bank)) continue;
      if (!std::exchange(banks_[other].open_row, std::nullopt)) continue;
      banks_[other].opening = {now_ + bus_timing_.precharge, 0, false};
      standby.close(now_);
    }
  } else {
    const std::size_t rank = node(DramLevel::kRank, choice.bank);
    refresh_due_[rank] += standard_->refresh_interval_cycles;
    for (std::size_t other = 0; other < banks_.size(); ++other) {
      if (node(DramLevel::kRank, other) != rank) continue;
      banks_[other].opening = {now_ + bus_timing_.refresh, 0, true};
    }
  }
  if (observer_) observer_({now_, choice.command, choice.bank, row, 0});
}

void SteppedController::serve(const Choice& choice) {
  Bank& bank = banks_[choice.bank];
  const Burst burst = bank.queue[choice.entry];
  bank.queue.erase(bank.queue.begin() + static_cast<std::ptrdiff_t>(choice.entry));
  if (observer_) {
    observer_({now_, choice.command, choice.bank, burst.place.row, burst.burst.burst});
  }
  buses_[node(DramLevel::kPseudoChannel, choice.bank)].serve(
      bus_timing_, now_, burst.burst.is_write, bank.is_fresh ? &bank.opening : nullptr);
  if (!std::exchange(bank.is_fresh, false)) ++counts_.row_hits;
  Access& access = accesses_[burst.access];
  access.done = std::max(access.done, now_ + standard_->data_end_cycles(burst.burst.is_write));
  if (--access.left == 0) {
    completions_.push_back({burst.access, *access.accepted, access.done});
    last_end_ = std::max(last_end_, access.done);
    --unserved_;
  }
  if (config_.page_policy == PagePolicy::kOpen) return;
  DramCycle closes = now_;
  while (!is_allowed(DramCommand::kPrecharge, choice.bank, closes, DramLevel::kBank)) ++closes;
  history_[ordinal(DramCommand::kPrecharge)].push_back({closes, choice.bank, true});
  standby_[node(DramLevel::kRank, choice.bank)].close(closes);
  bank.open_row.reset();
  bank.opening = {closes + bus_timing_.precharge, 0, false};
  ++counts_.automatic_precharges;
}

void SteppedController::accept() {
  while (!intake_.empty() && intake_.front().arrival <= now_) {
    auto& queue = banks_[intake_.front().place.bank].queue;
    if (queue.size() >= static_cast<std::size_t>(config_.queue_entries)) return;
    Access& access = accesses_[intake_.front().access];
    if (!access.accepted) access.accepted = now_;
    buses_[node(DramLevel::kPseudoChannel, intake_.front().place.bank)].enter(now_, 1);
    queue.push_back(intake_.front());
    intake_.pop_front();
  }
}

}  // namespace systerm
