// SPDX-License-Identifier: Apache-2.0
// From a float network, a precision for every layer and calibration to the integers and scales that
// the accelerator works with. Source: the quantizer under "Term Revealing" (arXiv 2007.06389).
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "workloads/quantization/magnitude_histogram.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// How the scale of an activation follows from calibration.
enum class ScaleRule : std::uint8_t {
  kMaximum,           ///< largest magnitude of the calibration samples / limit
  kMeanSquaredError,  ///< least squared error after truncation to the data terms (published rule)
};

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

/// Everything. The network must carry weights; `magnitudes` has one entry a feature, with bins if
/// the rule is kMeanSquaredError. Throws std::invalid_argument also for weights that are NaN or
/// Inf.
///
/// Scales of activations are rounded up to 12 significant bits: calibration runs in float, whose
/// last bits depend on the machine's instruction set and number of threads, and integer results
/// must not. A network output straight from a GEMM has the scale of that GEMM's sums (integer
/// logits), others 1/2^20 of the largest magnitude seen.
QuantizedNetwork quantize_network(std::shared_ptr<const Network> network,
                                  std::span<const Precision> precisions,
                                  std::span<const MagnitudeHistogram> magnitudes, ScaleRule rule);

/// Smallest normal float >= value with 12 significant bits. `value` is finite and not negative.
float round_up_scale(float value);

}  // namespace systerm
