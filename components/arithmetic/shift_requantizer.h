// SPDX-License-Identifier: Apache-2.0
// Requantization without a multiplier: sums of a layer to the codes of its output by an arithmetic
// shift. Source: the requantizer of the column-combining datapath, clip(acc >> s, 0, 255) after
// ReLU (arXiv 1811.04770, and the RTL published with it). The bias, added to the sum, is ours.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace systerm {

struct ShiftRequantizer {
  int shift = 0;                   ///< 0 to 31
  bool rectifies = false;          ///< codes below 0 become 0
  std::int32_t limit = 0;          ///< largest magnitude of a code
  std::vector<std::int32_t> bias;  ///< by filter, in units of the sum

  /// clip((sum + bias) >> shift): rounds down, as the shift does.
  std::int32_t code(std::int32_t sum, std::size_t filter) const {
    const std::int64_t shifted = (std::int64_t{sum} + bias[filter]) >> shift;
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(shifted, rectifies ? 0 : -limit, limit));
  }
};

}  // namespace systerm
