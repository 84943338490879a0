// SPDX-License-Identifier: Apache-2.0
// Order in which a block of an activation streams into the array: vector by vector, for each row of
// cells the channels of its group at its kernel position; zeros outside the input and past a ragged
// group.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "components/buffer/address_pattern.h"
#include "components/descriptors/layer_descriptor.h"

namespace systerm {

class Im2colPattern final : public AddressPattern {
 public:
  /// Vectors vector_begin .. + vectors of `block` for the row slots of the step's tile.
  Im2colPattern(const LayerDescriptor& descriptor, const Step& step);

  std::int64_t vector_bytes() const { return vector_bytes_; }
  /// `out` is [vectors][slots * row_values]; in packed layers the streams of a packed column lie
  /// side by side.
  void gather(std::span<const unsigned char> block, std::span<unsigned char> out) const override;

 private:
  const LayerDescriptor& descriptor_;
  const Step& step_;
  const WeightTile& tile_;
  RegionLayout layout_;
  std::int64_t group_size_;
  std::int64_t vector_bytes_;
};

}  // namespace systerm
