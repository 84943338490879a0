// SPDX-License-Identifier: Apache-2.0
// The points of a sweep that no other point beats in every objective.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "model/exploration/sweep_table.h"

namespace systerm {

/// A figure to be as small, or as large, as possible.
struct Objective {
  std::string figure;
  bool is_maximised = false;
};

/// "total.cycles:min", "accuracy.top1:max", or a figure alone for its minimum. Throws
/// std::invalid_argument.
Objective parse_objective(const std::string& text);

/// Positions in SweepTable::rows, by the first objective, then the next, then the row. A point is
/// off the front if another one is as good in every objective and better in one; points that are
/// equal in all are all on it. Points without a result, or without one of the figures, take no
/// part. Throws std::runtime_error for a figure that the table does not have.
std::vector<std::size_t> pareto_front(const SweepTable& table,
                                      std::span<const Objective> objectives);

}  // namespace systerm
