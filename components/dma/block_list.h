// SPDX-License-Identifier: Apache-2.0
// The blocks that a DMA engine moves for a layer; what makes a weight engine differ from a data
// engine.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "components/descriptors/layer_descriptor.h"

namespace systerm {

struct BlockList {
  std::function<std::size_t(const LayerDescriptor&)> count;
  /// Appends the memory runs of block `index`; the block holds them one after the other.
  std::function<void(const LayerDescriptor&, std::size_t index, std::vector<MemoryRun>&)> runs;
  /// Lookups are followed: the engine reads the numbers of a block, then the rows they name.
  bool follows_lookups = false;
};

BlockList weight_blocks();
BlockList data_blocks();
BlockList operand_blocks();
BlockList result_blocks();

}  // namespace systerm
