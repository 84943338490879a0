// SPDX-License-Identifier: Apache-2.0
// Parts of layer descriptors that follow from a convolution, for tests that draw one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "components/descriptors/layer_descriptor.h"

namespace systerm {

/// Rows and columns of outputs, padding alike on both sides; at least one each.
inline std::pair<std::int64_t, std::int64_t> output_extents(const LayerDescriptor& layer) {
  const auto size = [](std::int64_t in, std::int64_t pad, std::int64_t kernel,
                       std::int64_t dilation, std::int64_t stride) {
    return std::max<std::int64_t>((in + 2 * pad - (kernel - 1) * dilation - 1) / stride + 1, 1);
  };
  const Window& window = layer.window;
  return {size(layer.input.height, window.pad_top, window.kernel_height, window.dilation_height,
               window.stride_height),
          size(layer.input.width, window.pad_left, window.kernel_width, window.dilation_width,
               window.stride_width)};
}

/// A slot for each group of channels at each position of the kernel.
inline void add_slots(LayerDescriptor& layer) {
  for (std::int64_t y = 0; y < layer.window.kernel_height; ++y) {
    for (std::int64_t x = 0; x < layer.window.kernel_width; ++x) {
      for (std::int64_t c = 0; c < layer.input.channels; c += layer.settings.group_size) {
        const auto count =
            std::min<std::int64_t>(layer.settings.group_size, layer.input.channels - c);
        layer.slots.push_back({static_cast<std::int32_t>(c), static_cast<std::int16_t>(y),
                               static_cast<std::int16_t>(x), static_cast<std::int16_t>(count), 0,
                               1});
      }
    }
  }
}

}  // namespace systerm
