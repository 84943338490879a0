// SPDX-License-Identifier: Apache-2.0
// Operations of the vector unit on real values of whole features in memory order; the float
// executor and the integer reference use them alike.
#pragma once

#include <cstdint>
#include <span>

#include "workloads/network/network.h"

namespace systerm {

struct FeatureValues {
  FeatureShape shape;
  std::span<const float> values;
};

/// Calls the function for every position of a feature of shape `result_shape`.
void apply_rows(const RowFunction& function, std::span<const FeatureValues> operands,
                const FeatureShape& result_shape, std::span<float> result);

/// Throws std::invalid_argument for a number that is not one of the table's rows.
void look_up(std::span<const float> numbers, const FeatureValues& table, std::span<float> result);

void rearrange(std::span<const std::int32_t> source, std::span<const FeatureValues> inputs,
               std::span<float> result);

}  // namespace systerm
