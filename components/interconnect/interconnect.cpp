// SPDX-License-Identifier: Apache-2.0
#include "components/interconnect/interconnect.h"

#include <algorithm>

#include <fmt/core.h>

namespace systerm {

Interconnect::Interconnect(const sc_core::sc_module_name& name, const Clock& clock,
                           const InterconnectConfig& config, const AddressWindow& memory_window)
    : HardwareUnit(name, clock), config_(config), window_(memory_window) {
  masters.register_b_transport(this, &Interconnect::b_transport);
  statistics_.add("transactions", "", "transactions forwarded", transactions_);
  statistics_.add("busy_cycles", "cycle", "cycles the bus was held", busy_cycles_);
  statistics_.add("wait_cycles", "cycle", "cycles masters waited for a grant, summed",
                  wait_cycles_total_);
}

std::string Interconnect::waiting_for() const {
  return waiting_.empty() ? "" : fmt::format("grant of the bus to master {}", waiting_.front());
}

void Interconnect::acquire(int master) {
  while (granted_.size() <= static_cast<std::size_t>(master)) granted_.emplace_back();
  if (!busy_) {
    busy_ = true;
  } else {
    const std::int64_t since = clock().now();
    waiting_.push_back(master);
    sc_core::wait(granted_[static_cast<std::size_t>(master)]);
    wait_cycles_total_ += clock().now() - since;
  }
  last_granted_ = master;
}

void Interconnect::release() {
  if (waiting_.empty()) {
    busy_ = false;
    return;
  }
  auto next = std::ranges::min_element(waiting_);
  if (config_.arbitration == Arbitration::kRoundRobin) {
    std::ranges::sort(waiting_);
    next = std::ranges::upper_bound(waiting_, last_granted_);
    if (next == waiting_.end()) next = waiting_.begin();
  }
  const int master = *next;
  waiting_.erase(next);
  granted_[static_cast<std::size_t>(master)].notify();
}

void Interconnect::b_transport(int master, tlm::tlm_generic_payload& payload,
                               sc_core::sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  const std::uint64_t bytes = payload.get_data_length();
  if (address < window_.base || address - window_.base >= window_.bytes ||
      bytes > window_.bytes - (address - window_.base)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  acquire(master);
  const sc_core::sc_time granted_at = sc_core::sc_time_stamp();
  payload.set_address(address - window_.base);
  const sc_core::sc_time finished = memory.transport(payload) + sc_core::sc_time_stamp();
  payload.set_address(address);
  const auto width = static_cast<std::uint64_t>(config_.bytes_per_cycle);
  sc_core::wait(clock().time(static_cast<std::int64_t>((bytes + width - 1) / width)));
  ++transactions_;
  busy_cycles_ += clock().cycles(sc_core::sc_time_stamp() - granted_at);
  worked({.activity = payload.is_read() ? "read" : "write",
          .begin = granted_at,
          .end = sc_core::sc_time_stamp(),
          .item = "master",
          .number = master});
  release();
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  delay = (finished > now ? finished - now : sc_core::SC_ZERO_TIME) +
          clock().time(config_.latency_cycles);
}

}  // namespace systerm
