// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/product_mapper.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/mapping/product_geometry.h"

namespace systerm {

Fraction RowWindow::rows(std::int64_t begin, std::int64_t end) const {
  const std::int64_t first = std::clamp<std::int64_t>(begin * stride - pad, 0, input_rows);
  const std::int64_t last = std::clamp<std::int64_t>(
      (end - 1) * stride - pad + (kernel - 1) * dilation + 1, first, input_rows);
  return {first, last, input_rows};
}

bool map_product(const Design& design, const FmacArray& array, const ProductRequest& request,
                 LayerDescriptor& layer, std::vector<std::string>& problems) {
  const bool is_held = request.product.gemm.mode == FmacMode::kResultsHeld;
  const auto misfit = is_held ? map_held(design, array, request, layer)
                              : map_stationary(design, array, request, layer);
  if (!misfit) return true;
  problems.push_back(fmt::format(
      "step '{}': no block of vectors and weights fits; the smallest takes {} of data, {} of "
      "weights and {} of results; increase data_buffer.size, weight_buffer.size, "
      "accumulators.size or result_buffer.size",
      layer.name, bytes_text(misfit->data), bytes_text(misfit->weights),
      bytes_text(misfit->results)));
  return false;
}

}  // namespace systerm
