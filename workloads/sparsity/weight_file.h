// SPDX-License-Identifier: Apache-2.0
// Weights that were trained elsewhere, with their masks and groups of columns, and the file of
// them.
#pragma once

#include <filesystem>
#include <string>

#include "components/arithmetic/column_grouping.h"
#include "workloads/data/array.h"
#include "workloads/network/network.h"

namespace systerm {

/// The network with the weights of an NPZ archive. For every layer with weights it holds an array
/// of the layer's name: [filters][channels of the group][kernel rows][kernel columns], or for a
/// linear layer [filters][features in the order of the source: channel, row, column]. Optional are
/// NAME.mask, of the same shape, where 0 takes a weight away, and NAME.bias, [filters]; batch norm
/// is folded in already. NAME.groups is left to with_groups_of(). Throws DataError listing every
/// layer that lacks its array, has one of another shape or a value that is no number, and every
/// array that belongs to no layer.
Network with_weights_of(const Network& network, const std::filesystem::path& file);

/// Groups of columns as an array [groups][alpha] of whole numbers has them, in merge order; -1
/// fills a group up. Throws std::invalid_argument for an array of another kind.
ColumnGroups groups_of(const Array& array);

/// The network with layers packed in the groups of an NPZ archive. NAME.groups, see groups_of(),
/// has columns of the array NAME, counted over all axes but the first. A layer without stays as it
/// is. Other arrays are those of with_weights_of() and are not read. Throws DataError listing every
/// problem: groups of no layer, or of one that has no weights or whose groups of channels leave
/// nothing to combine, and what pack_groups() refuses; also if there are no groups at all.
Network with_groups_of(const Network& network, const std::filesystem::path& file);

/// The archive from which both read this network's weights, biases, and masks and groups of the
/// layers that are packed. Every layer that multiplies by weights has them.
std::string encode_weight_file(const Network& network);

}  // namespace systerm
