// SPDX-License-Identifier: Apache-2.0
// DRAM as latency and bandwidth behind a base-protocol socket: accesses are served in the order of
// their acceptance, each occupying the data bus for its bytes; the latency overlaps with earlier
// transfers. Banks, rows and refresh are abstracted away.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "components/descriptors/fidelity.h"
#include "components/dram/dram_config.h"
#include "components/transport/hardware_unit.h"
#include "components/transport/sockets.h"

namespace systerm {

/// Bytes of a large memory, of which only written pages exist; the others read as zero.
class SparseMemory {
 public:
  void read(std::uint64_t address, unsigned char* data, std::uint64_t bytes) const;
  void write(std::uint64_t address, const unsigned char* data, std::uint64_t bytes);

 private:
  static constexpr std::uint64_t kPageBytes = 1 << 18;
  std::unordered_map<std::uint64_t, std::unique_ptr<unsigned char[]>> pages_;
};

class Dram final : public HardwareUnit {
 public:
  /// May stay unbound where another memory takes its place.
  TargetSocket<Dram, 32, sc_core::SC_ZERO_OR_MORE_BOUND> port{"port", this, &Dram::b_transport};

  Dram(const sc_core::sc_module_name& name, const Clock& clock, const DramConfig& config,
       Fidelity fidelity);

  std::string waiting_for() const override { return {}; }

  /// Access to the contents that costs no simulated time, for loading and inspecting.
  SparseMemory& contents() { return contents_; }
  std::int64_t bytes_read() const { return bytes_read_; }
  std::int64_t bytes_written() const { return bytes_written_; }

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  sc_core::sc_time transfer_time(std::uint64_t bytes) const;

  const DramConfig config_;
  const Fidelity fidelity_;
  const sc_core::sc_time latency_;
  SparseMemory contents_;
  sc_core::sc_time bus_free_;
  std::deque<sc_core::sc_time>
      queued_;  ///< start of service of the accesses accepted and not started
  std::int64_t accesses_ = 0;
  std::int64_t bytes_read_ = 0;
  std::int64_t bytes_written_ = 0;
  std::int64_t bytes_on_bus_ = 0;
};

}  // namespace systerm
