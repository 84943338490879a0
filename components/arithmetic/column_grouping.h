// SPDX-License-Identifier: Apache-2.0
// Which columns of a sparse filter matrix share one column of cells. Source: Kung, McDanel, Zhang,
// "Packing Sparse Convolutional Neural Networks for Efficient Systolic Array Implementations"
// (ASPLOS 2019, arXiv 1811.04770), and the code published with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "components/arithmetic/nonzero_pattern.h"

namespace systerm {

/// Column indices of each group in the order in which they were put in.
using ColumnGroups = std::vector<std::vector<std::int32_t>>;

struct GroupingLimits {
  std::size_t alpha = 8;       ///< columns a group
  std::int64_t conflicts = 0;  ///< of a group: sum over rows of max(nonzeros in the row - 1, 0)
  /// Columns are first cut into sections of this many; groups do not cross a section. 0 takes the
  /// algorithm's own: all columns, or 256 for `greedy`.
  std::size_t section = 0;
};

/// `dense_column_first` (the paper): columns by nonzero count, descending, ties by index; each
/// joins the group that stays within the limits and then covers the most rows, ties to the earliest
/// created; else it opens one.
///
/// `greedy` (the published code): a group starts with the lowest unused column and takes, until it
/// is full or none fits, the column within the limits that leaves the fewest empty rows, ties to
/// the lowest index.
///
/// Both leave out columns without a nonzero. Throws std::invalid_argument for an unknown name.
ColumnGroups group_columns(std::string_view algorithm, const NonzeroPattern& pattern,
                           const GroupingLimits& limits);

/// Names in alphabetical order.
std::vector<std::string> grouping_names();

}  // namespace systerm
