// SPDX-License-Identifier: Apache-2.0
#include "model/accelerator/design_cost.h"

#include "components/accumulators/accumulators_cost.h"
#include "components/array/array_cost.h"
#include "components/buffer/buffer_cost.h"
#include "components/command_processor/command_processor_cost.h"
#include "components/dma/dma_cost.h"
#include "components/dram/dram_cost.h"
#include "components/encoder/encoder_cost.h"
#include "components/interconnect/interconnect_cost.h"
#include "components/precision_controller/precision_controller_cost.h"
#include "components/vector_unit/vector_unit_cost.h"
#include "components/weight_loader/weight_loader_cost.h"

namespace systerm {

std::vector<UnitCost> design_cost(const Design& design) {
  return {command_processor_cost("command_processor"),
          precision_controller_cost("precision_controller"),
          interconnect_cost("interconnect", design.interconnect),
          dma_cost("weight_dma", design.dma),
          dma_cost("data_dma", design.dma),
          dma_cost("operand_dma", design.dma),
          dma_cost("store_dma", design.dma),
          buffer_cost("weight_buffer", design.weight_buffer),
          buffer_cost("data_buffer", design.data_buffer),
          buffer_cost("operand_buffer", design.operand_buffer),
          buffer_cost("result_buffer", design.result_buffer),
          weight_loader_cost("weight_loader", design.array),
          encoder_cost("encoder", design.encoder),
          array_cost("array", design.array),
          accumulators_cost("accumulators", design.accumulators, design.array),
          vector_unit_cost("vector_unit", design.vector_unit),
          dram_cost("dram", design.dram)};
}

}  // namespace systerm
