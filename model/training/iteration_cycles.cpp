// SPDX-License-Identifier: Apache-2.0
#include "model/training/iteration_cycles.h"

#include <algorithm>
#include <iterator>

namespace systerm {

FmacMantissas mantissas_of(const LayerPrecision& precision) {
  return {.weights = precision[index(OperandKind::kWeights)],
          .activations = precision[index(OperandKind::kActivations)],
          .gradients = precision[index(OperandKind::kGradients)]};
}

std::vector<FmacMantissas> mantissas_of(const std::vector<LayerPrecision>& precisions) {
  std::vector<FmacMantissas> mantissas;
  std::ranges::transform(precisions, std::back_inserter(mantissas),
                         [](const LayerPrecision& each) { return mantissas_of(each); });
  return mantissas;
}

std::int64_t IterationCycles::cycles(const std::vector<LayerPrecision>& precisions) {
  const auto found = known_.find(precisions);
  if (found != known_.end()) return found->second;
  std::int64_t sum = 0;
  for (const TrainingProduct& product : training_products(graph_, mantissas_of(precisions))) {
    sum += training_cycles(array_, product).total();
  }
  known_.emplace(precisions, sum);
  return sum;
}

std::int64_t IterationCycles::high_cycles() {
  LayerPrecision high{};
  high.fill(kHighMantissaBits);
  return cycles(std::vector<LayerPrecision>(product_layers(graph_), high));
}

}  // namespace systerm
