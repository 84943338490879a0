// SPDX-License-Identifier: Apache-2.0
// Precisions of every layer over the iterations, as a table of changes:
//   iteration,layer,weights,activations,gradients
// Iterations count from 1; a row holds from its iteration on until the layer's next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/training/precision_choice.h"

namespace systerm {

class PrecisionTrace {
 public:
  explicit PrecisionTrace(std::vector<std::string> layers)
      : layers_(std::move(layers)), changes_(layers_.size()) {}

  const std::vector<std::string>& layers() const { return layers_; }
  bool is_empty() const { return changes_.empty() || changes_.front().empty(); }

  /// Iterations of a layer are added in order; `iteration` counts from 0.
  void add(std::size_t layer, std::int64_t iteration, const LayerPrecision& precision);
  /// Of the last change at or before the iteration, or of the first one.
  const LayerPrecision& at(std::size_t layer, std::int64_t iteration) const;
  /// First iterations, from 0, with their precisions.
  const std::map<std::int64_t, LayerPrecision>& changes(std::size_t layer) const {
    return changes_[layer];
  }

  std::string csv() const;

 private:
  std::vector<std::string> layers_;
  std::vector<std::map<std::int64_t, LayerPrecision>> changes_;  ///< by layer
};

/// A table as csv() writes it. Throws std::runtime_error with file:line for what is wrong, and if a
/// layer of `layers` has no row, or a row names another one.
PrecisionTrace parse_precision_trace(std::string_view text, const std::string& file,
                                     const std::vector<std::string>& layers);
PrecisionTrace load_precision_trace(const std::filesystem::path& file,
                                    const std::vector<std::string>& layers);

}  // namespace systerm
