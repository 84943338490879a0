// SPDX-License-Identifier: Apache-2.0
// Geometry of a window that slides over rows and columns.
#pragma once

#include <cstdint>

namespace systerm {

struct Window {
  std::int64_t kernel_height = 1;
  std::int64_t kernel_width = 1;
  std::int64_t stride_height = 1;
  std::int64_t stride_width = 1;
  std::int64_t dilation_height = 1;
  std::int64_t dilation_width = 1;
  std::int64_t pad_top = 0;
  std::int64_t pad_left = 0;
  std::int64_t pad_bottom = 0;
  std::int64_t pad_right = 0;

  friend bool operator==(const Window&, const Window&) = default;
};

}  // namespace systerm
