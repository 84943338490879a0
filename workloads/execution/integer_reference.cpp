// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/integer_reference.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "components/arithmetic/gemm.h"
#include "components/arithmetic/post_processing.h"
#include "components/arithmetic/vector_operations.h"
#include "workloads/execution/broadcast.h"
#include "workloads/execution/feature_layout.h"
#include "workloads/execution/gemm_geometry.h"
#include "workloads/execution/second_operand.h"
#include "workloads/execution/whole_features.h"
#include "workloads/quantization/packed_codes.h"
#include "workloads/quantization/scales.h"

namespace systerm {

namespace {

std::size_t size(std::int64_t value) { return static_cast<std::size_t>(value); }

/// Groups are consecutive packed columns of one filter.
std::vector<std::int16_t> encode_packed(const PackedMatrix& packed, const QuantizedLayer& layer) {
  std::vector<std::int16_t> values(layer.weight_codes.size(), 0);
  const std::size_t group = size(layer.format->parameters().group_size);
  std::vector<std::int16_t> codes;
  std::vector<std::uint8_t> terms(group);
  for (std::size_t filter = 0; filter < packed.rows; ++filter) {
    const std::size_t row = filter * packed.columns;
    for (std::size_t first = 0; first < packed.groups.size(); first += group) {
      codes.assign(std::min(group, packed.groups.size() - first), 0);
      gather_packed_codes(packed, filter, first,
                          std::span(layer.weight_codes).subspan(row, packed.columns), codes);
      layer.format->encode_weights(codes, std::span(terms).first(codes.size()));
      for (std::size_t i = 0; i < codes.size(); ++i) {
        values[row + packed_column(packed, filter, first + i)] = codes[i];
      }
    }
  }
  return values;
}

std::vector<std::int16_t> encode(const Gemm& gemm, const QuantizedLayer& layer) {
  if (gemm.packed) return encode_packed(*gemm.packed, layer);
  std::vector<std::int16_t> values = layer.weight_codes;
  encode_weight_groups(values, gemm.k / gemm.positions(), *layer.format);
  return values;
}

int largest_magnitude(std::span<const std::int16_t> values) {
  int largest = 0;
  for (const std::int16_t value : values) largest = std::max(largest, std::abs(int{value}));
  return largest;
}

/// Longest run of products whose sum surely fits 32 bits.
std::size_t exact_run(std::span<const std::int16_t> a, std::span<const std::int16_t> b) {
  const std::int64_t product = std::int64_t{largest_magnitude(a)} * largest_magnitude(b);
  return size(std::numeric_limits<std::int32_t>::max() / std::max<std::int64_t>(product, 1));
}

std::int64_t dot(const std::int16_t* a, const std::int16_t* b, std::size_t count, std::size_t run) {
  std::int64_t total = 0;
  for (std::size_t start = 0; start < count; start += run) {
    const std::size_t end = std::min(count, start + run);
    std::int32_t sum = 0;
    for (std::size_t i = start; i < end; ++i) sum += std::int32_t{a[i]} * std::int32_t{b[i]};
    total += sum;
  }
  return total;
}

/// The data vector of one output position and group: kernel row, kernel column, channel.
void gather(std::span<const std::int16_t> data, const FeatureShape& shape, const Window& window,
            std::int64_t image, std::int64_t row, std::int64_t column, std::int64_t first_channel,
            std::int64_t channels, std::vector<std::int16_t>& vector) {
  auto out = vector.begin();
  for (std::int64_t ky = 0; ky < window.kernel_height; ++ky) {
    for (std::int64_t kx = 0; kx < window.kernel_width; ++kx, out += channels) {
      const std::int64_t y =
          row * window.stride_height - window.pad_top + ky * window.dilation_height;
      const std::int64_t x =
          column * window.stride_width - window.pad_left + kx * window.dilation_width;
      if (y < 0 || y >= shape.height || x < 0 || x >= shape.width) {
        std::fill_n(out, channels, std::int16_t{0});
      } else {
        const std::int64_t pixel = (image * shape.height + y) * shape.width + x;
        std::copy_n(data.begin() + pixel * shape.channels + first_channel, channels, out);
      }
    }
  }
}

/// The same where every channel has a position of its own.
void gather_shifted(std::span<const std::int16_t> data, const FeatureShape& shape, const Gemm& gemm,
                    std::int64_t image, std::int64_t row, std::int64_t column,
                    std::vector<std::int16_t>& vector) {
  const Window& window = gemm.window;
  for (std::size_t channel = 0; channel < gemm.taps.size(); ++channel) {
    const ChannelTap& tap = gemm.taps[channel];
    const std::int64_t y =
        row * window.stride_height - window.pad_top + tap.row * window.dilation_height;
    const std::int64_t x =
        column * window.stride_width - window.pad_left + tap.column * window.dilation_width;
    const bool is_inside = y >= 0 && y < shape.height && x >= 0 && x < shape.width;
    const std::int64_t pixel = (image * shape.height + y) * shape.width + x;
    vector[channel] = is_inside ? data[size(pixel * shape.channels) + channel] : std::int16_t{0};
  }
}

/// Calls `visit` with every input element of one pooling window and channel, padding aside.
template <typename Visit>
void for_window(const FeatureCodes& input, const Window& window, std::int64_t image,
                std::int64_t row, std::int64_t column, std::int64_t channel, Visit&& visit) {
  const FeatureShape& shape = input.shape;
  for (std::int64_t ky = 0; ky < window.kernel_height; ++ky) {
    const std::int64_t y =
        row * window.stride_height - window.pad_top + ky * window.dilation_height;
    if (y < 0 || y >= shape.height) continue;
    for (std::int64_t kx = 0; kx < window.kernel_width; ++kx) {
      const std::int64_t x =
          column * window.stride_width - window.pad_left + kx * window.dilation_width;
      if (x < 0 || x >= shape.width) continue;
      visit(input.codes[size(((image * shape.height + y) * shape.width + x) * shape.channels +
                             channel)]);
    }
  }
}

/// Computes the values of one layer, before its steps, in memory order of its output.
class LayerValues {
 public:
  LayerValues(const QuantizedNetwork& network, std::size_t position,
              std::span<const std::int16_t> weights, std::span<const FeatureCodes> features)
      : layer_(network.network->layers[position]),
        quantized_(network.layers[position]),
        weights_(weights),
        storage_(network.features),
        features_(features),
        shape_(network.network->feature(layer_.output).shape) {}

  /// Codes of the output of a layer that has a requantizer.
  std::vector<std::int32_t> requantized() const {
    const Gemm& gemm = std::get<Gemm>(layer_.operation);
    std::vector<std::int32_t> codes = sums(gemm, weights_, 0, gemm.m);
    const std::size_t filters = size(gemm.filters());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      codes[i] = quantized_.requantizer->code(codes[i], i % filters);
    }
    return codes;
  }

  std::vector<float> compute() const {
    return std::visit([this](const auto& operation) { return values(operation); },
                      layer_.operation);
  }

 private:
  const FeatureCodes& input(std::size_t position = 0) const {
    return features_[index(layer_.inputs[position])];
  }
  float scale(std::size_t position = 0) const {
    return storage_[index(layer_.inputs[position])].scale;
  }

  std::vector<float> values(const Gemm& gemm) const {
    if (!gemm.second) return products(gemm, weights_, 0, gemm.m);
    // The second operand of each image is encoded as weights are, at run time.
    std::vector<float> result;
    const std::int64_t images = input().shape.images;
    for (std::int64_t image = 0; image < images; ++image) {
      std::vector<std::int16_t> matrix =
          second_operand_matrix(gemm, input(1).shape, input(1).codes, image);
      encode_weight_groups(matrix, gemm.k, *quantized_.format);
      const std::int64_t vectors = gemm.m / images;
      const std::vector<float> part =
          products(gemm, matrix, image * vectors, (image + 1) * vectors);
      result.insert(result.end(), part.begin(), part.end());
    }
    return result;
  }

  std::vector<float> products(const Gemm& gemm, std::span<const std::int16_t> weights,
                              std::int64_t begin, std::int64_t end) const {
    std::vector<float> result;
    std::size_t filter = 0;
    for (const std::int32_t sum : sums(gemm, weights, begin, end)) {
      result.push_back(scale_sum(sum, quantized_.sum_scale[filter], quantized_.bias[filter]));
      filter = (filter + 1) % size(gemm.filters());
    }
    return result;
  }

  /// Of the vectors `begin` to `end`, [vectors][filters].
  std::vector<std::int32_t> sums(const Gemm& gemm, std::span<const std::int16_t> weights,
                                 std::int64_t begin, std::int64_t end) const {
    const FeatureShape shape = gemm_input_shape(gemm, input().shape, layer_.name);
    const std::vector<std::int16_t> data = encode_feature(input().codes, gemm, *quantized_.format,
                                                          storage_[index(layer_.inputs[0])].limit);
    const std::int64_t rows = window_rows(gemm.window, shape.height);
    const std::int64_t columns = window_columns(gemm.window, shape.width);
    const std::int64_t channels = shape.channels / gemm.groups;
    const std::size_t run = exact_run(weights, data);
    const std::size_t depth = size(gemm.k);

    std::vector<std::int32_t> result(size((end - begin) * gemm.filters()));
    std::vector<std::int16_t> vector(depth);
    for (std::int64_t p = begin; p < end; ++p) {
      const std::int64_t image = p / (rows * columns);
      const std::int64_t row = p / columns % rows;
      for (std::int64_t group = 0; group < gemm.groups; ++group) {
        if (gemm.taps.empty()) {
          gather(data, shape, gemm.window, image, row, p % columns, group * channels, channels,
                 vector);
        } else {
          gather_shifted(data, shape, gemm, image, row, p % columns, vector);
        }
        for (std::int64_t n = 0; n < gemm.n; ++n) {
          const std::size_t filter = size(group * gemm.n + n);
          const std::int64_t sum = dot(vector.data(), &weights[filter * depth], depth, run);
          if (sum != static_cast<std::int32_t>(sum)) overflow(sum);
          result[size((p - begin) * gemm.filters()) + filter] = static_cast<std::int32_t>(sum);
        }
      }
    }
    return result;
  }

  std::vector<float> values(const Pool& pool) const {
    std::vector<float> result(size(shape_.elements()));
    std::size_t position = 0;
    for (std::int64_t image = 0; image < shape_.images; ++image) {
      for (std::int64_t row = 0; row < shape_.height; ++row) {
        for (std::int64_t column = 0; column < shape_.width; ++column) {
          for (std::int64_t channel = 0; channel < shape_.channels; ++channel) {
            result[position++] = pooled(pool, image, row, column, channel);
          }
        }
      }
    }
    return result;
  }

  float pooled(const Pool& pool, std::int64_t image, std::int64_t row, std::int64_t column,
               std::int64_t channel) const {
    const Window& window = pool.window;
    std::int64_t count = 0;
    std::int64_t sum = 0;
    std::int32_t largest = 0;
    for_window(input(), window, image, row, column, channel, [&](std::int32_t code) {
      largest = count == 0 ? code : std::max(largest, code);
      sum += code;
      ++count;
    });
    if (pool.kind == Pool::Kind::kMax) return maximum_value(largest, scale());
    if (pool.count_padding) count = window.kernel_height * window.kernel_width;
    return average_value(sum, scale(), count);
  }

  std::vector<float> values(const Elementwise&) const {
    std::vector<float> result;
    result.reserve(input().codes.size());
    for (const std::int32_t code : input().codes) result.push_back(dequantize(code, scale()));
    return result;
  }

  std::vector<float> values(const Concatenation&) const {
    std::vector<float> result;
    result.reserve(size(shape_.elements()));
    const std::int64_t pixels = shape_.images * shape_.height * shape_.width;
    for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
      for (std::size_t i = 0; i < layer_.inputs.size(); ++i) {
        const std::int64_t channels = input(i).shape.channels;
        for (std::int64_t channel = 0; channel < channels; ++channel) {
          result.push_back(dequantize(input(i).codes[size(pixel * channels + channel)], scale(i)));
        }
      }
    }
    return result;
  }

  std::vector<float> values(const Softmax&) const {
    std::vector<float> result = values(Elementwise{});
    const std::size_t channels = size(shape_.channels);
    std::vector<float> row(channels);
    for (std::size_t start = 0; start < result.size(); start += channels) {
      softmax(std::span(result).subspan(start, channels), row);
      std::ranges::copy(row, result.begin() + static_cast<std::ptrdiff_t>(start));
    }
    return result;
  }

  std::vector<float> values(const RowOperation& operation) const {
    const std::vector<std::vector<float>> values = all_values();
    std::vector<float> result(size(shape_.elements()));
    apply_rows(*operation.function, with_shapes(values), shape_, result);
    return result;
  }

  std::vector<float> values(const Lookup&) const {
    const std::vector<std::vector<float>> values = all_values();
    std::vector<float> result(size(shape_.elements()));
    look_up(values[0], with_shapes(values)[1], result);
    return result;
  }

  std::vector<float> values(const Rearrangement& rearrangement) const {
    const std::vector<std::vector<float>> values = all_values();
    std::vector<float> result(size(shape_.elements()));
    rearrange(*rearrangement.source, with_shapes(values), result);
    return result;
  }

  std::vector<std::vector<float>> all_values() const {
    std::vector<std::vector<float>> all(layer_.inputs.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const std::int32_t code : input(i).codes) all[i].push_back(dequantize(code, scale(i)));
    }
    return all;
  }

  std::vector<FeatureValues> with_shapes(const std::vector<std::vector<float>>& values) const {
    std::vector<FeatureValues> result;
    for (std::size_t i = 0; i < values.size(); ++i) {
      result.push_back({input(i).shape, values[i]});
    }
    return result;
  }

  [[noreturn]] void overflow(std::int64_t sum) const {
    throw AccumulatorOverflow(
        fmt::format("layer '{}': a sum of {} does not fit 32 bits", layer_.name, sum));
  }

  const Layer& layer_;
  const QuantizedLayer& quantized_;
  std::span<const std::int16_t> weights_;
  std::span<const FeatureQuantization> storage_;
  std::span<const FeatureCodes> features_;
  const FeatureShape& shape_;
};

std::int32_t stored_code(float value, const FeatureQuantization& storage) {
  const std::int32_t code = requantize(value, storage.scale, storage.limit);
  return storage.range ? storage.range->saturated(code) : code;
}

void combine(PostStep::Kind kind, const FeatureCodes& operand, float scale,
             const FeatureShape& shape, const std::string& layer, std::vector<float>& values) {
  const BroadcastStrides strides = broadcast_strides(operand.shape, shape, layer);
  std::size_t position = 0;
  for (std::int64_t image = 0; image < shape.images; ++image) {
    for (std::int64_t row = 0; row < shape.height; ++row) {
      for (std::int64_t column = 0; column < shape.width; ++column) {
        const std::int64_t start =
            image * strides.image + row * strides.row + column * strides.column;
        for (std::int64_t channel = 0; channel < shape.channels; ++channel, ++position) {
          const float other =
              dequantize(operand.codes[size(start + channel * strides.channel)], scale);
          values[position] =
              kind == PostStep::Kind::kAdd ? values[position] + other : values[position] * other;
        }
      }
    }
  }
}

}  // namespace

IntegerReference::IntegerReference(std::shared_ptr<const QuantizedNetwork> network)
    : network_(std::move(network)) {
  const std::vector<Layer>& layers = network_->network->layers;
  encoded_weights_.resize(layers.size());
  for (std::size_t position = 0; position < layers.size(); ++position) {
    const Gemm* const gemm = layers[position].gemm();
    if (gemm == nullptr || gemm->second) continue;
    const QuantizedLayer& layer = network_->layers[position];
    if (layer.weight_codes.size() != size(gemm->filters() * gemm->k)) {
      throw std::invalid_argument(
          fmt::format("layer '{}' has no weight codes", layers[position].name));
    }
    encoded_weights_[position] = encode(*gemm, layer);
  }
}

std::vector<FeatureCodes> IntegerReference::run(std::span<const FeatureCodes> inputs) const {
  const Network& graph = *network_->network;
  if (inputs.size() != graph.inputs.size()) {
    throw std::invalid_argument(
        fmt::format("{} inputs given, {} wanted", inputs.size(), graph.inputs.size()));
  }
  std::vector<FeatureCodes> features(graph.features.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check_input(*network_, graph.inputs[i], inputs[i]);
    features[index(graph.inputs[i])] = inputs[i];
  }
  for (const ConstantFeature& constant : graph.constants) {
    features[index(constant.feature)] = quantize_constant(*network_, constant);
  }
  for (std::size_t position = 0; position < graph.layers.size(); ++position) {
    features[index(graph.layers[position].output)] = run_layer(position, features);
  }
  return features;
}

FeatureCodes IntegerReference::run_layer(std::size_t position,
                                         std::span<const FeatureCodes> features) const {
  const LayerValues values(*network_, position, encoded_weights_[position], features);
  if (network_->layers[position].requantizer) {
    const Layer& layer = network_->network->layers[position];
    return {network_->network->feature(layer.output).shape, values.requantized()};
  }
  return finish_layer(position, values.compute(), features);
}

FeatureCodes IntegerReference::finish_layer(std::size_t position, std::vector<float> values,
                                            std::span<const FeatureCodes> features) const {
  const Network& graph = *network_->network;
  const Layer& layer = graph.layers[position];
  const FeatureShape& shape = graph.feature(layer.output).shape;
  for (const PostStep& step : layer.steps) {
    if (step.kind == PostStep::Kind::kActivation) {
      for (float& value : values) value = apply(step.activation, value);
    } else {
      const std::size_t operand = index(layer.inputs[size(step.operand)]);
      combine(step.kind, features[operand], network_->features[operand].scale, shape, layer.name,
              values);
    }
  }
  const FeatureQuantization& storage = network_->features[index(layer.output)];
  FeatureCodes output{shape, {}};
  output.codes.reserve(values.size());
  for (const float value : values) output.codes.push_back(stored_code(value, storage));
  return output;
}

void encode_in_groups(std::span<const std::int32_t> codes, const Gemm& gemm, const Format& format,
                      std::span<std::int16_t> values) {
  const std::size_t run = size(gemm.k / gemm.positions());
  const std::size_t group = size(format.parameters().group_size);
  std::vector<std::uint8_t> terms(group);
  std::ranges::copy(codes, values.begin());
  for (std::size_t start = 0; start < codes.size(); start += run) {
    for (std::size_t first = 0; first < run; first += group) {
      const std::size_t count = std::min(group, run - first);
      format.encode_data_group(values.subspan(start + first, count), std::span(terms).first(count));
    }
  }
}

std::vector<std::int16_t> encode_feature(std::span<const std::int32_t> codes, const Gemm& gemm,
                                         const Format& format, std::int32_t limit) {
  std::vector<std::int16_t> values(codes.size());
  if (format.encodes_data_in_groups()) {
    encode_in_groups(codes, gemm, format, values);
    return values;
  }
  const std::vector<std::int16_t> table = data_code_table(format, limit);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = table[size(codes[i] + limit)];
  return values;
}

std::vector<std::int16_t> data_code_table(const Format& format, std::int32_t limit) {
  std::vector<std::int16_t> table;
  for (std::int32_t code = -limit; code <= limit; ++code) {
    table.push_back(format.encode_data(static_cast<std::int16_t>(code)).value);
  }
  return table;
}

void check_input(const QuantizedNetwork& network, FeatureId id, const FeatureCodes& codes) {
  const Feature& feature = network.network->feature(id);
  const FeatureQuantization& storage = network.features[index(id)];
  const CodeRange range = storage.range.value_or(CodeRange{-storage.limit, storage.limit});
  // Without an early end the loop vectorises.
  std::int32_t is_outside = 0;
  for (const std::int32_t code : codes.codes) {
    is_outside |= std::int32_t{code < range.lowest} | std::int32_t{code > range.highest};
  }
  if (codes.shape != feature.shape || codes.codes.size() != size(feature.shape.elements()) ||
      is_outside != 0) {
    throw std::invalid_argument(
        fmt::format("input '{}': shape or codes do not fit the network", feature.name));
  }
}

FeatureCodes quantize_feature(const QuantizedNetwork& network, FeatureId id, const Tensor& tensor) {
  const Feature& feature = network.network->feature(id);
  const FeatureQuantization& storage = network.features[index(id)];
  FeatureCodes result{feature.shape, {}};
  for (const float value : to_memory_order(feature, tensor)) {
    result.codes.push_back(stored_code(value, storage));
  }
  return result;
}

FeatureCodes quantize_constant(const QuantizedNetwork& network, const ConstantFeature& constant) {
  const FeatureQuantization& storage = network.features[index(constant.feature)];
  FeatureCodes result{network.network->feature(constant.feature).shape, {}};
  result.codes.reserve(constant.values->size());
  for (const float value : *constant.values) {
    result.codes.push_back(stored_code(value, storage));
  }
  return result;
}

Tensor dequantize_feature(const QuantizedNetwork& network, FeatureId id,
                          const FeatureCodes& codes) {
  std::vector<float> values;
  values.reserve(codes.codes.size());
  for (const std::int32_t code : codes.codes) {
    values.push_back(dequantize(code, network.features[index(id)].scale));
  }
  return to_source_order(network.network->feature(id), values);
}

}  // namespace systerm
