// SPDX-License-Identifier: Apache-2.0
#include "model/training/joint_training.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "model/design/layer_rules.h"
#include "workloads/document/nearest_name.h"
#include "workloads/graph/lowering.h"
#include "workloads/sparsity/column_order.h"
#include "workloads/training/masked_training.h"

namespace systerm {

namespace {

constexpr std::size_t kTensorsOfLayer = 3;

std::string tensor_name(const SparseLayer& layer, const char* what) {
  return fmt::format("column_combining/{}/{}", layer.name, what);
}

void refuse_unmatched(const PackingPlan& plan, const std::vector<std::string>& layers) {
  std::string text;
  for (const std::size_t rule : unmatched_rules(plan, layers)) {
    const std::string& match = plan.layers[rule].match;
    text += fmt::format("\n  '{}': {}", match, suggest_name(match, layers));
  }
  if (text.empty()) return;
  throw GraphError("column_combining.layers: no layer with weights matches" + text);
}

/// Rows of which the mask leaves something.
std::int64_t nonempty_rows(const SparseLayer& layer) {
  std::int64_t rows = 0;
  for (std::size_t row = 0; row < layer.rows; ++row) {
    const auto begin = layer.mask.begin() + static_cast<std::ptrdiff_t>(row * layer.columns);
    rows += std::any_of(begin, begin + static_cast<std::ptrdiff_t>(layer.columns),
                        [](std::uint8_t mask) { return mask != 0; });
  }
  return rows;
}

StateTensor groups_tensor(const SparseLayer& layer) {
  const ColumnGroups groups = layer.packed ? layer.packed->groups : ColumnGroups();
  const auto alpha = static_cast<std::size_t>(layer.packing.alpha);
  StateTensor tensor{tensor_name(layer, "groups"), {std::ssize(groups), layer.packing.alpha}, {}};
  tensor.values.assign(groups.size() * alpha, -1.0F);
  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (std::size_t i = 0; i < groups[group].size(); ++i) {
      tensor.values[group * alpha + i] = static_cast<float>(groups[group][i]);
    }
  }
  return tensor;
}

ColumnGroups groups_of(const StateTensor& tensor, std::size_t alpha) {
  ColumnGroups groups(tensor.values.size() / alpha);
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    if (tensor.values[i] < 0.0F) continue;
    groups[i / alpha].push_back(static_cast<std::int32_t>(tensor.values[i]));
  }
  return groups;
}

/// The three tensors of one layer, as save() adds them.
void restore_layer(std::span<const StateTensor> tensors, SparseLayer& layer) {
  const Shape shape = {static_cast<std::int64_t>(layer.rows),
                       static_cast<std::int64_t>(layer.columns)};
  if (tensors[0].name != tensor_name(layer, "weights") || tensors[0].shape != shape ||
      tensors[1].name != tensor_name(layer, "mask") || tensors[1].shape != shape ||
      tensors[2].name != tensor_name(layer, "groups")) {
    throw CheckpointError("the checkpoint holds column combining of other layers");
  }
  layer.weights = tensors[0].values;
  std::ranges::transform(tensors[1].values, layer.mask.begin(),
                         [](float value) { return static_cast<std::uint8_t>(value != 0.0F); });
  if (!layer.combines) return;
  const auto alpha = static_cast<std::size_t>(layer.packing.alpha);
  layer.packed = std::make_shared<const PackedMatrix>(
      pack_groups({layer.masked_weights(), layer.rows, layer.columns}, groups_of(tensors[2], alpha),
                  layer.packing.alpha));
}

}  // namespace

JointTraining::JointTraining(const ColumnCombiningMethod& method, std::int64_t epoch_iterations,
                             const std::vector<std::string>& layers, TrainingEngine& engine)
    : method_(method), epoch_iterations_(epoch_iterations), engine_(engine) {
  refuse_unmatched(method_.packing, layers);
  std::map<const float*, std::size_t> owners;  // positions in layers_, by their weights
  for (const std::string& name : layers) {
    const LayerPacking& packing = *packing_for(method_.packing, name).packing;
    const auto [owner, is_first] =
        owners.emplace(engine_.weights(name).values.data(), layers_.size());
    if (!is_first) {
      const std::string& other = layers_[owner->second].name;
      if (packing == *packing_for(method_.packing, other).packing) continue;
      throw GraphError(fmt::format(
          "column_combining.layers: layers '{}' and '{}' have the same weights; treat them alike",
          other, name));
    }
    layers_.push_back(sparse_layers(engine_, std::span(&name, 1), packing.parameters).front());
    layers_.back().combines = packing.combines();
    layers_.back().prune_rule = packing.prune_rule;
  }
}

bool JointTraining::is_due() const {
  return done_ < method_.rounds &&
         engine_.iteration() == method_.epochs_before(done_ + 1) * epoch_iterations_;
}

double JointTraining::rate(const LayerPacking& packing) const {
  return PruningSchedule{.final_rate = packing.prune, .points = method_.rounds}.rate(done_);
}

PruneRound JointTraining::prune() {
  take_trained(engine_, layers_);
  ++done_;
  PruneRound round{.iteration = engine_.iteration(), .rate = rate(method_.packing.defaults)};
  for (SparseLayer& layer : layers_) {
    try {
      prune_and_pack(rate(*packing_for(method_.packing, layer.name).packing), layer);
    } catch (const std::invalid_argument& error) {
      throw TrainingError(fmt::format("round {} of column combining, layer '{}': {}", done_,
                                      layer.name, error.what()));
    }
    round.count += count(layer);
    if (layer.packed) round.count.conflicts += layer.packed->nonzeros_pruned;
  }
  apply_masks(layers_, engine_);
  return round;
}

SparsityCount JointTraining::count(const SparseLayer& layer) {
  SparsityCount count{.weights = std::ssize(layer.weights),
                      .nonzeros = std::ranges::count(layer.mask, std::uint8_t{1}),
                      .columns = static_cast<std::int64_t>(layer.columns)};
  count.packed_columns = layer.packed ? layer.packed->packed_columns() : count.columns;
  count.cells = count.packed_columns * nonempty_rows(layer);
  return count;
}

void JointTraining::save(TrainingState& state) {
  if (done_ == 0) return;
  take_trained(engine_, layers_);
  for (const SparseLayer& layer : layers_) {
    const Shape shape = {static_cast<std::int64_t>(layer.rows),
                         static_cast<std::int64_t>(layer.columns)};
    state.tensors.push_back({tensor_name(layer, "weights"), shape, layer.weights});
    state.tensors.push_back(
        {tensor_name(layer, "mask"), shape, {layer.mask.begin(), layer.mask.end()}});
    state.tensors.push_back(groups_tensor(layer));
  }
}

void JointTraining::restore(TrainingState& state, int rounds) {
  done_ = rounds;
  if (done_ == 0) return;
  const std::size_t count = layers_.size() * kTensorsOfLayer;
  if (state.tensors.size() < count) {
    throw CheckpointError("the checkpoint holds no column combining");
  }
  const std::size_t first = state.tensors.size() - count;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    restore_layer(std::span(state.tensors).subspan(first + i * kTensorsOfLayer, kTensorsOfLayer),
                  layers_[i]);
  }
  state.tensors.resize(first);
  apply_masks(layers_, engine_);
}

Network JointTraining::packed(const Graph& trained) const {
  Network network = lower(trained);
  for (const SparseLayer& sparse : layers_) {
    if (!sparse.packed) continue;
    const auto layer = std::ranges::find(network.layers, sparse.name, &Layer::name);
    if (layer == network.layers.end() || layer->gemm() == nullptr) {
      throw std::logic_error(fmt::format("no layer is made of '{}'", sparse.name));
    }
    auto& gemm = std::get<Gemm>(layer->operation);
    ColumnGroups groups = sparse.packed->groups;
    if (layer->type == "linear") {
      // The engine keeps features in the order of the source, as the graph has them.
      groups = in_memory_order(std::move(groups), column_order(network, *layer));
    }
    gemm.packed = std::make_shared<const PackedMatrix>(pack_groups(
        {*gemm.weights, sparse.rows, sparse.columns}, std::move(groups), sparse.packing.alpha));
  }
  return network;
}

}  // namespace systerm
