// SPDX-License-Identifier: Apache-2.0
// im2col without bounds checks: data lie with their padding around them, so that a window is a few
// runs at fixed distances.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "workloads/network/network.h"

namespace systerm {

class WindowGather {
 public:
  /// Elements that both ends of every copy need behind them.
  static constexpr std::size_t kSlack = 8;

  /// `shape` is the GEMM's input, see gemm_input_shape().
  WindowGather(const Gemm& gemm, const FeatureShape& shape);

  /// Of the data with their padding, slack left out.
  std::size_t data_elements() const { return data_elements_; }

  /// Writes the input's `codes` to their places in `data` (data_elements() of them), by
  /// encode(codes, out) run by run; zeros everywhere else.
  template <typename Encode>
  void place(std::span<const std::int32_t> codes, std::span<std::int16_t> data,
             Encode encode) const {
    if (data_elements_ == codes.size()) return encode(codes, data);
    std::ranges::fill(data, std::int16_t{0});
    const std::size_t run = static_cast<std::size_t>(shape_.width * shape_.channels);
    for (std::int64_t image = 0; image < shape_.images; ++image) {
      for (std::int64_t y = 0; y < shape_.height; ++y) {
        const std::int64_t to =
            ((image * height_ + window_.pad_top + y) * width_ + window_.pad_left) * shape_.channels;
        encode(codes.first(run), data.subspan(static_cast<std::size_t>(to), run));
        codes = codes.subspan(run);
      }
    }
  }

  /// Vectors first .. first + count - 1, of channels from `channel_begin` on, one behind the other.
  /// `vectors` has room for them and slack.
  void gather(std::span<const std::int16_t> data, std::size_t first, std::size_t count,
              std::int64_t channel_begin, std::span<std::int16_t> vectors) const;

 private:
  template <typename Visit>
  void for_windows(std::span<const std::int16_t> data, std::size_t first, std::size_t count,
                   Visit visit) const;

  Window window_;
  FeatureShape shape_;
  std::int64_t channels_;  ///< of a group
  std::int64_t rows_;      ///< of windows
  std::int64_t columns_;
  std::int64_t height_;  ///< with padding
  std::int64_t width_;
  std::size_t data_elements_;
  /// Of each channel's one element from the corner of a window on; empty without taps.
  std::vector<std::int64_t> places_;
};

}  // namespace systerm
