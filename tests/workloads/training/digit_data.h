// SPDX-License-Identifier: Apache-2.0
// Drawn digits as batches.
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/digits/draw_digit.h"

namespace systerm::test {

inline constexpr std::int64_t kSide = kDigitSide;

struct DigitBatch {
  std::vector<float> samples;
  std::vector<std::int64_t> labels;
};

/// Pictures first to first + count - 1 of the stream `seed`.
inline DigitBatch digit_batch(std::uint64_t seed, std::uint64_t first, std::uint64_t count) {
  DigitBatch batch;
  for (std::uint64_t i = first; i < first + count; ++i) {
    for (const std::uint8_t grey : draw_digit(seed, i)) {
      batch.samples.push_back(static_cast<float>(grey) / 255.0F);
    }
    batch.labels.push_back(static_cast<std::int64_t>(i % 10));
  }
  return batch;
}

}  // namespace systerm::test
