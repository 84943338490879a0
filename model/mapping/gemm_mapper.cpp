// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/gemm_mapper.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "model/mapping/blocking.h"
#include "model/mapping/resource_limits.h"

namespace systerm {

namespace {

/// Consecutive weight tiles that are loaded together.
struct WeightPart {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::int64_t bytes = 0;
};

struct Choice {
  BlockExtent extent;
  std::vector<WeightPart> parts;
  LoopOrder order = LoopOrder::kDataOuter;
  double cost = std::numeric_limits<double>::infinity();
};

class GemmMapper {
 public:
  GemmMapper(const Design& design, const MappingRule& rule, const TiledWeights& weights,
             std::uint64_t weight_address, std::int64_t beat_cycles, LayerDescriptor& layer)
      : design_(design),
        rule_(rule),
        weights_(weights),
        weight_address_(weight_address),
        beat_cycles_(beat_cycles),
        layer_(layer),
        limits_(design) {}

  bool map(std::vector<std::string>& problems) {
    if (!check_tiles(problems)) return false;
    std::optional<Choice> best;
    std::vector<std::string> misfits;
    for (const BlockExtent& extent : candidates()) {
      const BlockingSummary blocks = summarise_blocks(layer_, extent);
      const std::optional<std::string> misfit = misfit_of(blocks, extent);
      if (misfit) {
        // Extents come largest first; what keeps the smallest from fitting is what must be changed.
        misfits.assign(1, *misfit);
        continue;
      }
      for (const std::vector<WeightPart>& parts : partitions(extent)) {
        for (const LoopOrder order : orders(parts, blocks.blocks)) {
          const double price = cost(blocks, parts, order);
          if (!best || price < best->cost) best = Choice{extent, parts, order, price};
        }
      }
      if (rule_.vectors > 0 && best) break;
    }
    if (!best) {
      if (misfits.empty()) {
        misfits.push_back(
            "no block of vectors and weights fits; reduce mapping.vectors or mapping.filters");
      }
      for (const std::string& misfit : misfits) {
        problems.push_back(fmt::format("layer '{}': {}", layer_.name, misfit));
      }
      return false;
    }
    emit(*best);
    return true;
  }

 private:
  bool output_stationary() const { return design_.array.dataflow == Dataflow::kOutputStationary; }

  bool check_tiles(std::vector<std::string>& problems) const {
    const auto largest = std::ranges::max_element(weights_.tiles, {}, &WeightTile::bytes);
    if (largest->bytes <= limits_.weight_slot()) return true;
    problems.push_back(fmt::format(
        "layer '{}': a weight tile of {} rows x {} columns takes {}, a slot of the weight buffer "
        "holds {}; increase weight_buffer.size or reduce array.rows, array.columns or group_size",
        layer_.name, largest->slots, largest->columns, bytes_text(largest->bytes),
        bytes_text(limits_.weight_slot())));
    return false;
  }

  std::vector<BlockExtent> candidates() const {
    std::vector<BlockExtent> extents = block_extents(layer_.output);
    // Every image has a second operand of its own.
    if (layer_.second) {
      std::erase_if(extents, [](const BlockExtent& extent) { return extent.images > 1; });
    }
    if (rule_.vectors > 0) {
      std::erase_if(extents,
                    [&](const BlockExtent& extent) { return extent.positions() > rule_.vectors; });
    }
    return extents;
  }

  /// Why the blocks do not fit: resource, demand, bound, and what would help. Nothing if they do.
  std::optional<std::string> misfit_of(const BlockingSummary& blocks,
                                       const BlockExtent& extent) const {
    const std::int64_t data = blocks.largest_input * layer_.input.element_bytes;
    const std::int64_t positions = extent.positions();
    const std::int64_t filters =
        std::ranges::max_element(weights_.columns, {}, &OutputTile::filters)->filters;
    if (data > limits_.data_slot()) {
      return limits_.describe("the input of a block of vectors", data, "data_buffer",
                              limits_.data_slot());
    }
    if (positions * filters > limits_.accumulator_sums()) {
      return limits_.describe("the sums of a block of vectors", positions * filters * 4,
                              "accumulators", limits_.accumulator_sums() * 4);
    }
    const std::int64_t results = positions * filters * layer_.output.element_bytes;
    if (results > limits_.result_slot()) {
      return limits_.describe("the results of a block of vectors", results, "result_buffer",
                              limits_.result_slot());
    }
    if (layer_.uses_operands()) {
      std::int64_t operands = 0;
      for (std::size_t i = layer_.second ? 2 : 1; i < layer_.operands.size(); ++i) {
        operands += positions * filters * layer_.operands[i].element_bytes;
      }
      if (operands > limits_.operand_slot()) {
        return limits_.describe("the residual operands of a block of vectors", operands,
                                "operand_buffer", limits_.operand_slot());
      }
    }
    return std::nullopt;
  }

  /// Weight parts no larger than `limit`; with `whole_outputs` cut only between output tiles.
  std::optional<std::vector<WeightPart>> partition(std::int64_t limit, bool whole_outputs) const {
    std::vector<WeightPart> parts;
    const auto& places = weights_.places;
    for (std::size_t begin = 0; begin < places.size();) {
      std::size_t end = begin + 1;
      if (whole_outputs) {
        while (end < places.size() && places[end].output_column == places[begin].output_column) {
          ++end;
        }
      }
      const std::int64_t part_begin = weights_.tiles[begin].offset;
      const std::int64_t bytes =
          weights_.tiles[end - 1].bytes + weights_.tiles[end - 1].offset - part_begin;
      if (bytes > limit) return std::nullopt;
      const bool joins =
          !parts.empty() &&
          part_begin + bytes - weights_.tiles[parts.back().begin].offset <= limit &&
          (rule_.filters == 0 || filters_between(parts.back().begin, end) <= rule_.filters);
      if (joins) {
        parts.back().end = end;
      } else {
        parts.push_back({begin, end, 0});
      }
      begin = end;
    }
    for (WeightPart& part : parts) {
      part.bytes = weights_.tiles[part.end - 1].bytes + weights_.tiles[part.end - 1].offset -
                   weights_.tiles[part.begin].offset;
    }
    return parts;
  }

  std::int64_t filters_between(std::size_t begin, std::size_t end) const {
    const OutputTile& first =
        weights_.columns[static_cast<std::size_t>(weights_.places[begin].output_column)];
    const OutputTile& last =
        weights_.columns[static_cast<std::size_t>(weights_.places[end - 1].output_column)];
    return last.filter_begin + last.filters - first.filter_begin;
  }

  std::vector<std::vector<WeightPart>> partitions(const BlockExtent& extent) const {
    std::vector<std::vector<WeightPart>> found;
    // Sums of one set of cells must be finished before the next set of vectors starts.
    const bool may_cut_sums = !output_stationary() || extent.positions() <= design_.array.rows;
    const std::int64_t slot = limits_.weight_slot();
    for (std::int64_t limit = slot; limit >= slot / 16; limit /= 2) {
      for (const bool whole_outputs : {true, false}) {
        if (!whole_outputs && !may_cut_sums) continue;
        auto parts = partition(limit, whole_outputs);
        if (!parts) continue;
        const bool known = std::ranges::any_of(
            found, [&](const auto& other) { return other.size() == parts->size(); });
        if (!known) found.push_back(std::move(*parts));
      }
    }
    return found;
  }

  std::vector<LoopOrder> orders(const std::vector<WeightPart>& parts, std::int64_t blocks) const {
    std::vector<LoopOrder> allowed;
    const bool whole = std::ranges::all_of(parts, [&](const WeightPart& part) {
      return weights_.places[part.begin].first_of_sum &&
             weights_.places[part.end - 1].last_of_sum &&
             (part.begin == 0 || weights_.places[part.begin].output_column !=
                                     weights_.places[part.begin - 1].output_column);
    });
    if (rule_.loop_order != LoopOrder::kWeightsOuter) allowed.push_back(LoopOrder::kDataOuter);
    if (rule_.loop_order != LoopOrder::kDataOuter && whole && parts.size() > 1 && blocks > 1) {
      allowed.push_back(LoopOrder::kWeightsOuter);
    } else if (rule_.loop_order == LoopOrder::kWeightsOuter && whole) {
      allowed.push_back(LoopOrder::kWeightsOuter);
    }
    return allowed;
  }

  /// Cycles of memory traffic, plus what overlaps with nothing: the first loads, the last results,
  /// and the filling and emptying of the array for every pass.
  double cost(const BlockingSummary& blocks, const std::vector<WeightPart>& parts,
              LoopOrder order) const {
    const auto block_count = static_cast<double>(blocks.blocks);
    double data = static_cast<double>(blocks.input_elements);
    double weights = static_cast<double>(weights_.bytes);
    if (order == LoopOrder::kDataOuter) {
      if (parts.size() > 1) weights *= block_count;
      if (parts.size() == 1 && layer_.second) weights *= static_cast<double>(layer_.output.images);
    } else if (blocks.blocks > 1) {
      if (layer_.second) weights *= static_cast<double>(layer_.output.images);
      data *= static_cast<double>(parts.size());
    }
    const auto first = static_cast<double>(blocks.first_input + parts.front().bytes);
    const auto last = static_cast<double>(blocks.last_positions * weights_.columns.back().filters);
    double skew = 0.0;
    for (const WeightTile& tile : weights_.tiles) {
      skew += static_cast<double>((tile.slots + tile.columns) * beat_cycles_);
    }
    const double bytes_per_cycle = design_.dram.bytes_per_second / design_.clock_hz;
    return (data + weights + first + last) / bytes_per_cycle + skew * block_count;
  }

  void emit(const Choice& choice) {
    layer_.blocks = cut_into_blocks(layer_.output, choice.extent);
    layer_.slots = weights_.slots;
    layer_.weight_tiles = weights_.tiles;
    // Blocks that take the same weights; a second operand changes from image to image.
    for (std::size_t begin = 0; begin < layer_.blocks.size();) {
      std::size_t end = layer_.blocks.size();
      if (layer_.second) {
        end = begin + 1;
        while (end < layer_.blocks.size() &&
               layer_.blocks[end].image_begin == layer_.blocks[begin].image_begin) {
          ++end;
        }
      }
      emit_blocks(choice, begin, end);
      begin = end;
    }
    mark_releases();
  }

  void emit_blocks(const Choice& choice, std::size_t begin, std::size_t end) {
    const std::size_t parts = choice.parts.size();
    const std::int64_t image = layer_.blocks[begin].image_begin;
    if (choice.order == LoopOrder::kDataOuter) {
      for (std::size_t block = begin; block < end; ++block) {
        layer_.data_loads.push_back(static_cast<std::int32_t>(block));
        for (const WeightPart& part : choice.parts) {
          if (parts > 1 || block == begin) load_part(part, image);
          visit(block, part);
        }
      }
      return;
    }
    for (const WeightPart& part : choice.parts) {
      load_part(part, image);
      for (std::size_t block = begin; block < end; ++block) {
        if (end - begin > 1 || &part == &choice.parts.front()) {
          layer_.data_loads.push_back(static_cast<std::int32_t>(block));
        }
        visit(block, part);
      }
    }
  }

  void load_part(const WeightPart& part, std::int64_t image) {
    layer_.weight_loads.push_back(
        {weight_address_ + static_cast<std::uint64_t>(weights_.tiles[part.begin].offset),
         part.bytes, static_cast<std::int32_t>(part.begin), static_cast<std::int32_t>(part.end),
         image});
  }

  void visit(std::size_t block, const WeightPart& part) {
    const std::int64_t vectors = layer_.blocks[block].positions();
    if (!output_stationary()) {
      for (std::size_t tile = part.begin; tile < part.end; ++tile) {
        add_step(block, 0, vectors, part, tile);
      }
      return;
    }
    for (std::size_t begin = part.begin; begin < part.end;) {
      std::size_t end = begin + 1;
      while (end < part.end &&
             weights_.places[end].output_column == weights_.places[begin].output_column) {
        ++end;
      }
      for (std::int64_t vector = 0; vector < vectors; vector += design_.array.rows) {
        const std::int64_t count = std::min(design_.array.rows, vectors - vector);
        for (std::size_t tile = begin; tile < end; ++tile) {
          add_step(block, vector, count, part, tile);
        }
      }
      begin = end;
    }
  }

  void add_step(std::size_t block, std::int64_t vector_begin, std::int64_t vectors,
                const WeightPart& part, std::size_t tile) {
    const TilePlace& place = weights_.places[tile];
    const auto& places = weights_.places;
    const bool first_tile = tile == 0 || places[tile - 1].output_column != place.output_column;
    const bool last_tile =
        tile + 1 == places.size() || places[tile + 1].output_column != place.output_column;
    Step step;
    step.block = static_cast<std::int32_t>(block);
    step.vector_begin = static_cast<std::int32_t>(vector_begin);
    step.vectors = static_cast<std::int32_t>(vectors);
    step.weight_tile = static_cast<std::int32_t>(tile);
    step.weight_load = static_cast<std::int32_t>(layer_.weight_loads.size()) - 1;
    step.data_load = static_cast<std::int32_t>(layer_.data_loads.size()) - 1;
    step.weight_offset = weights_.tiles[tile].offset - weights_.tiles[part.begin].offset;
    step.loads_weights = layer_.steps.empty() ||
                         layer_.steps.back().weight_tile != step.weight_tile ||
                         (layer_.second && layer_.steps.back().weight_load != step.weight_load);
    step.opens_output = vector_begin == 0 && sends_first_sums(tile);
    step.completes_sums = !output_stationary() || place.last_of_sum;
    step.completes_output = last_tile && vector_begin + vectors == layer_.blocks[block].positions();
    if (first_tile && vector_begin == 0) {
      OutputTile output = weights_.columns[static_cast<std::size_t>(place.output_column)];
      output.block = step.block;
      layer_.outputs.push_back(output);
    }
    step.output = static_cast<std::int32_t>(layer_.outputs.size()) - 1;
    layer_.steps.push_back(step);
  }

  /// Whether the pass of `tile` is the first of its output tile whose sums leave the array.
  bool sends_first_sums(std::size_t tile) const {
    const auto& places = weights_.places;
    if (output_stationary() && !places[tile].last_of_sum) return false;
    for (std::size_t earlier = tile; earlier > 0; --earlier) {
      if (places[earlier - 1].output_column != places[tile].output_column) break;
      if (!output_stationary() || places[earlier - 1].last_of_sum) return false;
    }
    return true;
  }

  void mark_releases() {
    auto& steps = layer_.steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const bool last = i + 1 == steps.size();
      steps[i].releases_weights = last || steps[i + 1].weight_load != steps[i].weight_load;
      steps[i].releases_data = last || steps[i + 1].data_load != steps[i].data_load;
    }
  }

  const Design& design_;
  const MappingRule& rule_;
  const TiledWeights& weights_;
  const std::uint64_t weight_address_;
  const std::int64_t beat_cycles_;
  LayerDescriptor& layer_;
  const ResourceLimits limits_;
};

}  // namespace

bool map_gemm(const Design& design, const MappingRule& rule, const TiledWeights& weights,
              std::uint64_t weight_address, std::int64_t beat_cycles, LayerDescriptor& descriptor,
              std::vector<std::string>& problems) {
  return GemmMapper(design, rule, weights, weight_address, beat_cycles, descriptor).map(problems);
}

}  // namespace systerm
