// SPDX-License-Identifier: Apache-2.0
// A sweep in parts, one for each task of a cluster.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/exploration/sweep_plan.h"

namespace systerm {

struct Shard {
  std::size_t index = 0;  ///< from 0
  std::size_t count = 1;
};

/// "3/16" is the third of sixteen. Throws std::invalid_argument.
Shard parse_shard(const std::string& text);

/// Points dealt out in order of their work, so that the parts take about equally long. Depends on
/// the plan alone.
std::vector<std::size_t> points_of_shard(const SweepPlan& plan, const Shard& shard);

}  // namespace systerm
