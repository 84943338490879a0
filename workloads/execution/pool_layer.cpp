// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/pool_layer.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

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

/// Of every channel the largest of `taps` codes, `stride` elements apart, as a code or as its
/// value. A number of taps that is known to the compiler (`Taps` > 0) vectorises.
template <std::size_t Taps, typename Result>
void largest_values(const std::int32_t* from, std::size_t taps, std::size_t stride,
                    std::size_t channels, float scale, Result* results) {
  if constexpr (Taps > 0) taps = Taps;
  for (std::size_t c = 0; c < channels; ++c) {
    std::int32_t code = from[c];
    for (std::size_t tap = 1; tap < taps; ++tap) code = std::max(code, from[tap * stride + c]);
    if constexpr (std::is_same_v<Result, float>) {
      results[c] = maximum_value(code, scale);
    } else {
      results[c] = code;
    }
  }
}

/// Whether the vector unit stores every largest code as it is.
bool keeps_codes(const Layer& layer, const FeatureQuantization& input,
                 const FeatureQuantization& output) {
  if (!layer.steps.empty() || input.bytes() != 1) return false;
  std::vector<std::int32_t> codes;
  std::vector<float> values;
  for (std::int32_t code = -input.limit; code <= input.limit; ++code) {
    if (input.range && input.range->saturated(code) != code) continue;
    codes.push_back(code);
    values.push_back(maximum_value(code, input.scale));
  }
  std::vector<std::int32_t> stored(codes.size());
  quantize_values(values, output, stored);
  return stored == codes;
}

}  // namespace

PoolLayer::PoolLayer(const QuantizedNetwork& network, std::size_t position)
    : pool_(std::get<Pool>(network.network->layers[position].operation)),
      output_(network.network->feature(network.network->layers[position].output).shape),
      scale_(network.features[index(network.network->layers[position].inputs.front())].scale) {
  const Window& window = pool_.window;
  const FeatureShape& input =
      network.network->feature(network.network->layers[position].inputs.front()).shape;
  const auto fits = [](std::int64_t windows, std::int64_t stride, std::int64_t kernel,
                       std::int64_t dilation, std::int64_t extent) {
    return (windows - 1) * stride + (kernel - 1) * dilation < extent;
  };
  takes_rows_ = pool_.kind == Pool::Kind::kMax && window.pad_top == 0 && window.pad_left == 0 &&
                fits(output_.height, window.stride_height, window.kernel_height,
                     window.dilation_height, input.height) &&
                fits(output_.width, window.stride_width, window.kernel_width, window.dilation_width,
                     input.width);
  const Layer& layer = network.network->layers[position];
  keeps_codes_ = takes_rows_ && keeps_codes(layer, network.features[index(layer.inputs.front())],
                                            network.features[index(layer.output)]);
}

std::size_t PoolLayer::outputs() const { return size(output_.elements()); }

void PoolLayer::pool(const FeatureCodes& input, std::span<float> values) const {
  if (takes_rows_) {
    pool_rows(input, values);
  } else {
    pool_positions(input, values);
  }
}

void PoolLayer::finish(const FeatureCodes& input, std::span<std::int32_t> codes) const {
  pool_rows(input, codes);
}

/// The largest of every column of a window first, whole rows at once, then along the row.
template <typename Result>
void PoolLayer::pool_rows(const FeatureCodes& input, std::span<Result> results) const {
  const Window& window = pool_.window;
  const FeatureShape& shape = input.shape;
  const std::size_t channels = size(output_.channels);
  const std::size_t row_elements = size(shape.width) * channels;
  const std::size_t to_next_tap = size(window.dilation_width) * channels;
  std::vector<const std::int32_t*> taps(size(window.kernel_height));
  std::vector<std::int32_t> largest(row_elements);
  const auto take = window.kernel_width == 2   ? largest_values<2, Result>
                    : window.kernel_width == 3 ? largest_values<3, Result>
                                               : largest_values<0, Result>;
  Result* to = results.data();
  for (std::int64_t image = 0; image < output_.images; ++image) {
    for (std::int64_t row = 0; row < output_.height; ++row) {
      for (std::size_t ky = 0; ky < taps.size(); ++ky) {
        const std::int64_t y =
            row * window.stride_height + static_cast<std::int64_t>(ky) * window.dilation_height;
        taps[ky] = input.codes.data() + size(image * shape.height + y) * row_elements;
      }
      maximum_row(taps, largest);
      for (std::int64_t column = 0; column < output_.width; ++column, to += channels) {
        const std::int32_t* from = largest.data() + size(column * window.stride_width) * channels;
        take(from, size(window.kernel_width), to_next_tap, channels, scale_, to);
      }
    }
  }
}

void PoolLayer::pool_positions(const FeatureCodes& input, std::span<float> values) const {
  const std::size_t channels = size(output_.channels);
  std::vector<const std::int32_t*> taps;
  std::vector<std::int32_t> codes(channels);
  std::vector<std::int64_t> sums(channels);
  float* to = values.data();
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
}

}  // namespace systerm
