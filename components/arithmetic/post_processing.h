// SPDX-License-Identifier: Apache-2.0
// What the vector unit does to one value after the array: scaling, bias, activation, residual
// operations, requantization; all in IEEE single precision and in this order of operations, so that
// every user gets the same bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace systerm {

enum class ActivationFunction : std::uint8_t {
  kIdentity,
  kRelu,
  kClip,       ///< min(max(x, alpha), beta); ReLU6 is clip(0, 6)
  kLeakyRelu,  ///< x < 0 ? alpha x : x
  kSigmoid,
  kHardSigmoid,  ///< clip(alpha x + beta, 0, 1)
  kTanh,
  kSwish,      ///< x sigmoid(x)
  kHardSwish,  ///< x clip(x / 6 + 0.5, 0, 1)
  kGelu,       ///< 0.5 x (1 + erf(x / sqrt 2))
  kGeluTanh,   ///< 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
  kErf,
  kElu,  ///< x < 0 ? alpha (exp(x) - 1) : x
  kExp,
  kSoftplus,  ///< log(1 + exp(x))
  kSoftsign,  ///< x / (1 + |x|)
  kAbsolute,
};

std::string_view to_string(ActivationFunction function);
std::optional<ActivationFunction> activation_from_string(std::string_view name);

struct Activation {
  ActivationFunction function = ActivationFunction::kIdentity;
  float alpha = 0.0F;
  float beta = 0.0F;

  friend bool operator==(const Activation&, const Activation&) = default;
};

float apply(const Activation& activation, float value);
/// True if the function never gives a negative value.
bool is_nonnegative(const Activation& activation);
/// True if values that are not negative stay so.
bool keeps_nonnegative(const Activation& activation);

/// One step after the sum of a layer has been scaled and biased.
struct PostStep {
  enum class Kind : std::uint8_t { kActivation, kAdd, kMultiply };
  Kind kind = Kind::kActivation;
  Activation activation{};  ///< for kActivation
  int operand = 0;          ///< for kAdd and kMultiply: index into the layer's inputs

  friend bool operator==(const PostStep&, const PostStep&) = default;
};

/// q = sign(x) min(trunc(|x| / scale + 0.5), limit): round half away from zero, saturate.
/// `limit` below 2^24; NaN is a precondition violation.
inline std::int32_t requantize(float value, float scale, std::int32_t limit) {
  const float magnitude = (value < 0 ? -value : value) / scale + 0.5F;
  const auto largest = static_cast<float>(limit);
  // Saturated before the conversion, which then vectorises.
  const auto code = static_cast<std::int32_t>(magnitude < largest ? magnitude : largest);
  return value < 0 ? -code : code;
}

}  // namespace systerm
