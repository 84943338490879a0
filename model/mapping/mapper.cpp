// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/mapper.h"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "components/array/cell.h"
#include "model/design/layer_rules.h"
#include "model/mapping/core_split.h"
#include "model/mapping/gemm_mapper.h"
#include "model/mapping/layer_program.h"
#include "model/mapping/mapping_error.h"
#include "model/mapping/packed_tiles.h"
#include "model/mapping/retention_check.h"
#include "model/mapping/weight_tiles.h"
#include "workloads/execution/gemm_geometry.h"
#include "workloads/quantization/term_statistics_estimate.h"

namespace systerm {

namespace {

class NetworkMapper {
 public:
  NetworkMapper(const Design& design, const QuantizedNetwork& network,
                const std::vector<MappingRule>& rules)
      : design_(design),
        network_(network),
        rules_(rules),
        cell_(make_cell(design.array.cell)),
        retention_(design) {}

  MappedNetwork map() {
    const Network& graph = *network_.network;
    for (std::size_t i = 0; i < graph.layers.size(); ++i) {
      if (graph.layers[i].gemm() == nullptr) continue;
      check_format(graph.layers[i], network_.layers[i]);
      check_weight_owner(graph.layers[i], network_.layers[i]);
    }
    for (std::string& problem : retention_.problems()) problems_.push_back(std::move(problem));
    throw_if_problems();
    share_layers();
    throw_if_problems();
    MappedNetwork mapped;
    mapped.memory = lay_out_memory(network_, channel_blocks(), weight_bytes_);
    if (mapped.memory.bytes > static_cast<std::uint64_t>(design_.dram.bytes)) {
      problems_.push_back(fmt::format(
          "the network takes {:.1f} MiB of memory, dram.size is {:.1f} MiB; increase dram.size or "
          "reduce workload.batch",
          static_cast<double>(mapped.memory.bytes) / (1 << 20),
          static_cast<double>(design_.dram.bytes) / (1 << 20)));
    }
    mapped.cores.resize(static_cast<std::size_t>(design_.cores.count));
    for (const Part& part : parts_) {
      const std::uint64_t weights = mapped.memory.weight_addresses[part.weights];
      auto descriptor = map_part(part, mapped.memory, weights);
      if (descriptor->outputs.empty() && problems_.empty()) continue;
      mapped.cores[static_cast<std::size_t>(part.share.core)].push_back(
          {part.layer, std::move(descriptor), weights});
    }
    throw_if_problems();
    return mapped;
  }

 private:
  /// What one core does of a layer, and the weights that it takes.
  struct Part {
    std::size_t layer = 0;
    LayerShare share;
    std::shared_ptr<const TiledWeights> tiled;
    std::size_t weights = 0;  ///< into weight_bytes_
  };

  GemmExtents extents(const Layer& layer) const {
    const Gemm& gemm = *layer.gemm();
    GemmExtents extents;
    extents.groups = gemm.groups;
    if (gemm.taps.empty()) {
      extents.kernel_height = gemm.window.kernel_height;
      extents.kernel_width = gemm.window.kernel_width;
    }
    extents.channels = gemm.k / gemm.positions() * gemm.groups;
    extents.filters = gemm.filters();
    extents.is_second_operand = gemm.second.has_value();
    return extents;
  }

  /// Fills parts_.
  void share_layers() {
    const Network& graph = *network_.network;
    std::vector<double> costs;
    for (std::size_t i = 0; i < graph.layers.size(); ++i) {
      const Layer& layer = graph.layers[i];
      const std::optional<GemmExtents> gemm =
          layer.gemm() == nullptr ? std::nullopt : std::optional(extents(layer));
      first_parts_.push_back(parts_.size());
      for (const LayerShare& share : shares(layer, gemm ? &*gemm : nullptr)) {
        const bool shares_tiles = parts_.size() > first_parts_[i] && splits(CoreSplit::kBatch);
        Part part{i, share, nullptr, 0};
        part.tiled = shares_tiles ? parts_.back().tiled
                                  : std::make_shared<const TiledWeights>(
                                        gemm ? tile(i, *gemm, share.filters) : TiledWeights{});
        part.weights = shares_tiles ? parts_.back().weights : place_weights(layer, *part.tiled);
        parts_.push_back(std::move(part));
      }
      costs.push_back(cost(layer, network_.layers[i], *parts_.back().tiled));
    }
    if (!splits(CoreSplit::kLayer)) return;
    const std::vector<int> cores = assign_layers(costs, design_.cores.count);
    for (Part& part : parts_) part.share.core = cores[part.layer];
  }

  /// Position in weight_bytes_ of what the next part of a layer takes.
  std::size_t place_weights(const Layer& layer, const TiledWeights& tiled) {
    const Gemm* gemm = layer.gemm();
    if (gemm != nullptr && gemm->weights_of) {
      const std::size_t part = parts_.size() - first_parts_.back();
      return parts_[first_parts_[*gemm->weights_of] + part].weights;
    }
    weight_bytes_.push_back(gemm != nullptr && gemm->second ? 0 : tiled.bytes);
    return weight_bytes_.size() - 1;
  }

  bool splits(CoreSplit split) const {
    return design_.cores.count > 1 && design_.cores.split == split;
  }

  std::vector<LayerShare> shares(const Layer& layer, const GemmExtents* gemm) {
    const std::int64_t images = network_.network->feature(layer.output).shape.images;
    if (splits(CoreSplit::kFilters)) return split_by_filters(design_, gemm, images);
    if (splits(CoreSplit::kBatch) && check_images(layer)) {
      return split_by_batch(design_, gemm, images);
    }
    return {{0, 0, images, {0, gemm == nullptr ? 0 : gemm->filters}, 0, 1}};
  }

  bool check_images(const Layer& layer) {
    if (std::holds_alternative<Rearrangement>(layer.operation)) {
      problems_.push_back(
          fmt::format("layer '{}' moves elements among all images, which cannot be divided by "
                      "images; use cores.split: filters or layer",
                      layer.name));
      return false;
    }
    const std::int64_t images = network_.network->feature(layer.output).shape.images;
    for (const FeatureId input : layer.inputs) {
      const FeatureShape& shape = network_.network->feature(input).shape;
      const bool streamed = layer.gemm() != nullptr && input == layer.inputs.front();
      if (shape.images == 1 && layer.gemm() == nullptr) continue;
      const std::int64_t other =
          streamed ? gemm_input_shape(*layer.gemm(), shape, layer.name).images : shape.images;
      if (shape.images == images && other == images) continue;
      problems_.push_back(fmt::format(
          "layer '{}' makes {} images from {}, which cannot be divided by images; use cores.split: "
          "filters or layer",
          layer.name, images, other));
      return false;
    }
    if (images >= design_.cores.count) return true;
    problems_.push_back(
        fmt::format("layer '{}' has {} images for {} cores; increase workload.batch, reduce "
                    "cores.count or use cores.split: filters or layer",
                    layer.name, images, design_.cores.count));
    return false;
  }

  /// Cycles of a layer on one core, to divide layers evenly: computing or memory, whatever takes
  /// longer.
  double cost(const Layer& layer, const QuantizedLayer& quantized,
              const TiledWeights& tiled) const {
    const auto elements = [&](FeatureId id) {
      return static_cast<double>(network_.network->feature(id).shape.elements());
    };
    double bytes = elements(layer.output);
    if (layer.gemm() == nullptr || !layer.gemm()->second) {
      bytes += static_cast<double>(tiled.bytes);
    }
    const bool looks_up = std::holds_alternative<Lookup>(layer.operation);
    for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
      // Of a table only the rows that are named.
      bytes += elements(looks_up && i == 1 ? layer.output : layer.inputs[i]);
    }
    double work =
        elements(layer.output) / design_.vector_unit.lanes * design_.vector_unit.cycles_per_word;
    if (const Gemm* gemm = layer.gemm()) {
      work = std::max(work, static_cast<double>(gemm->m) * static_cast<double>(tiled.tiles.size()) *
                                static_cast<double>(cell_->beat_cycles(*quantized.format)));
    }
    return std::max(work, bytes * design_.clock_hz / design_.dram.bytes_per_second);
  }

  /// What one tile or one core makes lies together.
  std::vector<std::int64_t> channel_blocks() const {
    std::vector<std::int64_t> blocks(network_.network->features.size(), design_.array.columns);
    if (!splits(CoreSplit::kFilters)) return blocks;
    for (const Part& part : parts_) {
      const Layer& layer = network_.network->layers[part.layer];
      if (layer.gemm() == nullptr) continue;
      blocks[index(layer.output)] =
          std::min(design_.array.columns, filters_a_core(extents(layer), design_));
    }
    return blocks;
  }

  void throw_if_problems() const {
    if (!problems_.empty()) throw MappingError(problems_);
  }

  bool check_format(const Layer& layer, const QuantizedLayer& quantized) {
    const Format& format = *quantized.format;
    if (const auto reason = cell_->refuses(format)) {
      problems_.push_back(fmt::format("layer '{}': {}", layer.name, *reason));
      return false;
    }
    const int group = format.parameters().group_size;
    if (group > design_.array.max_group_size) {
      problems_.push_back(
          fmt::format("layer '{}': a group of {} values is wider than a cell, which holds {}; "
                      "reduce group_size "
                      "or increase array.max_group_size",
                      layer.name, group, design_.array.max_group_size));
      return false;
    }
    retention_.add(layer.name, cell_->beat_cycles(format));
    return check_packing(layer);
  }

  bool check_packing(const Layer& layer) {
    const PackedMatrix* packed = layer.gemm()->packed.get();
    if (packed == nullptr) return true;
    if (packed->alpha <= design_.array.multiplexer) return true;
    problems_.push_back(fmt::format(
        "layer '{}': packed with alpha {}, but the multiplexer of a cell has {} input{}; reduce "
        "packing.alpha or increase array.multiplexer",
        layer.name, packed->alpha, design_.array.multiplexer,
        design_.array.multiplexer == 1 ? "" : "s"));
    return false;
  }

  /// Layers with the same weights read the same bytes, which both formats must agree on.
  void check_weight_owner(const Layer& layer, const QuantizedLayer& quantized) {
    const Gemm* gemm = layer.gemm();
    if (gemm == nullptr || !gemm->weights_of) return;
    if (quantized.precision == network_.layers[*gemm->weights_of].precision) return;
    problems_.push_back(
        fmt::format("layer '{}' uses the weights of layer '{}' again and needs the same precision",
                    layer.name, network_.network->layers[*gemm->weights_of].name));
  }

  TiledWeights tile(std::size_t layer, const GemmExtents& gemm, const FilterRange& filters) const {
    const Format& format = *network_.layers[layer].format;
    if (const auto& packed = network_.network->layers[layer].gemm()->packed) {
      return tile_packed_weights(*packed, filters, design_.array, format,
                                 design_.dram.access_bytes);
    }
    return tile_weights(gemm, filters, design_.array, format, design_.dram.access_bytes);
  }

  const MappingRule& rule_for(const std::string& layer) const {
    static const MappingRule automatic;
    const MappingRule* rule = mapping_for(rules_, layer);
    return rule == nullptr ? automatic : *rule;
  }

  std::shared_ptr<const LayerDescriptor> map_part(const Part& part, const MemoryLayout& memory,
                                                  std::uint64_t weight_address) {
    const Layer& layer = network_.network->layers[part.layer];
    const QuantizedLayer& quantized = network_.layers[part.layer];
    const LayerShare& share = part.share;
    auto descriptor = std::make_shared<LayerDescriptor>();
    descriptor->layer = static_cast<std::int64_t>(part.layer);
    descriptor->name = layer.name;
    const auto feature = [&](FeatureId id) {
      const FeatureMap& map = memory.features[index(id)];
      // One image serves all.
      if (!splits(CoreSplit::kBatch) || map.images == 1) return map;
      return images_of(map, share.image_begin, share.image_end);
    };
    descriptor->output = feature(layer.output);
    for (const FeatureId input : layer.inputs) descriptor->operands.push_back(feature(input));
    descriptor->program.steps = layer.steps;
    set_source(layer.operation, descriptor->program);
    if (const Gemm* gemm = layer.gemm()) {
      descriptor->format = quantized.format;
      descriptor->settings = register_settings(*quantized.format);
      descriptor->window = gemm->window;
      if (gemm->packed) {
        descriptor->streams =
            std::make_shared<const StreamTable>(stream_table(*gemm->packed, *gemm));
      } else if (!gemm->taps.empty()) {
        descriptor->streams = std::make_shared<const StreamTable>(shifted_streams(*gemm));
      }
      descriptor->input =
          gemm_input_map(layer, *network_.network, memory.features[index(layer.inputs.front())]);
      if (splits(CoreSplit::kBatch)) {
        descriptor->input = images_of(descriptor->input, share.image_begin, share.image_end);
      }
      if (gemm->second) {
        descriptor->second = SecondOperandMap{.map = feature(layer.inputs[1]),
                                              .sums_positions = gemm->second->sums_positions,
                                              .sharing = gemm->second->sharing,
                                              .k = gemm->k,
                                              .n = gemm->n};
      }
      descriptor->program.sum_scale = quantized.sum_scale;
      descriptor->program.requantizer = quantized.requantizer;
      descriptor->program.bias = quantized.bias;
      descriptor->estimate = estimate(quantized, *gemm, descriptor->input);
      map_gemm(design_, rule_for(layer.name), *part.tiled, weight_address,
               cell_->beat_cycles(*quantized.format), *descriptor, problems_);
    } else {
      map_vector_layer(design_, share.pieces, *descriptor, problems_);
      keep_piece(share, descriptor->outputs);
    }
    return descriptor;
  }

  static void keep_piece(const LayerShare& share, std::vector<OutputTile>& outputs) {
    const auto count = static_cast<std::int64_t>(outputs.size());
    outputs.erase(outputs.begin() + count * (share.piece + 1) / share.pieces, outputs.end());
    outputs.erase(outputs.begin(), outputs.begin() + count * share.piece / share.pieces);
  }

  static TermEstimate estimate(const QuantizedLayer& layer, const Gemm& gemm,
                               const FeatureMap& input) {
    if (!layer.weight_codes.empty()) {
      const std::int64_t positions = gemm.positions();
      return estimate_term_statistics(*layer.format, layer.weight_codes,
                                      static_cast<std::size_t>(gemm.k / positions),
                                      input.is_signed);
    }
    return estimate_term_statistics(*layer.format, input.is_signed);
  }

  const Design& design_;
  const QuantizedNetwork& network_;
  const std::vector<MappingRule>& rules_;
  const std::unique_ptr<const Cell> cell_;
  RetentionCheck retention_;
  std::vector<Part> parts_;                 ///< layer by layer
  std::vector<std::size_t> first_parts_;    ///< by layer, into parts_
  std::vector<std::int64_t> weight_bytes_;  ///< of everything stored of weights
  std::vector<std::string> problems_;
};

}  // namespace

MappedNetwork map_network(const Design& design, const QuantizedNetwork& network,
                          const std::vector<MappingRule>& rules) {
  return NetworkMapper(design, network, rules).map();
}

std::vector<CoreLayer> shares_of(const MappedNetwork& mapped, std::size_t layer) {
  std::vector<CoreLayer> shares;
  for (const std::vector<CoreLayer>& core : mapped.cores) {
    const auto found = std::ranges::find(core, layer, &CoreLayer::layer);
    if (found != core.end()) shares.push_back(*found);
  }
  return shares;
}

}  // namespace systerm
