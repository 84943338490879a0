// SPDX-License-Identifier: Apache-2.0
// Top-1 classification from logits, real or integer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "workloads/data/tensor.h"
#include "workloads/quantization/quantized_network.h"

namespace systerm {

/// Index of the largest of the channels of every image; the first of equals. The feature has one
/// row and column an image, or throws std::invalid_argument.
std::vector<std::int64_t> classify(const FeatureCodes& codes);
/// The same for a tensor of shape {images, classes}, axes of length 1 aside.
std::vector<std::int64_t> classify(const Tensor& logits);

/// How many predictions equal the label at the same position. Throws std::invalid_argument if there
/// are fewer labels than predictions.
std::int64_t count_correct(std::span<const std::int64_t> predictions,
                           std::span<const std::int64_t> labels);

}  // namespace systerm
