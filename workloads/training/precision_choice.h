// SPDX-License-Identifier: Apache-2.0
// Which mantissa bits the operands of a layer's products have: asked anew in training, by whoever
// converts them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace systerm {

enum class OperandKind : std::uint8_t { kWeights, kActivations, kGradients };
inline constexpr std::size_t kOperandKinds = 3;
inline constexpr std::array<OperandKind, kOperandKinds> kAllOperandKinds{
    OperandKind::kWeights, OperandKind::kActivations, OperandKind::kGradients};
inline constexpr std::size_t index(OperandKind kind) { return static_cast<std::size_t>(kind); }

inline constexpr std::string_view to_string(OperandKind kind) {
  constexpr std::array<std::string_view, kOperandKinds> kNames{"weights", "activations",
                                                               "gradients"};
  return kNames[index(kind)];
}

/// Low and high precision of FAST: one and two chunks of two bits.
inline constexpr int kLowMantissaBits = 2;
inline constexpr int kHighMantissaBits = 4;

struct PrecisionRequest {
  OperandKind kind = OperandKind::kWeights;
  std::size_t layer = 0;  ///< from 0, in forward order
  std::size_t layers = 1;
  std::int64_t iteration = 0;  ///< from 0
  std::int64_t iterations = 1;
  /// r(X), the relative improvement of kHighMantissaBits over kLowMantissaBits on the tensor at
  /// hand; computed when called.
  std::function<double()> improvement;
};

/// Mantissa bits by OperandKind.
using LayerPrecision = std::array<int, kOperandKinds>;

/// The same request gets the same answer, whatever was asked before.
class PrecisionPolicy {
 public:
  virtual ~PrecisionPolicy() = default;
  virtual int mantissa_bits(const PrecisionRequest& request) const = 0;
};

}  // namespace systerm
