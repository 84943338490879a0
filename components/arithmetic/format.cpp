// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/format.h"

#include <stdexcept>

namespace systerm {

int Format::data_limit(bool is_signed) const {
  const bool has_sign_bit = is_signed || parameters_.data_range == DataRange::kSigned;
  return (1 << (parameters_.data_bits - (has_sign_bit ? 1 : 0))) - 1;
}

void Format::encode_data_group(std::span<std::int16_t> values,
                               std::span<std::uint8_t> terms) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const EncodedValue encoded = encode_data(values[i]);
    values[i] = encoded.value;
    terms[i] = encoded.terms;
  }
}

std::int64_t Format::dot(std::span<const std::int16_t> weights,
                         std::span<const std::int16_t> data) {
  if (weights.size() != data.size()) {
    throw std::invalid_argument("a dot product needs as many weights as data values");
  }
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    sum += std::int64_t{weights[i]} * std::int64_t{data[i]};
  }
  return sum;
}

}  // namespace systerm
