// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization/shift_requantization.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace systerm {
namespace {

constexpr int kMaxShift = 31;

bool is_relu(const PostStep& step) {
  return step.kind == PostStep::Kind::kActivation &&
         step.activation.function == ActivationFunction::kRelu;
}

bool is_concerned(const QuantizedNetwork& network, const Layer& layer) {
  return layer.gemm() != nullptr && !layer.gemm()->second &&
         std::ranges::all_of(layer.steps, is_relu) &&
         network.features[index(layer.output)].bytes() == 1;
}

[[noreturn]] void refuse(const Layer& layer, const std::string& reason) {
  throw std::invalid_argument(fmt::format("layer '{}': {}", layer.name, reason));
}

int shift_between(const Layer& layer, float sum_scale, float output_scale) {
  int exponent = 0;
  const float mantissa = std::frexp(output_scale / sum_scale, &exponent);
  const int shift = exponent - 1;
  if (mantissa == 0.5F && shift >= 0 && shift <= kMaxShift &&
      std::ldexp(sum_scale, shift) == output_scale) {
    return shift;
  }
  refuse(layer, fmt::format("the scale of its results, {}, is not the scale of its sums, {}, "
                            "shifted by 0 to {} bits; calibrate with requantizer: shift",
                            output_scale, sum_scale, kMaxShift));
}

std::vector<std::int32_t> integer_bias(const Layer& layer, const QuantizedLayer& quantized) {
  std::vector<std::int32_t> bias;
  for (const float value : quantized.bias) {
    const double units =
        std::round(static_cast<double>(value) / static_cast<double>(quantized.sum_scale.front()));
    if (!(std::abs(units) <= static_cast<double>(std::numeric_limits<std::int32_t>::max()))) {
      refuse(layer, fmt::format("a bias of {} does not fit 32 bits in units of its sums", value));
    }
    bias.push_back(static_cast<std::int32_t>(units));
  }
  return bias;
}

}  // namespace

void align_to_shifts(const QuantizedNetwork& assigned, Scales& scales) {
  const std::vector<Layer>& layers = assigned.network->layers;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    // A layer's input has its scale by now: layers come in the order of execution.
    if (!is_concerned(assigned, layers[i]) || scales.weights[i].size() != 1) continue;
    const float sum_scale =
        scales.features[index(layers[i].inputs.front())] * scales.weights[i].front();
    if (assigned.features[index(layers[i].output)].range) {
      refuse(layers[i],
             "requantizer: shift chooses scales, and the model brings its own; give "
             "calibration.model_scales: ignored");
    }
    float& output_scale = scales.features[index(layers[i].output)];
    int shift = 0;
    while (shift < kMaxShift && std::ldexp(sum_scale, shift) < output_scale) ++shift;
    output_scale = std::ldexp(sum_scale, shift);
  }
}

QuantizedNetwork with_shift_requantizers(QuantizedNetwork quantized) {
  const std::vector<Layer>& layers = quantized.network->layers;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!is_concerned(quantized, layers[i])) continue;
    QuantizedLayer& layer = quantized.layers[i];
    auto requantizer = std::make_shared<ShiftRequantizer>();
    const FeatureQuantization& output = quantized.features[index(layers[i].output)];
    requantizer->rectifies = !layers[i].steps.empty();
    requantizer->limit = output.limit;
    if (layer.weight_scales.size() > 1) {
      refuse(layers[i], "a shift serves all filters alike, and these have scales of their own");
    }
    if (!layer.sum_scale.empty()) {
      requantizer->shift = shift_between(layers[i], layer.sum_scale.front(), output.scale);
      requantizer->bias = integer_bias(layers[i], layer);
    }
    layer.requantizer = std::move(requantizer);
  }
  return quantized;
}

}  // namespace systerm
