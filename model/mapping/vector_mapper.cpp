// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "model/mapping/blocking.h"
#include "model/mapping/gemm_mapper.h"
#include "model/mapping/resource_limits.h"

namespace systerm {

namespace {

/// Enough blocks that loading, working and storing overlap.
constexpr std::size_t kOverlappingBlocks = 4;

}  // namespace

bool map_vector_layer(const Design& design, std::int64_t cores, LayerDescriptor& layer,
                      std::vector<std::string>& problems) {
  const ResourceLimits limits(design);
  std::string misfit;
  bool found = false;
  for (const BlockExtent& extent : block_extents(layer.output)) {
    std::vector<Region> blocks = cut_into_blocks(layer.output, extent);
    layer.blocks = blocks;
    layer.outputs.clear();
    std::int64_t operands = 0;
    std::int64_t results = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const OutputTile tile{static_cast<std::int32_t>(i), 0, layer.output.channels};
      layer.outputs.push_back(tile);
      operands = std::max(operands, layer.operand_bytes(tile));
      results =
          std::max(results, layer.output_region(tile).elements() * layer.output.element_bytes);
    }
    if (operands > limits.operand_slot()) {
      misfit = limits.describe("the input of a block", operands, "operand_buffer",
                               limits.operand_slot());
    } else if (results > limits.result_slot()) {
      misfit =
          limits.describe("the result of a block", results, "result_buffer", limits.result_slot());
    } else {
      found = true;
      if (blocks.size() >= kOverlappingBlocks * static_cast<std::size_t>(cores)) break;
      continue;
    }
    found = false;
  }
  if (!found) problems.push_back(fmt::format("layer '{}': {}", layer.name, misfit));
  return found;
}

}  // namespace systerm
