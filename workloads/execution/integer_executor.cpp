// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/integer_executor.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "components/arithmetic/post_processing.h"
#include "components/arithmetic/row_operations.h"

namespace systerm {

namespace {

/// Of small features new memory would cost as much as their layers.
constexpr std::size_t kMostRetired = 4;
constexpr std::size_t kMostRetiredElements = std::size_t{1} << 20;

void retire(FeatureCodes& feature, IntegerExecutor::Scratch& scratch) {
  std::vector<std::int32_t> codes = std::move(feature.codes);
  feature = {};
  if (codes.empty() || codes.size() > kMostRetiredElements) return;
  if (scratch.retired.size() == kMostRetired) scratch.retired.erase(scratch.retired.begin());
  scratch.retired.push_back(std::move(codes));
}

/// `elements` of any content: the smallest retired buffer that is large enough, or a new one.
std::vector<std::int32_t> codes_of(std::size_t elements, IntegerExecutor::Scratch& scratch) {
  auto best = scratch.retired.end();
  for (auto at = scratch.retired.begin(); at != scratch.retired.end(); ++at) {
    const bool fits = at->size() >= elements;
    if (fits && (best == scratch.retired.end() || at->size() < best->size())) best = at;
  }
  if (best == scratch.retired.end()) return std::vector<std::int32_t>(elements);
  std::vector<std::int32_t> codes = std::move(*best);
  scratch.retired.erase(best);
  codes.resize(elements);
  return codes;
}

std::span<float> values_of(std::size_t elements, IntegerExecutor::Scratch& scratch) {
  if (scratch.values.size() < elements) scratch.values.resize(elements);
  return std::span(scratch.values).first(elements);
}

}  // namespace

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
      if (last_reader_[index(input)] == position) retire(features[index(input)], scratch);
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
    if (!gemm->is_simple()) {
      const std::span<float> values = values_of(gemm->outputs(), scratch);
      gemm->scale(input, scratch.gemm, values);
      return finish(position, values, features, scratch);
    }
    FeatureCodes output{network_->network->feature(layer.output).shape,
                        codes_of(gemm->outputs(), scratch)};
    gemm->finish(input, scratch.gemm, output.codes);
    return output;
  }
  if (const auto& pool = pools_[position]) {
    if (pool->is_simple()) {
      FeatureCodes output{network_->network->feature(layer.output).shape,
                          codes_of(pool->outputs(), scratch)};
      pool->finish(input, output.codes);
      return output;
    }
    const std::span<float> values = values_of(pool->outputs(), scratch);
    pool->pool(input, values);
    return finish(position, values, features, scratch);
  }
  return reference_.run_layer(position, features);
}

/// As the reference does it, but whole rows at once where no operand comes in.
FeatureCodes IntegerExecutor::finish(std::size_t position, std::span<float> values,
                                     std::span<const FeatureCodes> features,
                                     Scratch& scratch) const {
  const Layer& layer = network_->network->layers[position];
  const bool has_operands = std::ranges::any_of(
      layer.steps, [](const PostStep& step) { return step.kind != PostStep::Kind::kActivation; });
  if (has_operands) {
    return reference_.finish_layer(position, {values.begin(), values.end()}, features);
  }
  for (const PostStep& step : layer.steps) {
    for (float& value : values) value = apply(step.activation, value);
  }
  const FeatureQuantization& storage = network_->features[index(layer.output)];
  FeatureCodes output{network_->network->feature(layer.output).shape,
                      codes_of(values.size(), scratch)};
  quantize_values(values, storage, output.codes);
  return output;
}

}  // namespace systerm
