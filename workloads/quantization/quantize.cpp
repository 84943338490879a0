// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization/quantize.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "components/arithmetic/uniform_quantization.h"
#include "workloads/quantization/shift_requantization.h"

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

FeatureQuantization model_storage(const ModelCodes& codes) {
  return {.scale = codes.scale,
          .bits = 8,
          .is_signed = codes.range.lowest < 0,
          .limit = codes.range.largest_magnitude(),
          .range = codes.range};
}

/// The array multiplies codes whose zero is 0, so a zero point widens their range.
void check_model_codes(const Network& network, const Layer& layer, const Format& format) {
  const auto check = [&](std::size_t input, std::int32_t limit, const char* remedy) {
    const Feature& feature = network.feature(layer.inputs[input]);
    if (!feature.codes || feature.codes->range.largest_magnitude() <= limit) return;
    throw std::invalid_argument(fmt::format(
        "the model stores '{}' in codes from {} to {} about its zero point, format {} takes "
        "magnitudes up to {}; {}, or choose scales anew with calibration.model_scales: ignored",
        feature.name, feature.codes->range.lowest, feature.codes->range.highest, format.name(),
        limit, remedy));
  };
  check(0, format.data_limit(/*is_signed=*/false), "set data_range: unsigned and data_bits: 8");
  if (!layer.gemm()->second) return;
  check(1, std::min(format.weight_limit(), 128),
        "a second factor is encoded as weights are, in 8 bits with a sign");
}

/// The model's integers, which a format must hold without saturation.
void check_model_weights(const Gemm& gemm, const QuantizedLayer& quantized) {
  if (gemm.weight_scales.empty()) return;
  const int limit = quantized.format->weight_limit();
  for (const std::int16_t code : quantized.weight_codes) {
    if (code >= -limit && code <= limit) continue;
    throw std::invalid_argument(fmt::format(
        "the model's weights have codes such as {}, format {} with weight_bits {} takes magnitudes "
        "up to {}; choose scales anew with calibration.model_scales: ignored",
        code, quantized.format->name(), quantized.precision.parameters.weight_bits, limit));
  }
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
    } else if (network.features[i].codes) {
      result[i] = model_storage(*network.features[i].codes);
    } else if (by_gemms[i]) {
      result[i] = *by_gemms[i];
    } else if (by_vectors[i] && !is_output) {
      result[i] = *by_vectors[i];
    }
  }
  return result;
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
  const std::span<const float> weights(*gemm.weights);
  const int bits = quantized.precision.parameters.weight_bits;
  quantized.weight_codes.resize(weights.size());
  const std::span<std::int16_t> codes(quantized.weight_codes);
  const std::size_t run = weights.size() / quantized.weight_scales.size();
  for (std::size_t i = 0; i < quantized.weight_scales.size(); ++i) {
    quantize_weights(weights.subspan(i * run, run), quantized.weight_scales[i], bits,
                     codes.subspan(i * run, run));
  }
  check_model_weights(gemm, quantized);
}

/// Values that share an exponent must be neighbours in memory.
void check_neighbours(const Gemm& gemm, const Format& format) {
  if (gemm.packed != nullptr) {
    throw std::invalid_argument(
        fmt::format("format {} groups the channels that packing permutes; do not pack the layer",
                    format.name()));
  }
  if (!gemm.taps.empty()) {
    throw std::invalid_argument(fmt::format(
        "format {} groups the channels of one position; the layer reads them at different ones",
        format.name()));
  }
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
      if (layer.gemm() == nullptr) return;
      if (formats[position]->encodes_data_in_groups()) {
        check_neighbours(*layer.gemm(), *formats[position]);
      }
      check_model_codes(*network, layer, *formats[position]);
    });
    result.layers[position].precision = precisions[position];
    if (layer.gemm() != nullptr) result.layers[position].format = formats[position];
  }
  result.features = assign_storage(*network, formats);
  result.network = std::move(network);
  return result;
}

Scales choose_scales(const QuantizedNetwork& assigned,
                     std::span<const MagnitudeHistogram> magnitudes, const ScaleOptions& options) {
  const Network& graph = *assigned.network;
  check_entries(magnitudes.size(), graph.features.size(), "calibrated features for");
  Scales scales;
  for (std::size_t i = 0; i < assigned.features.size(); ++i) {
    const FeatureQuantization& feature = assigned.features[i];
    const float largest = magnitudes[i].largest();
    const bool is_index = graph.features[i].index_range > 0;
    if (graph.features[i].codes) {
      scales.features.push_back(graph.features[i].codes->scale);
    } else if (is_index || largest <= 0.0F) {  // all zero: any scale is exact
      scales.features.push_back(1.0F);
    } else if (feature.bits > kMaxDataBits) {
      scales.features.push_back(
          round_up_scale(largest * kOutputHeadroom / static_cast<float>(feature.limit)));
    } else {
      scales.features.push_back(
          data_scale(magnitudes[i], feature.limit, first_reader(assigned, FeatureId{i}), options));
    }
  }
  scales.weights.resize(graph.layers.size());
  for (std::size_t position = 0; position < graph.layers.size(); ++position) {
    const Layer& layer = graph.layers[position];
    const Gemm* const gemm = layer.gemm();
    if (gemm == nullptr) continue;
    std::vector<float>& weights = scales.weights[position];
    if (gemm->second) {
      // What the array multiplies in place of weights has a scale of its own.
      weights = {scales.features[index(layer.inputs[1])] * gemm->factor};
    } else if (!gemm->weight_scales.empty()) {
      weights = gemm->weight_scales;
    } else {
      for_layer(layer, [&] {
        weights = weight_scales(*gemm, *assigned.layers[position].format, options);
      });
    }
    const FeatureQuantization& output = assigned.features[index(layer.output)];
    float& output_scale = scales.features[index(layer.output)];
    const float sum_scale = scales.features[index(layer.inputs.front())] * weights.front();
    // The calibrated scale stays where the sums' own would saturate values that were seen.
    const float needed =
        magnitudes[index(layer.output)].largest() / static_cast<float>(output.limit);
    if (output.bits > kMaxDataBits && weights.size() == 1 && sum_scale >= needed) {
      output_scale = sum_scale;
    }
  }
  if (options.requantization == Requantization::kShift) align_to_shifts(assigned, scales);
  return scales;
}

QuantizedNetwork quantize_network(std::shared_ptr<const Network> network,
                                  std::span<const Precision> precisions, const Scales& scales) {
  QuantizedNetwork result = assign_precisions(std::move(network), precisions);
  const Network& graph = *result.network;
  check_entries(scales.features.size(), graph.features.size(), "scales for features");
  check_entries(scales.weights.size(), graph.layers.size(), "scales of weights for layers");
  for (std::size_t i = 0; i < result.features.size(); ++i) {
    result.features[i].scale = scales.features[i];
  }
  for (std::size_t position = 0; position < graph.layers.size(); ++position) {
    const Layer& layer = graph.layers[position];
    const Gemm* const gemm = layer.gemm();
    if (gemm == nullptr) continue;
    QuantizedLayer& quantized = result.layers[position];
    const auto filters = static_cast<std::size_t>(gemm->filters());
    quantized.weight_scales = scales.weights[position];
    for_layer(layer, [&] {
      if (quantized.weight_scales.size() != 1 && quantized.weight_scales.size() != filters) {
        throw std::invalid_argument(
            fmt::format("{} scales for {} filters", quantized.weight_scales.size(), filters));
      }
      if (!gemm->second) quantize_weights_of(layer, quantized);
    });
    const float data_scale = result.features[index(layer.inputs.front())].scale;
    quantized.sum_scale.resize(filters);
    const bool per_channel = quantized.weight_scales.size() > 1;
    for (std::size_t f = 0; f < filters; ++f) {
      quantized.sum_scale[f] = data_scale * quantized.weight_scales[per_channel ? f : 0];
    }
    quantized.bias = gemm->bias;
    quantized.bias.resize(filters, 0.0F);
  }
  return result;
}

QuantizedNetwork quantize_network(std::shared_ptr<const Network> network,
                                  std::span<const Precision> precisions,
                                  std::span<const MagnitudeHistogram> magnitudes,
                                  const ScaleOptions& options) {
  check_entries(magnitudes.size(), network->features.size(), "calibrated features for");
  const QuantizedNetwork assigned = assign_precisions(network, precisions);
  return quantize_network(std::move(network), precisions,
                          choose_scales(assigned, magnitudes, options));
}

}  // namespace systerm
