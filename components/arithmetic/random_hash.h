// SPDX-License-Identifier: Apache-2.0
// The hash of the counter-based random bits, in one place for scalars and for vectors.
#pragma once

#include <cstdint>

namespace systerm {

struct RandomHash {
  static constexpr std::uint32_t kFirst = 0x9E3779B1U;
  static constexpr std::uint32_t kSecond = 0x85EBCA77U;
  static constexpr std::uint32_t kThird = 0xC2B2AE3DU;
};

/// The top byte is the one that is used.
constexpr std::uint32_t random_hash(std::uint32_t element, std::uint32_t first_word,
                                    std::uint32_t second_word) {
  std::uint32_t x = (element ^ first_word) * RandomHash::kFirst;
  x = ((x ^ (x >> 15)) + second_word) * RandomHash::kSecond;
  x = (x ^ (x >> 13)) * RandomHash::kThird;
  return x ^ (x >> 16);
}

}  // namespace systerm
