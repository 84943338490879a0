// SPDX-License-Identifier: Apache-2.0
// Products whose weights stay in the cells while vectors stream by; results leave to the right or
// upward.
#include <algorithm>
#include <limits>
#include <optional>

#include "components/arithmetic/ceil_div.h"
#include "components/array/product_pass.h"
#include "model/mapping/product_geometry.h"

namespace systerm {
namespace {

/// What the array works on between two changes of the weights in its cells, of one round.
struct Tile {
  Range k;
  Range n;
  std::int64_t weights_before = 0;  ///< of the round's
  bool continues_sum = false;
  bool begins_output = true;
  bool ends_output = true;
};

class StationaryMapper final : public ProductGeometry {
 public:
  StationaryMapper(const Design& design, const FmacArray& array, const ProductRequest& request,
                   LayerDescriptor& layer)
      : ProductGeometry(design, array, request, layer) {}

  std::optional<SmallestBlocks> map() {
    const ProductRound& first = rounds_.front();
    const std::vector<Tile> tiles = stationary_tiles(first);
    struct Partition {
      std::vector<Range> parts;
      bool whole_outputs = false;
    };
    std::vector<Partition> partitions;
    for (const bool whole : {true, false}) {
      auto parts = weight_parts(first, tiles, limits_.weight_slot(), whole);
      if (!parts.empty()) partitions.push_back({std::move(parts), whole});
    }
    const Fraction smallest = weight_part(first, tiles, {0, 1});
    smallest_.weights = part_bytes(*request_.held, {&smallest, 1});
    std::optional<StationaryChoice> best;
    std::int64_t largest = 0;
    for (const BlockExtent& extent : extents()) {
      if (extent.positions() * kSmallestBlockShare < largest) break;
      if (!stationary_fits(first, tiles, extent)) continue;
      largest = std::max(largest, extent.positions());
      for (const Partition& partition : partitions) {
        for (const bool inside : {false, true}) {
          // An output is complete before the next block of vectors comes.
          if (inside && (!partition.whole_outputs || partition.parts.size() == 1)) continue;
          StationaryChoice choice{extent, partition.parts, inside};
          choice.cycles = stationary_cycles(first, tiles, choice);
          if (!best || choice.cycles < best->cycles) best = std::move(choice);
        }
      }
    }
    if (!best) return smallest_;
    for (const ProductRound& round : rounds_) emit_stationary(round, *best);
    finish();
    return std::nullopt;
  }

 private:
  Fractions moving_part(const ProductRound& round, const VectorBlock& block) const {
    const bool is_gradient = gemm_.mode == FmacMode::kResultsUp;
    return {items(round), images(block), is_gradient ? rows(block) : window_rows(block)};
  }

  std::vector<Tile> stationary_tiles(const ProductRound& round) const {
    const bool right = gemm_.mode == FmacMode::kResultsRight;
    if (round.items() > 1) return {Tile{{0, gemm_.k}, {0, gemm_.n}}};
    const std::int64_t g = array_.group_size;
    const std::int64_t sum = right ? gemm_.k : gemm_.n;
    const std::int64_t outputs = right ? gemm_.n : gemm_.k;
    const std::int64_t sum_step = g * (right ? array_.columns : array_.rows);
    const std::int64_t output_step = right ? array_.rows : array_.columns;
    std::vector<Tile> tiles;
    std::int64_t weights = 0;
    for (std::int64_t o = 0; o < outputs; o += output_step) {
      const Range output{o, std::min(o + output_step, outputs)};
      for (std::int64_t s = 0; s < sum; s += sum_step) {
        const Range part{s, std::min(s + sum_step, sum)};
        Tile tile = right ? Tile{part, output} : Tile{output, part};
        tile.weights_before = weights;
        weights += tile_weights(round, tile);
        tile.continues_sum = s > 0;
        tile.begins_output = request_.scatters ? o == 0 && s == 0 : s == 0;
        tile.ends_output =
            s + sum_step >= sum && (!request_.scatters || o + output_step >= outputs);
        tiles.push_back(tile);
      }
    }
    return tiles;
  }

  /// Outputs that begin with a tile, for the vectors of a block.
  Fractions stationary_output(const ProductRound& round, const VectorBlock& block,
                              const Tile& tile) const {
    Fractions part{items(round), images(block), rows(block)};
    if (request_.scatters) return part;
    if (gemm_.mode == FmacMode::kResultsRight) {
      part.push_back({tile.n.begin, tile.n.end, gemm_.n});
    } else {
      part.push_back({tile.k.begin, tile.k.end, gemm_.k});
    }
    return part;
  }
  std::int64_t sums_of(const Fractions& part) const {
    return nested(request_.results.front()->values, part).size();
  }

  struct StationaryChoice {
    BlockExtent extent;
    std::vector<Range> parts;    ///< of a round's tiles, loaded together
    bool blocks_inside = false;  ///< all blocks for one part of the weights, else the other way
    double cycles = std::numeric_limits<double>::infinity();
  };

  std::int64_t tile_weights(const ProductRound& round, const Tile& tile) const {
    return round.items() * tile.k.size() * tile.n.size();
  }
  /// Of the held operand; tiles of earlier rounds lie before.
  Fraction weight_part(const ProductRound& round, const std::vector<Tile>& tiles,
                       const Range& part) const {
    const std::int64_t one = gemm_.k * gemm_.n;
    const auto before = [&](std::int64_t i) {
      return index(i) == tiles.size() ? round.items() * one : tiles[index(i)].weights_before;
    };
    const std::int64_t earlier = round.begin * one;
    return {earlier + before(part.begin), earlier + before(part.end), request_.product.count * one};
  }
  static std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

  /// Tiles that fit into a slot of the weight buffer together; with `whole_outputs` cut only
  /// between outputs. Empty if there is no way.
  std::vector<Range> weight_parts(const ProductRound& round, const std::vector<Tile>& tiles,
                                  std::int64_t limit, bool whole_outputs) const {
    std::vector<Range> parts;
    const auto bytes = [&](const Range& part) {
      const Fraction fraction = weight_part(round, tiles, part);
      return part_bytes(*request_.held, {&fraction, 1});
    };
    const auto count = static_cast<std::int64_t>(tiles.size());
    for (std::int64_t begin = 0; begin < count;) {
      std::int64_t end = begin + 1;
      while (whole_outputs && end < count && !tiles[index(end)].begins_output) ++end;
      if (bytes({begin, end}) > limit) return {};
      if (!parts.empty() && bytes({parts.back().begin, end}) <= limit) {
        parts.back().end = end;
      } else {
        parts.push_back({begin, end});
      }
      begin = end;
    }
    return parts;
  }

  bool stationary_fits(const ProductRound& round, const std::vector<Tile>& tiles,
                       const BlockExtent& extent) {
    bool fits = true;
    for (const VectorBlock& block : blocks_of(extent)) {
      smallest_.data = part_bytes(*request_.moving, moving_part(round, block));
      fits = fits && smallest_.data <= limits_.data_slot();
      for (const Tile& tile : tiles) {
        if (!tile.begins_output) continue;
        const Fractions part = stationary_output(round, block, tile);
        smallest_.results = result_bytes(part);
        fits = fits && results_fit(part, sums_of(part));
      }
      if (!fits) break;
    }
    return fits;
  }

  double stationary_cycles(const ProductRound& round, const std::vector<Tile>& tiles,
                           const StationaryChoice& choice) const {
    const std::vector<VectorBlock> blocks = blocks_of(choice.extent);
    double data = 0;
    for (const VectorBlock& block : blocks) {
      data += static_cast<double>(part_bytes(*request_.moving, moving_part(round, block)));
    }
    const Fraction all = weight_part(round, tiles, {0, static_cast<std::int64_t>(tiles.size())});
    auto weights = static_cast<double>(part_bytes(*request_.held, {&all, 1}));
    const Fraction first_part = weight_part(round, tiles, choice.parts.front());
    const auto first =
        static_cast<double>(part_bytes(*request_.moving, moving_part(round, blocks.front())) +
                            part_bytes(*request_.held, {&first_part, 1}));
    const auto last =
        static_cast<double>(result_bytes(stationary_output(round, blocks.back(), tiles.back())));
    if (choice.blocks_inside) {
      data *= static_cast<double>(choice.parts.size());
    } else if (choice.parts.size() > 1) {
      weights *= static_cast<double>(blocks.size());
    }
    const auto outputs = static_cast<double>(std::ranges::count(tiles, true, &Tile::begins_output));
    double passes = 0;
    for (const VectorBlock& block : blocks) {
      // Weights of a tile are shifted in while the one before is at work.
      const double tile =
          static_cast<double>(std::max(array_.columns, vectors(block) * gemm_.passes));
      const double output = tile * static_cast<double>(tiles.size()) / outputs;
      // An output holds a slot of the accumulators until its last sum has left the array.
      const double held = (output + skew_cycles()) / design_.accumulators.slots;
      passes += outputs * std::max(output, held);
    }
    return std::max((data + weights) / bytes_per_cycle(), passes) +
           (first + last) / bytes_per_cycle();
  }

  double skew_cycles() const {
    const bool right = gemm_.mode == FmacMode::kResultsRight;
    return static_cast<double>(sum_return_cycles(design_.array, array_product()) +
                               (right ? array_.rows : array_.columns));
  }

  void emit_stationary(const ProductRound& round, const StationaryChoice& choice) {
    const std::vector<Tile> tiles = stationary_tiles(round);
    const auto count = static_cast<std::int64_t>(tiles.size());
    // The last round may have fewer products; its single tile is one part then.
    std::vector<Range> parts = choice.parts;
    if (parts.back().end != count) parts = {{0, count}};
    const std::vector<VectorBlock> blocks = blocks_of(choice.extent);
    if (choice.blocks_inside) {
      for (const Range& part : parts) {
        load_weights(round, tiles, part);
        for (const VectorBlock& block : blocks) {
          load_data(round, block);
          emit_tiles(round, block, tiles, part);
        }
      }
      return;
    }
    for (const VectorBlock& block : blocks) {
      load_data(round, block);
      for (const Range& part : parts) {
        if (parts.size() > 1 || &block == &blocks.front()) load_weights(round, tiles, part);
        emit_tiles(round, block, tiles, part);
      }
    }
  }

  void load_data(const ProductRound& round, const VectorBlock& block) {
    builder_.load_data(part_of(*request_.moving, moving_part(round, block)));
  }
  void load_weights(const ProductRound& round, const std::vector<Tile>& tiles, const Range& part) {
    const Fraction fraction = weight_part(round, tiles, part);
    builder_.load_weights(part_of(*request_.held, {&fraction, 1}));
  }

  void emit_tiles(const ProductRound& round, const VectorBlock& block,
                  const std::vector<Tile>& tiles, const Range& part) {
    const bool right = gemm_.mode == FmacMode::kResultsRight;
    std::int64_t offset = 0;
    for (std::int64_t i = part.begin; i < part.end; ++i) {
      const Tile& tile = tiles[index(i)];
      const std::int64_t sum = right ? tile.k.size() : tile.n.size();
      const std::int64_t outputs = right ? tile.n.size() : tile.k.size();
      const Fraction fraction = weight_part(round, tiles, {i, i + 1});
      WeightTile weights;
      weights.slots = static_cast<std::int32_t>(round.items() * ceil_div(sum, array_.group_size));
      weights.columns = static_cast<std::int32_t>(round.items() * outputs);
      weights.bytes = builder_.clipped(offset, part_bytes(*request_.held, {&fraction, 1}));
      weights.group_pairs = weights.slots * outputs;
      weights.products = tile_weights(round, tile);
      if (tile.begins_output) {
        const Fractions output = stationary_output(round, block, tile);
        add_output(output, sums_of(output));
      }
      Step step;
      step.vectors = static_cast<std::int32_t>(vectors(block));
      step.weight_offset = offset;
      step.continues_sum = tile.continues_sum;
      step.opens_output = tile.begins_output;
      step.completes_output = tile.ends_output;
      const std::int64_t groups = vectors(block) * weights.slots;
      const std::int64_t values = vectors(block) * round.items() * sum;
      offset += weights.bytes;
      builder_.add_step(step, weights, {&round - rounds_.data(), i},
                        stream_bytes(values, groups, *request_.moving));
    }
  }
};

}  // namespace

std::optional<SmallestBlocks> map_stationary(const Design& design, const FmacArray& array,
                                             const ProductRequest& request,
                                             LayerDescriptor& layer) {
  return StationaryMapper(design, array, request, layer).map();
}

}  // namespace systerm
