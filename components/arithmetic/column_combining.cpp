// SPDX-License-Identifier: Apache-2.0
// Column combining: columns are grouped, then each row keeps one weight a group, the largest.
// Source: arXiv 1811.04770 and the code published with it.
#include <cmath>
#include <sstream>
#include <stdexcept>

#include "components/arithmetic/built_in_packings.h"

namespace systerm {
namespace {

constexpr double kMaxGamma = 1e6;

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
    PackedMatrix packed;
    packed.rows = matrix.rows;
    packed.columns = matrix.columns;
    packed.alpha = parameters().alpha;
    packed.groups = group_columns(parameters().algorithm, pattern, limits);
    combine(matrix, packed);
    packed.nonzeros_pruned = pattern.total() - packed.nonzeros_kept;
    packed.packed_rows = pattern.nonempty_rows();
    return packed;
  }

 private:
  /// Column-combine pruning: of a row's weights in a group the largest magnitude survives, of equal
  /// ones the last in the group's list.
  static void combine(const MatrixView& matrix, PackedMatrix& packed) {
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
};

}  // namespace

std::unique_ptr<const Packing> make_column_combining(const PackingParameters& parameters) {
  if (parameters.alpha < 1 || parameters.alpha > kMaxAlpha) {
    throw std::invalid_argument("alpha must be 1 to " + std::to_string(kMaxAlpha) + ", not " +
                                std::to_string(parameters.alpha));
  }
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
