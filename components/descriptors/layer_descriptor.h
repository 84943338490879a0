// SPDX-License-Identifier: Apache-2.0
// What the command processor tells the units about one layer: where its operands lie, in which
// order blocks are loaded, tiles are computed and results stored. Every unit walks through its own
// part of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "components/arithmetic/format.h"
#include "components/arithmetic/post_processing.h"
#include "components/arithmetic/row_function.h"
#include "components/arithmetic/shift_requantizer.h"
#include "components/arithmetic/term_estimate.h"
#include "components/arithmetic/window.h"
#include "components/descriptors/feature_map.h"
#include "components/descriptors/listed_work.h"
#include "components/descriptors/stream_table.h"

namespace systerm {

/// What the precision controller's registers hold.
struct PrecisionSettings {
  int group_size = 8;
  int group_budget = 0;
  int data_terms = 0;
  bool encoder_enabled = false;     ///< data pass through the term encoder
  bool comparator_enabled = false;  ///< only the largest data_terms of a value go on
  // Of the products of training; 0 and kResultsRight elsewhere.
  int weight_chunks = 0;  ///< passes that the operand held by the cells takes
  int data_chunks = 0;    ///< that the operand streaming by takes
  FmacMode mode = FmacMode::kResultsRight;

  friend bool operator==(const PrecisionSettings&, const PrecisionSettings&) = default;
};

/// What one row of cells holds of a weight tile: the group of up to group_size channels at one
/// kernel position, for the filters of one convolution group. In a packed layer the group is of
/// packed columns, counted from `channel` on.
struct RowSlot {
  std::int32_t channel = 0;  ///< first input channel
  std::int16_t kernel_row = 0;
  std::int16_t kernel_column = 0;
  std::int16_t count = 0;         ///< channels in the group; fewer than group_size at a ragged end
  std::int16_t column_begin = 0;  ///< columns of the tile that use this row
  std::int16_t column_count = 0;
};

/// Weights that the array holds at once; contiguous in memory.
struct WeightTile {
  std::int64_t first_slot = 0;  ///< into LayerDescriptor::slots
  std::int32_t slots = 0;
  std::int32_t columns = 0;
  std::int64_t filter_begin = 0;
  std::int64_t offset = 0;  ///< bytes from the layer's first weight
  std::int64_t bytes = 0;
  std::int64_t group_pairs = 0;  ///< cells that hold a weight group
  std::int64_t products = 0;     ///< multiplications a vector, padding left out
  /// Packed layers: values a vector that stream in although no weight of the tile selects them.
  std::int64_t unselected_values = 0;
};

/// One block of weights as it is loaded into the weight buffer.
struct WeightBlock {
  std::uint64_t address = 0;  ///< of stored weights
  std::int64_t bytes = 0;
  // Of the second operand of a product: the tiles it is loaded for, and of which image.
  std::int32_t tile_begin = 0;
  std::int32_t tile_end = 0;
  std::int64_t image = 0;
};

/// The activation that a product of two activations takes instead of stored weights. Its codes are
/// loaded tile by tile and encoded by the weight loader on their way into the cells.
struct SecondOperandMap {
  FeatureMap map;
  bool sums_positions = false;  ///< the sum runs over its positions, else over its channels
  std::int64_t sharing = 1;     ///< groups of the product that share one of its channel groups
  std::int64_t k = 1;           ///< length of a sum
  std::int64_t n = 1;           ///< filters of a group
};

/// A pass of vectors over the array.
struct Step {
  std::int32_t block = 0;  ///< into LayerDescriptor::blocks
  std::int32_t vector_begin = 0;
  std::int32_t vectors = 0;
  std::int32_t weight_tile = 0;
  std::int32_t weight_load = 0;    ///< into LayerDescriptor::weight_loads
  std::int32_t data_load = 0;      ///< into LayerDescriptor::data_loads
  std::int32_t output = 0;         ///< into LayerDescriptor::outputs
  std::int64_t weight_offset = 0;  ///< bytes into the weight block
  bool loads_weights = true;       ///< false: the tile of the previous step stays in the cells
  bool releases_weights = false;   ///< last use of the weight block
  bool releases_data = false;      ///< last use of the data block
  bool continues_sum = false;  ///< listed products: sums of the step before enter the array again
  bool opens_output = false;
  bool completes_sums = true;  ///< output stationary: the sums leave the cells after this step
  bool completes_output = false;
};

/// Results that are post-processed and stored together.
struct OutputTile {
  std::int32_t block = 0;
  std::int64_t filter_begin = 0;
  std::int64_t filters = 0;
};

/// What the vector unit does for a layer.
struct VectorProgram {
  enum class Source : std::uint8_t {
    kSums,           ///< sums of the array, scaled and biased
    kMaximum,        ///< largest value under the window
    kAverage,        ///< mean of the values under the window
    kPass,           ///< the first operand as it is
    kConcatenation,  ///< all operands joined along channels
    kSoftmax,        ///< over the channels of the first operand
    kRow,            ///< a function of all operands at one position
    kLookup,         ///< the row of the second operand that the first one names
    kRearranged,     ///< elements of all operands in another order
  };
  Source source = Source::kSums;
  Window window;
  bool count_padding = false;
  std::vector<float> sum_scale;  ///< per output channel
  std::vector<float> bias;       ///< per output channel
  /// For kSums: in place of scaling, bias, steps and requantization; null for none.
  std::shared_ptr<const ShiftRequantizer> requantizer;
  SharedRowFunction row;  ///< for kRow
  /// For kRearranged: element e of the output is element source_elements[e] of all operands one
  /// after the other, in the order image, row, column, channel; -1 stands for 0.
  std::shared_ptr<const std::vector<std::int32_t>> source_elements;
  std::vector<PostStep> steps;  ///< operand n is FeatureMap operands[n]
};

struct LayerDescriptor {
  std::int64_t layer = 0;
  std::string name;

  // GEMM part; empty for a layer of the vector unit alone.
  std::shared_ptr<const Format> format;
  PrecisionSettings settings;
  Window window;
  std::vector<RowSlot> slots;
  std::vector<WeightTile> weight_tiles;
  std::vector<WeightBlock> weight_loads;
  std::vector<std::int32_t> data_loads;  ///< blocks whose input region is loaded, in order
  std::vector<Step> steps;
  FeatureMap input;
  std::optional<SecondOperandMap> second;
  TermEstimate estimate;                       ///< for timing fidelity
  std::shared_ptr<const StreamTable> streams;  ///< of a packed layer, else null
  /// Not null: transfers and the work of the vector unit are listed here, and input, second,
  /// blocks, program, operands and output are not used.
  std::shared_ptr<const ListedWork> listed;

  // Output part of every layer. Blocks are regions of the output over all channels.
  std::vector<Region> blocks;
  std::vector<OutputTile> outputs;
  VectorProgram program;
  std::vector<FeatureMap>
      operands;  ///< by operand index; for a GEMM operands[0] is the input, not loaded here
  FeatureMap output;

  bool has_gemm() const { return format != nullptr; }
  const ArrayProduct* product() const {
    return listed && listed->product ? &*listed->product : nullptr;
  }
  /// Whether weights may be loaded while the layer before is at work.
  bool loads_weights_ahead() const {
    return has_gemm() && !second && (product() == nullptr || !product()->is_weight_made);
  }
  /// Sums that the accumulators gather for an output tile.
  std::int64_t output_sums(std::size_t tile) const;
  /// Values that stream into a row of cells for one vector.
  std::int64_t row_values() const {
    return std::int64_t{settings.group_size} * (streams ? streams->streams : 1);
  }
  /// Rows, columns and channels of the input that a block needs; padding left out.
  Region input_region(const Region& block) const;
  /// What the vector unit needs of operand `operand` for output tile `tile`; empty if nothing.
  Region operand_region(std::size_t operand, const OutputTile& tile) const;
  Region output_region(const OutputTile& tile) const;
  /// What the vector unit needs of all operands for an output tile.
  std::int64_t operand_bytes(const OutputTile& tile) const;
  /// The parts of the second operand that one weight tile holds, in the order of their loading.
  std::vector<Region> second_operand_regions(const WeightTile& tile, std::int64_t image) const;
  /// Whether the vector unit reads any operand from the operand buffer.
  bool uses_operands() const;
};

}  // namespace systerm
