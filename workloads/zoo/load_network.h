// SPDX-License-Identifier: Apache-2.0
// A network from wherever it is described.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/network/network.h"
#include "workloads/zoo/graph_document.h"

namespace systerm {

struct LoadedNetwork {
  Network network;
  std::vector<std::string> notes;  ///< what the import left out, for the user
};

/// `source` is the name of a network of the zoo, or the path of an .onnx model or of a SCALE-Sim
/// .csv topology. A batch of 0 takes that of the file, or 1. Network::unmodelled may be filled.
/// `extents` are parameters of a zoo network or symbolic dimensions of an ONNX model.
/// Throws ImportError for an unknown name (with the nearest one), a missing or a damaged file.
LoadedNetwork load_network_with_notes(const std::string& source, std::int64_t batch = 0,
                                      const Extents& extents = {});
Network load_network(const std::string& source, std::int64_t batch = 0,
                     const Extents& extents = {});

}  // namespace systerm
