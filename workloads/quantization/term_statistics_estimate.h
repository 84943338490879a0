// SPDX-License-Identifier: Apache-2.0
// An estimate of term counts for timing without data: from stated synthetic distributions, or from
// the weights alone. Deterministic; not a measurement of any workload, and reports must say so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "components/arithmetic/format.h"
#include "components/arithmetic/term_estimate.h"

namespace systerm {

/// Weights: Laplace with the largest at 11 standard deviations. Data: rectified Gaussian with the
/// largest code at 4 standard deviations; signed codes where `signed_data`: plain Gaussian.
/// 2048 weight groups are drawn with a fixed seed; data values are independent of them. Estimates
/// made are remembered, by a process and by those forked from it.
TermEstimate estimate_term_statistics(const Format& format, bool signed_data = false);

/// Weights: every group, or 2048 evenly spread ones, of the codes [filters][kernel
/// positions][channels] before encoding. Data as above.
TermEstimate estimate_term_statistics(const Format& format,
                                      std::span<const std::int16_t> weight_codes,
                                      std::size_t channels, bool signed_data = false);

}  // namespace systerm
