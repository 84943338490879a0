// SPDX-License-Identifier: Apache-2.0
#include "components/dram/dram.h"

#include <algorithm>

#include "components/dram/bank_dram.h"
#include "components/dram/simple_dram.h"
#include "components/transport/sockets.h"

namespace systerm {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

Dram::Dram(const sc_core::sc_module_name& name, const Clock& clock, const DramConfig& config,
           Fidelity fidelity)
    : HardwareUnit(name, clock), config_(config), fidelity_(fidelity) {
  port.register_b_transport(this, &Dram::b_transport);
  port.register_nb_transport_fw(this, &Dram::nb_transport_fw);
  statistics_.add("accesses", "", "transactions served", accesses_);
  statistics_.add("bytes_read", "byte", "payload bytes read", bytes_read_);
  statistics_.add("bytes_written", "byte", "payload bytes written", bytes_written_);
  const char* const bus_sentence = "bytes moved in whole access units or bursts";
  // With banks, energy goes by commands.
  if (config.model == DramModel::kSimple) {
    statistics_.add_event("bytes_on_bus", "byte", bus_sentence, bytes_on_bus_);
  } else {
    statistics_.add("bytes_on_bus", "byte", bus_sentence, bytes_on_bus_);
  }
}

bool Dram::is_valid(tlm::tlm_generic_payload& payload) const {
  const std::uint64_t address = payload.get_address();
  const std::uint64_t bytes = payload.get_data_length();
  const auto capacity = static_cast<std::uint64_t>(config_.bytes);
  if (address >= capacity || bytes > capacity - address) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  } else if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
  } else if (payload.get_streaming_width() < bytes) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  } else {
    return true;
  }
  return false;
}

void Dram::perform(tlm::tlm_generic_payload& payload) {
  const std::uint64_t bytes = payload.get_data_length();
  const std::uint64_t end = payload.get_address() + bytes;
  const auto unit = static_cast<std::uint64_t>(config_.access_bytes);
  bytes_on_bus_ += static_cast<std::int64_t>((end + unit - 1) / unit * unit -
                                             payload.get_address() / unit * unit);
  ++accesses_;
  if (payload.is_read()) {
    bytes_read_ += static_cast<std::int64_t>(bytes);
    if (fidelity_ == Fidelity::kData) {
      contents_.read(payload.get_address(), payload.get_data_ptr(), bytes);
    }
  } else if (payload.is_write()) {
    bytes_written_ += static_cast<std::int64_t>(bytes);
    if (fidelity_ == Fidelity::kData) {
      contents_.write(payload.get_address(), payload.get_data_ptr(), bytes);
    }
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

tlm::tlm_sync_enum Dram::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                         sc_time& delay) {
  if (phase == tlm::END_RESP) {
    response_open_ = false;
    if (!responses_.empty()) {
      const auto [next, done] = responses_.front();
      responses_.pop_front();
      send_response(*next, done);
    }
    return tlm::TLM_COMPLETED;
  }
  if (phase != tlm::BEGIN_REQ) {
    report_protocol_error(name(), "neither BEGIN_REQ nor END_RESP on the forward path");
    return tlm::TLM_COMPLETED;
  }
  if (!is_valid(payload)) return tlm::TLM_COMPLETED;
  return begin_request(payload, phase, delay);
}

void Dram::send_response(tlm::tlm_generic_payload& payload, const sc_time& done) {
  if (response_open_) {
    responses_.emplace_back(&payload, done);
    return;
  }
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  sc_time delay = std::max(done, sc_time_stamp()) - sc_time_stamp();
  response_open_ = true;
  if (port->nb_transport_bw(payload, phase, delay) != tlm::TLM_ACCEPTED) response_open_ = false;
  payload.release();
}

std::unique_ptr<Dram> make_dram(const sc_core::sc_module_name& name, const Clock& clock,
                                const DramConfig& config, Fidelity fidelity) {
  switch (config.model) {
    case DramModel::kSimple:
      return std::make_unique<SimpleDram>(name, clock, config, fidelity);
    case DramModel::kBanks:
      return std::make_unique<BankDram>(name, clock, config, fidelity);
  }
  return nullptr;
}

}  // namespace systerm
