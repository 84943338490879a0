// SPDX-License-Identifier: Apache-2.0
// The concrete formats of the OCP Microscaling Formats (MX) Specification v1.0: blocks of 32 with a
// power of two as scale. Conversion follows section 6.3: the scale's exponent is that of the
// largest magnitude less emax of the element, elements round to nearest even and are cut to the
// largest normal number. Sizes below 2^-127 and blocks of zeros get the smallest scale.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "components/arithmetic/block_scaled_format.h"
#include "components/arithmetic/built_in_formats.h"
#include "components/arithmetic/minifloat.h"

namespace systerm {
namespace {

constexpr std::size_t kBlock = 32;
constexpr int kScaleBias = 127;
constexpr std::uint8_t kNanScale = 0xFF;
constexpr std::uint32_t kInfinityBits = 0x7F800000;

class MxFormat : public BlockScaledFormat {
 protected:
  MxFormat(std::string name, int element_bits, CodeType type, std::array<float, 256> element_values,
           int largest_exponent)
      : BlockScaledFormat(std::move(name), kBlock, element_bits, type, element_values),
        largest_exponent_(largest_exponent) {}

 private:
  BlockScale block_scale(std::uint32_t largest_bits, float /*tensor_scale*/) const override {
    // Codes of a block without a scale are those of zero, whatever its values.
    if (largest_bits >= kInfinityBits) return {kNanScale, {0.0F, 0.0F}};
    const int exponent = static_cast<int>(largest_bits >> 23) - 127;
    const int scale = std::max(exponent - largest_exponent_, -kScaleBias);
    return {static_cast<std::uint8_t>(scale + kScaleBias), power_of_two_factors(-scale)};
  }
  float block_value(std::uint8_t code, float /*tensor_scale*/) const override {
    return code == kNanScale ? std::numeric_limits<float>::quiet_NaN()
                             : std::ldexp(1.0F, code - kScaleBias);
  }

  int largest_exponent_;
};

class MxFloatFormat final : public MxFormat {
 public:
  MxFloatFormat(std::string name, const Minifloat& element)
      : MxFormat(std::move(name), element.bits(), CodeType::kUint8, minifloat_values(element),
                 element.largest_exponent),
        element_(element) {}

 private:
  std::uint64_t element_codes(std::span<const float> values,
                              std::span<const std::array<float, 2>> factors,
                              std::uint8_t* codes) const override {
    return minifloat_codes(element_, values, kBlock, factors, codes);
  }

  Minifloat element_;
};

constexpr int kIntegerFraction = 6;  // bits behind the point of an 8-bit element
constexpr int kLargestInteger = 127;

std::array<float, 256> integer_values() {
  std::array<float, 256> values{};
  for (int code = 0; code < 256; ++code) {
    values[static_cast<std::size_t>(code)] =
        std::ldexp(static_cast<float>(static_cast<std::int8_t>(code)), -kIntegerFraction);
  }
  return values;
}

class MxIntegerFormat final : public MxFormat {
 public:
  MxIntegerFormat() : MxFormat("mxint8", 8, CodeType::kInt8, integer_values(), 0) {}

 private:
  std::uint64_t element_codes(std::span<const float> values,
                              std::span<const std::array<float, 2>> factors,
                              std::uint8_t* codes) const override {
    std::array<std::array<float, 2>, kBlocksAtOnce> in_units;
    for (std::size_t i = 0; i < factors.size(); ++i) {
      in_units[i] = {factors[i][0], factors[i][1] * (1 << kIntegerFraction)};
    }
    return integer_codes(kLargestInteger, values, kBlock, in_units, codes);
  }
};

std::unique_ptr<const TensorFormat> make_mx_float(const char* name, const Minifloat& element,
                                                  const TensorFormatOptions& options) {
  require_options(name, options, {});
  return std::make_unique<MxFloatFormat>(name, element);
}

}  // namespace

std::unique_ptr<const TensorFormat> make_mxint8_tensor_format(const TensorFormatOptions& options) {
  require_options("mxint8", options, {});
  return std::make_unique<MxIntegerFormat>();
}
std::unique_ptr<const TensorFormat> make_mxfp8_e5m2_tensor_format(
    const TensorFormatOptions& options) {
  return make_mx_float("mxfp8_e5m2", kE5M2, options);
}
std::unique_ptr<const TensorFormat> make_mxfp8_e4m3_tensor_format(
    const TensorFormatOptions& options) {
  return make_mx_float("mxfp8_e4m3", kE4M3, options);
}
std::unique_ptr<const TensorFormat> make_mxfp6_e3m2_tensor_format(
    const TensorFormatOptions& options) {
  return make_mx_float("mxfp6_e3m2", kE3M2, options);
}
std::unique_ptr<const TensorFormat> make_mxfp6_e2m3_tensor_format(
    const TensorFormatOptions& options) {
  return make_mx_float("mxfp6_e2m3", kE2M3, options);
}
std::unique_ptr<const TensorFormat> make_mxfp4_tensor_format(const TensorFormatOptions& options) {
  return make_mx_float("mxfp4", kE2M1, options);
}

}  // namespace systerm
