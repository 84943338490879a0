// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "workloads/training/trainable_operator.h"

namespace systerm {

namespace {

/// Separate arrays and values loaded before they are compared: what lets it become vector code.
void take_larger(const float* __restrict from, float tap, std::size_t channels,
                 float* __restrict best, float* __restrict tap_of_best) {
  for (std::size_t c = 0; c < channels; ++c) {
    const float value = from[c];
    const float before = best[c];
    const float tap_before = tap_of_best[c];
    const bool is_larger = value > before;
    best[c] = is_larger ? value : before;
    tap_of_best[c] = is_larger ? tap : tap_before;
  }
}

/// Adds the gradient of an output to the input that it was taken from.
void add_where_taken(const float* __restrict gradient, const float* __restrict taken, float tap,
                     std::size_t channels, float* __restrict to) {
  for (std::size_t c = 0; c < channels; ++c) {
    const float share = taken[c] == tap ? gradient[c] : 0.0F;
    to[c] += share;
  }
}

class PoolingOperator final : public TrainableOperator {
 public:
  PoolingOperator(Pool::Kind kind, const Window& window, bool count_padding,
                  const OperatorSource& source)
      : kind_(kind),
        window_(window),
        count_padding_(count_padding),
        input_(source.input(0)),
        output_(source.output()) {}

  void forward(const StepOperands& operands, StepServices& services) override {
    services.workers.run(input_.images, [&](std::size_t image) {
      if (kind_ == Pool::Kind::kMax) {
        maximum(image, operands.reads[0], operands.writes[0], operands.writes[1]);
      } else {
        average(image, operands.reads[0], operands.writes[0]);
      }
    });
  }

  void backward_data(const StepOperands& operands, StepServices& services) override {
    const float* const gradient = operands.reads[0];
    float* const to = operands.writes[0];
    const std::size_t elements = input_.height * input_.width * input_.channels;
    services.workers.run(input_.images, [&](std::size_t image) {
      std::fill_n(to + image * elements, elements, 0.0F);
      const std::size_t channels = input_.channels;
      visit(image, [&](std::size_t row, std::size_t tap, std::size_t taps, std::size_t position) {
        const float* const __restrict from = gradient + row * channels;
        float* const __restrict at = to + position * channels;
        if (kind_ == Pool::Kind::kMax) {
          add_where_taken(from, operands.reads[1] + row * channels, static_cast<float>(tap),
                          channels, at);
        } else {
          const auto count = static_cast<float>(taps);
          for (std::size_t c = 0; c < channels; ++c) at[c] += from[c] / count;
        }
      });
    });
  }

 private:
  struct Range {
    std::int64_t first = 0;  ///< of the taps that lie inside
    std::int64_t end = 0;
  };

  static Range inside(std::int64_t begin, std::int64_t kernel, std::int64_t dilation,
                      std::int64_t extent) {
    Range range{0, kernel};
    while (range.first < kernel && begin + range.first * dilation < 0) ++range.first;
    while (range.end > range.first && begin + (range.end - 1) * dilation >= extent) --range.end;
    return range;
  }

  /// Calls body(output position, tap of the window, number of values averaged, input position) for
  /// all taps of one image that lie inside, window by window.
  template <typename Body>
  void visit(std::size_t image, const Body& body) const {
    const auto height = static_cast<std::int64_t>(input_.height);
    const auto width = static_cast<std::int64_t>(input_.width);
    std::size_t row = image * output_.height * output_.width;
    for (std::size_t y = 0; y < output_.height; ++y) {
      const std::int64_t begin_y =
          static_cast<std::int64_t>(y) * window_.stride_height - window_.pad_top;
      const Range ys = inside(begin_y, window_.kernel_height, window_.dilation_height, height);
      for (std::size_t x = 0; x < output_.width; ++x, ++row) {
        const std::int64_t begin_x =
            static_cast<std::int64_t>(x) * window_.stride_width - window_.pad_left;
        const Range xs = inside(begin_x, window_.kernel_width, window_.dilation_width, width);
        const std::int64_t taps = count_padding_ ? window_.kernel_height * window_.kernel_width
                                                 : (ys.end - ys.first) * (xs.end - xs.first);
        for (std::int64_t ky = ys.first; ky < ys.end; ++ky) {
          for (std::int64_t kx = xs.first; kx < xs.end; ++kx) {
            const std::int64_t in_y = begin_y + ky * window_.dilation_height;
            const std::int64_t in_x = begin_x + kx * window_.dilation_width;
            const std::int64_t line = static_cast<std::int64_t>(image) * height + in_y;
            body(row, static_cast<std::size_t>(ky * window_.kernel_width + kx),
                 static_cast<std::size_t>(taps), static_cast<std::size_t>(line * width + in_x));
          }
        }
      }
    }
  }

  /// The first of equals is taken.
  void maximum(std::size_t image, const float* data, float* to, float* taken) const {
    const std::size_t channels = input_.channels;
    std::size_t last_row = output_.positions();  // none yet
    visit(image, [&](std::size_t row, std::size_t tap, std::size_t, std::size_t position) {
      const float* const __restrict from = data + position * channels;
      float* const __restrict best = to + row * channels;
      float* const __restrict tap_of_best = taken + row * channels;
      const auto here = static_cast<float>(tap);
      if (row != last_row) {
        last_row = row;
        std::copy_n(from, channels, best);
        std::fill_n(tap_of_best, channels, here);
        return;
      }
      take_larger(from, here, channels, best, tap_of_best);
    });
  }

  void average(std::size_t image, const float* data, float* to) const {
    const std::size_t channels = input_.channels;
    const std::size_t rows = output_.height * output_.width;
    std::fill_n(to + image * rows * channels, rows * channels, 0.0F);
    std::vector<float> taps_of_row(rows, 1.0F);
    visit(image, [&](std::size_t row, std::size_t, std::size_t taps, std::size_t position) {
      for (std::size_t c = 0; c < channels; ++c) {
        to[row * channels + c] += data[position * channels + c];
      }
      taps_of_row[row - image * rows] = static_cast<float>(taps);
    });
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t c = 0; c < channels; ++c) {
        to[(image * rows + row) * channels + c] /= taps_of_row[row];
      }
    }
  }

  Pool::Kind kind_;
  Window window_;
  bool count_padding_;
  StoredImage input_;
  StoredImage output_;
};

OperatorOrReason make_pool(Pool::Kind kind, const Window& window, bool count_padding,
                           const OperatorSource& source) {
  if (source.input(0).size() != 4) return NotTrainable{"has one spatial axis; two are expected"};
  return std::make_unique<PoolingOperator>(kind, window, count_padding, source);
}

}  // namespace

OperatorOrReason make_trainable(const op::Pooling& pooling, const OperatorSource& source) {
  return make_pool(pooling.kind, pooling.window, pooling.count_padding, source);
}

OperatorOrReason make_trainable(const op::GlobalPooling& pooling, const OperatorSource& source) {
  Window window;
  if (source.input(0).size() == 4) {
    window.kernel_height = source.input(0)[2];
    window.kernel_width = source.input(0)[3];
  }
  return make_pool(pooling.kind, window, false, source);
}

}  // namespace systerm
