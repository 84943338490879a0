// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization/quantize.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "components/arithmetic/uniform_quantization.h"

namespace systerm {

namespace {

constexpr int kMaxDataBits = 8;
constexpr float kOutputHeadroom = 16.0F;

/// Formats are immutable, so layers of equal precision share one.
class FormatCache {
 public:
  std::shared_ptr<const Format> get(const Precision& precision) {
    for (const auto& [known, format] : formats_) {
      if (known == precision) return format;
    }
    std::shared_ptr<const Format> format = make_format(precision.format, precision.parameters);
    formats_.emplace_back(precision, format);
    return format;
  }

 private:
  std::vector<std::pair<Precision, std::shared_ptr<const Format>>> formats_;
};

FeatureQuantization storage_for(const Format& format, const Feature& feature) {
  const FormatParameters& parameters = format.parameters();
  FeatureQuantization storage;
  storage.bits = parameters.data_bits;
  storage.is_signed = !(parameters.data_range == DataRange::kUnsigned && feature.is_nonnegative);
  storage.limit = format.data_limit(!feature.is_nonnegative);
  return storage;
}

/// The second factor of a product is encoded as weights are: with a sign, and as far as their bits
/// reach.
FeatureQuantization second_operand_storage(const Format& format) {
  const FormatParameters& parameters = format.parameters();
  const int bits = std::min(parameters.weight_bits, parameters.data_bits);
  return {.bits = bits, .is_signed = true, .limit = (1 << (bits - 1)) - 1};
}

FeatureQuantization index_storage() {
  return {.scale = 1.0F, .bits = 32, .is_signed = true, .limit = kOutputLimit};
}

FeatureQuantization output_storage() {
  return {.scale = 1.0F, .bits = 32, .is_signed = true, .limit = kOutputLimit};
}

std::vector<FeatureQuantization> assign_storage(
    const Network& network, std::span<const std::shared_ptr<const Format>> formats) {
  std::vector<std::optional<FeatureQuantization>> by_gemms(network.features.size());
  std::vector<std::optional<FeatureQuantization>> by_vectors(network.features.size());
  for (std::size_t position = 0; position < network.layers.size(); ++position) {
    const Layer& layer = network.layers[position];
    for (std::size_t input = 0; input < layer.inputs.size(); ++input) {
      const FeatureId id = layer.inputs[input];
      const bool is_second = layer.gemm() != nullptr && layer.gemm()->second && input == 1;
      const FeatureQuantization wish = is_second
                                           ? second_operand_storage(*formats[position])
                                           : storage_for(*formats[position], network.feature(id));
      // Only the factors of a GEMM meet the array; operands of its steps go to the vector
      // unit.
      const bool into_array = layer.gemm() != nullptr && (input == 0 || is_second);
      auto& chosen = into_array ? by_gemms[index(id)] : by_vectors[index(id)];
      const bool replaces =
          !chosen || (into_array ? wish.limit < chosen->limit : wish.limit > chosen->limit);
      if (replaces) chosen = wish;
    }
  }
  std::vector<FeatureQuantization> result(network.features.size(), output_storage());
  for (std::size_t i = 0; i < result.size(); ++i) {
    const bool is_output =
        std::ranges::find(network.outputs, FeatureId{i}) != network.outputs.end();
    if (network.features[i].index_range > 0) {
      result[i] = index_storage();
    } else if (by_gemms[i]) {
      result[i] = *by_gemms[i];
    } else if (by_vectors[i] && !is_output) {
      result[i] = *by_vectors[i];
    }
  }
  return result;
}

/// Squared error of storing the magnitudes with `scale`; `values[code]` is what the layer that
/// reads the activation makes of a code.
double squared_error(const MagnitudeHistogram& magnitudes, float scale,
                     std::span<const std::int16_t> values) {
  const std::span<const std::uint64_t> bins = magnitudes.bins();
  const double width = magnitudes.bin_width();
  const std::size_t limit = values.size() - 1;
  const double bins_per_code = scale / width;
  double error = 0.0;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    if (bins[i] == 0) continue;
    const double position = static_cast<double>(i) + 0.5;
    const auto code = std::min(limit, static_cast<std::size_t>(position / bins_per_code + 0.5));
    const double difference = position * width - values[code] * static_cast<double>(scale);
    error += static_cast<double>(bins[i]) * difference * difference;
  }
  return error;
}

/// `reader` is null where only vector layers read the activation: they see codes as they are.
float least_squares_scale(const MagnitudeHistogram& magnitudes, std::int32_t limit,
                          const Format* reader) {
  constexpr int kCandidates = 100;
  constexpr int kSmallestCandidate = 20;
  if (magnitudes.bins().empty()) {
    throw std::invalid_argument("calibration without bins cannot minimise the squared error");
  }
  std::vector<std::int16_t> values(static_cast<std::size_t>(limit) + 1);
  for (std::size_t code = 0; code < values.size(); ++code) {
    const auto plain = static_cast<std::int16_t>(code);
    values[code] = reader != nullptr ? reader->encode_data(plain).value : plain;
  }
  float best_scale = 0.0F;
  double least_error = std::numeric_limits<double>::infinity();
  for (int candidate = kCandidates; candidate >= kSmallestCandidate; --candidate) {
    const float fraction = static_cast<float>(candidate) / kCandidates;
    const float scale = round_up_scale(magnitudes.largest() * fraction / static_cast<float>(limit));
    const double error = squared_error(magnitudes, scale, values);
    if (error < least_error) {
      least_error = error;
      best_scale = scale;
    }
  }
  return best_scale;
}

/// Format of the first GEMM that reads the feature, or null.
const Format* first_reader(const QuantizedNetwork& quantized, FeatureId id) {
  const std::vector<Layer>& layers = quantized.network->layers;
  for (std::size_t position = 0; position < layers.size(); ++position) {
    if (layers[position].gemm() != nullptr && layers[position].inputs.front() == id) {
      return quantized.layers[position].format.get();
    }
  }
  return nullptr;
}

void quantize_weights_of(const Layer& layer, QuantizedLayer& quantized) {
  const Gemm& gemm = *layer.gemm();
  if (!gemm.weights) throw std::invalid_argument("the layer has no weights");
  const int bits = quantized.precision.parameters.weight_bits;
  quantized.weight_scale = weight_scale(*gemm.weights, bits);
  quantized.weight_codes.resize(gemm.weights->size());
  quantize_weights(*gemm.weights, quantized.weight_scale, bits, quantized.weight_codes);
}

void check_entries(std::size_t given, std::size_t expected, std::string_view what) {
  if (given != expected) {
    throw std::invalid_argument(fmt::format("{} {} for {}", given, what, expected));
  }
}

/// Runs `action`, adding the layer's name to what it throws.
template <typename Action>
void for_layer(const Layer& layer, Action&& action) {
  try {
    action();
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("layer '{}': {}", layer.name, error.what()));
  }
}

}  // namespace

float round_up_scale(float value) {
  constexpr std::uint32_t kDropped = 24 - 12;
  const float normal = std::max(value, std::numeric_limits<float>::min());
  const auto bits = std::bit_cast<std::uint32_t>(normal) + ((1U << kDropped) - 1);
  return std::bit_cast<float>(bits >> kDropped << kDropped);
}

QuantizedNetwork assign_precisions(std::shared_ptr<const Network> network,
                                   std::span<const Precision> precisions) {
  check_entries(precisions.size(), network->layers.size(), "precisions for layers");
  QuantizedNetwork result;
  result.layers.resize(network->layers.size());
  FormatCache cache;
  std::vector<std::shared_ptr<const Format>> formats(precisions.size());
  for (std::size_t position = 0; position < precisions.size(); ++position) {
    const Layer& layer = network->layers[position];
    for_layer(layer, [&] {
      const int bits = precisions[position].parameters.data_bits;
      if (bits < 1 || bits > kMaxDataBits) {
        throw std::invalid_argument(
            fmt::format("data_bits is {}, but a stored value has 1 to {}", bits, kMaxDataBits));
      }
      formats[position] = cache.get(precisions[position]);
    });
    result.layers[position].precision = precisions[position];
    if (layer.gemm() != nullptr) result.layers[position].format = formats[position];
  }
  result.features = assign_storage(*network, formats);
  result.network = std::move(network);
  return result;
}

QuantizedNetwork quantize_network(std::shared_ptr<const Network> network,
                                  std::span<const Precision> precisions,
                                  std::span<const MagnitudeHistogram> magnitudes, ScaleRule rule) {
  check_entries(magnitudes.size(), network->features.size(), "calibrated features for");
  QuantizedNetwork result = assign_precisions(std::move(network), precisions);
  const Network& graph = *result.network;

  for (std::size_t i = 0; i < result.features.size(); ++i) {
    FeatureQuantization& feature = result.features[i];
    const float largest = magnitudes[i].largest();
    const bool is_index = graph.features[i].index_range > 0;
    if (is_index || largest <= 0.0F) continue;  // all zero: any scale is exact
    if (feature.bits > kMaxDataBits) {
      feature.scale = round_up_scale(largest * kOutputHeadroom / static_cast<float>(feature.limit));
    } else if (rule == ScaleRule::kMeanSquaredError) {
      feature.scale =
          least_squares_scale(magnitudes[i], feature.limit, first_reader(result, FeatureId{i}));
    } else {
      feature.scale = round_up_scale(largest / static_cast<float>(feature.limit));
    }
  }

  for (std::size_t position = 0; position < graph.layers.size(); ++position) {
    const Layer& layer = graph.layers[position];
    const Gemm* const gemm = layer.gemm();
    if (gemm == nullptr) continue;
    QuantizedLayer& quantized = result.layers[position];
    float sum_scale = result.features[index(layer.inputs.front())].scale;
    if (gemm->second) {
      sum_scale *= result.features[index(layer.inputs[1])].scale;
      sum_scale *= gemm->factor;
    } else {
      for_layer(layer, [&] { quantize_weights_of(layer, quantized); });
      sum_scale *= quantized.weight_scale;
    }
    const auto filters = static_cast<std::size_t>(gemm->filters());
    quantized.sum_scale.assign(filters, sum_scale);
    quantized.bias = gemm->bias;
    quantized.bias.resize(filters, 0.0F);
    FeatureQuantization& output = result.features[index(layer.output)];
    // The calibrated scale stays where the sums' own would saturate values that were seen.
    const float needed =
        magnitudes[index(layer.output)].largest() / static_cast<float>(output.limit);
    if (output.bits > kMaxDataBits && sum_scale >= needed) output.scale = sum_scale;
  }
  return result;
}

}  // namespace systerm
