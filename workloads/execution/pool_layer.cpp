// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/pool_layer.h"

#include <cstdint>

#include "components/arithmetic/row_operations.h"
#include "components/arithmetic/vector_operations.h"

namespace systerm {

namespace {

std::size_t size(std::int64_t value) { return static_cast<std::size_t>(value); }

/// The channels of every input position under the window, padding left out.
void collect(const FeatureCodes& input, const Window& window, std::int64_t image, std::int64_t row,
             std::int64_t column, std::vector<const std::int32_t*>& taps) {
  const FeatureShape& shape = input.shape;
  taps.clear();
  for (std::int64_t ky = 0; ky < window.kernel_height; ++ky) {
    const std::int64_t y =
        row * window.stride_height - window.pad_top + ky * window.dilation_height;
    if (y < 0 || y >= shape.height) continue;
    for (std::int64_t kx = 0; kx < window.kernel_width; ++kx) {
      const std::int64_t x =
          column * window.stride_width - window.pad_left + kx * window.dilation_width;
      if (x < 0 || x >= shape.width) continue;
      const std::int64_t pixel = (image * shape.height + y) * shape.width + x;
      taps.push_back(input.codes.data() + pixel * shape.channels);
    }
  }
}

}  // namespace

PoolLayer::PoolLayer(const QuantizedNetwork& network, std::size_t position)
    : pool_(std::get<Pool>(network.network->layers[position].operation)),
      output_(network.network->feature(network.network->layers[position].output).shape),
      scale_(network.features[index(network.network->layers[position].inputs.front())].scale) {}

std::vector<float> PoolLayer::values(const FeatureCodes& input) const {
  const std::size_t channels = size(output_.channels);
  std::vector<float> result(size(output_.elements()));
  std::vector<const std::int32_t*> taps;
  std::vector<std::int32_t> codes(channels);
  std::vector<std::int64_t> sums(channels);
  float* to = result.data();
  for (std::int64_t image = 0; image < output_.images; ++image) {
    for (std::int64_t row = 0; row < output_.height; ++row) {
      for (std::int64_t column = 0; column < output_.width; ++column, to += channels) {
        collect(input, pool_.window, image, row, column, taps);
        if (pool_.kind == Pool::Kind::kMax) {
          maximum_row(taps, codes);
          for (std::size_t c = 0; c < channels; ++c) to[c] = maximum_value(codes[c], scale_);
          continue;
        }
        sum_row(taps, sums);
        const std::int64_t count = pool_.count_padding
                                       ? pool_.window.kernel_height * pool_.window.kernel_width
                                       : std::ssize(taps);
        for (std::size_t c = 0; c < channels; ++c) {
          to[c] = average_value(sums[c], scale_, count);
        }
      }
    }
  }
  return result;
}

}  // namespace systerm
