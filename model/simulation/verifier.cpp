// SPDX-License-Identifier: Apache-2.0
#include "model/simulation/verifier.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "model/simulation/simulation.h"

namespace systerm {

Verifier::Verifier(std::shared_ptr<const QuantizedNetwork> network)
    : network_(std::move(network)), reference_(network_) {}

void Verifier::compare(std::span<const FeatureCodes> inputs, const SparseMemory& memory,
                       const MemoryLayout& layout) {
  const std::vector<FeatureCodes> expected = reference_.run(inputs);
  for (const Layer& layer : network_->network->layers) {
    const std::size_t id = index(layer.output);
    const FeatureCodes actual = read_feature(memory, layout.features[id]);
    for (std::size_t i = 0; i < actual.codes.size(); ++i) {
      ++elements_;
      if (actual.codes[i] == expected[id].codes[i]) continue;
      if (mismatches_++ == 0) {
        first_ = fmt::format("layer '{}', element {}: {} instead of {}", layer.name, i,
                             actual.codes[i], expected[id].codes[i]);
      }
    }
  }
}

void Verifier::merge(const Verifier& other) {
  if (mismatches_ == 0) first_ = other.first_;
  elements_ += other.elements_;
  mismatches_ += other.mismatches_;
}

nlohmann::ordered_json Verifier::json() const {
  nlohmann::ordered_json json = {{"elements", elements_}, {"mismatches", mismatches_}};
  if (mismatches_ > 0) json["first_mismatch"] = first_;
  return json;
}

}  // namespace systerm
