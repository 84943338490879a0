// SPDX-License-Identifier: Apache-2.0
// Windows of square kernels, alike in both directions.
#pragma once

#include <cstdint>

#include "components/arithmetic/window.h"

namespace systerm::test {

inline Window square_window(std::int64_t kernel, std::int64_t stride = 1,
                            std::int64_t padding = 0) {
  return {.kernel_height = kernel,
          .kernel_width = kernel,
          .stride_height = stride,
          .stride_width = stride,
          .pad_top = padding,
          .pad_left = padding,
          .pad_bottom = padding,
          .pad_right = padding};
}

}  // namespace systerm::test
