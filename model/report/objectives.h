// SPDX-License-Identifier: Apache-2.0
// What designs of a sweep are compared by.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "model/exploration/sweep_table.h"

namespace systerm {

/// Whether larger values of a figure are better: utilisation, accuracy, speed-up.
bool is_better_high(std::string_view figure);

/// `table` with a figure that follows from others: `cells`, rows x columns of the array, where axes
/// set both.
SweepTable with_cells(SweepTable table);

/// Two figures of numbers that differ between points: cycles, and accuracy where points were
/// evaluated, else what they cost: area, else energy, else cells, else DRAM traffic, else another.
/// Fewer if the table has no more.
std::vector<std::string> default_objectives(const SweepTable& table);

/// Positions of the finished rows that no other betters in both columns, from the lowest `x` on.
std::vector<std::size_t> pareto_rows(const SweepTable& table, std::size_t x, std::size_t y);

}  // namespace systerm
