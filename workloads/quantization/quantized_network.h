// SPDX-License-Identifier: Apache-2.0
// A network with every number that the accelerator needs: integer weights, scales, biases and the
// storage of every activation. The SystemC platform and the reference executor both run from it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "components/arithmetic/code_range.h"
#include "components/arithmetic/format.h"
#include "components/arithmetic/shift_requantizer.h"
#include "workloads/network/network.h"

namespace systerm {

/// How one activation is stored: code * scale is its value.
struct FeatureQuantization {
  float scale = 1.0F;
  int bits = 8;  ///< 1 to 8 in one byte, or 32
  bool is_signed = true;
  std::int32_t limit = 127;  ///< largest magnitude of a code
  /// Codes of a quantized model, which need not lie symmetrically about 0.
  std::optional<CodeRange> range{};

  /// Bytes of one stored element: 1 for up to 8 bits, 4 for 32.
  std::int64_t bytes() const { return bits <= 8 ? 1 : 4; }
};

/// Precision of one GEMM, as chosen by the experiment.
struct Precision {
  std::string format = "term_quantized";
  FormatParameters parameters;

  friend bool operator==(const Precision&, const Precision&) = default;
};

struct QuantizedLayer {
  Precision precision;
  std::shared_ptr<const Format> format;  ///< null for vector layers
  /// [groups * n][k] uniform codes, before Format::encode_weights. Empty without weights.
  std::vector<std::int16_t> weight_codes;
  std::vector<float> weight_scales;  ///< one, or one a filter; none without weights
  /// Per output channel: value = float(sum) * sum_scale + bias, single precision, no fused
  /// multiply-add.
  std::vector<float> sum_scale;
  std::vector<float> bias;
  /// Takes sums to codes in place of scaling, steps and requantization; null for none.
  std::shared_ptr<const ShiftRequantizer> requantizer;
};

struct QuantizedNetwork {
  std::shared_ptr<const Network> network;
  std::vector<FeatureQuantization> features;  ///< by FeatureId
  std::vector<QuantizedLayer> layers;         ///< by position in Network::layers
};

/// Integer codes of one activation, in memory order.
struct FeatureCodes {
  FeatureShape shape;
  std::vector<std::int32_t> codes;
};

/// Codes of values as they are stored: rounded, and saturated to the limit or the range. The spans
/// have equal sizes.
void quantize_values(std::span<const float> values, const FeatureQuantization& storage,
                     std::span<std::int32_t> codes);

}  // namespace systerm
