// SPDX-License-Identifier: Apache-2.0
// Operators that exporters write as several others are put together again before the import.
#pragma once

#include "workloads/import/onnx_model.h"

namespace systerm {

/// Not an operator of the standard's opsets that are read: what an RMS norm becomes.
inline constexpr const char* kRmsNormalization = "RMSNormalization";

/// Layer norm from means, differences and roots becomes LayerNormalization, RMS norm from squares,
/// mean and root (PyTorch's pow, mean, rsqrt) kRmsNormalization; GELU by the error
/// function or by the hyperbolic tangent becomes Gelu. Only whole patterns with constants of the
/// right value, whose inner results nobody else reads, are replaced.
void join_patterns(OnnxModel& model);

}  // namespace systerm
