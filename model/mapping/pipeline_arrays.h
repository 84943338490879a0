// SPDX-License-Identifier: Apache-2.0
// Sizes of the arrays of a cross-layer pipeline.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace systerm {

/// What a layer asks of its array.
struct PipelineLoad {
  std::string name;
  std::int64_t rows = 1;     ///< packed columns, in groups of a cell
  std::int64_t columns = 1;  ///< filters
  std::int64_t words = 1;    ///< output positions
};

/// An array that is smaller than its layer takes every word once for each of `folds` tiles; its
/// cells hold the weights of all of them and change over at no cost (ours; nothing is published).
struct PipelineArray {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::int64_t folds = 1;

  std::int64_t cells() const { return rows * columns; }
  friend bool operator==(const PipelineArray&, const PipelineArray&) = default;
};

/// The array of given size for a layer, no larger than the layer.
PipelineArray fold(const PipelineLoad& load, std::int64_t rows, std::int64_t columns);

/// Arrays of at most `cells` cells altogether whose slowest layer, words x folds, is as fast as can
/// be; of these the smallest for each layer. Throws std::invalid_argument if `cells` are fewer than
/// the layers.
std::vector<PipelineArray> balance_arrays(const std::vector<PipelineLoad>& loads,
                                          std::int64_t cells);

}  // namespace systerm
