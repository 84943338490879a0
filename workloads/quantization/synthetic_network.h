// SPDX-License-Identifier: Apache-2.0
// Gives weights to a network that has none.
#pragma once

#include <cstdint>

#include "workloads/network/network.h"

namespace systerm {

/// A copy in which every GEMM without weights has the synthetic weights of (seed, layer name);
/// given weights and all biases stay.
Network with_synthetic_weights(const Network& network, std::uint64_t seed);

}  // namespace systerm
