// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/pipeline_arrays.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "components/arithmetic/ceil_div.h"

namespace systerm {
namespace {

/// The fewest cells that need at most `folds`.
PipelineArray smallest(const PipelineLoad& load, std::int64_t folds) {
  PipelineArray best = fold(load, load.rows, load.columns);
  for (std::int64_t down = 1; down <= std::min(folds, load.rows); ++down) {
    const std::int64_t across = std::min(folds / down, load.columns);
    const PipelineArray array =
        fold(load, ceil_div(load.rows, down), ceil_div(load.columns, across));
    if (array.cells() < best.cells()) best = array;
  }
  return best;
}

std::vector<PipelineArray> arrays_within(const std::vector<PipelineLoad>& loads,
                                         std::int64_t slowest) {
  std::vector<PipelineArray> arrays;
  for (const PipelineLoad& load : loads) {
    arrays.push_back(smallest(load, std::max<std::int64_t>(slowest / load.words, 1)));
  }
  return arrays;
}

std::int64_t cells_of(const std::vector<PipelineArray>& arrays) {
  std::int64_t cells = 0;
  for (const PipelineArray& array : arrays) cells += array.cells();
  return cells;
}

}  // namespace

PipelineArray fold(const PipelineLoad& load, std::int64_t rows, std::int64_t columns) {
  PipelineArray array;
  array.rows = std::min(rows, load.rows);
  array.columns = std::min(columns, load.columns);
  array.folds = ceil_div(load.rows, array.rows) * ceil_div(load.columns, array.columns);
  return array;
}

std::vector<PipelineArray> balance_arrays(const std::vector<PipelineLoad>& loads,
                                          std::int64_t cells) {
  if (cells < static_cast<std::int64_t>(loads.size())) {
    throw std::invalid_argument(fmt::format(
        "{} cells are fewer than the {} layers, which take an array each", cells, loads.size()));
  }
  std::int64_t low = 1;  // what no layer can beat
  std::int64_t high = 1;
  for (const PipelineLoad& load : loads) {
    low = std::max(low, load.words);
    high = std::max(high, load.words * load.rows * load.columns);
  }
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (cells_of(arrays_within(loads, middle)) <= cells) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return arrays_within(loads, high);
}

}  // namespace systerm
