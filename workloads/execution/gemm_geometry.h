// SPDX-License-Identifier: Apache-2.0
// Which input elements meet which weights of a GEMM layer.
#pragma once

#include <string_view>

#include "workloads/network/network.h"

namespace systerm {

/// The input as the GEMM reads it. A linear layer after a spatial one takes all elements of an
/// image, in memory order, as channels of a single pixel; a convolution reads the feature as it is.
FeatureShape gemm_input_shape(const Gemm& gemm, const FeatureShape& input, std::string_view layer);

/// Output rows and columns of the window sliding over the padded input.
std::int64_t window_rows(const Window& window, std::int64_t input_height);
std::int64_t window_columns(const Window& window, std::int64_t input_width);

}  // namespace systerm
