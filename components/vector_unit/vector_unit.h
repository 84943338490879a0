// SPDX-License-Identifier: Apache-2.0
// Lanes behind the accumulators: scale and bias (batch norm folded in), activation, residual
// operations, requantization; and the layers that need no array: pooling, elementwise,
// concatenation, softmax. One word a lane takes cycles_per_word; 32 is the bit-serial
// ReLU/quantizer block of "Term Revealing" (arXiv 2007.06389).
#pragma once

#include <memory>
#include <vector>

#include "components/descriptors/fidelity.h"
#include "components/transport/descriptor_port.h"
#include "components/transport/extensions.h"
#include "components/transport/hardware_unit.h"
#include "components/transport/sockets.h"
#include "components/vector_unit/vector_program.h"
#include "components/vector_unit/vector_unit_config.h"

namespace systerm {

class VectorUnit final : public HardwareUnit {
 public:
  DescriptorPort descriptors{"descriptors"};
  TargetSocket<VectorUnit> sums{"sums", this, &VectorUnit::take_sums};
  InitiatorSocket<VectorUnit> operand_buffer{"operand_buffer"};
  InitiatorSocket<VectorUnit> result_buffer{"result_buffer"};

  VectorUnit(const sc_core::sc_module_name& name, const Clock& clock,
             const VectorUnitConfig& config, Fidelity fidelity);

  std::string waiting_for() const override;
  std::int64_t busy_cycles() const { return busy_cycles_; }
  /// Of results.
  std::int64_t bytes() const { return bytes_; }

 private:
  void take_sums(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void run();
  void process(const LayerDescriptor& layer, std::size_t output);
  /// Of one output tile.
  struct TileWork {
    std::int64_t words = 0;
    std::int64_t operand_bytes = 0;
    std::int64_t result_bytes = 0;
    std::int64_t cycles = 0;
    VectorOperations operations;
  };
  TileWork work_of(const LayerDescriptor& layer, std::size_t output) const;
  std::int64_t read_operands(std::int64_t bytes);
  void release_operands();
  /// Returns the time from when a slot was free.
  sc_core::sc_time write_results(std::int64_t bytes);

  const VectorUnitConfig config_;
  const Fidelity fidelity_;
  ReusedPayload<BlockExtension> operand_payload_;
  ReusedPayload<BlockExtension> result_payload_;
  const SumTileExtension* pending_sums_ = nullptr;
  sc_core::sc_event sums_arrived_;
  sc_core::sc_event sums_taken_;
  std::vector<unsigned char> operand_bytes_;
  std::vector<unsigned char> result_bytes_;
  std::uint64_t operand_sequence_ = 0;
  std::uint64_t result_sequence_ = 0;
  bool working_ = false;
  TimeAccount& time_;
  std::int64_t busy_cycles_ = 0;
  std::int64_t words_ = 0;
  std::int64_t bytes_ = 0;
  VectorOperations operations_;
};

}  // namespace systerm
