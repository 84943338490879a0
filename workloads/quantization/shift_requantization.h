// SPDX-License-Identifier: Apache-2.0
// Scales under which the sums of a layer become the codes of its output by a shift alone, and the
// network with its layers so requantized. It concerns layers of stored weights behind whose sums
// nothing stands but ReLU and whose results are stored in a byte; all others are scaled as before.
#pragma once

#include "workloads/quantization/quantized_network.h"
#include "workloads/quantization/scales.h"

namespace systerm {

/// Raises the scale of every output concerned to the next one that is a power of two, 1 at least,
/// times the scale of its layer's sums, so that no value that was seen saturates. `assigned` has
/// formats and storage.
void align_to_shifts(const QuantizedNetwork& assigned, Scales& scales);

/// Gives every layer concerned its ShiftRequantizer; without numbers where the network has none
/// (timing). Throws std::invalid_argument naming the layer if its scales are no power of two apart,
/// if every filter has a scale of its own, or if a bias leaves 32 bits.
QuantizedNetwork with_shift_requantizers(QuantizedNetwork quantized);

}  // namespace systerm
