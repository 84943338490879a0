// SPDX-License-Identifier: Apache-2.0
// Floating-point numbers without blocks: FP32 as it is, bfloat16 and IEEE binary16 to nearest even.
// NaN stays NaN, made quiet; infinities and, in binary16, values from 65520 on become infinite.
#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "components/arithmetic/bfloat16.h"
#include "components/arithmetic/built_in_formats.h"

namespace systerm {
namespace {

constexpr std::uint32_t kSignBit = 0x80000000U;
constexpr std::uint32_t kInfinityBits = 0x7F800000U;

// The conversions are free of branches, so that compilers vectorise the loops around them.
std::uint16_t binary16_code(float value) {
  constexpr std::uint32_t kTooLarge = 0x47800000U;  // 2^16
  constexpr std::uint32_t kNormal = 0x38800000U;    // 2^-14
  constexpr std::uint32_t kHalf = 0x3F000000U;      // 0.5, whose last bit is worth 2^-24
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & ~kSignBit;
  const std::uint32_t normal =
      (magnitude - ((127U - 15U) << 23) + 0xFFFU + (magnitude >> 13 & 1)) >> 13;
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - kHalf;
  const std::uint32_t special =
      magnitude > kInfinityBits ? 0x7E00U | (magnitude >> 13 & 0x3FFU) : 0x7C00U;
  const std::uint32_t finite = magnitude < kNormal ? subnormal : normal;
  const std::uint32_t code = magnitude >= kTooLarge ? special : finite;
  return static_cast<std::uint16_t>(code | (bits & kSignBit) >> 16);
}
float binary16_value(std::uint16_t code) {
  const std::uint32_t sign = static_cast<std::uint32_t>(code & 0x8000) << 16;
  const std::uint32_t exponent = code >> 10 & 0x1F;
  const std::uint32_t mantissa = code & 0x3FF;
  const float subnormal = static_cast<float>(mantissa) * 0x1p-24F;
  const std::uint32_t rebased = exponent == 31 ? 255 : exponent + 127 - 15;
  const std::uint32_t bits =
      exponent == 0 ? std::bit_cast<std::uint32_t>(subnormal) : rebased << 23 | mantissa << 13;
  return std::bit_cast<float>(bits | sign);
}

std::uint32_t binary32_code(float value) { return std::bit_cast<std::uint32_t>(value); }
float binary32_value(std::uint32_t code) { return std::bit_cast<float>(code); }

template <class Code, Code (*kCode)(float), float (*kValue)(Code)>
class PlainFloatFormat final : public TensorFormat {
 public:
  explicit PlainFloatFormat(std::string name) : name_(std::move(name)) {}

  std::string_view name() const override { return name_; }
  std::size_t block_size() const override { return 1; }
  TensorStorage storage(std::size_t rows, std::size_t columns) const override {
    return {0, rows * columns * 8 * sizeof(Code)};
  }
  double bits_per_value() const override { return 8 * sizeof(Code); }

  void encode(const StridedMatrix& values, EncodedTensor& encoded) const override {
    encoded = {};
    encoded.rows = values.rows;
    encoded.columns = values.columns;
    encoded.code_type = sizeof(Code) == 2 ? CodeType::kUint16 : CodeType::kUint32;
    encoded.codes.resize(values.rows * values.columns * sizeof(Code));
    std::uint8_t* to = encoded.codes.data();
    for (std::size_t row = 0; row < values.rows; ++row) {
      const float* const from = values.values.data() + row * values.stride;
      std::uint64_t saturated = 0;
      for (std::size_t i = 0; i < values.columns; ++i) {
        const Code code = kCode(from[i]);
        std::memcpy(to + i * sizeof code, &code, sizeof code);
        saturated += std::isfinite(from[i]) && !std::isfinite(kValue(code)) ? 1 : 0;
      }
      to += values.columns * sizeof(Code);
      encoded.saturated += saturated;
    }
  }
  void decode(const EncodedTensor& encoded, std::span<float> values) const override {
    for (std::size_t i = 0; i < values.size(); ++i) {
      Code code;
      std::memcpy(&code, encoded.codes.data() + i * sizeof code, sizeof code);
      values[i] = kValue(code);
    }
  }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<const TensorFormat> make_bfloat16_tensor_format(
    const TensorFormatOptions& options) {
  require_options("bfloat16", options, {});
  return std::make_unique<PlainFloatFormat<std::uint16_t, bfloat16_code, bfloat16_value>>(
      "bfloat16");
}
std::unique_ptr<const TensorFormat> make_fp16_tensor_format(const TensorFormatOptions& options) {
  require_options("fp16", options, {});
  return std::make_unique<PlainFloatFormat<std::uint16_t, binary16_code, binary16_value>>("fp16");
}
std::unique_ptr<const TensorFormat> make_fp32_tensor_format(const TensorFormatOptions& options) {
  require_options("fp32", options, {});
  return std::make_unique<PlainFloatFormat<std::uint32_t, binary32_code, binary32_value>>("fp32");
}

}  // namespace systerm
