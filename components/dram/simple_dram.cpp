// SPDX-License-Identifier: Apache-2.0
#include "components/dram/simple_dram.h"

#include <algorithm>
#include <cmath>

namespace systerm {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

SimpleDram::SimpleDram(const sc_core::sc_module_name& name, const Clock& clock,
                       const DramConfig& config, Fidelity fidelity)
    : Dram(name, clock, config, fidelity),
      latency_(sc_time::from_value(
          static_cast<sc_dt::uint64>(std::llround(config.latency_seconds * 1e15)))) {
  SC_HAS_PROCESS(SimpleDram);
  SC_METHOD(admit);
  sensitive << admission_;
  dont_initialize();
}

sc_time SimpleDram::transfer_time(std::uint64_t bytes) const {
  return sc_time::from_value(static_cast<sc_dt::uint64>(
      std::ceil(static_cast<double>(bytes) * 1e15 / config().bytes_per_second)));
}

bool SimpleDram::has_room() {
  while (!queued_.empty() && queued_.front() <= sc_time_stamp()) queued_.pop_front();
  return queued_.size() < static_cast<std::size_t>(config().queue_depth);
}

/// Accepts an access now; gives the time at which it is complete.
sc_time SimpleDram::serve(tlm::tlm_generic_payload& payload) {
  const std::uint64_t address = payload.get_address();
  const std::uint64_t end = address + payload.get_data_length();
  const auto unit = static_cast<std::uint64_t>(config().access_bytes);
  const std::uint64_t on_bus = (end + unit - 1) / unit * unit - address / unit * unit;
  const sc_time start = std::max(sc_time_stamp(), bus_free_);
  bus_free_ = start + transfer_time(on_bus);
  queued_.push_back(start);
  worked({.activity = payload.is_read() ? "read" : "write",
          .begin = start,
          .end = bus_free_,
          .item = "address",
          .number = static_cast<std::int64_t>(address)});
  perform(payload);
  return bus_free_ + latency_;
}

void SimpleDram::b_transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
  if (!is_valid(payload)) return;
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  while (!has_room()) sc_core::wait(queued_.front() - sc_time_stamp());
  delay = serve(payload) - sc_time_stamp();
}

tlm::tlm_sync_enum SimpleDram::begin_request(tlm::tlm_generic_payload& payload, tlm::tlm_phase&,
                                             sc_time& delay) {
  if (delay == sc_core::SC_ZERO_TIME && requests_.empty() && has_room()) {
    delay = serve(payload) - sc_time_stamp();
    return tlm::TLM_COMPLETED;
  }
  payload.acquire();
  requests_.emplace_back(&payload, sc_time_stamp() + delay);
  if (requests_.size() == 1) {
    admission_.notify(has_room() ? delay : std::max(delay, queued_.front() - sc_time_stamp()));
  }
  return tlm::TLM_ACCEPTED;
}

void SimpleDram::admit() {
  while (!requests_.empty()) {
    const auto [payload, arrival] = requests_.front();
    if (arrival > sc_time_stamp()) {
      admission_.notify(arrival - sc_time_stamp());
      return;
    }
    if (!has_room()) {
      admission_.notify(queued_.front() - sc_time_stamp());
      return;
    }
    requests_.pop_front();
    const sc_time done = serve(*payload);
    send_response(*payload, done);
  }
}

}  // namespace systerm
