// SPDX-License-Identifier: Apache-2.0
// The hash is multiply and xor-shift in 32 bits, so that vectors of 32-bit lanes compute it.
#include "components/arithmetic/random_bits.h"

#include <bit>
#include <stdexcept>

#include "components/arithmetic/random_hash.h"

namespace systerm {
namespace {

constexpr std::size_t kOverlap = 64;

// A permutation of 64-bit words in which every bit depends on every other.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93U;
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93U;
  return x ^ (x >> 32);
}

}  // namespace

std::uint8_t Lfsr::step(std::uint8_t state) const {
  const int parity = std::popcount(static_cast<unsigned>(state & taps)) & 1;
  return static_cast<std::uint8_t>(state << 1 | parity);
}

RandomBits::RandomBits(const RandomKey& key) {
  std::uint64_t word = mixed(key.seed + 0x9E3779B97F4A7C15U);
  word = mixed(word ^ (std::uint64_t{key.layer} << 32 | key.tensor));
  word = mixed(word ^ key.iteration);
  first_word_ = static_cast<std::uint32_t>(word);
  second_word_ = static_cast<std::uint32_t>(word >> 32);
}

RandomBits::RandomBits(const Lfsr& lfsr) {
  if (lfsr.seed == 0) throw std::invalid_argument("the seed of a shift register must not be 0");
  if ((lfsr.taps & 0x80) == 0) {
    throw std::invalid_argument("the taps of an 8-bit shift register must include bit 7");
  }
  std::uint8_t state = lfsr.seed;
  do {
    cycle_.push_back(state);
    state = lfsr.step(state);
  } while (state != lfsr.seed);
  period_ = static_cast<std::uint32_t>(cycle_.size());
  for (std::size_t i = 0; i < kOverlap; ++i) cycle_.push_back(cycle_[i]);
}

std::uint8_t RandomBits::byte(std::uint64_t element) const {
  if (!is_counter()) return cycle_[element % period_];
  return static_cast<std::uint8_t>(
      random_hash(static_cast<std::uint32_t>(element), first_word_, second_word_) >> 24);
}

}  // namespace systerm
