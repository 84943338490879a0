// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/mapper.h"

#include <map>
#include <stdexcept>
#include <tuple>

#include <fmt/format.h>

#include "components/array/cell.h"
#include "model/design/layer_rules.h"
#include "model/mapping/gemm_mapper.h"
#include "model/mapping/mapping_error.h"
#include "model/mapping/weight_tiles.h"
#include "workloads/quantization/term_statistics_estimate.h"

namespace systerm {

namespace {

PrecisionSettings register_settings(const Format& format) {
  const FormatParameters& parameters = format.parameters();
  if (!format.encodes_data()) return {.group_size = parameters.group_size};
  return {.group_size = parameters.group_size,
          .group_budget = parameters.group_budget,
          .data_terms = parameters.data_terms,
          .encoder_enabled = true,
          .comparator_enabled = true};
}

void set_source(const Operation& operation, VectorProgram& program) {
  using Source = VectorProgram::Source;
  if (const auto* pool = std::get_if<Pool>(&operation)) {
    program.source = pool->kind == Pool::Kind::kMax ? Source::kMaximum : Source::kAverage;
    program.window = pool->window;
    program.count_padding = pool->count_padding;
  } else if (std::holds_alternative<Elementwise>(operation)) {
    program.source = Source::kPass;
  } else if (std::holds_alternative<Concatenation>(operation)) {
    program.source = Source::kConcatenation;
  } else if (std::holds_alternative<Softmax>(operation)) {
    program.source = Source::kSoftmax;
  } else {
    program.source = Source::kSums;
  }
}

class NetworkMapper {
 public:
  NetworkMapper(const Design& design, const QuantizedNetwork& network,
                const std::vector<MappingRule>& rules)
      : design_(design), network_(network), rules_(rules), cell_(make_cell(design.array.cell)) {}

  MappedNetwork map() {
    const Network& graph = *network_.network;
    std::vector<TiledWeights> tiled(graph.layers.size());
    std::vector<std::int64_t> weight_bytes;
    for (std::size_t i = 0; i < graph.layers.size(); ++i) {
      if (graph.layers[i].gemm() != nullptr && check_format(graph.layers[i], network_.layers[i])) {
        tiled[i] = tile(graph.layers[i], *network_.layers[i].format);
      }
      weight_bytes.push_back(tiled[i].bytes);
    }
    throw_if_problems();
    MappedNetwork mapped;
    mapped.memory = lay_out_memory(network_, design_.array.columns, weight_bytes);
    if (mapped.memory.bytes > static_cast<std::uint64_t>(design_.dram.bytes)) {
      problems_.push_back(fmt::format(
          "the network takes {:.1f} MiB of memory, dram.size is {:.1f} MiB; increase dram.size or "
          "reduce workload.batch",
          static_cast<double>(mapped.memory.bytes) / (1 << 20),
          static_cast<double>(design_.dram.bytes) / (1 << 20)));
    }
    for (std::size_t i = 0; i < graph.layers.size(); ++i) {
      mapped.layers.push_back(map_layer(i, mapped.memory, tiled[i]));
    }
    throw_if_problems();
    return mapped;
  }

 private:
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
    return true;
  }

  TiledWeights tile(const Layer& layer, const Format& format) const {
    const Gemm& gemm = *layer.gemm();
    GemmExtents extents;
    extents.groups = gemm.groups;
    extents.kernel_height = gemm.window.kernel_height;
    extents.kernel_width = gemm.window.kernel_width;
    extents.channels = gemm.k / (extents.kernel_height * extents.kernel_width) * gemm.groups;
    extents.filters = gemm.filters();
    return tile_weights(extents, design_.array, format, design_.dram.access_bytes);
  }

  const MappingRule& rule_for(const std::string& layer) const {
    static const MappingRule automatic;
    const MappingRule* rule = mapping_for(rules_, layer);
    return rule == nullptr ? automatic : *rule;
  }

  std::shared_ptr<const LayerDescriptor> map_layer(std::size_t position, const MemoryLayout& memory,
                                                   const TiledWeights& tiled) {
    const Layer& layer = network_.network->layers[position];
    const QuantizedLayer& quantized = network_.layers[position];
    auto descriptor = std::make_shared<LayerDescriptor>();
    descriptor->layer = static_cast<std::int64_t>(position);
    descriptor->name = layer.name;
    descriptor->output = memory.features[index(layer.output)];
    for (const FeatureId input : layer.inputs) {
      descriptor->operands.push_back(memory.features[index(input)]);
    }
    descriptor->program.steps = layer.steps;
    set_source(layer.operation, descriptor->program);
    if (const Gemm* gemm = layer.gemm()) {
      descriptor->format = quantized.format;
      descriptor->settings = register_settings(*quantized.format);
      descriptor->window = gemm->window;
      descriptor->input =
          gemm_input_map(layer, *network_.network, memory.features[index(layer.inputs.front())]);
      descriptor->program.sum_scale = quantized.sum_scale;
      descriptor->program.bias = quantized.bias;
      descriptor->estimate = estimate(quantized, *gemm, descriptor->input);
      map_gemm(design_, rule_for(layer.name), tiled, memory.weight_addresses[position],
               cell_->beat_cycles(*quantized.format), *descriptor, problems_);
    } else {
      map_vector_layer(design_, *descriptor, problems_);
    }
    return descriptor;
  }

  TermEstimate estimate(const QuantizedLayer& layer, const Gemm& gemm, const FeatureMap& input) {
    if (!layer.weight_codes.empty()) {
      const std::int64_t positions = gemm.window.kernel_height * gemm.window.kernel_width;
      return estimate_term_statistics(*layer.format, layer.weight_codes,
                                      static_cast<std::size_t>(gemm.k / positions),
                                      input.is_signed);
    }
    for (const auto& [format, is_signed, known] : estimates_) {
      if (format->name() == layer.format->name() && is_signed == input.is_signed &&
          format->parameters() == layer.format->parameters()) {
        return known;
      }
    }
    estimates_.emplace_back(layer.format, input.is_signed,
                            estimate_term_statistics(*layer.format, input.is_signed));
    return std::get<2>(estimates_.back());
  }

  const Design& design_;
  const QuantizedNetwork& network_;
  const std::vector<MappingRule>& rules_;
  const std::unique_ptr<const Cell> cell_;
  std::vector<std::string> problems_;
  std::vector<std::tuple<std::shared_ptr<const Format>, bool, TermEstimate>> estimates_;
};

}  // namespace

MappedNetwork map_network(const Design& design, const QuantizedNetwork& network,
                          const std::vector<MappingRule>& rules) {
  return NetworkMapper(design, network, rules).map();
}

std::vector<unsigned char> pack_layer_weights(const LayerDescriptor& descriptor, const Gemm& gemm,
                                              const QuantizedLayer& layer) {
  const std::int64_t channels = gemm.k / (gemm.window.kernel_height * gemm.window.kernel_width);
  std::vector<unsigned char> image;
  for (const WeightTile& tile : descriptor.weight_tiles) {
    image.resize(static_cast<std::size_t>(tile.offset));
    BitWriter writer(image);
    for (std::int64_t row = 0; row < tile.slots; ++row) {
      const RowSlot& slot = descriptor.slots[static_cast<std::size_t>(tile.first_slot + row)];
      const std::int64_t group = slot.channel / channels;
      const std::int64_t position = slot.kernel_row * gemm.window.kernel_width + slot.kernel_column;
      const std::int64_t k = position * channels + (slot.channel - group * channels);
      for (std::int64_t column = 0; column < slot.column_count; ++column) {
        const std::int64_t filter = tile.filter_begin + slot.column_begin + column;
        layer.format->pack_weights(std::span(layer.weight_codes.data() + filter * gemm.k + k,
                                             static_cast<std::size_t>(slot.count)),
                                   writer);
      }
    }
    writer.align();
  }
  return image;
}

}  // namespace systerm
