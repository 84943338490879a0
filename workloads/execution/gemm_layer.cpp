// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/gemm_layer.h"

#include <algorithm>
#include <cstdlib>
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

template <typename T>
void grow(std::vector<T>& buffer, std::size_t elements) {
  if (buffer.size() < elements) buffer.resize(elements);
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

  requantizer_ = quantized.requantizer;
  range_ = output.range;
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
  shape_ =
      gemm_input_shape(gemm_, network.network->feature(layer_.inputs.front()).shape, layer_.name);
  const bool is_depthwise = gemm_.groups > 1 && gemm_.n == 1 && gemm_.groups == shape_.channels &&
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
  if (!is_pointwise(gemm_.window)) gather_.emplace(gemm_, shape_);
  std::vector<std::int16_t> transposed(depth * filters);
  for (std::int64_t group = 0; group < gemm_.groups; ++group) {
    const auto from = weights.subspan(size(group) * filters * depth, filters * depth);
    for (std::size_t n = 0; n < filters; ++n) {
      for (std::size_t k = 0; k < depth; ++k) transposed[k * filters + n] = from[n * depth + k];
    }
    packed_.emplace_back().assign(transposed, depth, filters);
  }
}

void GemmLayer::multiply(std::size_t first, std::size_t count, GemmScratch& scratch) const {
  const std::size_t filters = size(gemm_.filters());
  const std::size_t depth = size(gemm_.k);
  const std::int64_t channels = shape_.channels / gemm_.groups;
  std::fill_n(scratch.sums.begin(), count * filters, 0);
  for (std::size_t group = 0; group < packed_.size(); ++group) {
    const std::int64_t channel_begin = static_cast<std::int64_t>(group) * channels;
    std::span<const std::int16_t> vectors;
    std::size_t stride = depth;
    if (gather_) {
      grow(scratch.vectors, count * depth + WindowGather::kSlack);
      gather_->gather(scratch.data, first, count, channel_begin, scratch.vectors);
      vectors = scratch.vectors;
    } else {
      stride = size(shape_.channels);
      vectors =
          std::span<const std::int16_t>(scratch.data).subspan(first * stride + size(channel_begin));
    }
    gemm_accumulate(vectors, count, stride, packed_[group],
                    std::span(scratch.sums).subspan(group * size(gemm_.n)), filters);
  }
}

void GemmLayer::multiply_depthwise(std::size_t first, std::size_t count,
                                   GemmScratch& scratch) const {
  const FeatureShape& shape = shape_;
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

void GemmLayer::encode(const FeatureCodes& input, GemmScratch& scratch) const {
  const auto by_row = [&](std::span<const std::int32_t> codes, std::span<std::int16_t> data) {
    if (group_format_ != nullptr) {  // rows are whole positions
      encode_in_groups(codes, gemm_, *group_format_, data);
    } else if (table_.empty()) {
      narrow_row(codes, data);
    } else {
      encode_row(codes, table_, data);
    }
  };
  const std::size_t elements = gather_ ? gather_->data_elements() : input.codes.size();
  grow(scratch.data, elements + WindowGather::kSlack);
  const std::span<std::int16_t> data = std::span(scratch.data).first(elements);
  if (gather_) {
    gather_->place(input.codes, data, by_row);
  } else {
    by_row(input.codes, data);
  }
}

template <typename Finish>
void GemmLayer::for_blocks(const FeatureCodes& input, GemmScratch& scratch, Finish finish) const {
  encode(input, scratch);
  const std::size_t vectors = size(gemm_.m);
  const std::size_t filters = size(gemm_.filters());
  const std::size_t at_once =
      std::max(kLeastBlockRows, kBlockElements / (size(gemm_.k) + 2 * filters));
  const std::size_t block = std::min(vectors, at_once);
  grow(scratch.sums, block * filters);
  try {
    for (std::size_t first = 0; first < vectors; first += block) {
      const std::size_t count = std::min(block, vectors - first);
      if (tap_weights_.empty()) {
        multiply(first, count, scratch);
      } else {
        multiply_depthwise(first, count, scratch);
      }
      finish(first, count);
    }
  } catch (const AccumulatorOverflow& error) {
    throw AccumulatorOverflow(fmt::format("layer '{}': {}", layer_.name, error.what()));
  }
}

std::size_t GemmLayer::outputs() const { return size(gemm_.m) * size(gemm_.filters()); }

void GemmLayer::finish(const FeatureCodes& input, GemmScratch& scratch,
                       std::span<std::int32_t> codes) const {
  const std::size_t filters = size(gemm_.filters());
  for_blocks(input, scratch, [&](std::size_t first, std::size_t count) {
    if (requantizer_) {
      for (std::size_t i = 0; i < count * filters; ++i) {
        codes[first * filters + i] = requantizer_->code(scratch.sums[i], i % filters);
      }
      return;
    }
    finish_rows(scratch.sums, filters, count, finish_, codes.subspan(first * filters), filters);
    if (range_) saturate(*range_, codes.subspan(first * filters, count * filters));
  });
}

void GemmLayer::scale(const FeatureCodes& input, GemmScratch& scratch,
                      std::span<float> values) const {
  const std::size_t filters = size(gemm_.filters());
  for_blocks(input, scratch, [&](std::size_t first, std::size_t count) {
    scale_rows(scratch.sums, filters, count, finish_, values.subspan(first * filters), filters);
  });
}

}  // namespace systerm
