// SPDX-License-Identifier: Apache-2.0
// Weights that were trained elsewhere, with their masks, for a network that carries none.
#pragma once

#include <filesystem>

#include "workloads/network/network.h"

namespace systerm {

/// The network with the weights of an NPZ archive. For every layer with weights it holds an array
/// of the layer's name: [filters][channels of the group][kernel rows][kernel columns], or for a
/// linear layer [filters][features in the order of the source: channel, row, column]. Optional are
/// NAME.mask, of the same shape, where 0 takes a weight away, and NAME.bias, [filters]; batch norm
/// is folded in already. Throws DataError listing every layer that lacks its array, has one of
/// another shape or a value that is no number, and every array that belongs to no layer.
Network with_weights_of(const Network& network, const std::filesystem::path& file);

}  // namespace systerm
