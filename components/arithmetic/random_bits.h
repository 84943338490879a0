// SPDX-License-Identifier: Apache-2.0
// One random byte a value for stochastic rounding. A byte depends on nothing but its source and the
// number of the element, so that neither tiling nor threads change a result.
#pragma once

#include <cstdint>
#include <vector>

namespace systerm {

/// Which tensor of which step of a training run draws; equal keys draw equal bytes.
struct RandomKey {
  std::uint64_t seed = 1;
  std::uint32_t layer = 0;
  std::uint32_t tensor = 0;
  std::uint32_t iteration = 0;

  friend bool operator==(const RandomKey&, const RandomKey&) = default;
};

/// The linear feedback shift register of a converter: shifts left, the new bit 0 is the parity of
/// the tapped bits. The default is x^8 + x^6 + x^5 + x^4 + 1, of period 255.
struct Lfsr {
  std::uint8_t seed = 1;
  std::uint8_t taps = 0xB8;  ///< bit i - 1 for the term x^i

  std::uint8_t step(std::uint8_t state) const;

  friend bool operator==(const Lfsr&, const Lfsr&) = default;
};

/// Immutable; safe to share between threads.
class RandomBits {
 public:
  /// Largest number of elements that one key can tell apart.
  static constexpr std::uint64_t kElements = std::uint64_t{1} << 32;

  RandomBits() : RandomBits(RandomKey{}) {}
  /// Counter based: byte e is a hash of the key and e.
  explicit RandomBits(const RandomKey& key);
  /// Byte e is the state after e steps from the seed. Throws std::invalid_argument for seed 0 or
  /// taps without bit 7, with which the register would get stuck or not run in a cycle.
  explicit RandomBits(const Lfsr& lfsr);

  /// The byte R of an element, 0 <= element < kElements.
  std::uint8_t byte(std::uint64_t element) const;

  bool is_counter() const { return cycle_.empty(); }
  /// The two words of the counter-based source that its hash mixes in.
  std::uint32_t first_word() const { return first_word_; }
  std::uint32_t second_word() const { return second_word_; }
  /// Bytes of the register from element 0 on, followed by the first 64 of the next period.
  const std::vector<std::uint8_t>& cycle() const { return cycle_; }
  std::uint32_t period() const { return period_; }

 private:
  std::uint32_t first_word_ = 0;
  std::uint32_t second_word_ = 0;
  std::vector<std::uint8_t> cycle_;
  std::uint32_t period_ = 0;
};

}  // namespace systerm
