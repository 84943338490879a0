// SPDX-License-Identifier: Apache-2.0
// On-chip buffer: banks cut into slots that hold one block each. A block is filled through the
// write port, completed, read any number of times and released; writers wait for a free slot,
// readers for a complete block. A port is occupied for the cycles that the banks take for the
// addresses of the access.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "components/buffer/bank_schedule.h"
#include "components/buffer/buffer_config.h"
#include "components/buffer/buffer_memory.h"
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
  std::vector<Flow> flows() const override;
  void settle() override;

  static std::int64_t slot_bytes(const BufferConfig& config) { return config.bytes / config.slots; }
  std::int64_t bytes_read() const { return bytes_read_; }
  std::int64_t bytes_written() const { return bytes_written_; }
  /// Of a memory that forgets.
  std::optional<RetentionReport> retention() const { return memory_->retention(); }

 private:
  enum class Port : std::uint8_t { kRead, kWrite };

  void write(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void read(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void fill(const tlm::tlm_generic_payload& payload, const BlockExtension& block,
            sc_core::sc_time& delay);
  void complete(const BlockExtension& block);
  void deliver(tlm::tlm_generic_payload& payload, BlockExtension& block, sc_core::sc_time& delay);
  void release(const BlockExtension& block);
  struct Occupation {
    std::int64_t cycles = 0;  ///< that the port is held, refreshes included
    sc_core::sc_time delay;   ///< until the last byte
  };
  /// Holds the port while the banks work.
  Occupation occupy(Port port, const BankCycles& cycles);
  void wait_for_shared_port(Port port);
  bool goes_first(Port port) const;
  std::int64_t base(std::uint64_t sequence) const {
    return static_cast<std::int64_t>(slot(sequence)) * slot_bytes(config_);
  }
  void begin_filling(std::uint64_t sequence);
  void slot_held(std::string_view activity, std::uint64_t sequence, const sc_core::sc_time& since);
  std::size_t slot(std::uint64_t sequence) const {
    return static_cast<std::size_t>(sequence % static_cast<std::uint64_t>(config_.slots));
  }

  const BufferConfig config_;
  const Fidelity fidelity_;
  BankSchedule banks_;
  const std::unique_ptr<BufferMemory> memory_;
  std::vector<std::vector<unsigned char>> contents_;  ///< by slot
  std::vector<sc_core::sc_time> completed_at_;        ///< by slot
  std::vector<std::int64_t> filled_;                  ///< bytes written into the block, by slot
  std::vector<sc_core::sc_time> begun_at_;            ///< by slot
  std::uint64_t begun_ = 0;                           ///< blocks whose filling began
  std::uint64_t completed_ = 0;                       ///< blocks completed so far
  std::uint64_t released_ = 0;                        ///< blocks released so far
  sc_core::sc_event block_completed_;
  sc_core::sc_event block_released_;
  std::array<sc_core::sc_time, 2> port_free_;  ///< by port; the first one if they share
  std::array<int, 2> contenders_{};            ///< for a shared port, by port
  Port last_served_ = Port::kWrite;
  sc_core::sc_event port_granted_;
  std::int64_t bytes_read_ = 0;
  std::int64_t bytes_written_ = 0;
  std::int64_t bytes_released_ = 0;
  std::int64_t blocks_ = 0;
  std::int64_t words_read_ = 0;
  std::int64_t words_written_ = 0;
  std::int64_t read_conflict_cycles_ = 0;
  std::int64_t write_conflict_cycles_ = 0;
  std::int64_t port_wait_cycles_ = 0;
  int readers_waiting_ = 0;
  int writers_waiting_ = 0;
};

}  // namespace systerm
