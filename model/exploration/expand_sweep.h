// SPDX-License-Identifier: Apache-2.0
// The points of a sweep in their fixed order.
#pragma once

#include <vector>

#include "model/exploration/sweep_space.h"

namespace systerm {

/// Every admitted combination, the last group varying fastest; or a sample of them, in the order
/// drawn: the same for the same file and seed on every machine. A combination is drawn once only.
/// Throws DocumentError for expressions that cannot be evaluated, too many points, and a sample
/// that the constraints leave too few combinations for.
std::vector<Choices> expand_sweep(const SweepSpace& space);

}  // namespace systerm
