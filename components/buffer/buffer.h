// SPDX-License-Identifier: Apache-2.0
// On-chip buffer: banked SRAM cut into slots that hold one block each. A block is filled through
// the write port, completed, read any number of times and released; writers wait for a free slot,
// readers for a complete block. Ports are occupied for the bytes they move; bank conflicts are
// abstracted away.
#pragma once

#include <cstdint>
#include <vector>

#include "components/buffer/buffer_config.h"
#include "components/descriptors/fidelity.h"
#include "components/transport/extensions.h"
#include "components/transport/hardware_unit.h"
#include "components/transport/sockets.h"

namespace systerm {

class Buffer final : public HardwareUnit {
 public:
  /// Addresses are offsets in bytes inside the block that BlockExtension names.
  TargetSocket<Buffer> write_port{"write_port", this, &Buffer::write};
  TargetSocket<Buffer> read_port{"read_port", this, &Buffer::read};

  Buffer(const sc_core::sc_module_name& name, const Clock& clock, const BufferConfig& config,
         Fidelity fidelity);

  std::string waiting_for() const override;

  static std::int64_t slot_bytes(const BufferConfig& config) { return config.bytes / config.slots; }
  std::int64_t bytes_read() const { return bytes_read_; }
  std::int64_t bytes_written() const { return bytes_written_; }

 private:
  void write(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void read(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void begin_filling(std::uint64_t sequence);
  void slot_held(std::string_view activity, std::uint64_t sequence, const sc_core::sc_time& since);
  sc_core::sc_time occupy(sc_core::sc_time& port_free, std::uint64_t bytes) const;
  std::size_t slot(std::uint64_t sequence) const {
    return static_cast<std::size_t>(sequence % static_cast<std::uint64_t>(config_.slots));
  }

  const BufferConfig config_;
  const Fidelity fidelity_;
  std::vector<std::vector<unsigned char>> contents_;  ///< by slot
  std::vector<sc_core::sc_time> completed_at_;        ///< by slot
  std::vector<sc_core::sc_time> begun_at_;            ///< by slot
  std::uint64_t begun_ = 0;                           ///< blocks whose filling began
  std::uint64_t completed_ = 0;                       ///< blocks completed so far
  std::uint64_t released_ = 0;                        ///< blocks released so far
  sc_core::sc_event block_completed_;
  sc_core::sc_event block_released_;
  sc_core::sc_time write_port_free_;
  sc_core::sc_time read_port_free_;
  std::int64_t bytes_read_ = 0;
  std::int64_t bytes_written_ = 0;
  std::int64_t blocks_ = 0;
  int readers_waiting_ = 0;
  int writers_waiting_ = 0;
};

}  // namespace systerm
