// SPDX-License-Identifier: Apache-2.0
// The loop that makes a network sparse and packable while it is trained: prune by magnitude, group
// columns, prune what conflicts in a group, train on, again with more pruned. Training is not done
// here but by whoever calls: see `Retrain`. Source: Kung, McDanel, Zhang (arXiv 1811.04770), joint
// optimisation, and the schedule of the code published with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "components/arithmetic/magnitude_pruning.h"
#include "components/arithmetic/packing.h"
#include "workloads/network/network.h"

namespace systerm {

/// The filter matrix of one layer on its way through the loop.
struct SparseLayer {
  std::string name;
  std::size_t rows = 0;     ///< filters
  std::size_t columns = 0;  ///< input channels, or channels x kernel positions
  /// [rows][columns], dense: a weight that is masked keeps its value, since the next mask is made
  /// from all of them.
  std::vector<float> weights;
  /// [rows][columns], 1 for a weight that counts; the network computes with weights x mask.
  std::vector<std::uint8_t> mask;
  PackingParameters packing;
  bool combines = true;  ///< else only pruned, and never packed
  PruneRule prune_rule = PruneRule::kPublished;
  std::shared_ptr<const PackedMatrix> packed;  ///< weights x mask of the last prune point

  /// weights x mask.
  std::vector<float> masked_weights() const;
};

/// One prune point of one layer: `rate` of its weights are pruned by magnitude, by its rule;
/// columns are grouped; what conflicts is pruned. Mask and groups are made from all weights, also
/// those that were masked before. Throws std::invalid_argument for weights that are no numbers,
/// sizes that do not fit, or parameters that packing refuses.
void prune_and_pack(double rate, SparseLayer& layer);

struct PrunePoint {
  int number = 1;  ///< 1 to `points`
  int points = 1;
  double rate = 0.0;  ///< share pruned by magnitude, of the published rule
};

/// Trains on after a prune point and leaves the new `weights` in the layers; masks stay as they
/// are, and so do numbers of rows and columns.
using Retrain = std::function<void(const PrunePoint& point, std::span<SparseLayer> layers)>;

/// Goes through all prune points of the schedule; after the last one, and its training, `packed`
/// of every layer holds the trained weights under the last mask. Without `retrain` the result is
/// that of the last prune point alone. A layer with alpha 1 is not pruned. Throws
/// std::invalid_argument naming the layer for weights that are no numbers, sizes that do not fit,
/// or parameters that packing refuses; std::logic_error if `retrain` changes a size.
void optimise_jointly(std::span<SparseLayer> layers, const PruningSchedule& schedule,
                      const Retrain& retrain = {});

/// The matrices of all layers that can be packed, one entry a layer, with the given packing: those
/// of stored weights in one group. Layers that use another's weights follow it and are left out.
std::vector<SparseLayer> sparse_layers(const Network& network, const PackingParameters& packing);

/// The network with the weights x masks of `layers` and packed as they are. Throws
/// std::invalid_argument for a layer that the network does not have or that has another size, or
/// that has not been packed.
Network with_sparse_layers(const Network& network, std::span<const SparseLayer> layers);

}  // namespace systerm
