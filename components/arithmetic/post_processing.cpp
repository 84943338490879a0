// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/post_processing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <utility>

namespace systerm {
namespace {

using enum ActivationFunction;

constexpr std::array<std::pair<ActivationFunction, std::string_view>, 17> kNames = {{
    {kIdentity, "identity"},
    {kRelu, "relu"},
    {kClip, "clip"},
    {kLeakyRelu, "leaky_relu"},
    {kSigmoid, "sigmoid"},
    {kHardSigmoid, "hard_sigmoid"},
    {kTanh, "tanh"},
    {kSwish, "swish"},
    {kHardSwish, "hard_swish"},
    {kGelu, "gelu"},
    {kGeluTanh, "gelu_tanh"},
    {kErf, "erf"},
    {kElu, "elu"},
    {kExp, "exp"},
    {kSoftplus, "softplus"},
    {kSoftsign, "softsign"},
    {kAbsolute, "absolute"},
}};

// Transcendental functions are evaluated in double and rounded once: the last bits of a float
// result then do not depend on the quality of a library's single-precision variant.
float sigmoid(float value) {
  return static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(value))));
}

float swish(float value) {
  const double x = value;
  return static_cast<float>(x * (1.0 / (1.0 + std::exp(-x))));
}

float gelu(float value) {
  const double x = value;
  return static_cast<float>(0.5 * x * (1.0 + std::erf(x / std::numbers::sqrt2)));
}

float gelu_tanh(float value) {
  constexpr double kCubic = 0.044715;
  const double x = value;
  const double slope = std::sqrt(2.0 / std::numbers::pi);
  return static_cast<float>(0.5 * x * (1.0 + std::tanh(slope * (x + kCubic * x * x * x))));
}

/// Without overflow for large values.
float softplus(float value) {
  const double x = value;
  return static_cast<float>(std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))));
}

float clip(float value, float low, float high) { return std::min(std::max(value, low), high); }

}  // namespace

std::string_view to_string(ActivationFunction function) {
  for (const auto& [candidate, name] : kNames) {
    if (candidate == function) return name;
  }
  throw std::invalid_argument("unknown activation function");
}

std::optional<ActivationFunction> activation_from_string(std::string_view name) {
  for (const auto& [function, candidate] : kNames) {
    if (candidate == name) return function;
  }
  return std::nullopt;
}

float apply(const Activation& activation, float value) {
  switch (activation.function) {
    case kIdentity:
      return value;
    case kRelu:
      return std::max(value, 0.0F);
    case kClip:
      return clip(value, activation.alpha, activation.beta);
    case kLeakyRelu:
      return value < 0.0F ? activation.alpha * value : value;
    case kSigmoid:
      return sigmoid(value);
    case kHardSigmoid:
      return clip(activation.alpha * value + activation.beta, 0.0F, 1.0F);
    case kTanh:
      return static_cast<float>(std::tanh(static_cast<double>(value)));
    case kSwish:
      return swish(value);
    case kHardSwish:
      return value * clip(value / 6.0F + 0.5F, 0.0F, 1.0F);
    case kGelu:
      return gelu(value);
    case kGeluTanh:
      return gelu_tanh(value);
    case kErf:
      return static_cast<float>(std::erf(static_cast<double>(value)));
    case kElu:
      return value < 0.0F ? static_cast<float>(static_cast<double>(activation.alpha) *
                                               std::expm1(static_cast<double>(value)))
                          : value;
    case kExp:
      return static_cast<float>(std::exp(static_cast<double>(value)));
    case kSoftplus:
      return softplus(value);
    case kSoftsign:
      return value / (1.0F + std::abs(value));
    case kAbsolute:
      return std::abs(value);
  }
  throw std::invalid_argument("unknown activation function");
}

bool is_nonnegative(const Activation& activation) {
  switch (activation.function) {
    case kRelu:
    case kSigmoid:
    case kHardSigmoid:
    case kExp:
    case kSoftplus:
    case kAbsolute:
      return true;
    case kClip:
      return activation.alpha >= 0.0F && activation.beta >= 0.0F;
    case kLeakyRelu:
      return activation.alpha <= 0.0F;
    case kIdentity:
    case kTanh:
    case kSwish:
    case kHardSwish:
    case kGelu:
    case kGeluTanh:
    case kErf:
    case kElu:
    case kSoftsign:
      return false;
  }
  throw std::invalid_argument("unknown activation function");
}

bool keeps_nonnegative(const Activation& activation) {
  return activation.function != kClip || activation.beta >= 0.0F;
}

}  // namespace systerm
