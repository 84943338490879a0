// SPDX-License-Identifier: Apache-2.0
// Magnitudes of one activation over any number of calibration samples, in one pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace systerm {

/// Equal bins over [0, range), range a power of two that doubles (neighbouring bins merge) when a
/// larger value arrives; so the result does not depend on how values are split into calls.
class MagnitudeHistogram {
 public:
  static constexpr std::size_t kBins = 4096;

  /// Without bins only the largest magnitude is kept, which is much faster.
  explicit MagnitudeHistogram(bool with_bins) : with_bins_(with_bins) {}

  /// Throws std::invalid_argument on NaN or Inf.
  void add(std::span<const float> values);

  float largest() const { return largest_; }
  /// Zeros are not counted: every scale represents them exactly. Empty without bins or values.
  std::span<const std::uint64_t> bins() const { return bins_; }
  float bin_width() const;

 private:
  bool with_bins_;
  float largest_ = 0.0F;
  int range_exponent_ = 0;  ///< range is 2^range_exponent_
  std::vector<std::uint64_t> bins_;
};

}  // namespace systerm
