// SPDX-License-Identifier: Apache-2.0
// Symmetric uniform quantization: one scale an operand, no zero point.
// Source: the quantizer under "Term Revealing" (arXiv 2007.06389), authors' code.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace systerm {

/// scale = max|w| / 2^(bits-1); 1 if all weights are zero. Throws std::invalid_argument on NaN or
/// Inf.
float weight_scale(std::span<const float> weights, int bits);

/// q = trunc(|x| / scale + 0.5) clipped to 2^bits - 1, sign put back. A weight may therefore reach
/// exactly 2^(bits-1). Throws std::invalid_argument on NaN or Inf.
void quantize_weights(std::span<const float> weights, float scale, int bits,
                      std::span<std::int16_t> codes);

}  // namespace systerm
