// SPDX-License-Identifier: Apache-2.0
// A layer whose transfers are listed run by run instead of described by maps: a step of training.
// Its tensors lie in several formats at once, and one of its products runs on the array in a mode
// of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "components/arithmetic/bfp_gemm.h"
#include "components/arithmetic/vector_operation_counts.h"
#include "components/array/fmac_timing.h"
#include "components/descriptors/feature_map.h"

namespace systerm {

/// How the array computes a product of training. A Step's slots are the cells along the sum and its
/// columns those along the outputs (kResultsHeld: vectors and columns are the outputs, slots the
/// groups that stream by).
struct ArrayProduct {
  FmacMode mode = FmacMode::kResultsRight;
  std::int64_t passes = 1;  ///< of a pair of groups
  BfpAccumulation accumulation = BfpAccumulation::kPerPass;
  /// The operand that is held, or streams in with the weights, is made by an earlier layer, so that
  /// it cannot be loaded ahead.
  bool is_weight_made = false;
};

/// Bytes in memory, in the order of their transfer. Never empty where a block is loaded.
struct ListedBlock {
  std::vector<MemoryRun> runs;
  std::int64_t bytes = 0;

  void append(const MemoryRun& run) {
    if (run.bytes == 0) return;
    runs.push_back(run);
    bytes += static_cast<std::int64_t>(run.bytes);
  }
};

/// What the vector unit does for one output tile.
struct ListedTile {
  std::int64_t sums = 0;   ///< from the accumulators
  std::int64_t words = 0;  ///< FP32 results
  VectorOperations operations{};
  std::int64_t word_passes = 0;  ///< words times passes through a lane
  std::int64_t groups = 0;       ///< that the converter makes
  std::int64_t converted = 0;    ///< values in them
  ListedBlock operands;          ///< may be empty
  ListedBlock results;
};

struct ListedWork {
  std::optional<ArrayProduct> product;
  std::vector<ListedBlock> weight_loads;   ///< by LayerDescriptor::weight_loads
  std::vector<ListedBlock> data_loads;     ///< by LayerDescriptor::data_loads
  std::vector<std::int64_t> stream_bytes;  ///< of data into the array, by step
  std::vector<ListedTile> tiles;           ///< by LayerDescriptor::outputs
  std::vector<std::size_t> tiles_with_operands;
};

}  // namespace systerm
