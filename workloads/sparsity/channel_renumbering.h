// SPDX-License-Identifier: Apache-2.0
// Renumbers the channels of a whole packed network, so that the channels of a group are neighbours
// wherever that can be had. It moves integers and scales that are there already: the network
// computes the same integers at other places. Source: arXiv 1811.04770, row permutation.
#pragma once

#include <span>
#include <vector>

#include "workloads/quantization/quantized_network.h"
#include "workloads/sparsity/channel_permutation.h"

namespace systerm {

struct FeatureOrder {
  FeatureId feature{};
  ChannelOrder order;
};

/// The groups of a packed layer give the order of the channels it reads, at most one layer for
/// channels that correspond: the first in the network. Channels keep their order where it is fixed
/// (see reason_for_fixed_order) or where a layer that is not packed reads them, since its groups of
/// weights would be others. With kernels larger than 1 x 1 a channel stands where its first column
/// does.
std::vector<FeatureOrder> orders_of_groups(const Network& network);

/// Throws std::invalid_argument as with_channel_order does.
QuantizedNetwork with_channel_orders(const QuantizedNetwork& quantized,
                                     std::span<const FeatureOrder> orders);

/// Groups of the layer whose channels are neighbours, in the order of the group, at one position.
std::int64_t adjacent_groups(const PackedMatrix& packed, std::int64_t channels);

}  // namespace systerm
