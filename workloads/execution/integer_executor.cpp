// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/integer_executor.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace systerm {

IntegerExecutor::IntegerExecutor(std::shared_ptr<const QuantizedNetwork> network)
    : network_(std::move(network)), reference_(network_) {
  const Network& graph = *network_->network;
  gemms_.resize(graph.layers.size());
  last_reader_.assign(graph.features.size(), 0);
  for (std::size_t position = 0; position < graph.layers.size(); ++position) {
    if (graph.layers[position].gemm() != nullptr) {
      gemms_[position].emplace(*network_, position, reference_.encoded_weights(position));
    }
    for (const FeatureId input : graph.layers[position].inputs) {
      last_reader_[index(input)] = position;
    }
  }
  for (const FeatureId output : graph.outputs) last_reader_[index(output)] = graph.layers.size();
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
  const auto& gemm = gemms_[position];
  if (!gemm) return reference_.run_layer(position, features);
  const Layer& layer = network_->network->layers[position];
  const FeatureCodes& input = features[index(layer.inputs.front())];
  if (!gemm->is_simple()) {
    return reference_.finish_layer(position, gemm->values(input, scratch), features);
  }
  return {network_->network->feature(layer.output).shape, gemm->finished(input, scratch)};
}

}  // namespace systerm
