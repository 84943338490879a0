// SPDX-License-Identifier: Apache-2.0
// Sums of named cycles, such as "RL + BURST + 1 - WL", as the tables of DRAM standards give them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace systerm {

using TimingValues = std::map<std::string, std::int64_t, std::less<>>;

struct TimingResult {
  std::int64_t cycles = 0;
  std::string error;  ///< empty if the expression could be evaluated
};

/// Names and non-negative integers, joined by + and -.
TimingResult evaluate_timing(std::string_view expression, const TimingValues& values);

}  // namespace systerm
