// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization/rebatch.h"

#include <algorithm>
#include <utility>

namespace systerm {

namespace {

/// The same layer but for the number of its vectors.
bool is_same(const Layer& a, const Layer& b) {
  if (a.name != b.name || a.inputs != b.inputs || a.output != b.output || a.steps != b.steps ||
      a.operation.index() != b.operation.index()) {
    return false;
  }
  const Gemm* first = a.gemm();
  const Gemm* second = b.gemm();
  return first == nullptr ||
         (first->window == second->window && first->groups == second->groups &&
          first->k == second->k && first->n == second->n && first->taps == second->taps);
}

bool is_packed(const Layer& layer) { return layer.gemm() != nullptr && layer.gemm()->packed; }

/// `to` with its layers packed as those of `from`.
std::shared_ptr<const Network> with_packing(const Network& from,
                                            std::shared_ptr<const Network> to) {
  if (std::ranges::none_of(from.layers, is_packed)) return to;
  Network packed = *to;
  for (std::size_t i = 0; i < from.layers.size(); ++i) {
    if (!is_packed(from.layers[i])) continue;
    std::get<Gemm>(packed.layers[i].operation).packed = from.layers[i].gemm()->packed;
  }
  return std::make_shared<const Network>(std::move(packed));
}

}  // namespace

std::optional<QuantizedNetwork> with_batch(const QuantizedNetwork& quantized,
                                           std::shared_ptr<const Network> network) {
  const Network& from = *quantized.network;
  const Network& to = *network;
  if (from.layers.size() != to.layers.size() || from.features.size() != to.features.size() ||
      from.inputs != to.inputs || from.outputs != to.outputs || to.inputs.empty()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < from.layers.size(); ++i) {
    if (!is_same(from.layers[i], to.layers[i])) return std::nullopt;
  }
  const std::int64_t from_elements = from.feature(from.inputs.front()).shape.elements();
  const std::int64_t to_elements = to.feature(to.inputs.front()).shape.elements();
  for (std::size_t i = 0; i < from.features.size(); ++i) {
    const FeatureShape& before = from.features[i].shape;
    const FeatureShape& after = to.features[i].shape;
    if (before.channels != after.channels ||
        before.elements() * to_elements != after.elements() * from_elements) {
      return std::nullopt;
    }
  }
  QuantizedNetwork result = quantized;
  result.network = with_packing(from, std::move(network));
  return result;
}

}  // namespace systerm
