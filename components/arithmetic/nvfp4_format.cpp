// SPDX-License-Identifier: Apache-2.0
// NVFP4 with two levels of scale: E2M1 elements, an E4M3 scale for a block of 16, an FP32 scale for
// the tensor. In this order, each step rounded to FP32: S = 2688 / amax (6 * 448, so that the
// largest block gets the scale 448); d = E4M3((block amax / 6) * S); element = E2M1(x * (S / d)),
// zero if d is. Decoded: element * (d * (1 / S)).
#include <bit>
#include <cmath>

#include "components/arithmetic/bfp_kernels.h"
#include "components/arithmetic/block_scaled_format.h"
#include "components/arithmetic/built_in_formats.h"
#include "components/arithmetic/minifloat.h"

namespace systerm {
namespace {

constexpr std::size_t kBlock = 16;

class Nvfp4Format final : public BlockScaledFormat {
 public:
  Nvfp4Format()
      : BlockScaledFormat("nvfp4", kBlock, kE2M1.bits(), CodeType::kUint8, minifloat_values(kE2M1)),
        scale_values_(minifloat_values(kE4M3)) {}

 private:
  float tensor_scale(const StridedMatrix& values) const override {
    const int exponent = top_exponent(values);  // refuses what is not finite
    if (exponent < -126) return 1;
    std::uint32_t largest = 0;
    for (std::size_t row = 0; row < values.rows; ++row) {
      largest = std::max(
          largest, bfp_largest_bits(values.values.data() + row * values.stride, values.columns));
    }
    return std::min(kE2M1.largest * kE4M3.largest / std::bit_cast<float>(largest), 0x1p126F);
  }
  BlockScale block_scale(std::uint32_t largest_bits, float tensor_scale) const override {
    const float largest = std::bit_cast<float>(largest_bits);
    const std::uint8_t code = minifloat_code(kE4M3, largest / kE2M1.largest * tensor_scale);
    const float scale = scale_values_[code];
    return {code, {scale == 0 ? 0.0F : tensor_scale / scale, 1.0F}};
  }
  float block_value(std::uint8_t code, float tensor_scale) const override {
    return scale_values_[code] * (1.0F / tensor_scale);
  }
  std::uint64_t element_codes(std::span<const float> values,
                              std::span<const std::array<float, 2>> factors,
                              std::uint8_t* codes) const override {
    return minifloat_codes(kE2M1, values, kBlock, factors, codes);
  }

  std::array<float, 256> scale_values_;
};

}  // namespace

std::unique_ptr<const TensorFormat> make_nvfp4_tensor_format(const TensorFormatOptions& options) {
  require_options("nvfp4", options, {});
  return std::make_unique<Nvfp4Format>();
}

}  // namespace systerm
