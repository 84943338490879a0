// SPDX-License-Identifier: Apache-2.0
// The commands of every core for all batches, and what each has to wait for on other cores: that
// its operands are made, and that nobody needs any more what it writes over.
#pragma once

#include <cstddef>
#include <vector>

#include "components/command_processor/command_processor.h"
#include "model/mapping/mapper.h"
#include "workloads/network/network.h"

namespace systerm {

/// By core. Batch b runs resolutions[b % size], where there are any; they lie in memory as `mapped`
/// does. `inputs` are the network's.
std::vector<CommandProcessor::Program> core_programs(const MappedNetwork& mapped,
                                                     const std::vector<MappedNetwork>& resolutions,
                                                     const std::vector<FeatureId>& inputs,
                                                     std::size_t batches);

}  // namespace systerm
