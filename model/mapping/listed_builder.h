// SPDX-License-Identifier: Apache-2.0
// Puts a listed descriptor together: loads, steps and outputs in the order of execution.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "components/descriptors/layer_descriptor.h"

namespace systerm {

class ListedBuilder {
 public:
  explicit ListedBuilder(LayerDescriptor& layer) : layer_(layer) {}

  /// Round of products and tile in it: equal ones after each other stay in the cells.
  struct CellContents {
    std::int64_t round = -1;
    std::int64_t tile = -1;
    friend bool operator==(const CellContents&, const CellContents&) = default;
  };

  void load_data(ListedBlock block);
  void load_weights(ListedBlock block);
  void add_output(ListedTile tile);
  /// Takes the last loads and the last output. Default contents stream by and never stay.
  void add_step(Step step, const WeightTile& tile, const CellContents& contents,
                std::int64_t stream_bytes);
  std::size_t outputs() const { return work_->tiles.size(); }
  /// Bytes of a read that does not go beyond the last load of weights.
  std::int64_t clipped(std::int64_t offset, std::int64_t bytes) const;
  void finish(const std::optional<ArrayProduct>& product);

 private:
  LayerDescriptor& layer_;
  std::shared_ptr<ListedWork> work_ = std::make_shared<ListedWork>();
  CellContents contents_;
};

}  // namespace systerm
