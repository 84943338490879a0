// SPDX-License-Identifier: Apache-2.0
// Block floating point by name: `bfp` with all its options, and the two fixed kinds of Microsoft
// floating point (MSFP, NeurIPS'20): groups of 16, 8 exponent bits, 3 or 7 magnitude bits.
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "components/arithmetic/built_in_formats.h"

namespace systerm {
namespace {

class BfpTensorFormat final : public TensorFormat {
 public:
  BfpTensorFormat(std::string name, const BfpParameters& parameters,
                  const std::optional<RandomBits>& random, std::optional<int> top)
      : name_(std::move(name)),
        parameters_(parameters),
        random_(random.value_or(RandomBits())),
        top_(top) {
    require_valid(parameters);
    if (random && parameters.rounding != BfpRounding::kStochastic) {
      throw std::invalid_argument("format '" + name_ +
                                  "' draws random bits for rounding stochastic only");
    }
  }

  std::string_view name() const override { return name_; }
  std::size_t block_size() const override {
    return static_cast<std::size_t>(parameters_.group_size);
  }
  TensorStorage storage(std::size_t rows, std::size_t columns) const override {
    const BfpStorage storage = bfp_storage(parameters_, rows, columns);
    return {storage.exponent_bits, storage.mantissa_bits};
  }
  double bits_per_value() const override { return systerm::bits_per_value(parameters_); }

  void encode(const StridedMatrix& values, EncodedTensor& encoded) const override {
    BfpMatrix matrix;
    const BfpCounts counts = matrix.assign(values, GroupAxis::kColumns, parameters_, random_, top_);
    encoded.rows = values.rows;
    encoded.columns = values.columns;
    encoded.code_type = CodeType::kInt8;
    encoded.tensor_scale = 1;
    encoded.lowest_exponent = matrix.lowest_exponent();
    encoded.saturated = counts.saturated;
    encoded.codes.resize(values.rows * values.columns);
    for (std::size_t row = 0; row < values.rows; ++row) {
      const auto line = matrix.codes().subspan(row * matrix.padded_depth(), values.columns);
      std::copy(line.begin(), line.end(),
                encoded.codes.begin() + static_cast<std::ptrdiff_t>(row * values.columns));
    }
    encoded.scales.resize(matrix.exponents().size());
    std::ranges::transform(matrix.exponents(), encoded.scales.begin(), [&](std::int16_t exponent) {
      return static_cast<std::uint8_t>(exponent - matrix.lowest_exponent());
    });
  }

  void decode(const EncodedTensor& encoded, std::span<float> values) const override {
    const std::size_t blocks = (encoded.columns + block_size() - 1) / block_size();
    for (std::size_t row = 0; row < encoded.rows; ++row) {
      for (std::size_t block = 0; block < blocks; ++block) {
        const int exponent = encoded.lowest_exponent + encoded.scales[row * blocks + block];
        const float unit = std::ldexp(1.0F, exponent - (parameters_.mantissa_bits - 1));
        const std::size_t first = row * encoded.columns + block * block_size();
        const std::size_t last = std::min(first + block_size(), (row + 1) * encoded.columns);
        for (std::size_t i = first; i < last; ++i) {
          values[i] = static_cast<float>(static_cast<std::int8_t>(encoded.codes[i])) * unit;
        }
      }
    }
  }

 private:
  std::string name_;
  BfpParameters parameters_;
  RandomBits random_;
  std::optional<int> top_;
};

std::unique_ptr<const TensorFormat> make_msfp(const char* name, int mantissa_bits,
                                              const TensorFormatOptions& options) {
  static constexpr std::string_view kAllowed[] = {"rounding", "overflow", "random"};
  require_options(name, options, kAllowed);
  const BfpParameters parameters{.exponent_bits = 8,
                                 .mantissa_bits = mantissa_bits,
                                 .rounding = options.rounding.value_or(BfpRounding::kNearest),
                                 .overflow = options.overflow.value_or(BfpOverflow::kSaturate),
                                 .layout = BfpLayout::kPacked};
  return std::make_unique<BfpTensorFormat>(name, parameters, options.random, std::nullopt);
}

}  // namespace

BfpParameters bfp_parameters(const TensorFormatOptions& options) {
  BfpParameters p;
  p.group_size = options.group_size.value_or(p.group_size);
  p.exponent_bits = options.exponent_bits.value_or(p.exponent_bits);
  p.mantissa_bits = options.mantissa_bits.value_or(p.mantissa_bits);
  p.rounding = options.rounding.value_or(p.rounding);
  p.overflow = options.overflow.value_or(p.overflow);
  p.window = options.window.value_or(p.window);
  p.layout = options.layout.value_or(p.layout);
  p.square_blocks = options.square_blocks.value_or(p.square_blocks);
  require_valid(p);
  return p;
}

std::unique_ptr<const TensorFormat> make_bfp_tensor_format(const TensorFormatOptions& options) {
  const BfpParameters p = bfp_parameters(options);
  if (options.top_exponent && p.exponent_bits == 8) {
    throw std::invalid_argument(
        "format 'bfp' with exponent_bits 8 has no window, so top_exponent has no effect");
  }
  return std::make_unique<BfpTensorFormat>("bfp", p, options.random, options.top_exponent);
}

std::unique_ptr<const TensorFormat> make_msfp12_tensor_format(const TensorFormatOptions& options) {
  return make_msfp("msfp12", 3, options);
}

std::unique_ptr<const TensorFormat> make_msfp16_tensor_format(const TensorFormatOptions& options) {
  return make_msfp("msfp16", 7, options);
}

}  // namespace systerm
