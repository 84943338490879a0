// SPDX-License-Identifier: Apache-2.0
#include "workloads/sparsity/joint_optimisation.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace systerm {
namespace {

void check_sizes(const SparseLayer& layer) {
  if (layer.weights.size() == layer.rows * layer.columns && !layer.weights.empty()) return;
  throw std::invalid_argument(fmt::format("{} weights for {} rows of {} columns",
                                          layer.weights.size(), layer.rows, layer.columns));
}

/// The same groups and selects with the weights as they have become.
std::shared_ptr<const PackedMatrix> with_values(const SparseLayer& layer) {
  PackedMatrix packed = *layer.packed;
  for (std::size_t row = 0; row < packed.rows; ++row) {
    for (std::size_t group = 0; group < packed.groups.size(); ++group) {
      const std::size_t cell = row * packed.groups.size() + group;
      const auto column = static_cast<std::size_t>(packed.groups[group][packed.selects[cell]]);
      const std::size_t at = row * packed.columns + column;
      packed.values[cell] = layer.mask[at] != 0 ? layer.weights[at] : 0.0F;
    }
  }
  return std::make_shared<const PackedMatrix>(std::move(packed));
}

template <typename Action>
void for_each_layer(std::span<SparseLayer> layers, Action action) {
  for (SparseLayer& layer : layers) {
    try {
      action(layer);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("layer '{}': {}", layer.name, error.what()));
    }
  }
}

void train_on(const PrunePoint& point, std::span<SparseLayer> layers, const Retrain& retrain) {
  retrain(point, layers);
  for (const SparseLayer& layer : layers) {
    const std::size_t size = layer.rows * layer.columns;
    if (layer.weights.size() == size && layer.mask.size() == size) continue;
    throw std::logic_error(
        fmt::format("layer '{}': training changed the number of weights", layer.name));
  }
  for_each_layer(layers, [](SparseLayer& layer) {
    if (layer.packed) layer.packed = with_values(layer);
  });
}

bool can_be_packed(const Gemm* gemm) {
  return gemm != nullptr && gemm->weights && gemm->groups == 1 && !gemm->weights_of;
}

}  // namespace

std::vector<float> SparseLayer::masked_weights() const {
  std::vector<float> masked = weights;
  for (std::size_t i = 0; i < masked.size(); ++i) {
    if (mask[i] == 0) masked[i] = 0.0F;
  }
  return masked;
}

void prune_and_pack(double rate, SparseLayer& layer) {
  check_sizes(layer);
  std::vector<float> left = layer.weights;
  const PruneRule rule = layer.combines ? layer.prune_rule : PruneRule::kShare;
  prune_smallest(left, prune_count(rule, left.size(), rate, layer.packing.alpha));
  layer.packed = nullptr;
  if (layer.combines) {
    const auto packing = make_packing("column_combining", layer.packing);
    layer.packed =
        std::make_shared<const PackedMatrix>(packing->pack({left, layer.rows, layer.columns}));
    left = layer.packed->unpacked();
  }
  layer.mask.resize(left.size());
  std::ranges::transform(left, layer.mask.begin(),
                         [](float weight) { return static_cast<std::uint8_t>(weight != 0.0F); });
}

void optimise_jointly(std::span<SparseLayer> layers, const PruningSchedule& schedule,
                      const Retrain& retrain) {
  for_each_layer(layers, check_sizes);
  // Without training every mask is made from the same weights, so the last one is all there is.
  for (int number = retrain ? 1 : schedule.points; number <= schedule.points; ++number) {
    const PrunePoint point{number, schedule.points, schedule.rate(number)};
    for_each_layer(layers, [&](SparseLayer& layer) { prune_and_pack(point.rate, layer); });
    if (retrain) train_on(point, layers, retrain);
  }
}

std::vector<SparseLayer> sparse_layers(const Network& network, const PackingParameters& packing) {
  std::vector<SparseLayer> layers;
  for (const Layer& layer : network.layers) {
    const Gemm* gemm = layer.gemm();
    if (!can_be_packed(gemm)) continue;
    SparseLayer& sparse = layers.emplace_back();
    sparse.name = layer.name;
    sparse.rows = static_cast<std::size_t>(gemm->n);
    sparse.columns = static_cast<std::size_t>(gemm->k);
    sparse.weights = *gemm->weights;
    sparse.mask.assign(sparse.weights.size(), 1);
    sparse.packing = packing;
  }
  return layers;
}

Network with_sparse_layers(const Network& network, std::span<const SparseLayer> layers) {
  Network result = network;
  for (const SparseLayer& sparse : layers) {
    const auto layer = std::ranges::find(result.layers, sparse.name, &Layer::name);
    if (layer == result.layers.end() || !can_be_packed(layer->gemm())) {
      throw std::invalid_argument(
          fmt::format("network '{}' has no layer '{}' to pack", network.name, sparse.name));
    }
    auto& gemm = std::get<Gemm>(layer->operation);
    if (!sparse.packed || sparse.weights.size() != gemm.weights->size() ||
        sparse.packed->rows * sparse.packed->columns != gemm.weights->size()) {
      throw std::invalid_argument(
          fmt::format("layer '{}' is not packed, or of another size", sparse.name));
    }
    gemm.weights = std::make_shared<const std::vector<float>>(sparse.masked_weights());
    gemm.packed = sparse.packed;
  }
  for (Layer& layer : result.layers) {
    auto* gemm = std::get_if<Gemm>(&layer.operation);
    if (gemm == nullptr || !gemm->weights_of) continue;
    gemm->weights = result.layers[*gemm->weights_of].gemm()->weights;
    gemm->packed = result.layers[*gemm->weights_of].gemm()->packed;
  }
  return result;
}

}  // namespace systerm
