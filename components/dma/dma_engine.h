// SPDX-License-Identifier: Apache-2.0
// DMA engines between memory and an on-chip buffer. An engine walks through the blocks of the
// layers that it is told of, cuts them into bursts and keeps several under way.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "components/descriptors/fidelity.h"
#include "components/dma/block_list.h"
#include "components/dma/dma_config.h"
#include "components/transport/descriptor_port.h"
#include "components/transport/extensions.h"
#include "components/transport/hardware_unit.h"
#include "components/transport/pipelined_socket.h"
#include "components/transport/sockets.h"

namespace systerm {

/// Bytes by RunContent.
using BytesByContent = std::array<std::int64_t, kRunContents>;

/// From memory into a buffer.
class LoadEngine final : public HardwareUnit {
 public:
  DescriptorPort descriptors{"descriptors"};
  PipelinedSocket memory{"memory"};
  InitiatorSocket<LoadEngine> buffer{"buffer"};

  LoadEngine(const sc_core::sc_module_name& name, const Clock& clock, const DmaConfig& config,
             BlockList blocks, Fidelity fidelity);

  std::string waiting_for() const override;
  std::vector<Flow> flows() const override {
    return {{"bytes", bytes_, bytes_out_ + number_bytes_}};
  }
  std::int64_t bytes() const { return bytes_; }
  const BytesByContent& bytes_by_content() const { return bytes_by_content_; }
  /// Of these, numbers that name rows: the engine itself takes them.
  std::int64_t number_bytes() const { return number_bytes_; }

 private:
  struct Burst {
    std::uint64_t sequence = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    bool completes_block = false;
    sc_core::sc_time issued = {};
    std::int64_t number = 0;
    std::string_view layer = {};
  };

  void run();
  void look_up(const LayerDescriptor& layer, std::size_t block);
  /// What numbers_ holds of `region` where there are no data.
  void assume_numbers(const FeatureMap& map, const Region& region, std::int64_t rows);
  void load_numbers(const MemoryRun& run, unsigned char* to);
  void load_block(const std::vector<MemoryRun>& runs);
  void issue(std::uint64_t address, const Burst& burst);
  void retire_oldest();
  unsigned char* staging(std::uint64_t burst_number);

  const DmaConfig config_;
  const BlockList blocks_;
  const Fidelity fidelity_;
  ReusedPayload<BlockExtension> buffer_payload_;
  std::vector<MemoryRun>
      runs_;  ///< of the block under way; the stack of a process is never unwound
  std::vector<unsigned char> staging_;
  std::vector<MemoryRun> number_runs_;
  std::vector<std::int32_t> numbers_;  ///< of the rows that the block under way looks up
  std::deque<Burst> under_way_;        ///< in the order of issue, as in the socket
  std::uint64_t issued_ = 0;
  std::uint64_t retired_ = 0;
  std::uint64_t sequence_ = 0;
  bool working_ = false;
  TimeAccount& time_;
  std::int64_t bytes_ = 0;             ///< as the memory delivered them
  BytesByContent bytes_by_content_{};  ///< of blocks
  std::int64_t bytes_out_ = 0;         ///< into the buffer
  std::int64_t number_bytes_ = 0;      ///< of numbers that name the rows to load
  std::int64_t bursts_ = 0;
};

/// From a buffer into memory; reports each layer whose last byte is written.
class StoreEngine final : public HardwareUnit {
 public:
  DescriptorPort descriptors{"descriptors"};
  InitiatorSocket<StoreEngine> buffer{"buffer"};
  PipelinedSocket memory{"memory"};
  InitiatorSocket<StoreEngine> completion{"completion"};

  StoreEngine(const sc_core::sc_module_name& name, const Clock& clock, const DmaConfig& config,
              BlockList blocks, Fidelity fidelity);

  std::string waiting_for() const override;
  std::vector<Flow> flows() const override { return {{"bytes", bytes_in_, bytes_}}; }
  std::int64_t bytes() const { return bytes_; }
  const BytesByContent& bytes_by_content() const { return bytes_by_content_; }

 private:
  void run();
  void store_block(const std::vector<MemoryRun>& runs);
  void send(std::uint64_t address, unsigned char* data, std::uint64_t bytes,
            const sc_core::sc_time& read_delay);
  sc_core::sc_time collect_oldest();

  const DmaConfig config_;
  const BlockList blocks_;
  ReusedPayload<BlockExtension> buffer_payload_;
  ReusedPayload<CompletionExtension> completion_payload_;
  std::vector<MemoryRun>
      runs_;  ///< of the block under way; the stack of a process is never unwound
  std::vector<unsigned char> staging_;
  struct Burst {
    sc_core::sc_time issued;
    std::int64_t number = 0;
    std::string_view layer;
    std::uint64_t sequence = 0;
    std::uint64_t bytes = 0;
  };
  std::deque<Burst> under_way_;  ///< in the order of issue, as in the socket
  std::uint64_t sequence_ = 0;
  bool working_ = false;
  TimeAccount& time_;
  std::int64_t bytes_in_ = 0;  ///< from the buffer
  std::int64_t bytes_ = 0;     ///< as the memory took them
  BytesByContent bytes_by_content_{};
  std::int64_t bursts_ = 0;
};

}  // namespace systerm
