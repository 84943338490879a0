// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/block_scaled_format.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "components/arithmetic/minifloat.h"

namespace systerm {

BlockScaledFormat::BlockScaledFormat(std::string name, std::size_t block_size, int element_bits,
                                     CodeType code_type, std::array<float, 256> element_values)
    : name_(std::move(name)),
      block_size_(block_size),
      element_bits_(element_bits),
      code_type_(code_type),
      element_values_(element_values) {}

TensorStorage BlockScaledFormat::storage(std::size_t rows, std::size_t columns) const {
  const std::uint64_t blocks = rows * ((columns + block_size_ - 1) / block_size_);
  return {blocks * kScaleBits, blocks * block_size_ * static_cast<std::uint64_t>(element_bits_)};
}

double BlockScaledFormat::bits_per_value() const {
  return element_bits_ + static_cast<double>(kScaleBits) / static_cast<double>(block_size_);
}

void BlockScaledFormat::encode(const StridedMatrix& values, EncodedTensor& encoded) const {
  const std::size_t blocks = (values.columns + block_size_ - 1) / block_size_;
  encoded.rows = values.rows;
  encoded.columns = values.columns;
  encoded.code_type = code_type_;
  encoded.codes.resize(values.rows * values.columns);
  encoded.scales.resize(values.rows * blocks);
  encoded.lowest_exponent = 0;
  encoded.tensor_scale = tensor_scale(values);
  encoded.saturated = 0;
  std::vector<std::uint32_t> largest(kBlocksAtOnce);
  std::vector<std::array<float, 2>> factors(kBlocksAtOnce);
  for (std::size_t row = 0; row < values.rows; ++row) {
    for (std::size_t first = 0; first < blocks; first += kBlocksAtOnce) {
      const std::size_t last = std::min(blocks, first + kBlocksAtOnce);
      const std::size_t begin = first * block_size_;
      const std::size_t end = std::min(values.columns, last * block_size_);
      const auto some = values.values.subspan(row * values.stride + begin, end - begin);
      largest_bits(some, block_size_, largest.data());
      for (std::size_t block = first; block < last; ++block) {
        const BlockScale scale = block_scale(largest[block - first], encoded.tensor_scale);
        encoded.scales[row * blocks + block] = scale.code;
        factors[block - first] = scale.factors;
      }
      encoded.saturated +=
          element_codes(some, factors, encoded.codes.data() + row * values.columns + begin);
    }
  }
}

void BlockScaledFormat::decode(const EncodedTensor& encoded, std::span<float> values) const {
  const std::size_t blocks = (encoded.columns + block_size_ - 1) / block_size_;
  for (std::size_t row = 0; row < encoded.rows; ++row) {
    for (std::size_t block = 0; block < blocks; ++block) {
      const float scale = block_value(encoded.scales[row * blocks + block], encoded.tensor_scale);
      const std::size_t first = row * encoded.columns + block * block_size_;
      const std::size_t last = std::min(first + block_size_, (row + 1) * encoded.columns);
      for (std::size_t i = first; i < last; ++i) {
        values[i] = element_values_[encoded.codes[i]] * scale;
      }
    }
  }
}

}  // namespace systerm
