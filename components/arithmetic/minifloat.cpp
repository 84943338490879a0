// SPDX-License-Identifier: Apache-2.0
// Rounding adds and subtracts a power of two whose last bit is the last bit wanted; FP32 addition
// then rounds to nearest even by itself.
#include "components/arithmetic/minifloat.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
// As in gemm.cpp: none of the operations that GCC miscompiles is used, and the tests run it.
#define HWY_BROKEN_EMU128 0
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "components/arithmetic/minifloat.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace systerm::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kStep = 16;

using Floats = hn::CappedTag<float, kStep>;
using Ints = hn::RebindToSigned<Floats>;
using Codes = hn::Rebind<std::uint8_t, Floats>;
using FloatVector = hn::Vec<Floats>;
using IntVector = hn::Vec<Ints>;

constexpr std::size_t kLanes = hn::MaxLanes(Floats());

class MinifloatCoder {
 public:
  explicit MinifloatCoder(const Minifloat& shape)
      : smallest_(hn::Set(Ints(), shape.smallest_exponent() + 127)),
        above_mantissa_(hn::Set(Ints(), 23 - shape.mantissa_bits)),
        mantissa_bits_(shape.mantissa_bits),
        sign_shift_(shape.bits() - 1),
        offset_(hn::Set(Ints(), (shape.smallest_exponent() + 126) << shape.mantissa_bits)),
        largest_(hn::Set(Floats(), shape.largest)),
        normal_(hn::Set(Floats(), std::ldexp(1.0F, shape.smallest_exponent()))),
        to_integer_(
            hn::Set(Floats(), std::ldexp(1.0F, shape.mantissa_bits - shape.smallest_exponent()))) {}

  HWY_INLINE IntVector code(FloatVector x, IntVector& saturated) const {
    const Ints tag;
    const FloatVector magnitude = hn::Abs(x);
    const IntVector exponent = hn::Max(hn::ShiftRight<23>(hn::BitCast(tag, magnitude)), smallest_);
    const FloatVector unit =
        hn::BitCast(Floats(), hn::ShiftLeft<23>(hn::Add(exponent, above_mantissa_)));
    const FloatVector whole = hn::Sub(hn::Add(magnitude, unit), unit);
    saturated =
        hn::Sub(saturated, hn::VecFromMask(tag, hn::RebindMask(tag, hn::Gt(whole, largest_))));
    const FloatVector rounded = hn::Min(whole, largest_);
    const IntVector normal =
        hn::Sub(hn::ShiftRightSame(hn::BitCast(tag, rounded), 23 - mantissa_bits_), offset_);
    const IntVector subnormal = hn::ConvertTo(tag, hn::Mul(hn::Min(rounded, normal_), to_integer_));
    const IntVector unsigned_code =
        hn::IfThenElse(hn::RebindMask(tag, hn::Ge(rounded, normal_)), normal, subnormal);
    const IntVector sign = hn::And(hn::ShiftRight<31>(hn::BitCast(tag, x)), hn::Set(tag, 1));
    return hn::Or(unsigned_code, hn::ShiftLeftSame(sign, sign_shift_));
  }

 private:
  IntVector smallest_;
  IntVector above_mantissa_;
  int mantissa_bits_;
  int sign_shift_;
  IntVector offset_;
  FloatVector largest_;
  FloatVector normal_;
  FloatVector to_integer_;
};

class IntegerCoder {
 public:
  explicit IntegerCoder(int largest) : largest_(hn::Set(Floats(), static_cast<float>(largest))) {}

  HWY_INLINE IntVector code(FloatVector x, IntVector& saturated) const {
    const Ints tag;
    // Below 2^22 the sum rounds to an integer, ties to even; anything larger is cut in any case.
    const FloatVector unit = hn::Set(Floats(), 0x1p23F);
    const FloatVector whole =
        hn::Sub(hn::Add(hn::Min(hn::Abs(x), hn::Set(Floats(), 0x1p22F)), unit), unit);
    saturated =
        hn::Sub(saturated, hn::VecFromMask(tag, hn::RebindMask(tag, hn::Gt(whole, largest_))));
    const IntVector magnitude = hn::ConvertTo(tag, hn::Min(whole, largest_));
    const IntVector sign = hn::ShiftRight<31>(hn::BitCast(tag, x));
    return hn::And(hn::Sub(hn::Xor(magnitude, sign), sign), hn::Set(tag, 0xFF));
  }

 private:
  FloatVector largest_;
};

template <class Coder>
std::uint64_t code_blocks(const Coder& coder, const float* values, std::size_t count,
                          std::size_t block, const std::array<float, 2>* factors,
                          std::uint8_t* codes) {
  const Ints tag;
  IntVector saturated = hn::Zero(tag);
  const auto some = [&](const float* from, FloatVector first, FloatVector second,
                        std::uint8_t* to) HWY_ATTR {
    const FloatVector x = hn::Mul(hn::Mul(hn::LoadU(Floats(), from), first), second);
    hn::StoreU(hn::DemoteTo(Codes(), coder.code(x, saturated)), Codes(), to);
  };
  for (std::size_t start = 0; start < count; start += block, ++factors) {
    if ((*factors)[0] == 0) {
      std::fill(codes + start, codes + std::min(count, start + block), std::uint8_t{0});
      continue;
    }
    const FloatVector first = hn::Set(Floats(), (*factors)[0]);
    const FloatVector second = hn::Set(Floats(), (*factors)[1]);
    const std::size_t end = std::min(count, start + block);
    std::size_t i = start;
    for (; i + kLanes <= end; i += kLanes) some(values + i, first, second, codes + i);
    if (i == end) continue;
    HWY_ALIGN float rest[kLanes] = {};
    HWY_ALIGN std::uint8_t rest_codes[kLanes];
    for (std::size_t k = 0; i + k < end; ++k) rest[k] = values[i + k];
    some(rest, first, second, rest_codes);
    for (std::size_t k = 0; i + k < end; ++k) codes[i + k] = rest_codes[k];
  }
  HWY_ALIGN std::int32_t lanes[kLanes];
  hn::Store(saturated, tag, lanes);
  std::uint64_t sum = 0;
  for (const std::int32_t lane : lanes) sum += static_cast<std::uint64_t>(lane);
  return sum;
}

std::uint64_t code_minifloats(const Minifloat& shape, const float* values, std::size_t count,
                              std::size_t block, const std::array<float, 2>* factors,
                              std::uint8_t* codes) {
  return code_blocks(MinifloatCoder(shape), values, count, block, factors, codes);
}

std::uint64_t code_integers(int largest, const float* values, std::size_t count, std::size_t block,
                            const std::array<float, 2>* factors, std::uint8_t* codes) {
  return code_blocks(IntegerCoder(largest), values, count, block, factors, codes);
}

void find_largest(const float* values, std::size_t count, std::size_t block,
                  std::uint32_t* largest) {
  const Ints tag;
  for (std::size_t start = 0; start < count; start += block, ++largest) {
    const std::size_t end = std::min(count, start + block);
    IntVector most = hn::Zero(tag);
    std::size_t i = start;
    for (; i + kLanes <= end; i += kLanes) {
      most = hn::Max(most, hn::BitCast(tag, hn::Abs(hn::LoadU(Floats(), values + i))));
    }
    auto result = static_cast<std::uint32_t>(hn::GetLane(hn::MaxOfLanes(tag, most)));
    for (; i < end; ++i) {
      result = std::max(result, std::bit_cast<std::uint32_t>(values[i]) & 0x7FFFFFFFU);
    }
    *largest = result;
  }
}

}  // namespace
}  // namespace systerm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace systerm {
namespace {
HWY_EXPORT(code_minifloats);
HWY_EXPORT(code_integers);
HWY_EXPORT(find_largest);
}  // namespace

std::array<float, 256> minifloat_values(const Minifloat& shape) {
  std::array<float, 256> values{};
  const int codes = 1 << shape.bits();
  const int magnitudes = codes / 2;
  const int ones = (1 << shape.exponent_bits) - 1;
  for (int code = 0; code < codes; ++code) {
    const int exponent = code % magnitudes >> shape.mantissa_bits;
    const int mantissa = code % (1 << shape.mantissa_bits);
    const int hidden = exponent == 0 ? 0 : 1 << shape.mantissa_bits;
    float value = std::ldexp(static_cast<float>(hidden + mantissa),
                             std::max(exponent, 1) - shape.bias - shape.mantissa_bits);
    if (shape.has_infinity && exponent == ones) {
      value = mantissa == 0 ? std::numeric_limits<float>::infinity()
                            : std::numeric_limits<float>::quiet_NaN();
    } else if (shape.has_nan && code % magnitudes == magnitudes - 1) {
      value = std::numeric_limits<float>::quiet_NaN();
    }
    values[static_cast<std::size_t>(code)] = code < magnitudes ? value : -value;
  }
  return values;
}

std::uint8_t minifloat_code(const Minifloat& shape, float value) {
  static constexpr std::array<float, 2> kOnes{1.0F, 1.0F};
  std::uint8_t code = 0;
  HWY_DYNAMIC_DISPATCH(code_minifloats)(shape, &value, 1, 1, &kOnes, &code);
  return code;
}

std::uint64_t minifloat_codes(const Minifloat& shape, std::span<const float> values,
                              std::size_t block, std::span<const std::array<float, 2>> factors,
                              std::uint8_t* codes) {
  return HWY_DYNAMIC_DISPATCH(code_minifloats)(shape, values.data(), values.size(), block,
                                               factors.data(), codes);
}

std::uint64_t integer_codes(int largest, std::span<const float> values, std::size_t block,
                            std::span<const std::array<float, 2>> factors, std::uint8_t* codes) {
  return HWY_DYNAMIC_DISPATCH(code_integers)(largest, values.data(), values.size(), block,
                                             factors.data(), codes);
}

void largest_bits(std::span<const float> values, std::size_t block, std::uint32_t* largest) {
  HWY_DYNAMIC_DISPATCH(find_largest)(values.data(), values.size(), block, largest);
}

std::array<float, 2> power_of_two_factors(int exponent) {
  const int half = exponent / 2;
  return {std::ldexp(1.0F, half), std::ldexp(1.0F, exponent - half)};
}

}  // namespace systerm
#endif  // HWY_ONCE
