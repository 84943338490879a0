// SPDX-License-Identifier: Apache-2.0
// What the project's transactions carry beside the generic payload. Sticky: each belongs to the one
// payload of its initiator and is never freed by the pool. None of them crosses the memory
// boundary.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <systemc>
#include <tlm>

#include "components/buffer/address_pattern.h"
#include "components/descriptors/layer_descriptor.h"

namespace systerm {

/// Which block of a buffer an access belongs to, and what it does to the block.
class BlockExtension final : public tlm::tlm_extension<BlockExtension> {
 public:
  enum class Action : std::uint8_t {
    kAccess,    ///< reads or writes bytes of the block
    kComplete,  ///< the producer is done: readers may start
    kRelease,   ///< the consumer is done: the slot may be filled again
  };

  std::uint64_t sequence = 0;  ///< blocks count up from 0 in the order they are filled
  Action action = Action::kAccess;
  const AddressPattern* pattern = nullptr;  ///< of a read; null reads bytes as they lie
  /// Set by the reader: when the bytes of its read before this transaction had been handed on.
  sc_core::sc_time last_read_ended_at;
  /// Set by the buffer on a read: when the block was complete, and of the delay the cycles in which
  /// the banks worked, and of these what conflicts cost.
  sc_core::sc_time completed_at;
  std::int64_t bank_cycles = 0;
  std::int64_t conflict_cycles = 0;

  tlm_extension_base* clone() const override { return new BlockExtension(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const BlockExtension&>(other);
  }
};

/// The descriptor of a layer, on its way from the command processor to a unit.
class DescriptorExtension final : public tlm::tlm_extension<DescriptorExtension> {
 public:
  std::shared_ptr<const LayerDescriptor> descriptor;

  tlm_extension_base* clone() const override { return new DescriptorExtension(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const DescriptorExtension&>(other);
  }
};

/// One tile of encoded weights on its way into the array.
class WeightTileExtension final : public tlm::tlm_extension<WeightTileExtension> {
 public:
  std::shared_ptr<const LayerDescriptor> descriptor;
  std::int64_t step = 0;
  std::int64_t load_cycles = 0;
  std::int64_t stream_cycles = 0;  ///< that the banks take where weights stream by, not stay
  /// [slots * group_size][columns]; empty in timing fidelity.
  std::span<const std::int16_t> values;
  std::span<const std::uint8_t> terms;
  sc_core::sc_time block_completed_at;

  tlm_extension_base* clone() const override { return new WeightTileExtension(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const WeightTileExtension&>(other);
  }
};

/// One tile of encoded data streaming into the array.
class DataTileExtension final : public tlm::tlm_extension<DataTileExtension> {
 public:
  std::shared_ptr<const LayerDescriptor> descriptor;
  std::int64_t step = 0;
  std::int64_t vector_interval_cycles = 1;  ///< at which the source can deliver vectors
  std::int64_t source_cycles = 0;           ///< that the banks take for all vectors
  std::int64_t conflict_cycles = 0;         ///< by which bank conflicts make the source slower
  /// [vectors][slots * group_size]; empty in timing fidelity.
  std::span<const std::int16_t> values;
  std::span<const std::uint8_t> terms;
  sc_core::sc_time descriptor_at;       ///< when the source was told of the layer
  sc_core::sc_time block_completed_at;  ///< when the data were on chip

  tlm_extension_base* clone() const override { return new DataTileExtension(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const DataTileExtension&>(other);
  }
};

/// Sums of one step on their way into the accumulators, or of one output tile on their way out.
class SumTileExtension final : public tlm::tlm_extension<SumTileExtension> {
 public:
  std::shared_ptr<const LayerDescriptor> descriptor;
  std::int64_t step = 0;    ///< into the accumulators
  std::int64_t output = 0;  ///< out of them
  /// [vectors][columns]; empty in timing fidelity.
  std::span<const std::int32_t> sums;

  tlm_extension_base* clone() const override { return new SumTileExtension(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const SumTileExtension&>(other);
  }
};

/// Tells a command processor that the last byte of a layer, or of a core's share of it, is in
/// memory.
class CompletionExtension final : public tlm::tlm_extension<CompletionExtension> {
 public:
  std::int64_t layer = 0;
  std::size_t core = 0;  ///< where it comes from another core

  tlm_extension_base* clone() const override { return new CompletionExtension(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const CompletionExtension&>(other);
  }
};

}  // namespace systerm
