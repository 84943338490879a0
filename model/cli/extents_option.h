// SPDX-License-Identifier: Apache-2.0
// Option --extent of the verbs that load a network.
#pragma once

#include <string>
#include <vector>

#include "workloads/zoo/graph_document.h"

namespace systerm {

/// From NAME=EXTENT. Throws CLI::ValidationError.
Extents extents_of(const std::vector<std::string>& texts);

}  // namespace systerm
