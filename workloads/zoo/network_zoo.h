// SPDX-License-Identifier: Apache-2.0
// Well-known networks by name. They are YAML files in this folder, built into the library; they
// carry no weights.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/graph/graph.h"
#include "workloads/zoo/graph_document.h"

namespace systerm {

/// In alphabetical order.
const std::vector<std::string>& network_names();

/// One sentence: where the structure comes from. Throws std::invalid_argument like zoo_graph.
std::string network_description(std::string_view name);

/// Throws std::invalid_argument for an unknown name, with the nearest one, or a batch below 1.
Graph zoo_graph(std::string_view name, std::int64_t batch = 1, const Extents& extents = {});

}  // namespace systerm
