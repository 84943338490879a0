// SPDX-License-Identifier: Apache-2.0
// Order in which a block of an activation streams into the array: vector by vector, for each row of
// cells the channels of its group at its kernel position; zeros outside the input and past a ragged
// group.
#pragma once

#include <cstdint>
#include <functional>
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

  /// A vector is one request.
  std::int64_t request_bytes() const override { return vector_bytes_; }
  void visit_requests(const std::function<void(const RequestGroup&)>& visit) const override;
  void runs(const RequestGroup& group, std::vector<AccessRun>& runs) const override;
  void append_signature(std::vector<std::int64_t>& signature) const override;

 private:
  /// Channels of one group that lie together.
  struct Piece {
    std::int64_t offset = 0;  ///< of the region's first position
    std::int64_t pitch = 0;   ///< from one position to the next
    std::int32_t out = 0;
    std::int32_t bytes = 0;
    std::int32_t row = 0;  ///< of the input, against the window's origin
    std::int32_t column = 0;
  };
  struct Position {
    std::int64_t image = 0;
    std::int64_t row = 0;
    std::int64_t column = 0;
  };

  std::span<const RowSlot> slots() const;
  std::vector<Piece> pieces() const;
  /// Of the output.
  Position position(std::int64_t vector) const;
  std::int64_t image_pitch() const;
  /// Which positions of the kernel lie in the input there.
  std::int64_t shape_at(const Position& at) const;
  /// Output columns begin .. end whose whole window lies between the input's left and right edge.
  void inner_columns(std::int64_t& begin, std::int64_t& end) const;

  const LayerDescriptor& descriptor_;
  const Step& step_;
  const WeightTile& tile_;
  RegionLayout layout_;
  std::int64_t group_size_;
  std::int64_t vector_bytes_;
};

}  // namespace systerm
