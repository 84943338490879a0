// SPDX-License-Identifier: Apache-2.0
// Column combining: columns are grouped, then each row keeps one weight a group, the largest.
// Source: arXiv 1811.04770 and the code published with it.
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "components/arithmetic/built_in_packings.h"

namespace systerm {
namespace {

constexpr double kMaxGamma = 1e6;

/// Column-combine pruning: of a row's weights in a group the largest magnitude survives, of equal
/// ones the last in the group's list.
void combine(const MatrixView& matrix, PackedMatrix& packed) {
  packed.values.assign(matrix.rows * packed.groups.size(), 0.0F);
  packed.selects.assign(packed.values.size(), 0);
  packed.conflicts.assign(packed.groups.size(), 0);
  std::size_t cell = 0;
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    for (std::size_t group = 0; group < packed.groups.size(); ++group, ++cell) {
      const std::vector<std::int32_t>& columns = packed.groups[group];
      std::int64_t nonzeros = 0;
      for (std::size_t position = 0; position < columns.size(); ++position) {
        const float weight = matrix.at(row, static_cast<std::size_t>(columns[position]));
        if (weight == 0.0F) continue;
        ++nonzeros;
        if (std::abs(weight) < std::abs(packed.values[cell])) continue;
        packed.values[cell] = weight;
        packed.selects[cell] = static_cast<std::uint8_t>(position);
      }
      if (nonzeros == 0) continue;
      ++packed.nonzeros_kept;
      packed.conflicts[group] += nonzeros - 1;
    }
  }
}

PackedMatrix combined(const MatrixView& matrix, const NonzeroPattern& pattern, ColumnGroups groups,
                      int alpha) {
  PackedMatrix packed;
  packed.rows = matrix.rows;
  packed.columns = matrix.columns;
  packed.alpha = alpha;
  packed.groups = std::move(groups);
  combine(matrix, packed);
  packed.nonzeros_pruned = pattern.total() - packed.nonzeros_kept;
  packed.packed_rows = pattern.nonempty_rows();
  return packed;
}

class ColumnCombining final : public Packing {
 public:
  explicit ColumnCombining(const PackingParameters& parameters) : Packing(parameters) {}

  std::string_view name() const override { return "column_combining"; }

  PackedMatrix pack(const MatrixView& matrix) const override {
    const NonzeroPattern pattern(matrix);
    const GroupingLimits limits{static_cast<std::size_t>(parameters().alpha),
                                static_cast<std::int64_t>(std::floor(
                                    parameters().gamma * static_cast<double>(matrix.rows))),
                                static_cast<std::size_t>(parameters().section)};
    return combined(matrix, pattern, group_columns(parameters().algorithm, pattern, limits),
                    parameters().alpha);
  }
};

void require_alpha(int alpha) {
  if (alpha >= 1 && alpha <= kMaxAlpha) return;
  throw std::invalid_argument("alpha must be 1 to " + std::to_string(kMaxAlpha) + ", not " +
                              std::to_string(alpha));
}

void require_groups(const NonzeroPattern& pattern, std::size_t columns, const ColumnGroups& groups,
                    int alpha) {
  std::vector<bool> is_taken(columns, false);
  for (std::size_t group = 0; group < groups.size(); ++group) {
    const std::string name = "group " + std::to_string(group);
    if (groups[group].size() > static_cast<std::size_t>(alpha)) {
      throw std::invalid_argument(name + " has " + std::to_string(groups[group].size()) +
                                  " columns, more than alpha, " + std::to_string(alpha));
    }
    for (const std::int32_t column : groups[group]) {
      if (column < 0 || static_cast<std::size_t>(column) >= columns) {
        throw std::invalid_argument(name + " has column " + std::to_string(column) +
                                    "; there are " + std::to_string(columns));
      }
      if (is_taken[static_cast<std::size_t>(column)]) {
        throw std::invalid_argument("column " + std::to_string(column) + " is in two groups");
      }
      is_taken[static_cast<std::size_t>(column)] = true;
    }
  }
  for (std::size_t column = 0; column < columns; ++column) {
    if (!is_taken[column] && pattern.count(column) > 0) {
      throw std::invalid_argument("column " + std::to_string(column) +
                                  " has weights and is in no group");
    }
  }
}

}  // namespace

PackedMatrix pack_groups(const MatrixView& matrix, ColumnGroups groups, int alpha) {
  require_alpha(alpha);
  const NonzeroPattern pattern(matrix);
  require_groups(pattern, matrix.columns, groups, alpha);
  return combined(matrix, pattern, std::move(groups), alpha);
}

std::unique_ptr<const Packing> make_column_combining(const PackingParameters& parameters) {
  require_alpha(parameters.alpha);
  if (!(parameters.gamma >= 0.0 && parameters.gamma <= kMaxGamma)) {
    std::ostringstream message;
    message << "gamma, the conflicts allowed a row, must be 0 to 1e6, not " << parameters.gamma;
    throw std::invalid_argument(message.str());
  }
  if (parameters.section < 0) {
    throw std::invalid_argument("a section must have 0 or more columns, not " +
                                std::to_string(parameters.section));
  }
  // An unknown algorithm is found now, not with the first matrix.
  group_columns(parameters.algorithm, NonzeroPattern({}), {});
  return std::make_unique<ColumnCombining>(parameters);
}

}  // namespace systerm
