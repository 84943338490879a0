// SPDX-License-Identifier: Apache-2.0
// An experiment's layers and array in the file formats of other tools, for those who want to check
// one with the other. What such a format cannot say (terms, post-processing, queues) is left out.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "model/design/experiment.h"
#include "workloads/network/network.h"

namespace systerm {

struct ExportedFile {
  std::string name;  ///< within the folder, '/' between folders
  std::string text;
};

/// Throws std::invalid_argument for what the tool has no word for.
using Export = std::vector<ExportedFile>(const Experiment& experiment, const Network& network);

struct Exporter {
  std::string name;   ///< of the tool
  std::string usage;  ///< a command line that reads the files
  std::function<Export> files;
};

std::span<const Exporter> exporters();

/// The layers that multiply, with the name and the product of each. A product of g groups is g
/// products of its own where the tool knows no groups.
struct ExportedProduct {
  std::string name;
  const Gemm* gemm = nullptr;
};
/// Throws std::invalid_argument where there is none.
std::vector<ExportedProduct> products_of(const Network& network);

/// SCALE-Sim: `topology.csv` (its form of M, N, K) and `scale.cfg`.
Export export_to_scale_sim;
/// Timeloop 0.4: `architecture.yaml`, and `problems/NAME.yaml` for every layer.
Export export_to_timeloop;

}  // namespace systerm
