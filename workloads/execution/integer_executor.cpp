// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/integer_executor.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "components/arithmetic/post_processing.h"
#include "components/arithmetic/row_operations.h"

namespace systerm {

IntegerExecutor::IntegerExecutor(std::shared_ptr<const QuantizedNetwork> network)
    : network_(std::move(network)), reference_(network_) {
  const Network& graph = *network_->network;
  gemms_.resize(graph.layers.size());
  pools_.resize(graph.layers.size());
  last_reader_.assign(graph.features.size(), 0);
  for (std::size_t position = 0; position < graph.layers.size(); ++position) {
    const Gemm* const gemm = graph.layers[position].gemm();
    // The reference encodes the second operand of a product at run time.
    if (gemm != nullptr && !gemm->second) {
      gemms_[position].emplace(*network_, position, reference_.encoded_weights(position));
    } else if (std::holds_alternative<Pool>(graph.layers[position].operation)) {
      pools_[position].emplace(*network_, position);
    }
    for (const FeatureId input : graph.layers[position].inputs) {
      last_reader_[index(input)] = position;
    }
  }
  for (const FeatureId output : graph.outputs) last_reader_[index(output)] = graph.layers.size();
  constants_.resize(graph.constants.size());
  for (std::size_t i = 0; i < constants_.size(); ++i) {
    constants_[i] = quantize_constant(*network_, graph.constants[i]);
  }
}

std::vector<FeatureCodes> IntegerExecutor::run(std::vector<FeatureCodes> inputs, Scratch& scratch,
                                               const Observer& observer) const {
  const Network& graph = *network_->network;
  if (inputs.size() != graph.inputs.size()) {
    throw std::invalid_argument(
        fmt::format("{} inputs given, {} wanted", inputs.size(), graph.inputs.size()));
  }
  std::vector<FeatureCodes> features(graph.features.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const FeatureId id = graph.inputs[i];
    check_input(*network_, id, inputs[i]);
    if (observer) observer(id, inputs[i]);
    features[index(id)] = std::move(inputs[i]);
  }
  for (std::size_t i = 0; i < constants_.size(); ++i) {
    const FeatureId id = graph.constants[i].feature;
    features[index(id)] = constants_[i];
    if (observer) observer(id, constants_[i]);
  }
  for (std::size_t position = 0; position < graph.layers.size(); ++position) {
    const Layer& layer = graph.layers[position];
    FeatureCodes& output = features[index(layer.output)];
    output = run_layer(position, features, scratch);
    if (observer) observer(layer.output, output);
    for (const FeatureId input : layer.inputs) {
      if (last_reader_[index(input)] == position) features[index(input)] = {};
    }
  }
  std::vector<FeatureCodes> outputs;
  for (const FeatureId id : graph.outputs) outputs.push_back(features[index(id)]);
  return outputs;
}

FeatureCodes IntegerExecutor::run_layer(std::size_t position,
                                        std::span<const FeatureCodes> features,
                                        Scratch& scratch) const {
  const Layer& layer = network_->network->layers[position];
  const FeatureCodes& input = features[index(layer.inputs.front())];
  if (const auto& gemm = gemms_[position]) {
    if (!gemm->is_simple()) return finish(position, gemm->values(input, scratch), features);
    return {network_->network->feature(layer.output).shape, gemm->finished(input, scratch)};
  }
  if (const auto& pool = pools_[position]) return finish(position, pool->values(input), features);
  return reference_.run_layer(position, features);
}

/// As the reference does it, but whole rows at once where no operand comes in.
FeatureCodes IntegerExecutor::finish(std::size_t position, std::vector<float> values,
                                     std::span<const FeatureCodes> features) const {
  const Layer& layer = network_->network->layers[position];
  const bool has_operands = std::ranges::any_of(
      layer.steps, [](const PostStep& step) { return step.kind != PostStep::Kind::kActivation; });
  if (has_operands) return reference_.finish_layer(position, std::move(values), features);
  for (const PostStep& step : layer.steps) {
    for (float& value : values) value = apply(step.activation, value);
  }
  const FeatureQuantization& storage = network_->features[index(layer.output)];
  FeatureCodes output{network_->network->feature(layer.output).shape, {}};
  output.codes.resize(values.size());
  requantize_row(values, storage.scale, storage.limit, output.codes);
  return output;
}

}  // namespace systerm
