// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/packed_workload.h"

#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "components/arithmetic/magnitude_pruning.h"
#include "model/design/layer_rules.h"
#include "model/simulation/prepared_workload.h"
#include "workloads/quantization/synthetic_network.h"
#include "workloads/sparsity/channel_renumbering.h"
#include "workloads/sparsity/column_skew.h"
#include "workloads/sparsity/weight_file.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

void refuse_unmatched(const PackingPlan& plan, const Network& network) {
  std::vector<std::string> names;
  for (const Layer& layer : network.layers) names.push_back(layer.name);
  std::string patterns;
  for (const std::size_t rule : unmatched_rules(plan, names)) {
    patterns += fmt::format(" '{}'", plan.layers[rule].match);
  }
  if (patterns.empty()) return;
  throw WorkloadError(fmt::format(
      "packing.layers: no layer of network '{}' matches{}; `systerm import {}` lists their names",
      network.name, patterns, network.name));
}

void prune(const LayerPacking& packing, std::vector<float>& weights) {
  if (packing.prune <= 0.0) return;
  prune_smallest(weights, packing.pruned(weights.size(), packing.prune));
}

class WorkloadPacker {
 public:
  WorkloadPacker(const PackingPlan& plan, std::uint64_t seed, bool is_synthetic)
      : plan_(plan), seed_(seed), is_synthetic_(is_synthetic) {}

  void pack(Layer& layer) const {
    auto* gemm = std::get_if<Gemm>(&layer.operation);
    if (gemm == nullptr) return;
    const LayerPackingChoice choice = packing_for(plan_, layer.name);
    const LayerPacking& packing = *choice.packing;
    const bool combines = packing.combines();
    if (gemm->second) {
      if (!combines || !choice.rule) return;
      throw WorkloadError(fmt::format(
          "packing.layers: layer '{}' multiplies two activations and has no weights to combine; "
          "leave it out, or set method: none",
          layer.name));
    }
    if (gemm->groups > 1) {
      if (!combines || !choice.rule) return;
      throw WorkloadError(fmt::format(
          "packing.layers: layer '{}' is a convolution of {} groups, which read channels of their "
          "own, so there is nothing to combine; leave it out, or set method: none",
          layer.name, gemm->groups));
    }
    std::vector<float> weights = *gemm->weights;
    const auto columns = static_cast<std::size_t>(gemm->k);
    if (plan_.column_skew > 0.0 && is_synthetic_) {
      skew_columns(seed_, layer.name, columns, plan_.column_skew, weights);
    }
    prune(packing, weights);
    if (combines) {
      const auto method = make_packing(packing.method, packing.parameters);
      auto packed = std::make_shared<PackedMatrix>(
          method->pack({weights, static_cast<std::size_t>(gemm->filters()), columns}));
      weights = packed->unpacked();
      gemm->packed = std::move(packed);
    }
    gemm->weights = std::make_shared<const std::vector<float>>(std::move(weights));
  }

  /// A layer that uses the weights of an earlier one again is packed as that is.
  void follow(const Layer& owner, Layer& layer) const {
    if (*packing_for(plan_, layer.name).packing != *packing_for(plan_, owner.name).packing) {
      throw WorkloadError(
          fmt::format("packing.layers: layers '{}' and '{}' have the same weights; pack them alike",
                      owner.name, layer.name));
    }
    auto& gemm = std::get<Gemm>(layer.operation);
    gemm.weights = owner.gemm()->weights;
    gemm.packed = owner.gemm()->packed;
  }

 private:
  const PackingPlan& plan_;
  std::uint64_t seed_;
  bool is_synthetic_;
};

struct TileCount {
  std::int64_t tiles = 0;
  std::int64_t output_columns = 0;  ///< of tiles, along the filters
};

/// Cores that divide a layer by images have the same tiles, others tiles of their own.
TileCount count_tiles(const std::vector<CoreLayer>& shares) {
  std::set<std::uint64_t> images;
  TileCount count;
  for (const CoreLayer& share : shares) {
    if (!images.insert(share.weight_address).second) continue;
    const std::vector<WeightTile>& tiles = share.descriptor->weight_tiles;
    count.tiles += std::ssize(tiles);
    std::set<std::int64_t> filters;
    for (const WeightTile& tile : tiles) filters.insert(tile.filter_begin);
    count.output_columns += std::ssize(filters);
  }
  return count;
}

}  // namespace

std::shared_ptr<const Network> pack_workload(const Experiment& experiment,
                                             const PrecisionPlan& plan,
                                             const std::shared_ptr<const Network>& network) {
  if (plan.packing.is_empty()) return network;
  if (!plan.packing.groups.empty()) {
    return std::make_shared<const Network>(with_groups_of(*network, plan.packing.groups));
  }
  refuse_unmatched(plan.packing, *network);
  Network packed = with_synthetic_weights(*network, experiment.run.seed);
  const WorkloadPacker packer(plan.packing, experiment.run.seed,
                              experiment.workload.weights == WeightSource::kSynthetic);
  for (std::size_t i = 0; i < packed.layers.size(); ++i) {
    Layer& layer = packed.layers[i];
    try {
      if (layer.gemm() != nullptr && layer.gemm()->weights_of) {
        packer.follow(packed.layers[*layer.gemm()->weights_of], layer);
      } else {
        packer.pack(layer);
      }
    } catch (const std::invalid_argument& error) {
      throw WorkloadError(fmt::format("layer '{}': {}", layer.name, error.what()));
    }
    auto* gemm = std::get_if<Gemm>(&layer.operation);
    if (gemm != nullptr && !network->layers[i].gemm()->weights) gemm->weights = nullptr;
  }
  return std::make_shared<const Network>(std::move(packed));
}

nlohmann::ordered_json packing_json(const Layer& layer, const std::vector<CoreLayer>& shares,
                                    const Design& design) {
  const Gemm& gemm = *layer.gemm();
  const TileCount count = count_tiles(shares);
  if (!gemm.packed) {
    Json json = {{"method", "none"}, {"tiles", count.tiles}, {"unpacked_tiles", count.tiles}};
    if (gemm.second) {
      json["reason"] = "both factors are activations: no weights to combine";
    } else if (gemm.groups > 1) {
      json["reason"] = "groups read channels of their own: nothing to combine";
    }
    return json;
  }
  const PackedMatrix& packed = *gemm.packed;
  const std::int64_t group = shares.front().descriptor->settings.group_size;
  const std::int64_t positions = gemm.positions();
  const std::int64_t rows = positions * ((gemm.k / positions + group - 1) / group);
  const std::int64_t unpacked_tiles =
      (rows + design.array.rows - 1) / design.array.rows * count.output_columns;
  std::int64_t streamed = 0;
  std::int64_t unselected = 0;
  for (const CoreLayer& share : shares) {
    const LayerDescriptor& mapped = *share.descriptor;
    for (const Step& step : mapped.steps) {
      const WeightTile& tile = mapped.weight_tiles[static_cast<std::size_t>(step.weight_tile)];
      streamed += step.vectors * tile.slots * mapped.row_values();
      unselected += step.vectors * tile.unselected_values;
    }
  }
  return {{"method", "column_combining"},
          {"alpha", packed.alpha},
          {"columns", gemm.k},
          {"packed_columns", packed.packed_columns()},
          {"adjacent_groups", adjacent_groups(packed, gemm.k / positions)},
          {"packed_rows", packed.packed_rows},
          {"nonzeros_kept", packed.nonzeros_kept},
          {"nonzeros_pruned", packed.nonzeros_pruned},
          {"efficiency", packed.efficiency()},
          {"tiles", count.tiles},
          {"unpacked_tiles", unpacked_tiles},
          {"values_streamed", streamed},
          {"values_unselected", unselected}};
}

nlohmann::ordered_json packing_total_json(const nlohmann::ordered_json& layers) {
  Json total;
  double cells = 0.0;
  for (const char* key : {"nonzeros_kept", "nonzeros_pruned", "tiles", "unpacked_tiles",
                          "values_streamed", "values_unselected"}) {
    total[key] = std::int64_t{0};
  }
  for (const Json& layer : layers) {
    if (!layer.contains("packing")) continue;
    const Json& packing = layer["packing"];
    for (const auto& [key, sum] : total.items()) {
      sum = sum.get<std::int64_t>() + packing.value(key, std::int64_t{0});
    }
    cells += static_cast<double>(packing.value("packed_rows", std::int64_t{0}) *
                                 packing.value("packed_columns", std::int64_t{0}));
  }
  total["efficiency"] = cells == 0.0 ? 0.0 : total["nonzeros_kept"].get<double>() / cells;
  return total;
}

}  // namespace systerm
