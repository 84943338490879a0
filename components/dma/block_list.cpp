// SPDX-License-Identifier: Apache-2.0
#include "components/dma/block_list.h"

#include "components/descriptors/rearrangement.h"

namespace systerm {

namespace {

void append_second_operand(const LayerDescriptor& layer, const WeightBlock& block,
                           std::vector<MemoryRun>& runs) {
  for (std::int32_t i = block.tile_begin; i < block.tile_end; ++i) {
    const WeightTile& tile = layer.weight_tiles[static_cast<std::size_t>(i)];
    for (const Region& region : layer.second_operand_regions(tile, block.image)) {
      append_runs(layer.second->map, region, runs);
    }
  }
}

void append_block(const ListedBlock& block, std::vector<MemoryRun>& runs) {
  runs.insert(runs.end(), block.runs.begin(), block.runs.end());
}

}  // namespace

BlockList weight_blocks() {
  return {[](const LayerDescriptor& layer) { return layer.weight_loads.size(); },
          [](const LayerDescriptor& layer, std::size_t index, std::vector<MemoryRun>& runs) {
            if (layer.listed) return append_block(layer.listed->weight_loads[index], runs);
            const WeightBlock& block = layer.weight_loads[index];
            if (layer.second) {
              append_second_operand(layer, block, runs);
              return;
            }
            runs.push_back({block.address, static_cast<std::uint64_t>(block.bytes)});
          }};
}

BlockList data_blocks() {
  return {[](const LayerDescriptor& layer) { return layer.data_loads.size(); },
          [](const LayerDescriptor& layer, std::size_t index, std::vector<MemoryRun>& runs) {
            if (layer.listed) return append_block(layer.listed->data_loads[index], runs);
            const auto block = static_cast<std::size_t>(layer.data_loads[index]);
            append_runs(layer.input, layer.input_region(layer.blocks[block]), runs);
          }};
}

BlockList operand_blocks() {
  return {.count =
              [](const LayerDescriptor& layer) {
                if (layer.listed) return layer.listed->tiles_with_operands.size();
                return layer.uses_operands() ? layer.outputs.size() : 0;
              },
          .runs =
              [](const LayerDescriptor& layer, std::size_t index, std::vector<MemoryRun>& runs) {
                if (layer.listed) {
                  const std::size_t tile = layer.listed->tiles_with_operands[index];
                  return append_block(layer.listed->tiles[tile].operands, runs);
                }
                if (layer.program.source == VectorProgram::Source::kRearranged) {
                  append_rearranged(layer, layer.outputs[index], runs);
                  return;
                }
                for (std::size_t operand = 0; operand < layer.operands.size(); ++operand) {
                  append_runs(layer.operands[operand],
                              layer.operand_region(operand, layer.outputs[index]), runs);
                }
              },
          .follows_lookups = true};
}

BlockList result_blocks() {
  return {[](const LayerDescriptor& layer) { return layer.outputs.size(); },
          [](const LayerDescriptor& layer, std::size_t index, std::vector<MemoryRun>& runs) {
            if (layer.listed) return append_block(layer.listed->tiles[index].results, runs);
            append_runs(layer.output, layer.output_region(layer.outputs[index]), runs);
          }};
}

}  // namespace systerm
