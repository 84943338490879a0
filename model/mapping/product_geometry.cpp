// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/product_geometry.h"

#include <algorithm>
#include <utility>

#include "components/arithmetic/ceil_div.h"

namespace systerm {

ProductGeometry::ProductGeometry(const Design& design, const FmacArray& array,
                                 const ProductRequest& request, LayerDescriptor& layer)
    : design_(design),
      array_(array),
      request_(request),
      gemm_(request.product.gemm),
      limits_(design),
      builder_(layer) {
  const std::int64_t together = products_together(array, request.product);
  for (std::int64_t begin = 0; begin < request.product.count; begin += together) {
    rounds_.push_back({begin, std::min(begin + together, request.product.count)});
  }
}

std::vector<VectorBlock> ProductGeometry::blocks_of(const BlockExtent& extent) const {
  std::vector<VectorBlock> blocks;
  const PositionSpace& space = request_.space;
  for (std::int64_t image = 0; image < space.images; image += extent.images) {
    for (std::int64_t row = 0; row < space.rows; row += extent.rows) {
      blocks.push_back({image, std::min(image + extent.images, space.images), row,
                        std::min(row + extent.rows, space.rows)});
    }
  }
  return blocks;
}

std::vector<BlockExtent> ProductGeometry::extents() const {
  FeatureMap map;
  map.images = request_.space.images;
  map.height = request_.space.rows;
  map.width = request_.space.columns;
  std::vector<BlockExtent> all = block_extents(map);
  std::erase_if(all, [&](const BlockExtent& extent) { return extent.columns < map.width; });
  return all;
}

std::int64_t ProductGeometry::stream_bytes(std::int64_t values, std::int64_t groups,
                                           const TensorForm& form) {
  return ceil_div(values * form.format->value_bits + groups * form.format->exponent_bits, 8);
}

std::int64_t ProductGeometry::result_bytes(const Fractions& part) const {
  std::int64_t bytes = 0;
  for (const TensorForm* form : request_.results) bytes += part_bytes(*form, part);
  return bytes;
}

bool ProductGeometry::results_fit(const Fractions& part, std::int64_t sums) const {
  return result_bytes(part) <= limits_.result_slot() && sums <= limits_.accumulator_sums() &&
         (request_.added == nullptr || part_bytes(*request_.added, part) <= limits_.operand_slot());
}

void ProductGeometry::add_output(const Fractions& part, std::int64_t sums) {
  ListedTile tile;
  tile.sums = sums;
  tile.words = nested(request_.results.front()->values, part).size();
  // A first pass takes the sums, the bias or what is there already is added in another.
  tile.word_passes = sums;
  if (request_.bias != nullptr) tile.operations.additions += sums;
  if (request_.added != nullptr) tile.operations.additions += sums;
  tile.word_passes += tile.operations.additions;
  if (request_.added != nullptr) append_part(*request_.added, part, tile.operands);
  if (request_.bias != nullptr && builder_.outputs() == 0) {
    append_part(*request_.bias, {}, tile.operands);
  }
  for (const TensorForm* form : request_.results) append_result(*form, part, tile);
  builder_.add_output(std::move(tile));
}

}  // namespace systerm
