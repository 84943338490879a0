// SPDX-License-Identifier: Apache-2.0
#include "components/dram/dram.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace systerm {

using sc_core::sc_time;
using sc_core::sc_time_stamp;

void SparseMemory::read(std::uint64_t address, unsigned char* data, std::uint64_t bytes) const {
  while (bytes > 0) {
    const std::uint64_t offset = address % kPageBytes;
    const std::uint64_t piece = std::min(bytes, kPageBytes - offset);
    const auto page = pages_.find(address / kPageBytes);
    if (page == pages_.end()) {
      std::memset(data, 0, piece);
    } else {
      std::memcpy(data, page->second.get() + offset, piece);
    }
    address += piece;
    data += piece;
    bytes -= piece;
  }
}

void SparseMemory::write(std::uint64_t address, const unsigned char* data, std::uint64_t bytes) {
  while (bytes > 0) {
    const std::uint64_t offset = address % kPageBytes;
    const std::uint64_t piece = std::min(bytes, kPageBytes - offset);
    auto& page = pages_[address / kPageBytes];
    if (!page) page = std::make_unique<unsigned char[]>(kPageBytes);
    std::memcpy(page.get() + offset, data, piece);
    address += piece;
    data += piece;
    bytes -= piece;
  }
}

Dram::Dram(const sc_core::sc_module_name& name, const Clock& clock, const DramConfig& config,
           Fidelity fidelity)
    : HardwareUnit(name, clock),
      config_(config),
      fidelity_(fidelity),
      latency_(sc_time::from_value(
          static_cast<sc_dt::uint64>(std::llround(config.latency_seconds * 1e15)))) {
  statistics_.add("accesses", "", "transactions served", accesses_);
  statistics_.add("bytes_read", "byte", "payload bytes read", bytes_read_);
  statistics_.add("bytes_written", "byte", "payload bytes written", bytes_written_);
  statistics_.add("bytes_on_bus", "byte", "bytes moved in whole access units", bytes_on_bus_);
}

sc_time Dram::transfer_time(std::uint64_t bytes) const {
  return sc_time::from_value(static_cast<sc_dt::uint64>(
      std::ceil(static_cast<double>(bytes) * 1e15 / config_.bytes_per_second)));
}

void Dram::b_transport(tlm::tlm_generic_payload& payload, sc_time& delay) {
  const std::uint64_t address = payload.get_address();
  const std::uint64_t bytes = payload.get_data_length();
  const auto capacity = static_cast<std::uint64_t>(config_.bytes);
  if (address >= capacity || bytes > capacity - address) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
  const auto drop_started = [&] {
    while (!queued_.empty() && queued_.front() <= sc_time_stamp()) queued_.pop_front();
  };
  for (drop_started(); queued_.size() >= static_cast<std::size_t>(config_.queue_depth);
       drop_started()) {
    sc_core::wait(queued_.front() - sc_time_stamp());
  }
  const auto unit = static_cast<std::uint64_t>(config_.access_bytes);
  const std::uint64_t on_bus = (address + bytes + unit - 1) / unit * unit - address / unit * unit;
  const sc_time start = std::max(sc_time_stamp(), bus_free_);
  bus_free_ = start + transfer_time(on_bus);
  queued_.push_back(start);
  delay = bus_free_ + latency_ - sc_time_stamp();
  worked({.activity = payload.is_read() ? "read" : "write",
          .begin = start,
          .end = bus_free_,
          .item = "address",
          .number = static_cast<std::int64_t>(address)});

  ++accesses_;
  bytes_on_bus_ += static_cast<std::int64_t>(on_bus);
  if (payload.is_read()) {
    bytes_read_ += static_cast<std::int64_t>(bytes);
    if (fidelity_ == Fidelity::kData) contents_.read(address, payload.get_data_ptr(), bytes);
  } else if (payload.is_write()) {
    bytes_written_ += static_cast<std::int64_t>(bytes);
    if (fidelity_ == Fidelity::kData) contents_.write(address, payload.get_data_ptr(), bytes);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace systerm
