// SPDX-License-Identifier: Apache-2.0
#include "model/interchange/exporter.h"

#include <stdexcept>

namespace systerm {

std::span<const Exporter> exporters() {
  static const std::vector<Exporter> all = {
      {"scalesim", "python3 -m scalesim.scale -c scale.cfg -t topology.csv -i gemm -p results",
       export_to_scale_sim},
      {"timeloop", "timeloop-mapper architecture.yaml problems/LAYER.yaml MAPPER.yaml",
       export_to_timeloop}};
  return all;
}

std::vector<ExportedProduct> products_of(const Network& network) {
  std::vector<ExportedProduct> products;
  for (const Layer& layer : network.layers) {
    if (const Gemm* gemm = layer.gemm()) products.push_back({layer.name, gemm});
  }
  if (products.empty()) throw std::invalid_argument("the network multiplies nothing");
  return products;
}

}  // namespace systerm
