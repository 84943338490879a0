// SPDX-License-Identifier: Apache-2.0
// What lies where in the operands and results of a product: common ground of the mappers for
// products whose weights stay in the cells and for those whose results do.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/mapping/blocking.h"
#include "model/mapping/listed_builder.h"
#include "model/mapping/product_mapper.h"
#include "model/mapping/resource_limits.h"

namespace systerm {

/// Blocks smaller than this share of the largest that fits are not tried.
inline constexpr std::int64_t kSmallestBlockShare = 16;

/// Products side by side in the array.
struct ProductRound {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t items() const { return end - begin; }
};

/// Vectors that are loaded together.
struct VectorBlock {
  std::int64_t image_begin = 0;
  std::int64_t image_end = 0;
  std::int64_t row_begin = 0;
  std::int64_t row_end = 0;
};

/// Bytes of the smallest blocks that were tried where none fits.
struct SmallestBlocks {
  std::int64_t data = 0;
  std::int64_t weights = 0;
  std::int64_t results = 0;
};

/// Maps a product and returns nothing, or returns what does not fit.
std::optional<SmallestBlocks> map_stationary(const Design& design, const FmacArray& array,
                                             const ProductRequest& request, LayerDescriptor& layer);
std::optional<SmallestBlocks> map_held(const Design& design, const FmacArray& array,
                                       const ProductRequest& request, LayerDescriptor& layer);

class ProductGeometry {
 protected:
  using Fractions = std::vector<Fraction>;

  ProductGeometry(const Design& design, const FmacArray& array, const ProductRequest& request,
                  LayerDescriptor& layer);

  Fraction items(const ProductRound& round) const {
    return {round.begin, round.end, request_.product.count};
  }
  Fraction images(const VectorBlock& block) const {
    return {block.image_begin, block.image_end, request_.space.images};
  }
  /// Of dO or O.
  Fraction rows(const VectorBlock& block) const {
    return {block.row_begin, block.row_end, request_.space.rows};
  }
  /// Of A.
  Fraction window_rows(const VectorBlock& block) const {
    return request_.window.rows(block.row_begin, block.row_end);
  }
  std::int64_t vectors(const VectorBlock& block) const {
    return (block.image_end - block.image_begin) * (block.row_end - block.row_begin) *
           request_.space.columns;
  }
  std::vector<VectorBlock> blocks_of(const BlockExtent& extent) const;
  /// Largest first.
  std::vector<BlockExtent> extents() const;

  double bytes_per_cycle() const { return design_.dram.bytes_per_second / design_.clock_hz; }
  /// Of values and the exponents of groups, rounded up.
  static std::int64_t stream_bytes(std::int64_t values, std::int64_t groups,
                                   const TensorForm& form);
  /// In all forms.
  std::int64_t result_bytes(const Fractions& part) const;
  /// Into a slot of the accumulators, of the result buffer and, to be added to, of the operand
  /// buffer.
  bool results_fit(const Fractions& part, std::int64_t sums) const;
  void add_output(const Fractions& part, std::int64_t sums);
  ArrayProduct array_product() const {
    return {gemm_.mode, gemm_.passes, array_.accumulation, request_.is_held_made};
  }
  void finish() { builder_.finish(array_product()); }

  const Design& design_;
  const FmacArray& array_;
  const ProductRequest& request_;
  const FmacGemm& gemm_;
  const ResourceLimits limits_;
  ListedBuilder builder_;
  std::vector<ProductRound> rounds_;
  SmallestBlocks smallest_;
};

}  // namespace systerm
