// SPDX-License-Identifier: Apache-2.0
#include "model/report/layer_blocks.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "model/report/packed_text.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

class LayerBlocks {
 public:
  LayerBlocks(const LayerTable& layers, std::size_t points) : layers_(layers), points_(points) {
    for (std::size_t i = 0; i < layers.columns.size(); ++i) {
      constexpr std::string_view kStalls = "stalls.";
      const std::string& name = layers.columns[i].name;
      if (name == "name") name_ = i;
      if (name == "busy") causes_.emplace_back(name, i);
      if (name.starts_with(kStalls)) causes_.emplace_back(name.substr(kStalls.size()), i);
    }
  }

  std::vector<std::string> packed() {
    layers_.visit([this](const LayerTable::Row& row) {
      if (row.point != point_) end_points(row.point);
      rows_.push_back(row);
    });
    end_points(points_);
    return std::move(blocks_);
  }

 private:
  /// Points from the current one up to `next`; those in between have no layers.
  void end_points(std::size_t next) {
    for (; point_ < next; ++point_) {
      block_.push_back(rows_.empty() ? Json() : details());
      rows_.clear();
      if (block_.size() < kPointsPerLayerBlock && point_ + 1 < points_) continue;
      blocks_.push_back(packed_text(block_.dump(-1, ' ', false, Json::error_handler_t::replace)));
      block_ = Json::array();
    }
  }

  Json details() const {
    Json details = {
        {"layers", Json::array()}, {"causes", Json::array()}, {"cycles", Json::array()}};
    for (const LayerTable::Row& row : rows_) details["layers"].push_back(row.cells[name_]);
    for (const auto& [cause, column] : causes_) {
      Json cycles = Json::array();
      for (const LayerTable::Row& row : rows_) {
        cycles.push_back(row.cells[column].is_number() ? row.cells[column] : Json(0));
      }
      if (std::ranges::all_of(cycles, [](const Json& each) { return each == 0; })) continue;
      details["causes"].push_back(cause);
      details["cycles"].push_back(std::move(cycles));
    }
    return details;
  }

  const LayerTable& layers_;
  const std::size_t points_;
  std::size_t name_ = 0;
  std::vector<std::pair<std::string, std::size_t>> causes_;  ///< name and column
  std::size_t point_ = 0;
  std::vector<LayerTable::Row> rows_;  ///< of that point
  Json block_ = Json::array();
  std::vector<std::string> blocks_;
};

}  // namespace

std::vector<std::string> layer_blocks(const LayerTable& layers, std::size_t points) {
  return LayerBlocks(layers, points).packed();
}

}  // namespace systerm
