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
#include "model/accelerator/core.h"

namespace systerm {

std::vector<UnitCost> design_cost(const Design& design) {
  std::vector<UnitCost> costs;
  const auto cores = static_cast<std::size_t>(design.cores.count);
  for (std::size_t core = 0; core < cores; ++core) {
    const std::string prefix = core_prefix(core, cores);
    costs.push_back(command_processor_cost(prefix + "command_processor"));
    costs.push_back(precision_controller_cost(prefix + "precision_controller"));
  }
  costs.push_back(interconnect_cost("interconnect", design.interconnect));
  for (std::size_t core = 0; core < cores; ++core) {
    const std::string prefix = core_prefix(core, cores);
    costs.push_back(dma_cost(prefix + "weight_dma", design.dma));
    costs.push_back(dma_cost(prefix + "data_dma", design.dma));
    costs.push_back(dma_cost(prefix + "operand_dma", design.dma));
    costs.push_back(dma_cost(prefix + "store_dma", design.dma));
    costs.push_back(buffer_cost(prefix + "weight_buffer", design.weight_buffer));
    costs.push_back(buffer_cost(prefix + "data_buffer", design.data_buffer));
    costs.push_back(buffer_cost(prefix + "operand_buffer", design.operand_buffer));
    costs.push_back(buffer_cost(prefix + "result_buffer", design.result_buffer));
    costs.push_back(
        weight_loader_cost(prefix + "weight_loader", design.weight_loader, design.array));
    costs.push_back(encoder_cost(prefix + "encoder", design.encoder));
    costs.push_back(array_cost(prefix + "array", design.array));
    costs.push_back(accumulators_cost(prefix + "accumulators", design.accumulators, design.array));
    costs.push_back(vector_unit_cost(prefix + "vector_unit", design.vector_unit));
  }
  costs.push_back(dram_cost("dram", design.dram));
  return costs;
}

}  // namespace systerm
