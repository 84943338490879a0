// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/random_bits.h"

#include <array>
#include <bitset>
#include <cmath>
#include <set>
#include <stdexcept>

#include "gtest/gtest.h"

namespace systerm {
namespace {

TEST(LfsrTest, FollowsTheRegisterBitByBit) {
  std::array<int, 9> x{};  // x[i] is the cell of the term x^i
  x[1] = 1;
  x[4] = 1;
  const RandomBits bits(Lfsr{.seed = 0b1001});
  for (std::uint64_t element = 0; element < 1000; ++element) {
    int state = 0;
    for (std::size_t i = 1; i <= 8; ++i) state |= x[i] << (i - 1);
    ASSERT_EQ(bits.byte(element), state) << element;
    const int feedback = (x[8] + x[6] + x[5] + x[4]) % 2;
    for (std::size_t i = 8; i > 1; --i) x[i] = x[i - 1];
    x[1] = feedback;
  }
}

TEST(LfsrTest, VisitsEveryStateButZero) {
  for (int seed = 1; seed < 256; ++seed) {
    const RandomBits bits(Lfsr{.seed = static_cast<std::uint8_t>(seed)});
    ASSERT_EQ(bits.period(), 255U);
    std::bitset<256> seen;
    for (std::uint64_t element = 0; element < 255; ++element) seen.set(bits.byte(element));
    ASSERT_EQ(seen.count(), 255U);
    ASSERT_FALSE(seen[0]);
  }
}

TEST(LfsrTest, RefusesARegisterThatCannotRun) {
  EXPECT_THROW(RandomBits(Lfsr{.seed = 0}), std::invalid_argument);
  EXPECT_THROW(RandomBits((Lfsr{.seed = 1, .taps = 0x38})), std::invalid_argument);
}

TEST(CounterBitsTest, BytesAreUniformAndUncorrelated) {
  constexpr std::uint64_t kDraws = 1 << 20;
  const RandomBits bits(RandomKey{.seed = 7, .layer = 3, .tensor = 1, .iteration = 1000});
  std::array<double, 256> counts{};
  std::array<double, 256> steps{};  // of neighbours, modulo 256
  for (std::uint64_t element = 0; element < kDraws; ++element) {
    ++counts[bits.byte(element)];
    ++steps[static_cast<std::uint8_t>(bits.byte(element + 1) - bits.byte(element))];
  }
  for (const auto& histogram : {counts, steps}) {
    double chi_squared = 0;
    const double expected = kDraws / 256.0;
    for (const double count : histogram) {
      chi_squared += (count - expected) * (count - expected) / expected;
    }
    // 255 degrees of freedom: mean 255, standard deviation 22.6.
    EXPECT_NEAR(chi_squared, 255, 4 * 22.6);
  }
}

TEST(CounterBitsTest, EveryPartOfTheKeyMatters) {
  const RandomKey base{.seed = 1, .layer = 2, .tensor = 3, .iteration = 4};
  std::array<RandomKey, 5> keys{base, base, base, base, base};
  keys[1].seed = 2;
  keys[2].layer = 3;
  keys[3].tensor = 4;
  keys[4].iteration = 5;
  for (std::size_t a = 0; a < keys.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      int equal = 0;
      const RandomBits first(keys[a]);
      const RandomBits second(keys[b]);
      for (std::uint64_t e = 0; e < 65536; ++e) equal += first.byte(e) == second.byte(e) ? 1 : 0;
      EXPECT_NEAR(equal, 256, 4 * 16) << a << ' ' << b;
    }
  }
}

}  // namespace
}  // namespace systerm
