// SPDX-License-Identifier: Apache-2.0
// How scales of data and weights are chosen.
// Source of the squared-error rule: the quantizer under "Term Revealing" (arXiv 2007.06389).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "components/arithmetic/format.h"
#include "workloads/network/network.h"
#include "workloads/quantization/magnitude_histogram.h"

namespace systerm {

/// What the largest code stands for.
enum class ScaleRule : std::uint8_t {
  kMaximum,           ///< the largest magnitude
  kPercentile,        ///< the smallest magnitude that a share of the nonzero values does not exceed
  kMeanSquaredError,  ///< what gives the least squared error after encoding: data truncated to
                      ///< their terms, weights to the budgets of their groups
};

enum class ScaleGranularity : std::uint8_t {
  kPerTensor,
  kPerChannel,  ///< a scale for each filter; weights only
};

/// How sums become codes.
enum class Requantization : std::uint8_t {
  kScale,  ///< in single precision, by any factor
  kShift,  ///< by a shift wherever that can be done, see shift_requantization.h
};

struct ScaleOptions {
  ScaleRule data = ScaleRule::kMaximum;
  ScaleRule weights = ScaleRule::kMaximum;
  double percentile = 99.9;  ///< in %, for kPercentile
  ScaleGranularity granularity = ScaleGranularity::kPerTensor;
  Requantization requantization = Requantization::kScale;

  bool needs_bins() const { return data != ScaleRule::kMaximum; }
};

/// Every scale of a quantized network.
struct Scales {
  std::vector<float> features;  ///< by FeatureId
  /// By position in Network::layers: none for vector layers, else one, or one a filter.
  std::vector<std::vector<float>> weights;
};

/// Smallest normal float >= value with 12 significant bits. `value` is finite and not negative.
/// Scales of activations are rounded so: calibration runs in float, whose last bits depend on the
/// machine's instruction set and number of threads, and integer results must not.
float round_up_scale(float value);

/// Scale of an activation whose codes reach `limit`. `reader` is the format that encodes the codes,
/// null where only vector layers read them. Throws std::invalid_argument if the rule needs bins and
/// there are none.
float data_scale(const MagnitudeHistogram& magnitudes, std::int32_t limit, const Format* reader,
                 const ScaleOptions& options);

/// One scale, or one a filter: what the rule gives over 2^(bits-1); 1 where all weights are zero.
/// The squared error is minimised over 50 to 100 % of the maximum in steps of 2 %. Throws
/// std::invalid_argument if there are no weights, or on NaN or Inf.
std::vector<float> weight_scales(const Gemm& gemm, const Format& format,
                                 const ScaleOptions& options);

/// Encodes weight codes [filters][kernel positions][channels] in place, group by group: a group is
/// consecutive input channels at one kernel position of one filter.
void encode_weight_groups(std::span<std::int16_t> codes, std::int64_t channels,
                          const Format& format);

}  // namespace systerm
