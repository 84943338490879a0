// SPDX-License-Identifier: Apache-2.0
// The matrix as it is: every column a group of its own, empty rows and columns included.
#include "components/arithmetic/built_in_packings.h"

namespace systerm {
namespace {

class NoPacking final : public Packing {
 public:
  explicit NoPacking(const PackingParameters& parameters) : Packing(parameters) {}

  std::string_view name() const override { return "none"; }
  PackedMatrix pack(const MatrixView& matrix) const override {
    const NonzeroPattern pattern(matrix);
    PackedMatrix packed;
    packed.rows = matrix.rows;
    packed.columns = matrix.columns;
    packed.groups.resize(matrix.columns);
    for (std::size_t column = 0; column < matrix.columns; ++column) {
      packed.groups[column] = {static_cast<std::int32_t>(column)};
    }
    packed.conflicts.assign(matrix.columns, 0);
    packed.values.assign(matrix.values.begin(), matrix.values.end());
    packed.selects.assign(matrix.values.size(), 0);
    packed.nonzeros_kept = pattern.total();
    packed.packed_rows = static_cast<std::int64_t>(matrix.rows);
    return packed;
  }
};

}  // namespace

std::unique_ptr<const Packing> make_no_packing(const PackingParameters& parameters) {
  return std::make_unique<NoPacking>(parameters);
}

}  // namespace systerm
