// SPDX-License-Identifier: Apache-2.0
#include "components/dram/data_bus_account.h"

#include "components/dram/column_distances.h"

namespace systerm {

BusTiming::BusTiming(const DramStandard& standard)
    : latency{standard.read_latency_cycles, standard.write_latency_cycles},
      activation{same_bank_distance(standard, DramCommand::kActivate, DramCommand::kRead),
                 same_bank_distance(standard, DramCommand::kActivate, DramCommand::kWrite)},
      precharge(same_bank_distance(standard, DramCommand::kPrecharge, DramCommand::kActivate)),
      refresh(same_bank_distance(standard, DramCommand::kRefresh, DramCommand::kActivate)),
      burst(standard.burst_cycles) {}

void DataBusAccount::serve_more(const BusTiming& timing, std::int64_t bursts, DramCycle interval) {
  const DramCycle data = std::min(timing.burst, interval);
  add(BusUse::kData, bursts * data);
  add(BusUse::kColumnSpacing, bursts * (interval - data));
  end_ += bursts * interval;
  served_at_ += bursts * interval;
  waiting_ -= bursts;
}

/// The bus is free from end_ on: the wait is looked at where the command would have been.
void DataBusAccount::explain_gap(const BusTiming& timing, DramCycle cycle, bool is_write,
                                 const RowOpening* opening) {
  DramCycle from = end_ - timing.latency[is_write];
  const auto until = [&](DramCycle to, BusUse use) {
    to = std::min(to, cycle);
    if (to <= from) return;
    add(use, to - from);
    from = to;
  };
  until(waiting_since_, BusUse::kNoRequest);
  if (opening != nullptr) {
    until(opening->ready, opening->is_after_refresh ? BusUse::kRefresh : BusUse::kPrecharge);
    until(opening->opened + timing.activation[is_write], BusUse::kActivate);
  }
  until(cycle, is_write == is_write_ ? BusUse::kColumnSpacing : BusUse::kTurnaround);
}

void DataBusAccount::repeat(const DataBusAccount& earlier, std::int64_t repetitions,
                            DramCycle cycles) {
  for (std::size_t i = 0; i < kBusUses; ++i) {
    cycles_[i] += repetitions * (cycles_[i] - earlier.cycles_[i]);
  }
  waiting_ += repetitions * (waiting_ - earlier.waiting_);
  if (end_ != earlier.end_) {
    end_ += cycles;
    served_at_ += cycles;
  }
  if (waiting_since_ != earlier.waiting_since_) waiting_since_ += cycles;
}

void DataBusAccount::append_state(const BusTiming& timing, DramCycle floor,
                                  std::vector<std::int64_t>& state) const {
  const DramCycle matters_from = end_ - std::max(timing.latency[0], timing.latency[1]);
  state.push_back(end_ - floor);
  state.push_back(std::max(waiting_since_, matters_from) - floor);
  state.push_back(is_write_ ? 1 : 0);
}

void DataBusAccount::add_until(DramCycle cycle, BusCycles& cycles) const {
  for (std::size_t i = 0; i < kBusUses; ++i) cycles[i] += cycles_[i];
  if (waiting_ == 0 && cycle > end_) cycles[ordinal(BusUse::kNoRequest)] += cycle - end_;
}

}  // namespace systerm
