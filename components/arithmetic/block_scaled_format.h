// SPDX-License-Identifier: Apache-2.0
// What formats with 8-bit block scales have in common: blocks along the rows, one code a byte.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "components/arithmetic/tensor_format.h"

namespace systerm {

class BlockScaledFormat : public TensorFormat {
 public:
  std::string_view name() const final { return name_; }
  std::size_t block_size() const final { return block_size_; }
  TensorStorage storage(std::size_t rows, std::size_t columns) const final;
  double bits_per_value() const final;

  void encode(const StridedMatrix& values, EncodedTensor& encoded) const final;
  void decode(const EncodedTensor& encoded, std::span<float> values) const final;

 protected:
  static constexpr int kScaleBits = 8;
  /// So few that they stay in the nearest cache.
  static constexpr std::size_t kBlocksAtOnce = 256;

  BlockScaledFormat(std::string name, std::size_t block_size, int element_bits, CodeType code_type,
                    std::array<float, 256> element_values);

  /// The scale of the whole tensor, for formats that have one.
  virtual float tensor_scale(const StridedMatrix& /*values*/) const { return 1; }
  /// Scale code of a block whose largest |x| has these bits, and by what its values are multiplied.
  struct BlockScale {
    std::uint8_t code = 0;
    std::array<float, 2> factors{};
  };
  virtual BlockScale block_scale(std::uint32_t largest_bits, float tensor_scale) const = 0;
  /// What the elements of a block are multiplied by; NaN if they all are NaN.
  virtual float block_value(std::uint8_t code, float tensor_scale) const = 0;
  /// As `minifloat_codes`, for up to kBlocksAtOnce blocks.
  virtual std::uint64_t element_codes(std::span<const float> values,
                                      std::span<const std::array<float, 2>> factors,
                                      std::uint8_t* codes) const = 0;

 private:
  std::string name_;
  std::size_t block_size_;
  int element_bits_;
  CodeType code_type_;
  std::array<float, 256> element_values_;
};

}  // namespace systerm
