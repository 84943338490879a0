// SPDX-License-Identifier: Apache-2.0
// Between the order of a source model's tensors (N,C,H,W) and memory order (channels fastest).
#pragma once

#include <span>
#include <vector>

#include "workloads/data/tensor.h"
#include "workloads/network/network.h"

namespace systerm {

/// From the feature's source order; only the number of elements of `tensor` counts, not its axes.
/// Throws std::invalid_argument naming the feature if the number of elements differs.
std::vector<float> to_memory_order(const Feature& feature, const Tensor& tensor);

/// The inverse: a tensor of the feature's source shape.
Tensor to_source_order(const Feature& feature, std::span<const float> values);

}  // namespace systerm
