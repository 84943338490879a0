// SPDX-License-Identifier: Apache-2.0
// From a float network, a precision for every layer and calibration to the integers and scales that
// the accelerator works with. Source: the quantizer under "Term Revealing" (arXiv 2007.06389).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "workloads/quantization/magnitude_histogram.h"
#include "workloads/quantization/quantized_network.h"
#include "workloads/quantization/scales.h"

namespace systerm {

/// Network outputs are stored in 32 bits with this limit, the largest that requantize() takes.
inline constexpr std::int32_t kOutputLimit = (1 << 24) - 1;

/// Formats and storage alone, all scales 1 and no weight codes: what timing needs.
///
/// `precisions` has one entry a layer. An activation that GEMMs read takes the narrowest range
/// of these, since a code must be legal for every reader; one that only vector layers read takes
/// the widest of theirs. Network outputs that no GEMM reads are stored in 32 bits. Throws
/// std::invalid_argument naming the layer if its format refuses the parameters or its data do not
/// fit a byte.
QuantizedNetwork assign_precisions(std::shared_ptr<const Network> network,
                                   std::span<const Precision> precisions);

/// Scales of a network whose precisions are assigned; it must carry weights. `magnitudes` has one
/// entry a feature, with bins where the options need them. Throws std::invalid_argument naming the
/// layer for weights that are NaN or Inf.
///
/// A network output straight from a GEMM with one scale for its weights has the scale of that
/// GEMM's sums (integer logits), others 1/2^20 of the largest magnitude seen.
Scales choose_scales(const QuantizedNetwork& assigned,
                     std::span<const MagnitudeHistogram> magnitudes, const ScaleOptions& options);

/// Everything, with given scales. Throws std::invalid_argument also where their number does not fit
/// the network.
QuantizedNetwork quantize_network(std::shared_ptr<const Network> network,
                                  std::span<const Precision> precisions, const Scales& scales);

/// Everything, with the scales that calibration gives.
QuantizedNetwork quantize_network(std::shared_ptr<const Network> network,
                                  std::span<const Precision> precisions,
                                  std::span<const MagnitudeHistogram> magnitudes,
                                  const ScaleOptions& options);
inline QuantizedNetwork quantize_network(std::shared_ptr<const Network> network,
                                         std::span<const Precision> precisions,
                                         std::span<const MagnitudeHistogram> magnitudes,
                                         ScaleRule rule) {
  return quantize_network(std::move(network), precisions, magnitudes, ScaleOptions{.data = rule});
}

}  // namespace systerm
