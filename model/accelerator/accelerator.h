// SPDX-License-Identifier: Apache-2.0
// The accelerator of a design: builds its units and wires their sockets. Everything but the memory,
// which is bound to `memory_socket()` from outside and may be any base-protocol target.
#pragma once

#include <type_traits>
#include <vector>

#include "components/accumulators/accumulators.h"
#include "components/array/systolic_array.h"
#include "components/buffer/buffer.h"
#include "components/command_processor/command_processor.h"
#include "components/dma/dma_engine.h"
#include "components/encoder/term_encoder.h"
#include "components/interconnect/interconnect.h"
#include "components/precision_controller/precision_controller.h"
#include "components/vector_unit/vector_unit.h"
#include "components/weight_loader/weight_loader.h"
#include "model/design/design.h"

namespace systerm {

/// Base of the memory in the address map.
inline constexpr std::uint64_t kMemoryBase = 0;

class Accelerator final : public sc_core::sc_module {
 public:
  Accelerator(const sc_core::sc_module_name& name, const Design& design, Fidelity fidelity,
              CommandProcessor::Program program, CommandProcessor::LayerObserver on_layer);

  InitiatorSocket<Interconnect>& memory_socket() { return interconnect_.memory; }
  SystolicArray& array() { return array_; }
  const VectorUnit& vector_unit() const { return vector_unit_; }

  struct NamedBuffer {
    const char* name;
    const Buffer* buffer;
  };
  std::vector<NamedBuffer> buffers() const;
  /// All units, in a fixed order.
  std::vector<const HardwareUnit*> units() const;
  std::vector<HardwareUnit*> units();

 private:
  template <typename Self>
  static auto units_of(Self& self)
      -> std::vector<std::conditional_t<std::is_const_v<Self>, const HardwareUnit, HardwareUnit>*>;
  void bind();

  const Clock clock_;
  CommandProcessor command_processor_;
  PrecisionController precision_controller_;
  Interconnect interconnect_;
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
