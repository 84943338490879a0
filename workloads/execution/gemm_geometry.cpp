// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/gemm_geometry.h"

#include <stdexcept>

#include <fmt/format.h>

namespace systerm {

namespace {

std::int64_t positions(std::int64_t input, std::int64_t padding, std::int64_t kernel,
                       std::int64_t dilation, std::int64_t stride) {
  return (input + padding - dilation * (kernel - 1) - 1) / stride + 1;
}

}  // namespace

FeatureShape gemm_input_shape(const Gemm& gemm, const FeatureShape& input, std::string_view layer) {
  const Window& window = gemm.window;
  const std::int64_t kernel = gemm.positions();
  FeatureShape shape = input;
  if (gemm.k != kernel * (input.channels / gemm.groups) && kernel == 1 && gemm.groups == 1 &&
      gemm.m * gemm.k == input.elements()) {
    shape = {.images = gemm.m, .height = 1, .width = 1, .channels = gemm.k};
  }
  const std::int64_t vectors =
      shape.images * window_rows(window, shape.height) * window_columns(window, shape.width);
  if (gemm.k != kernel * (shape.channels / gemm.groups) || gemm.m != vectors) {
    throw std::invalid_argument(
        fmt::format("layer '{}': {} vectors of {} do not come from an input of {}x{}x{}x{}", layer,
                    gemm.m, gemm.k, input.images, input.height, input.width, input.channels));
  }
  return shape;
}

std::int64_t window_rows(const Window& window, std::int64_t input_height) {
  return positions(input_height, window.pad_top + window.pad_bottom, window.kernel_height,
                   window.dilation_height, window.stride_height);
}

std::int64_t window_columns(const Window& window, std::int64_t input_width) {
  return positions(input_width, window.pad_left + window.pad_right, window.kernel_width,
                   window.dilation_width, window.stride_width);
}

}  // namespace systerm
