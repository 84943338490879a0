// SPDX-License-Identifier: Apache-2.0
// What a DMA engine is composed of: a register for the bytes that pass, counters of address and
// length, and the bursts under way.
#pragma once

#include <string>

#include "components/cost/composition.h"
#include "components/dma/dma_config.h"

namespace systerm {

UnitCost dma_cost(std::string unit, const DmaConfig& config);

}  // namespace systerm
