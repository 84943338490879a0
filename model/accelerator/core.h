// SPDX-License-Identifier: Apache-2.0
// One core: everything between its command processor and the interconnect. Its units are children
// of the module that makes it; with several cores their names begin with "core0_", "core1_" ...
#pragma once

#include <string>
#include <vector>

#include "components/accumulators/accumulators.h"
#include "components/array/systolic_array.h"
#include "components/buffer/buffer.h"
#include "components/command_processor/command_processor.h"
#include "components/dma/dma_engine.h"
#include "components/encoder/term_encoder.h"
#include "components/precision_controller/precision_controller.h"
#include "components/vector_unit/vector_unit.h"
#include "components/weight_loader/weight_loader.h"
#include "model/design/design.h"

namespace systerm {

/// Empty if there is one core.
std::string core_prefix(std::size_t core, std::size_t cores);

class Core final {
 public:
  Core(const Design& design, Fidelity fidelity, std::size_t core, CommandProcessor::Program program,
       const CommandProcessor::Observer& observer);

  SystolicArray& array() { return array_; }
  const SystolicArray& array() const { return array_; }
  const VectorUnit& vector_unit() const { return vector_unit_; }
  CommandProcessor& command_processor() { return command_processor_; }
  StoreEngine& store_dma() { return store_dma_; }
  LoadEngine& data_dma() { return data_dma_; }
  LoadEngine& weight_dma() { return weight_dma_; }
  LoadEngine& operand_dma() { return operand_dma_; }
  /// Bytes that its engines moved from and to memory.
  std::int64_t bytes_loaded() const {
    return weight_dma_.bytes() + data_dma_.bytes() + operand_dma_.bytes();
  }
  std::int64_t bytes_stored() const { return store_dma_.bytes(); }

  /// The same by RunContent, as the blocks of layers list it.
  BytesByContent bytes_loaded_by_content() const;
  const BytesByContent& bytes_stored_by_content() const { return store_dma_.bytes_by_content(); }

  struct NamedBuffer {
    const char* name;  ///< without the core
    Buffer* buffer;
  };
  std::vector<NamedBuffer> buffers();
  /// What one unit hands to the next, counted by both.
  std::vector<Flow> links() const;
  /// Before the interconnect in the fixed order of all units, and after it.
  std::vector<HardwareUnit*> control_units();
  std::vector<HardwareUnit*> data_units();

 private:
  void bind();

  const std::string prefix_;
  const Clock clock_;
  CommandProcessor command_processor_;
  PrecisionController precision_controller_;
  LoadEngine weight_dma_;
  LoadEngine data_dma_;
  LoadEngine operand_dma_;
  StoreEngine store_dma_;
  Buffer weight_buffer_;
  Buffer data_buffer_;
  Buffer operand_buffer_;
  Buffer result_buffer_;
  WeightLoader weight_loader_;
  TermEncoder encoder_;
  SystolicArray array_;
  Accumulators accumulators_;
  VectorUnit vector_unit_;
};

}  // namespace systerm
