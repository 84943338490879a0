// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization/synthetic_network.h"

#include "workloads/data/synthetic.h"

namespace systerm {

Network with_synthetic_weights(const Network& network, std::uint64_t seed) {
  Network result = network;
  for (Layer& layer : result.layers) {
    Gemm* const gemm = std::get_if<Gemm>(&layer.operation);
    if (gemm == nullptr || gemm->weights || gemm->second) continue;
    if (gemm->weights_of) {
      gemm->weights = std::get<Gemm>(result.layers[*gemm->weights_of].operation).weights;
      continue;
    }
    gemm->weights = std::make_shared<const std::vector<float>>(synthetic_weights(
        seed, layer.name, gemm->k, static_cast<std::size_t>(gemm->filters() * gemm->k)));
  }
  for (ConstantFeature& constant : result.constants) {
    if (constant.values) continue;
    const Feature& feature = result.feature(constant.feature);
    constant.values = std::make_shared<const std::vector<float>>(
        synthetic_weights(seed, feature.name, feature.shape.channels,
                          static_cast<std::size_t>(feature.shape.elements())));
  }
  return result;
}

}  // namespace systerm
