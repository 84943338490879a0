// SPDX-License-Identifier: Apache-2.0
#include "model/training/iteration_cycles.h"

#include <map>
#include <stdexcept>
#include <string>

namespace systerm {

std::vector<LayerGemms> layer_gemms(const TrainingGraph& graph) {
  std::vector<LayerGemms> layers;
  std::map<std::size_t, std::size_t> layer_of_node;
  for (const TrainingStep& step : graph.steps) {
    if (step.gemms.empty()) continue;
    if (step.gemms.size() != 1 || step.gemms.front().count != 1) {
      throw std::invalid_argument("'" + step.name + "' has other products than those of weights");
    }
    const StepGemm& gemm = step.gemms.front();
    if (step.kind == StepKind::kForward) {
      layer_of_node[*step.node] = layers.size();
      layers.push_back({.m = gemm.rows, .k = gemm.contraction, .n = gemm.columns});
    } else if (step.kind == StepKind::kBackwardData) {
      layers[layer_of_node.at(*step.node)].has_backward_data = true;
    } else {
      layers[layer_of_node.at(*step.node)].has_weight_gradient = true;
    }
  }
  return layers;
}

std::int64_t IterationCycles::layer_cycles(const LayerGemms& layer,
                                           const LayerPrecision& precision) const {
  const FmacMantissas mantissas{.weights = precision[index(OperandKind::kWeights)],
                                .activations = precision[index(OperandKind::kActivations)],
                                .gradients = precision[index(OperandKind::kGradients)]};
  const auto product = [&](FmacMode mode) {
    return fmac_cycles(array_, {.mode = mode,
                                .m = layer.m,
                                .k = layer.k,
                                .n = layer.n,
                                .passes = fmac_passes(mode, mantissas)})
        .total();
  };
  std::int64_t cycles = product(FmacMode::kResultsRight);
  if (layer.has_backward_data) cycles += product(FmacMode::kResultsUp);
  if (layer.has_weight_gradient) cycles += product(FmacMode::kResultsHeld);
  return cycles;
}

std::int64_t IterationCycles::cycles(const std::vector<LayerPrecision>& precisions) {
  const auto found = known_.find(precisions);
  if (found != known_.end()) return found->second;
  std::int64_t sum = 0;
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    sum += layer_cycles(layers_[layer], precisions[layer]);
  }
  known_.emplace(precisions, sum);
  return sum;
}

std::int64_t IterationCycles::high_cycles() {
  LayerPrecision high{};
  high.fill(kHighMantissaBits);
  return cycles(std::vector<LayerPrecision>(layers_.size(), high));
}

}  // namespace systerm
