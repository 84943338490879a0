// SPDX-License-Identifier: Apache-2.0
// Which core does what of a layer.
#pragma once

#include <cstdint>
#include <vector>

#include "components/descriptors/feature_map.h"
#include "model/design/design.h"
#include "model/mapping/weight_tiles.h"

namespace systerm {

/// What one core does of a layer; whole where the split does not divide it.
struct LayerShare {
  int core = 0;
  std::int64_t image_begin = 0;
  std::int64_t image_end = 0;
  FilterRange filters;  ///< of a GEMM
  /// Of a vector layer: piece `piece` of `pieces` of its positions.
  std::int64_t piece = 0;
  std::int64_t pieces = 1;
};

/// Filters that one core takes of a layer split by filters, so that its results are whole channel
/// blocks.
std::int64_t filters_a_core(const GemmExtents& gemm, const Design& design);

/// `gemm` is null for a vector layer.
std::vector<LayerShare> split_by_filters(const Design& design, const GemmExtents* gemm,
                                         std::int64_t images);
std::vector<LayerShare> split_by_batch(const Design& design, const GemmExtents* gemm,
                                       std::int64_t images);

/// Cuts consecutive layers into at most `cores` runs so that the costliest run costs as little as
/// possible; the core of each layer.
std::vector<int> assign_layers(const std::vector<double>& costs, int cores);

/// The images begin .. end of a feature, as a feature of its own.
FeatureMap images_of(const FeatureMap& map, std::int64_t begin, std::int64_t end);

}  // namespace systerm
