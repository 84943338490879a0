// SPDX-License-Identifier: Apache-2.0
// How far quantized values are from the float network's.
#pragma once

#include <cstdint>
#include <span>

#include "workloads/evaluation/value_histogram.h"

namespace systerm {

class ValueComparison {
 public:
  /// `quantized` stands for `reference`, element by element.
  void add(std::span<const float> reference, std::span<const float> quantized);
  void merge(const ValueComparison& other);

  /// 10 lg(sum reference^2 / sum (reference - quantized)^2); infinite where nothing differs.
  double sqnr_db() const;
  /// sum (reference - quantized)^2 / sum reference^2; 0 where nothing differs, infinite where the
  /// reference is all zeros and something does.
  double relative_error() const;
  /// See ValueHistogram::divergence.
  double divergence() const;

 private:
  double signal_ = 0.0;
  double noise_ = 0.0;
  ValueHistogram reference_;
  ValueHistogram quantized_;
};

}  // namespace systerm
