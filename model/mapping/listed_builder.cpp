// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/listed_builder.h"

#include <algorithm>

namespace systerm {

void ListedBuilder::load_data(ListedBlock block) {
  layer_.data_loads.push_back(static_cast<std::int32_t>(layer_.data_loads.size()));
  work_->data_loads.push_back(std::move(block));
}

void ListedBuilder::load_weights(ListedBlock block) {
  layer_.weight_loads.push_back({.address = 0, .bytes = block.bytes});
  work_->weight_loads.push_back(std::move(block));
  contents_ = {};
}

void ListedBuilder::add_output(ListedTile tile) {
  if (tile.operands.bytes > 0) work_->tiles_with_operands.push_back(work_->tiles.size());
  layer_.outputs.push_back({});
  work_->tiles.push_back(std::move(tile));
}

void ListedBuilder::add_step(Step step, const WeightTile& tile, const CellContents& contents,
                             std::int64_t stream_bytes) {
  step.weight_load = static_cast<std::int32_t>(layer_.weight_loads.size()) - 1;
  step.data_load = static_cast<std::int32_t>(layer_.data_loads.size()) - 1;
  step.output = static_cast<std::int32_t>(layer_.outputs.size()) - 1;
  step.loads_weights = contents == CellContents{} || contents != contents_;
  contents_ = contents;
  if (step.loads_weights) layer_.weight_tiles.push_back(tile);
  step.weight_tile = static_cast<std::int32_t>(layer_.weight_tiles.size()) - 1;
  layer_.steps.push_back(step);
  work_->stream_bytes.push_back(stream_bytes);
}

std::int64_t ListedBuilder::clipped(std::int64_t offset, std::int64_t bytes) const {
  return std::clamp<std::int64_t>(
      bytes, 1, std::max<std::int64_t>(1, layer_.weight_loads.back().bytes - offset));
}

void ListedBuilder::finish(const std::optional<ArrayProduct>& product) {
  work_->product = product;
  auto& steps = layer_.steps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool last = i + 1 == steps.size();
    steps[i].releases_weights = last || steps[i + 1].weight_load != steps[i].weight_load;
    steps[i].releases_data = last || steps[i + 1].data_load != steps[i].data_load;
  }
  layer_.listed = work_;
}

}  // namespace systerm
