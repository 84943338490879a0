// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/window_gather.h"

#include <cstring>

#include "workloads/execution/gemm_geometry.h"

namespace systerm {

namespace {

constexpr std::size_t kLine = WindowGather::kSlack;

/// What a window consists of.
struct Runs {
  std::size_t elements;  ///< of one run
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t to_next_row;
  std::int64_t to_next_column;
};

/// Runs are often a few elements: whole lines of kLine are copied, and what is too much is written
/// over by the next run. Counts of lines and rows that the compiler knows (above 0) unroll.
template <std::size_t Lines, std::int64_t Rows>
std::int16_t* copy_window(const std::int16_t* row, const Runs& runs, std::int16_t* to) {
  const std::int64_t rows = Rows > 0 ? Rows : runs.rows;
  for (std::int64_t ky = 0; ky < rows; ++ky, row += runs.to_next_row) {
    const std::int16_t* from = row;
    const std::int64_t columns = Rows > 0 ? 1 : runs.columns;
    for (std::int64_t kx = 0; kx < columns; ++kx, from += runs.to_next_column) {
      if constexpr (Lines > 0) {
        std::memcpy(to, from, Lines * kLine * sizeof(std::int16_t));
      } else {
        for (std::size_t i = 0; i < runs.elements; i += kLine) {
          std::memcpy(to + i, from + i, kLine * sizeof(std::int16_t));
        }
      }
      to += runs.elements;
    }
  }
  return to;
}

/// As far as the last window reaches, but no less than data and padding before them.
std::int64_t padded(std::int64_t extent, std::int64_t before, std::int64_t windows,
                    std::int64_t stride, std::int64_t kernel, std::int64_t dilation) {
  return std::max(before + extent, (windows - 1) * stride + (kernel - 1) * dilation + 1);
}

}  // namespace

WindowGather::WindowGather(const Gemm& gemm, const FeatureShape& shape)
    : window_(gemm.window),
      shape_(shape),
      channels_(shape.channels / gemm.groups),
      rows_(window_rows(gemm.window, shape.height)),
      columns_(window_columns(gemm.window, shape.width)),
      height_(padded(shape.height, window_.pad_top, rows_, window_.stride_height,
                     window_.kernel_height, window_.dilation_height)),
      width_(padded(shape.width, window_.pad_left, columns_, window_.stride_width,
                    window_.kernel_width, window_.dilation_width)),
      data_elements_(static_cast<std::size_t>(shape.images * height_ * width_ * shape.channels)) {
  for (std::size_t channel = 0; channel < gemm.taps.size(); ++channel) {
    const ChannelTap& tap = gemm.taps[channel];
    places_.push_back(
        (tap.row * window_.dilation_height * width_ + tap.column * window_.dilation_width) *
            shape.channels +
        static_cast<std::int64_t>(channel));
  }
}

template <typename Visit>
void WindowGather::for_windows(std::span<const std::int16_t> data, std::size_t first,
                               std::size_t count, Visit visit) const {
  const auto start = static_cast<std::int64_t>(first);
  std::int64_t image = start / (rows_ * columns_);
  std::int64_t row = start / columns_ % rows_;
  std::int64_t column = start % columns_;
  for (std::size_t left = count; left > 0; column = 0, ++row) {
    if (row == rows_) {
      row = 0;
      ++image;
    }
    const std::int16_t* corner =
        data.data() +
        ((image * height_ + row * window_.stride_height) * width_ + column * window_.stride_width) *
            shape_.channels;
    for (; column < columns_ && left > 0; ++column, --left) {
      visit(corner);
      corner += window_.stride_width * shape_.channels;
    }
  }
}

void WindowGather::gather(std::span<const std::int16_t> data, std::size_t first, std::size_t count,
                          std::int64_t channel_begin, std::span<std::int16_t> vectors) const {
  std::int16_t* out = vectors.data();
  if (!places_.empty()) {
    for_windows(data, first, count, [&](const std::int16_t* corner) {
      for (const std::int64_t place : places_) *out++ = corner[place];
    });
    return;
  }
  // Neighbouring columns of one kernel row are one run in memory.
  const bool joins_columns = channels_ == shape_.channels && window_.dilation_width == 1;
  const Runs runs{.elements = static_cast<std::size_t>(
                      joins_columns ? window_.kernel_width * channels_ : channels_),
                  .rows = window_.kernel_height,
                  .columns = joins_columns ? 1 : window_.kernel_width,
                  .to_next_row = window_.dilation_height * width_ * shape_.channels,
                  .to_next_column = window_.dilation_width * shape_.channels};
  const auto copy_all = [&]<std::size_t Lines, std::int64_t Rows>() {
    for_windows(data, first, count, [&](const std::int16_t* corner) {
      out = copy_window<Lines, Rows>(corner + channel_begin, runs, out);
    });
  };
  // One channel, or eight of them, under the usual kernels.
  const std::size_t lines = runs.columns == 1 ? (runs.elements + kLine - 1) / kLine : 0;
  if (lines == 1 && runs.rows == 3) {
    copy_all.template operator()<1, 3>();
  } else if (lines == 1 && runs.rows == 5) {
    copy_all.template operator()<1, 5>();
  } else if (lines == 3 && runs.rows == 3) {
    copy_all.template operator()<3, 3>();
  } else if (runs.elements <= kLine) {
    copy_all.template operator()<1, 0>();
  } else {
    copy_all.template operator()<0, 0>();
  }
}

}  // namespace systerm
