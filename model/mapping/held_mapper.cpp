// SPDX-License-Identifier: Apache-2.0
// Products whose results stay in the cells while both operands stream by, and are drained.
#include <algorithm>
#include <limits>
#include <optional>

#include "components/arithmetic/ceil_div.h"
#include "model/mapping/product_geometry.h"

namespace systerm {
namespace {

class HeldMapper final : public ProductGeometry {
 public:
  HeldMapper(const Design& design, const FmacArray& array, const ProductRequest& request,
             LayerDescriptor& layer)
      : ProductGeometry(design, array, request, layer) {}

  std::optional<SmallestBlocks> map() {
    std::optional<HeldChoice> best;
    for (const std::int64_t k : part_sizes(gemm_.k, array_.columns)) {
      for (const std::int64_t n : part_sizes(gemm_.n, array_.rows)) {
        const std::vector<HeldPart> parts = held_parts(k, n);
        smallest_.results = result_bytes(held_output(parts.front()));
        if (!std::ranges::all_of(parts, [&](const HeldPart& p) { return part_fits(p); })) {
          continue;
        }
        std::int64_t largest = 0;
        for (const BlockExtent& extent : extents()) {
          if (extent.positions() * kSmallestBlockShare < largest) break;
          const std::vector<VectorBlock> blocks = blocks_of(extent);
          smallest_.data = part_bytes(*request_.moving, left_part(parts.front(), blocks.front()));
          smallest_.weights = part_bytes(*request_.held, right_part(parts.front(), blocks.front()));
          if (smallest_.data > limits_.data_slot() || smallest_.weights > limits_.weight_slot())
            continue;
          largest = std::max(largest, extent.positions());
          HeldChoice choice{extent, k, n};
          choice.cycles = held_cycles(parts, blocks);
          if (!best || choice.cycles < best->cycles) best = choice;
        }
      }
    }
    if (!best) return smallest_;
    const std::vector<HeldPart> parts = held_parts(best->k, best->n);
    const std::vector<VectorBlock> blocks = blocks_of(best->extent);
    for (const HeldPart& part : parts) emit_held(part, blocks);
    finish();
    return std::nullopt;
  }

 private:
  /// Tiles of outputs whose sums stay in the accumulators while all blocks of vectors pass by.
  struct HeldPart {
    ProductRound rounds;  ///< of products
    Range k;
    Range n;
  };
  struct HeldChoice {
    BlockExtent extent;
    std::int64_t k = 0;  ///< of a part
    std::int64_t n = 0;
    double cycles = std::numeric_limits<double>::infinity();
  };

  Fractions held_output(const HeldPart& part) const {
    return {items(part.rounds),
            {part.k.begin, part.k.end, gemm_.k},
            {part.n.begin, part.n.end, gemm_.n}};
  }
  /// A, and dO.
  Fractions left_part(const HeldPart& part, const VectorBlock& block) const {
    return {
        items(part.rounds), images(block), window_rows(block), {part.k.begin, part.k.end, gemm_.k}};
  }
  Fractions right_part(const HeldPart& part, const VectorBlock& block) const {
    return {items(part.rounds), images(block), rows(block), {part.n.begin, part.n.end, gemm_.n}};
  }
  static std::int64_t sums_of(const HeldPart& part) {
    return part.rounds.items() * part.k.size() * part.n.size();
  }

  /// Rounds together in a part where each is a single tile; one round where it is cut.
  std::vector<ProductRound> held_rounds(std::int64_t k, std::int64_t n) const {
    std::vector<ProductRound> merged;
    const bool is_whole = k >= gemm_.k && n >= gemm_.n;
    for (const ProductRound& round : rounds_) {
      const bool joins = is_whole && !merged.empty() &&
                         part_fits({{merged.back().begin, round.end}, {0, gemm_.k}, {0, gemm_.n}});
      if (joins) {
        merged.back().end = round.end;
      } else {
        merged.push_back(round);
      }
    }
    return merged;
  }
  bool part_fits(const HeldPart& part) const {
    return results_fit(held_output(part), sums_of(part));
  }

  std::vector<HeldPart> held_parts(std::int64_t k, std::int64_t n) const {
    std::vector<HeldPart> parts;
    for (const ProductRound& round : held_rounds(k, n)) {
      for (std::int64_t kb = 0; kb < gemm_.k; kb += k) {
        for (std::int64_t nb = 0; nb < gemm_.n; nb += n) {
          parts.push_back(
              {round, {kb, std::min(kb + k, gemm_.k)}, {nb, std::min(nb + n, gemm_.n)}});
        }
      }
    }
    return parts;
  }

  /// Multiples of `tile` up to `size`: all of it, half of the tiles, a quarter ...
  static std::vector<std::int64_t> part_sizes(std::int64_t size, std::int64_t tile) {
    std::vector<std::int64_t> sizes;
    for (std::int64_t tiles = ceil_div(size, tile);; tiles = ceil_div(tiles, 2)) {
      sizes.push_back(tiles * tile);
      if (tiles == 1) return sizes;
    }
  }

  /// The same operands of the same vectors stay where they are.
  static bool stays(const HeldPart& a, const HeldPart& b, Range HeldPart::*axis) {
    return a.rounds.begin == b.rounds.begin && (a.*axis).begin == (b.*axis).begin;
  }

  double held_cycles(const std::vector<HeldPart>& parts,
                     const std::vector<VectorBlock>& blocks) const {
    double bytes = 0;
    double passes = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const bool alone = blocks.size() == 1 && i > 0;
      const std::size_t tiles = held_tiles(parts[i]).size();
      for (const VectorBlock& block : blocks) {
        if (!alone || !stays(parts[i], parts[i - 1], &HeldPart::k)) {
          bytes += static_cast<double>(part_bytes(*request_.moving, left_part(parts[i], block)));
        }
        if (!alone || !stays(parts[i], parts[i - 1], &HeldPart::n)) {
          bytes += static_cast<double>(part_bytes(*request_.held, right_part(parts[i], block)));
        }
        const std::int64_t busy = ceil_div(vectors(block), array_.group_size) * gemm_.passes;
        // A single tile keeps its sums until the last block has passed.
        const bool drains = tiles > 1 || &block == &blocks.back();
        const std::int64_t drain =
            drains ? array_.rows + std::max<std::int64_t>(0, array_.rows - 1 - busy) : 0;
        passes += static_cast<double>(tiles) * static_cast<double>(busy + drain);
      }
    }
    const auto first =
        static_cast<double>(part_bytes(*request_.moving, left_part(parts.front(), blocks.front())) +
                            part_bytes(*request_.held, right_part(parts.front(), blocks.front())));
    const auto last = static_cast<double>(result_bytes(held_output(parts.back())));
    return std::max(bytes / bytes_per_cycle(), passes) + (first + last) / bytes_per_cycle();
  }

  std::vector<HeldPart> held_tiles(const HeldPart& part) const {
    std::vector<HeldPart> tiles;
    const bool single = part.k.size() <= array_.columns && part.n.size() <= array_.rows;
    for (const ProductRound& round : rounds_) {
      if (round.begin < part.rounds.begin || round.end > part.rounds.end) continue;
      if (single) {
        tiles.push_back({round, part.k, part.n});
        continue;
      }
      for (std::int64_t k = part.k.begin; k < part.k.end; k += array_.columns) {
        for (std::int64_t n = part.n.begin; n < part.n.end; n += array_.rows) {
          tiles.push_back({round,
                           {k, std::min(k + array_.columns, part.k.end)},
                           {n, std::min(n + array_.rows, part.n.end)}});
        }
      }
    }
    return tiles;
  }

  void emit_held(const HeldPart& part, const std::vector<VectorBlock>& blocks) {
    const std::vector<HeldPart> tiles = held_tiles(part);
    for (const VectorBlock& block : blocks) {
      const bool last_block = &block == &blocks.back();
      const bool alone = blocks.size() == 1 && last_part_;
      if (!alone || !stays(part, *last_part_, &HeldPart::k)) {
        builder_.load_data(part_of(*request_.moving, left_part(part, block)));
      }
      if (!alone || !stays(part, *last_part_, &HeldPart::n)) {
        builder_.load_weights(part_of(*request_.held, right_part(part, block)));
      }
      for (const HeldPart& tile : tiles) {
        const bool is_first = &block == &blocks.front() && &tile == &tiles.front();
        if (is_first) add_output(held_output(part), sums_of(part));
        Step step;
        step.vectors = static_cast<std::int32_t>(tile.rounds.items() * tile.k.size());
        step.completes_sums = last_block || tiles.size() > 1;
        step.opens_output = &tile == &tiles.front() && (tiles.size() > 1 ? is_first : last_block);
        step.completes_output = last_block && &tile == &tiles.back();
        const std::int64_t groups = ceil_div(vectors(block), array_.group_size);
        WeightTile weights;
        weights.slots = static_cast<std::int32_t>(groups);
        weights.columns = static_cast<std::int32_t>(tile.rounds.items() * tile.n.size());
        weights.bytes = builder_.clipped(0, stream_bytes(vectors(block) * weights.columns,
                                                         groups * weights.columns, *request_.held));
        weights.group_pairs = groups * tile.n.size();
        weights.products = vectors(block) * tile.n.size();
        builder_.add_step(
            step, weights, {},
            stream_bytes(vectors(block) * step.vectors, groups * step.vectors, *request_.moving));
      }
    }
    last_part_ = part;
  }
  std::optional<HeldPart> last_part_;
};

}  // namespace

std::optional<SmallestBlocks> map_held(const Design& design, const FmacArray& array,
                                       const ProductRequest& request, LayerDescriptor& layer) {
  return HeldMapper(design, array, request, layer).map();
}

}  // namespace systerm
