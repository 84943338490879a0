// SPDX-License-Identifier: Apache-2.0
// From one matrix product of a training step to a descriptor: blocks of vectors, tiles in the
// cells, loads and stores. Of the blocks and orders of loops that fit the buffers, the one that
// memory or array, whichever is slower, and the exposed first loads and last stores take least for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "components/arithmetic/format.h"
#include "components/descriptors/layer_descriptor.h"
#include "model/design/design.h"
#include "model/mapping/tensor_form.h"
#include "model/mapping/training_products.h"

namespace systerm {

/// Positions that M counts: vectors of a matrix are images of one position.
struct PositionSpace {
  std::int64_t images = 1;
  std::int64_t rows = 1;
  std::int64_t columns = 1;
};

/// Rows of A under those of O where the layer has a window.
struct RowWindow {
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t pad = 0;
  std::int64_t input_rows = 1;

  Fraction rows(std::int64_t begin, std::int64_t end) const;
};

/// Everything about a product but where its blocks are cut. Of a product in FmacMode::kResultsHeld
/// `moving` is A and `held` is dO, which both stream by.
struct ProductRequest {
  TrainingProduct product;
  PositionSpace space;
  RowWindow window;
  const TensorForm* moving = nullptr;
  const TensorForm* held = nullptr;
  bool is_held_made = false;  ///< by an earlier step of the iteration
  /// Backward data of a kernel larger than one position: a sum gathers results of several columns.
  bool scatters = false;
  std::vector<const TensorForm*> results;
  const TensorForm* added = nullptr;  ///< FP32 words that the results are added to, or null
  const TensorForm* bias = nullptr;   ///< FP32 words, one a filter, or null
};

/// Fills slots, tiles, loads, steps and outputs of `layer`, whose format, name and number are set.
/// Appends what does not fit to `problems` and returns false.
bool map_product(const Design& design, const FmacArray& array, const ProductRequest& request,
                 LayerDescriptor& layer, std::vector<std::string>& problems);

}  // namespace systerm
