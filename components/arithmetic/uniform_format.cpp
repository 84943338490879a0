// SPDX-License-Identifier: Apache-2.0
// Plain fixed-point numbers, the baseline of term quantization. Weights saturate to +-(2^(b-1) -
// 1), what b bits of sign and magnitude hold, and are stored as b-bit two's complement, so the
// pattern -2^(b-1) never occurs. A cell works through the one bits of a magnitude.
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>

#include "components/arithmetic/built_in_formats.h"
#include "components/arithmetic/parameter_range.h"

namespace systerm {
namespace {

constexpr unsigned kLongestField = 57;  // of BitWriter and BitReader

class UniformFormat final : public Format {
 public:
  explicit UniformFormat(const FormatParameters& parameters)
      : Format(parameters),
        weight_limit_((1 << (parameters.weight_bits - 1)) - 1),
        largest_data_(data_limit(/*is_signed=*/false)) {
    for (unsigned magnitude = 0; magnitude < one_bits_.size(); ++magnitude) {
      one_bits_[magnitude] = static_cast<std::uint8_t>(std::popcount(magnitude));
    }
  }

  std::string_view name() const override { return "uniform"; }
  std::vector<std::string> unused_parameters() const override {
    return {"encoding",      "group_budget",         "data_terms",        "term_layout",
            "stored_budget", "weight_mantissa_bits", "data_mantissa_bits"};
  }

  void encode_weights(std::span<std::int16_t> values,
                      std::span<std::uint8_t> terms) const override {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const int value = saturated(values[i]);
      values[i] = static_cast<std::int16_t>(value);
      terms[i] = one_bits_[std::abs(value)];
    }
  }

  EncodedValue encode_data(std::int16_t code) const override {
    const int magnitude = std::abs(int{code});
    if (magnitude > largest_data_) {
      throw std::out_of_range("data code " + std::to_string(code) + " exceeds the magnitude " +
                              std::to_string(largest_data_));
    }
    return {code, one_bits_[magnitude]};
  }

  int weight_term_bound() const override {
    return parameters().group_size * (parameters().weight_bits - 1);
  }
  int data_term_bound() const override {
    return parameters().data_bits - (parameters().data_range == DataRange::kSigned ? 1 : 0);
  }
  std::size_t weight_group_bits() const override {
    return static_cast<std::size_t>(parameters().group_size) * bits();
  }

  void pack_weights(std::span<const std::int16_t> codes, BitWriter& out) const override {
    std::uint64_t field = 0;
    unsigned length = 0;
    const auto group_size = static_cast<std::size_t>(parameters().group_size);
    for (std::size_t i = 0; i < group_size; ++i) {
      const int value = i < codes.size() ? saturated(codes[i]) : 0;
      field |= (static_cast<std::uint64_t>(value) & mask()) << length;
      length += bits();
      if (length + bits() > kLongestField) {
        out.write(field, length);
        field = 0;
        length = 0;
      }
    }
    out.write(field, length);
  }

  void unpack_weights(BitReader& in, std::span<std::int16_t> values,
                      std::span<std::uint8_t> terms) const override {
    const auto group_size = static_cast<std::size_t>(parameters().group_size);
    const std::size_t per_field = kLongestField / bits();
    for (std::size_t i = 0; i < group_size;) {
      const std::size_t end = std::min(group_size, i + per_field);
      std::uint64_t field = in.read(static_cast<unsigned>(end - i) * bits());
      for (; i < end; ++i, field >>= bits()) {
        const auto pattern = static_cast<int>(field & mask());
        const int value = pattern > weight_limit_ ? pattern - (1 << bits()) : pattern;
        if (value < -weight_limit_ || (i >= values.size() && value != 0)) {
          throw std::runtime_error("no encoder writes this slot of uniform weights");
        }
        if (i >= values.size()) continue;
        values[i] = static_cast<std::int16_t>(value);
        terms[i] = one_bits_[std::abs(value)];
      }
    }
  }

 private:
  int saturated(int code) const { return std::clamp(code, -weight_limit_, weight_limit_); }
  unsigned bits() const { return static_cast<unsigned>(parameters().weight_bits); }
  std::uint64_t mask() const { return (std::uint64_t{1} << bits()) - 1; }

  int weight_limit_;
  int largest_data_;
  std::array<std::uint8_t, 257> one_bits_{};
};

}  // namespace

std::unique_ptr<const Format> make_uniform_format(const FormatParameters& parameters) {
  require_parameter_range("uniform", "weight_bits", parameters.weight_bits, 2, 8);
  require_parameter_range("uniform", "data_bits", parameters.data_bits, 2, 8);
  require_parameter_range("uniform", "group_size", parameters.group_size, 1, 32);
  return std::make_unique<UniformFormat>(parameters);
}

}  // namespace systerm
