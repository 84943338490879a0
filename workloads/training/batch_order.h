// SPDX-License-Identifier: Apache-2.0
// The order in which samples are seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace systerm {

/// 0 .. samples - 1 shuffled (Fisher, Yates), by seed and epoch alone.
std::vector<std::size_t> epoch_order(std::size_t samples, std::uint64_t seed, std::int64_t epoch);

}  // namespace systerm
