// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/gemm_layer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "workloads/execution/gemm_geometry.h"
#include "workloads/execution/integer_reference.h"

namespace systerm {

namespace {

std::size_t size(std::int64_t value) { return static_cast<std::size_t>(value); }

/// Elements of one block of gathered vectors: stays in the second-level cache beside its sums.
constexpr std::size_t kBlockElements = std::size_t{96} * 1024;
constexpr std::size_t kLeastBlockRows = 96;

bool is_identity(std::span<const std::int16_t> table) {
  const auto limit = static_cast<std::ptrdiff_t>(table.size() / 2);
  for (std::ptrdiff_t i = 0; i < std::ssize(table); ++i) {
    if (table[size(i)] != i - limit) return false;
  }
  return true;
}

int largest_magnitude(std::span<const std::int16_t> values) {
  int largest = 0;
  for (const std::int16_t value : values) largest = std::max(largest, std::abs(int{value}));
  return largest;
}

/// Runs are often a few elements: whole lines of kSlack are copied, and what is too much is written
/// over by the next run. Both ends need kSlack elements behind them.
constexpr std::size_t kSlack = 8;
std::int16_t* copy_run(const std::int16_t* from, std::size_t run, std::int16_t* to) {
  for (std::size_t i = 0; i < run; i += kSlack) {
    std::memcpy(to + i, from + i, kSlack * sizeof(std::int16_t));
  }
  return to + run;
}

bool is_pointwise(const Window& window) { return window == Window{}; }

}  // namespace

GemmLayer::GemmLayer(const QuantizedNetwork& network, std::size_t position,
                     std::span<const std::int16_t> weights)
    : layer_(network.network->layers[position]), gemm_(*layer_.gemm()) {
  const QuantizedLayer& quantized = network.layers[position];
  const FeatureQuantization& output = network.features[index(layer_.output)];
  table_ = data_code_table(*quantized.format, network.features[index(layer_.inputs.front())].limit);
  const std::int64_t largest_sum =
      gemm_.k * largest_magnitude(weights) * std::int64_t{largest_magnitude(table_)};
  if (is_identity(table_)) table_.clear();
  if (quantized.format->encodes_data_in_groups()) group_format_ = quantized.format.get();

  finish_ = {.sum_scale = quantized.sum_scale,
             .bias = quantized.bias,
             .relu = false,
             .scale = output.scale,
             .limit = output.limit};
  for (const PostStep& step : layer_.steps) {
    const bool is_relu = step.kind == PostStep::Kind::kActivation &&
                         step.activation.function == ActivationFunction::kRelu;
    simple_ = simple_ && is_relu;
  }
  finish_.relu = simple_ && !layer_.steps.empty();

  const std::size_t depth = size(gemm_.k);
  const std::size_t filters = size(gemm_.n);
  const FeatureShape& input = network.network->feature(layer_.inputs.front()).shape;
  const bool is_depthwise = gemm_.groups > 1 && gemm_.n == 1 && gemm_.groups == input.channels &&
                            largest_sum <= std::numeric_limits<std::int32_t>::max();
  if (is_depthwise) {
    const std::size_t channels = size(gemm_.groups);
    tap_weights_.resize(depth * channels);
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t k = 0; k < depth; ++k)
        tap_weights_[k * channels + c] = weights[c * depth + k];
    }
    return;
  }
  std::vector<std::int16_t> transposed(depth * filters);
  for (std::int64_t group = 0; group < gemm_.groups; ++group) {
    const auto from = weights.subspan(size(group) * filters * depth, filters * depth);
    for (std::size_t n = 0; n < filters; ++n) {
      for (std::size_t k = 0; k < depth; ++k) transposed[k * filters + n] = from[n * depth + k];
    }
    packed_.emplace_back().assign(transposed, depth, filters);
  }
}

void GemmLayer::gather(const FeatureShape& shape, std::size_t first, std::size_t count,
                       std::int64_t channel_begin, GemmScratch& scratch) const {
  const Window& window = gemm_.window;
  const std::int64_t rows = window_rows(window, shape.height);
  const std::int64_t columns = window_columns(window, shape.width);
  const std::int64_t channels = shape.channels / gemm_.groups;
  // Neighbouring columns of one kernel row are one run in memory.
  const bool runs = channels == shape.channels && window.dilation_width == 1;
  scratch.vectors.resize(count * size(gemm_.k) + kSlack);
  std::int16_t* out = scratch.vectors.data();
  for (std::size_t i = 0; i < count; ++i) {
    const auto p = static_cast<std::int64_t>(first + i);
    const std::int64_t image = p / (rows * columns);
    const std::int64_t top = p / columns % rows * window.stride_height - window.pad_top;
    const std::int64_t left = p % columns * window.stride_width - window.pad_left;
    for (std::int64_t ky = 0; ky < window.kernel_height; ++ky) {
      const std::int64_t y = top + ky * window.dilation_height;
      const std::int64_t run = window.kernel_width * channels;
      if (y < 0 || y >= shape.height) {
        out = std::fill_n(out, run, std::int16_t{0});
        continue;
      }
      const std::int64_t row = (image * shape.height + y) * shape.width;
      if (runs && left >= 0 && left + window.kernel_width <= shape.width) {
        out = copy_run(scratch.data.data() + (row + left) * channels, size(run), out);
        continue;
      }
      for (std::int64_t kx = 0; kx < window.kernel_width; ++kx) {
        const std::int64_t x = left + kx * window.dilation_width;
        out = x < 0 || x >= shape.width
                  ? std::fill_n(out, channels, std::int16_t{0})
                  : copy_run(scratch.data.data() + (row + x) * shape.channels + channel_begin,
                             size(channels), out);
      }
    }
  }
}

void GemmLayer::multiply(const FeatureShape& shape, std::size_t first, std::size_t count,
                         GemmScratch& scratch) const {
  const std::size_t filters = size(gemm_.filters());
  const std::size_t depth = size(gemm_.k);
  const std::int64_t channels = shape.channels / gemm_.groups;
  std::fill_n(scratch.sums.begin(), count * filters, 0);
  for (std::size_t group = 0; group < packed_.size(); ++group) {
    std::span<const std::int16_t> vectors;
    std::size_t stride = depth;
    if (is_pointwise(gemm_.window)) {
      stride = size(shape.channels);
      vectors = std::span<const std::int16_t>(scratch.data)
                    .subspan(first * stride + group * size(channels));
    } else {
      gather(shape, first, count, static_cast<std::int64_t>(group) * channels, scratch);
      vectors = scratch.vectors;
    }
    gemm_accumulate(vectors, count, stride, packed_[group],
                    std::span(scratch.sums).subspan(group * size(gemm_.n)), filters);
  }
}

void GemmLayer::multiply_depthwise(const FeatureShape& shape, std::size_t first, std::size_t count,
                                   GemmScratch& scratch) const {
  const Window& window = gemm_.window;
  const std::int64_t rows = window_rows(window, shape.height);
  const std::int64_t columns = window_columns(window, shape.width);
  const std::size_t channels = size(shape.channels);
  std::vector<const std::int16_t*> taps(size(window.kernel_height * window.kernel_width));
  for (std::size_t i = 0; i < count; ++i) {
    const auto p = static_cast<std::int64_t>(first + i);
    const std::int64_t image = p / (rows * columns);
    const std::int64_t top = p / columns % rows * window.stride_height - window.pad_top;
    const std::int64_t left = p % columns * window.stride_width - window.pad_left;
    std::size_t tap = 0;
    for (std::int64_t ky = 0; ky < window.kernel_height; ++ky) {
      for (std::int64_t kx = 0; kx < window.kernel_width; ++kx, ++tap) {
        const std::int64_t y = top + ky * window.dilation_height;
        const std::int64_t x = left + kx * window.dilation_width;
        const bool inside = y >= 0 && y < shape.height && x >= 0 && x < shape.width;
        const std::int64_t pixel = (image * shape.height + y) * shape.width + x;
        taps[tap] = inside ? scratch.data.data() + size(pixel) * channels : nullptr;
      }
    }
    depthwise_row(taps, tap_weights_, std::span(scratch.sums).subspan(i * channels, channels));
  }
}

template <typename Finish>
void GemmLayer::for_blocks(const FeatureCodes& input, GemmScratch& scratch, Finish finish) const {
  const FeatureShape shape = gemm_input_shape(gemm_, input.shape, layer_.name);
  scratch.data.resize(input.codes.size() + kSlack);
  const std::span<std::int16_t> data = std::span(scratch.data).first(input.codes.size());
  if (group_format_ != nullptr) {
    std::ranges::copy(encode_feature(input.codes, gemm_, *group_format_, 0), data.begin());
  } else if (table_.empty()) {
    narrow_row(input.codes, data);
  } else {
    encode_row(input.codes, table_, data);
  }
  const std::size_t vectors = size(gemm_.m);
  const std::size_t filters = size(gemm_.filters());
  const std::size_t at_once =
      std::max(kLeastBlockRows, kBlockElements / (size(gemm_.k) + 2 * filters));
  const std::size_t block = std::min(vectors, at_once);
  scratch.sums.resize(std::max(scratch.sums.size(), block * filters));
  try {
    for (std::size_t first = 0; first < vectors; first += block) {
      const std::size_t count = std::min(block, vectors - first);
      if (tap_weights_.empty()) {
        multiply(shape, first, count, scratch);
      } else {
        multiply_depthwise(shape, first, count, scratch);
      }
      finish(first, count);
    }
  } catch (const AccumulatorOverflow& error) {
    throw AccumulatorOverflow(fmt::format("layer '{}': {}", layer_.name, error.what()));
  }
}

std::vector<std::int32_t> GemmLayer::finished(const FeatureCodes& input,
                                              GemmScratch& scratch) const {
  const std::size_t filters = size(gemm_.filters());
  std::vector<std::int32_t> codes(size(gemm_.m) * filters);
  for_blocks(input, scratch, [&](std::size_t first, std::size_t count) {
    finish_rows(scratch.sums, filters, count, finish_, std::span(codes).subspan(first * filters),
                filters);
  });
  return codes;
}

std::vector<float> GemmLayer::values(const FeatureCodes& input, GemmScratch& scratch) const {
  const std::size_t filters = size(gemm_.filters());
  std::vector<float> result(size(gemm_.m) * filters);
  for_blocks(input, scratch, [&](std::size_t first, std::size_t count) {
    scale_rows(scratch.sums, filters, count, finish_, std::span(result).subspan(first * filters),
               filters);
  });
  return result;
}

}  // namespace systerm
