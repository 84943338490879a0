// SPDX-License-Identifier: Apache-2.0
#include "components/dma/block_list.h"

namespace systerm {

BlockList weight_blocks() {
  return {[](const LayerDescriptor& layer) { return layer.weight_loads.size(); },
          [](const LayerDescriptor& layer, std::size_t index, std::vector<MemoryRun>& runs) {
            const WeightBlock& block = layer.weight_loads[index];
            runs.push_back({block.address, static_cast<std::uint64_t>(block.bytes)});
          }};
}

BlockList data_blocks() {
  return {[](const LayerDescriptor& layer) { return layer.data_loads.size(); },
          [](const LayerDescriptor& layer, std::size_t index, std::vector<MemoryRun>& runs) {
            const auto block = static_cast<std::size_t>(layer.data_loads[index]);
            append_runs(layer.input, layer.input_region(layer.blocks[block]), runs);
          }};
}

BlockList operand_blocks() {
  return {
      [](const LayerDescriptor& layer) { return layer.uses_operands() ? layer.outputs.size() : 0; },
      [](const LayerDescriptor& layer, std::size_t index, std::vector<MemoryRun>& runs) {
        for (std::size_t operand = 0; operand < layer.operands.size(); ++operand) {
          append_runs(layer.operands[operand], layer.operand_region(operand, layer.outputs[index]),
                      runs);
        }
      }};
}

BlockList result_blocks() {
  return {[](const LayerDescriptor& layer) { return layer.outputs.size(); },
          [](const LayerDescriptor& layer, std::size_t index, std::vector<MemoryRun>& runs) {
            append_runs(layer.output, layer.output_region(layer.outputs[index]), runs);
          }};
}

}  // namespace systerm
