// SPDX-License-Identifier: Apache-2.0
// Values of both signs in equal bins, over a range that grows with them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace systerm {

/// kBins bins over [-2^e, 2^e); e grows (neighbouring bins merge) when a larger value arrives, so
/// the result does not depend on how values are split into calls.
class ValueHistogram {
 public:
  static constexpr std::size_t kBins = 128;

  /// Values are finite.
  void add(std::span<const float> values);
  void merge(const ValueHistogram& other);

  std::uint64_t count() const { return count_; }

  /// Kullback-Leibler divergence sum p ln(p / q) in nats of `reference` (p) from `other` (q) over
  /// the same bins, half a count added to every bin of both. 0 where one of them is empty.
  static double divergence(ValueHistogram reference, ValueHistogram other);

 private:
  void grow_to(int exponent);

  std::array<std::uint64_t, kBins> bins_{};
  std::uint64_t count_ = 0;
  int exponent_ = kSmallestExponent;

  static constexpr int kSmallestExponent = -120;
};

}  // namespace systerm
