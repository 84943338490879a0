// SPDX-License-Identifier: Apache-2.0
// Renumbers the channels of an activation: filters of the layers that make it and columns of the
// layers that read it move alike, so the network computes the same. With the filters of one layer
// in the order of the next layer's groups, the channels of a group are neighbours and no switch is
// needed between the layers. Source: arXiv 1811.04770, row permutation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "components/arithmetic/column_grouping.h"
#include "workloads/network/network.h"

namespace systerm {

/// Element c is the old number of the channel that becomes channel c.
using ChannelOrder = std::vector<std::int32_t>;

/// The groups one after the other, then the channels that are in none.
ChannelOrder order_of_groups(const ColumnGroups& groups, std::int64_t channels);

/// Why the channels of `feature` must stay in their order, or nothing. Inputs and outputs of the
/// network, concatenations, softmax and grouped convolutions fix it; residual connections pass it
/// on.
std::optional<std::string> reason_for_fixed_order(const Network& network, FeatureId feature);

/// By feature, whether its channels correspond one to one to those of `feature`, so that they move
/// with them.
std::vector<bool> corresponding_features(const Network& network, FeatureId feature);

/// The same network with the channels of `feature` in the given order, and alike those of every
/// feature that is added to it, multiplied with it, pooled or filtered channel by channel. Packed
/// layers stay packed alike. Throws std::invalid_argument if the order is fixed or is no
/// permutation of the channels.
Network with_channel_order(const Network& network, FeatureId feature, const ChannelOrder& order);

}  // namespace systerm
