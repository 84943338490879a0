// SPDX-License-Identifier: Apache-2.0
// Packing: how a filter matrix (filters x contraction) comes to lie in fewer columns of cells. A
// packing is added by one file that registers it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "components/arithmetic/column_grouping.h"
#include "components/arithmetic/nonzero_pattern.h"

namespace systerm {

/// Widest multiplexer that a select of 8 bits can address.
inline constexpr int kMaxAlpha = 256;

struct PackingParameters {
  std::string algorithm = "dense_column_first";  ///< one of grouping_names()
  int alpha = 8;             ///< columns a group, 1 to kMaxAlpha: width of a cell's multiplexer
  double gamma = 0.5;        ///< conflicts a row on average: floor(gamma * rows) a group
  std::int64_t section = 0;  ///< columns a section, see GroupingLimits

  friend bool operator==(const PackingParameters&, const PackingParameters&) = default;
};

/// A packed filter matrix: for every row and group the weight that is left, and which column of the
/// group it belongs to.
struct PackedMatrix {
  std::size_t rows = 0;     ///< of the original matrix
  std::size_t columns = 0;  ///< of the original matrix
  std::int32_t alpha = 1;   ///< columns that a group may have
  ColumnGroups groups;
  std::vector<std::int64_t> conflicts;  ///< by group, before pruning
  std::vector<float> values;            ///< [rows][groups]
  std::vector<std::uint8_t> selects;  ///< [rows][groups]: position in the group's list; 0 for none
  std::int64_t nonzeros_kept = 0;
  std::int64_t nonzeros_pruned = 0;
  std::int64_t packed_rows = 0;  ///< that take a row of cells

  std::int64_t packed_columns() const { return static_cast<std::int64_t>(groups.size()); }
  /// nonzeros kept / (packed rows x packed columns); 0 for a matrix without nonzeros.
  double efficiency() const;
  /// Tiles of an array of `array_rows` x `array_columns` cells; one holds a row and a group each.
  std::int64_t tiles(std::int64_t array_rows, std::int64_t array_columns) const;
  /// The matrix that the packed one stands for, [rows][columns].
  std::vector<float> unpacked() const;
};

/// Immutable; safe to share between threads.
class Packing {
 public:
  virtual ~Packing() = default;

  virtual std::string_view name() const = 0;
  const PackingParameters& parameters() const { return parameters_; }
  /// Throws std::invalid_argument for a value that is NaN or infinite.
  virtual PackedMatrix pack(const MatrixView& matrix) const = 0;

 protected:
  explicit Packing(PackingParameters parameters) : parameters_(std::move(parameters)) {}

 private:
  PackingParameters parameters_;
};

/// The matrix in groups that were chosen before: of a row's weights in a group the largest
/// magnitude survives, of equal ones the last in the group's list. `alpha` is the width of the
/// multiplexer. Throws std::invalid_argument for a weight that is NaN or infinite, a group of more
/// than `alpha` columns, a column that the matrix does not have or that is in two groups, or one
/// with a nonzero that is in none.
PackedMatrix pack_groups(const MatrixView& matrix, ColumnGroups groups, int alpha);

using PackingFactory = std::function<std::unique_ptr<const Packing>(const PackingParameters&)>;

/// Makes `name` known; throws std::invalid_argument if it is known already.
void register_packing(std::string name, PackingFactory factory);
/// Throws std::invalid_argument for an unknown name or parameters that the packing cannot honour.
std::unique_ptr<const Packing> make_packing(std::string_view name,
                                            const PackingParameters& parameters);
/// Names in alphabetical order.
std::vector<std::string> packing_names();

}  // namespace systerm
