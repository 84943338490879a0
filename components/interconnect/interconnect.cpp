// SPDX-License-Identifier: Apache-2.0
#include "components/interconnect/interconnect.h"

#include <algorithm>

#include <fmt/core.h>

namespace systerm {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

Interconnect::Interconnect(const sc_core::sc_module_name& name, const Clock& clock,
                           const InterconnectConfig& config, const AddressWindow& memory_window)
    : HardwareUnit(name, clock), config_(config), window_(memory_window) {
  masters.register_b_transport(this, &Interconnect::b_transport);
  masters.register_nb_transport_fw(this, &Interconnect::nb_transport_fw);
  memory.register_nb_transport_bw(this, &Interconnect::nb_transport_bw);
  SC_HAS_PROCESS(Interconnect);
  SC_METHOD(end_transfer);
  sensitive << transfer_ended_;
  dont_initialize();
  SC_METHOD(grant);
  sensitive << requested_;
  dont_initialize();
  if (config_.memory_transport == MemoryTransport::kBlocking) SC_THREAD(call_memory);
  statistics_.add_event("transactions", "", "transactions forwarded", transactions_);
  statistics_.add_event("bytes", "byte", "bytes moved", bytes_);
  statistics_.add("busy_cycles", "cycle", "cycles the bus was held", busy_cycles_);
  statistics_.add("wait_cycles", "cycle", "cycles masters waited for a grant, summed",
                  wait_cycles_total_);
}

std::string Interconnect::waiting_for() const {
  if (!waiting_.empty()) {
    return fmt::format("grant of the bus to master {}", waiting_.front().master);
  }
  if (busy_) return "the memory to take a request";
  return in_memory_.empty() ? "" : fmt::format("{} responses of the memory", in_memory_.size());
}

bool Interconnect::is_inside(const tlm::tlm_generic_payload& payload) const {
  const std::uint64_t address = payload.get_address();
  return address >= window_.base && address - window_.base < window_.bytes &&
         payload.get_data_length() <= window_.bytes - (address - window_.base);
}

tlm::tlm_sync_enum Interconnect::nb_transport_fw(int master, tlm::tlm_generic_payload& payload,
                                                 tlm::tlm_phase& phase, sc_time& delay) {
  if (phase == tlm::END_RESP) {
    Master& owner = masters_[static_cast<std::size_t>(master)];
    owner.response_open = false;
    if (!owner.responses.empty()) {
      const Transaction next = owner.responses.front();
      owner.responses.pop_front();
      send_response(owner, next);
    }
    return tlm::TLM_COMPLETED;
  }
  if (!is_inside(payload)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
  }
  payload.acquire();
  request({&payload, master, nullptr, sc_time_stamp() + delay, false, false, {}});
  return tlm::TLM_ACCEPTED;
}

void Interconnect::b_transport(int master, tlm::tlm_generic_payload& payload, sc_time& delay) {
  if (!is_inside(payload)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  // The caller's payload may have no memory manager, which the memory side needs.
  tlm::tlm_generic_payload& proxy = pool_.take();
  proxy.set_command(payload.get_command());
  proxy.set_address(payload.get_address());
  proxy.set_data_ptr(payload.get_data_ptr());
  proxy.set_data_length(payload.get_data_length());
  proxy.set_streaming_width(payload.get_streaming_width());
  proxy.set_byte_enable_ptr(payload.get_byte_enable_ptr());
  proxy.set_byte_enable_length(payload.get_byte_enable_length());
  if (free_calls_.empty()) free_calls_.push_back(&calls_.emplace_back());
  BlockingCall& call = *free_calls_.back();
  free_calls_.pop_back();
  call.is_done = false;
  request({&proxy, master, &call, sc_time_stamp() + delay, false, false, {}});
  while (!call.is_done) sc_core::wait(call.event);
  delay = call.done - sc_time_stamp();
  payload.set_response_status(proxy.get_response_status());
  free_calls_.push_back(&call);
  proxy.release();
}

void Interconnect::request(const Transaction& transaction) {
  while (masters_.size() <= static_cast<std::size_t>(transaction.master)) masters_.emplace_back();
  waiting_.push_back(transaction);
  if (transaction.since > sc_time_stamp()) {
    requested_.notify(transaction.since - sc_time_stamp());
  } else {
    grant();
  }
}

void Interconnect::grant() {
  if (busy_) return;
  const auto is_ready = [](const Transaction& each) { return each.since <= sc_time_stamp(); };
  auto next = waiting_.end();
  sc_time later = sc_core::sc_max_time();
  for (auto each = waiting_.begin(); each != waiting_.end(); ++each) {
    if (!is_ready(*each)) {
      later = std::min(later, each->since);
      continue;
    }
    // Round robin begins after the last one granted.
    const auto rank = [&](const Transaction& transaction) {
      const bool wraps =
          config_.arbitration == Arbitration::kRoundRobin && transaction.master <= last_granted_;
      return std::pair(wraps, transaction.master);
    };
    if (next == waiting_.end() || rank(*each) < rank(*next)) next = each;
  }
  if (next == waiting_.end()) {
    if (!waiting_.empty()) requested_.notify(later - sc_time_stamp());
    return;
  }
  current_ = *next;
  waiting_.erase(next);
  busy_ = true;
  granted_at_ = sc_time_stamp();
  last_granted_ = current_.master;
  wait_cycles_total_ += clock().cycles(granted_at_) - clock().cycles(current_.since);
  current_.payload->set_address(current_.payload->get_address() - window_.base);
  if (config_.memory_transport == MemoryTransport::kBlocking) {
    called_.notify();
  } else {
    send();
  }
}

void Interconnect::send() {
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  sc_time delay;
  switch (memory->nb_transport_fw(*current_.payload, phase, delay)) {
    case tlm::TLM_ACCEPTED:
      return;
    case tlm::TLM_UPDATED:
      if (phase == tlm::END_REQ) {
        take(sc_time_stamp() + delay);
        return;
      }
      current_.is_answered = true;
      current_.answered = sc_time_stamp() + delay;
      phase = tlm::END_RESP;
      memory->nb_transport_fw(*current_.payload, phase, delay);
      break;
    case tlm::TLM_COMPLETED:
      current_.is_answered = true;
      current_.answered = sc_time_stamp() + delay;
      break;
  }
  take(sc_time_stamp());
}

/// The only process that waits: a blocking memory may do so in its call.
void Interconnect::call_memory() {
  for (;;) {
    sc_core::wait(called_);
    sc_time delay;
    memory->b_transport(*current_.payload, delay);
    current_.is_answered = true;
    current_.answered = sc_time_stamp() + delay;
    take(sc_time_stamp());
  }
}

/// The memory takes the request that holds the bus; its bytes cross from then on.
void Interconnect::take(const sc_time& time) {
  const auto width = static_cast<std::uint64_t>(config_.bytes_per_cycle);
  const std::uint64_t bytes = current_.payload->get_data_length();
  const sc_time crossing = clock().time(static_cast<std::int64_t>((bytes + width - 1) / width));
  current_.is_taken = true;
  transfer_ended_.notify(time - sc_time_stamp() + crossing);
}

tlm::tlm_sync_enum Interconnect::nb_transport_bw(tlm::tlm_generic_payload& payload,
                                                 tlm::tlm_phase& phase, sc_time& delay) {
  const sc_time time = sc_time_stamp() + delay;
  if (phase == tlm::END_REQ) {
    take(time);
    return tlm::TLM_ACCEPTED;
  }
  if (phase != tlm::BEGIN_RESP) {
    report_protocol_error(name(), "the memory sent neither END_REQ nor BEGIN_RESP");
    return tlm::TLM_ACCEPTED;
  }
  const auto transaction = std::ranges::find(in_memory_, &payload, &Transaction::payload);
  if (transaction != in_memory_.end()) {
    const Transaction answered = *transaction;
    in_memory_.erase(transaction);
    respond(answered, time);
  } else if (busy_ && current_.payload == &payload) {
    current_.is_answered = true;
    current_.answered = time;
    if (!current_.is_taken) take(sc_time_stamp());
  } else {
    report_protocol_error(name(), "the memory answered no transaction under way");
  }
  return tlm::TLM_COMPLETED;
}

void Interconnect::end_transfer() {
  ++transactions_;
  busy_cycles_ += clock().cycles(sc_time_stamp() - granted_at_);
  const Transaction ended = current_;
  bytes_ += static_cast<std::int64_t>(ended.payload->get_data_length());
  worked({.activity = ended.payload->is_read() ? "read" : "write",
          .begin = granted_at_,
          .end = sc_time_stamp(),
          .item = "master",
          .number = ended.master});
  busy_ = false;
  if (!ended.is_answered) in_memory_.push_back(ended);
  grant();
  if (ended.is_answered) {
    respond(ended, ended.answered);
  } else if (ended.call == nullptr) {
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_time delay;
    masters[ended.master]->nb_transport_bw(*ended.payload, phase, delay);
  }
}

void Interconnect::respond(const Transaction& transaction, const sc_time& time) {
  Transaction response = transaction;
  response.answered = std::max(time, sc_time_stamp()) + clock().time(config_.latency_cycles);
  response.payload->set_address(response.payload->get_address() + window_.base);
  Master& master = masters_[static_cast<std::size_t>(response.master)];
  if (response.call != nullptr) {
    response.call->is_done = true;
    response.call->done = response.answered;
    response.call->event.notify();
  } else if (master.response_open) {
    master.responses.push_back(response);
  } else {
    send_response(master, response);
  }
}

void Interconnect::send_response(Master& master, const Transaction& transaction) {
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_time delay = std::max(transaction.answered, sc_time_stamp()) - sc_time_stamp();
  master.response_open = masters[transaction.master]->nb_transport_bw(*transaction.payload, phase,
                                                                      delay) == tlm::TLM_ACCEPTED;
  transaction.payload->release();
}

}  // namespace systerm
