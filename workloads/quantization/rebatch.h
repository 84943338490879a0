// SPDX-License-Identifier: Apache-2.0
// Carries the integers and scales of a network over to the same network with another batch.
#pragma once

#include <memory>
#include <optional>

#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// Nothing where the two differ in more than the number of samples that every activation holds.
/// `network` needs no weights; layers that are packed in `quantized` are packed in the result.
std::optional<QuantizedNetwork> with_batch(const QuantizedNetwork& quantized,
                                           std::shared_ptr<const Network> network);

}  // namespace systerm
