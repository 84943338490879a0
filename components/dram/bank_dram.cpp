// SPDX-License-Identifier: Apache-2.0
#include "components/dram/bank_dram.h"

#include <algorithm>

#include <fmt/core.h>

namespace systerm {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

BankDram::BankDram(const sc_core::sc_module_name& name, const Clock& clock,
                   const DramConfig& config, Fidelity fidelity)
    : Dram(name, clock, config, fidelity),
      period_(static_cast<sc_dt::uint64>(config.standard->clock_period_fs)),
      controller_(config.standard, AddressMapping(*config.standard, config.mapping),
                  config.controller) {
  SC_HAS_PROCESS(BankDram);
  SC_METHOD(update);
  sensitive << updated_;
  dont_initialize();
  const auto add = [this](const char* statistic, const char* sentence, DramCommand command) {
    statistics_.add(statistic, "", sentence, counts_.commands[ordinal(command)]);
  };
  const auto add_event = [this](const char* statistic, const char* sentence, DramCommand command) {
    statistics_.add_event(statistic, "", sentence, counts_.commands[ordinal(command)]);
  };
  add_event("activates", "ACT commands", DramCommand::kActivate);
  add("precharges", "PRE commands", DramCommand::kPrecharge);
  add("precharges_all", "PREA commands, each of all banks of a rank", DramCommand::kPrechargeAll);
  add_event("read_bursts", "RD commands", DramCommand::kRead);
  add_event("write_bursts", "WR commands", DramCommand::kWrite);
  add_event("refreshes", "REF commands, each of all banks of a rank", DramCommand::kRefresh);
  statistics_.add("automatic_precharges", "", "banks that closed after a RD or WR by themselves",
                  counts_.automatic_precharges);
  statistics_.add("row_hits", "", "bursts to a row that was open for an earlier one",
                  counts_.row_hits);
  for (std::size_t i = 0; i < kBusUses; ++i) {
    statistics_.add(fmt::format("bus_{}_cycles", kBusUseNames[i]), "memory cycle",
                    std::string(kBusUseSentences[i]), counts_.bus_cycles[i]);
  }
  statistics_.add_event("active_standby_cycles", "memory cycle",
                        "with a row open, summed over ranks", counts_.active_standby_cycles);
  statistics_.add_event("precharge_standby_cycles", "memory cycle",
                        "with no row open, summed over ranks", counts_.precharge_standby_cycles);
}

std::string BankDram::waiting_for() const {
  return under_way_.empty() ? "" : fmt::format("the data of {} accesses", under_way_.size());
}

void BankDram::update_statistics() {
  const auto now = static_cast<DramCycle>(sc_time_stamp().value() / period_);
  controller_.advance(now - 1);
  collect();
  counts_ = controller_.counts(now);
}

void BankDram::b_transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
  if (!is_valid(payload)) return;
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  while (!has_room()) sc_core::wait(has_room_);
  if (free_callers_.empty()) free_callers_.push_back(&callers_.emplace_back());
  Caller& caller = *free_callers_.back();
  free_callers_.pop_back();
  caller.is_done = false;
  offer(payload, &caller);
  while (!caller.is_done) sc_core::wait(caller.event);
  free_callers_.push_back(&caller);
  delay = sc_core::SC_ZERO_TIME;
}

tlm::tlm_sync_enum BankDram::begin_request(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                           sc_time& delay) {
  payload.acquire();
  if (delay == sc_core::SC_ZERO_TIME && requests_.empty() && has_room()) {
    offer(payload, nullptr);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
  }
  requests_.emplace_back(&payload, sc_time_stamp() + delay);
  updated_.notify(delay);
  return tlm::TLM_ACCEPTED;
}

void BankDram::offer(tlm::tlm_generic_payload& payload, Caller* caller) {
  perform(payload);
  const auto cycle = static_cast<DramCycle>((sc_time_stamp().value() + period_ - 1) / period_);
  // Nothing ends before update() is called next, so that the controller need not be advanced.
  controller_.offer(
      {payload.get_address(), std::max(payload.get_data_length(), 1U), payload.is_write()}, cycle);
  under_way_.push_back({offered_++, {&payload, caller, -1, sc_time_stamp(), free_slot()}});
  const DramCycle end = controller_.earliest_end_of_youngest(cycle);
  if (end < wakes_at_) wake_at(end);
}

void BankDram::collect() {
  for (const DramCompletion& completion : controller_.take_completions()) {
    const auto access =
        std::ranges::find(under_way_, completion.access, &std::pair<std::uint64_t, Access>::first);
    access->second.done = completion.done;
    first_done_ = std::min(first_done_, completion.done);
  }
}

void BankDram::update() {
  wakes_at_ = 0;  // by schedule(), whatever is offered before
  const auto now = static_cast<DramCycle>(sc_time_stamp().value() / period_);
  controller_.advance(now - 1);  // another access may still arrive in this cycle
  collect();
  if (first_done_ <= now) complete_until(now);
  admit();
  schedule();
}

void BankDram::complete_until(DramCycle now) {
  first_done_ = kNever;
  for (std::size_t i = 0; i < under_way_.size();) {
    const Access access = under_way_[i].second;
    if (access.done >= 0 && access.done <= now) {
      under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(i));
      complete(access);
      continue;
    }
    if (access.done >= 0) first_done_ = std::min(first_done_, access.done);
    ++i;
  }
}

std::int64_t BankDram::free_slot() const {
  std::int64_t slot = 0;
  while (std::ranges::any_of(under_way_,
                             [slot](const auto& each) { return each.second.slot == slot; })) {
    ++slot;
  }
  return slot;
}

void BankDram::complete(const Access& access) {
  worked({.activity = access.payload->is_read() ? "read" : "write",
          .begin = access.accepted,
          .end = sc_time_stamp(),
          .part = "access",
          .part_number = access.slot,
          .item = "address",
          .number = static_cast<std::int64_t>(access.payload->get_address())});
  if (access.caller != nullptr) {
    access.caller->is_done = true;
    access.caller->event.notify();
  } else {
    send_response(*access.payload, sc_time_stamp());
  }
  has_room_.notify();
}

void BankDram::admit() {
  while (!requests_.empty() && has_room()) {
    const auto [payload, arrival] = requests_.front();
    if (arrival > sc_time_stamp()) {
      updated_.notify(arrival - sc_time_stamp());
      return;
    }
    requests_.pop_front();
    offer(*payload, nullptr);
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_time delay;
    port->nb_transport_bw(*payload, phase, delay);
  }
}

/// Wakes up when the next access is complete, or may be.
void BankDram::schedule() {
  wakes_at_ = kNever;
  if (under_way_.empty()) return;
  wake_at(std::min(controller_.earliest_end(), first_done_));
}

void BankDram::wake_at(DramCycle cycle) {
  wakes_at_ = cycle;
  const sc_time time = time_of(cycle);
  updated_.notify(time > sc_time_stamp() ? time - sc_time_stamp() : sc_core::SC_ZERO_TIME);
}

}  // namespace systerm
