// SPDX-License-Identifier: Apache-2.0
// A convolution as the array sees it: windows are unrolled into vectors (kernel row, kernel column,
// channel), and the gradient of the data is rolled up again.
#include <algorithm>

#include <fmt/format.h>

#include "workloads/training/trainable_operator.h"

namespace systerm {

namespace {

class ConvolutionOperator final : public TrainableOperator {
 public:
  ConvolutionOperator(const Window& window, const OperatorSource& source)
      : window_(window),
        input_(source.input(0)),
        output_(source.output()),
        has_bias_(source.has_input(2)),
        terms_(static_cast<std::size_t>(window.kernel_height * window.kernel_width) *
               input_.channels),
        shape_{source.layer, output_.positions(), terms_, output_.channels} {}

  void forward(const StepOperands& operands, StepServices& services) override {
    unroll(operands.reads[0], services.workers);
    float* const sums = operands.writes[0];
    services.products.forward(shape_, columns_.data(), operands.reads[1], sums, services.workers);
    if (!has_bias_) return;
    const float* const bias = operands.reads[2];
    services.workers.run_ranges(output_.positions(), kPositionsAtOnce,
                                [&](std::size_t first, std::size_t end) {
                                  for (std::size_t p = first; p < end; ++p) {
                                    float* const row = sums + p * output_.channels;
                                    for (std::size_t c = 0; c < output_.channels; ++c)
                                      row[c] += bias[c];
                                  }
                                });
  }

  void backward_data(const StepOperands& operands, StepServices& services) override {
    columns_.resize(output_.positions() * terms_);
    services.products.backward_data(shape_, operands.reads[0], operands.reads[1], columns_.data(),
                                    services.workers);
    roll_up(operands.writes[0], services.workers);
  }

  void weight_gradient(const StepOperands& operands, StepServices& services) override {
    unroll(operands.reads[1], services.workers);
    services.products.weight_gradient(shape_, operands.reads[0], columns_.data(),
                                      operands.writes[0], services.workers);
    if (has_bias_) {
      sum_rows(operands.reads[0], output_.positions(), output_.channels, operands.writes[1],
               services.workers);
    }
  }

 private:
  static constexpr std::size_t kPositionsAtOnce = 1024;

  /// A run of taps of one row of a kernel that lie side by side in the image.
  struct Run {
    std::size_t term = 0;        ///< first one in the unrolled matrix
    std::size_t values = 0;      ///< taps times channels
    std::int64_t position = -1;  ///< of the first one in the image; -1 in the padding
  };

  /// Calls body(row of the unrolled matrix, run) for all runs of the windows of one image, which
  /// cover every term once.
  template <typename Body>
  void visit(std::size_t image, const Body& body) const {
    std::size_t row = image * output_.height * output_.width;
    for (std::size_t y = 0; y < output_.height; ++y) {
      for (std::size_t x = 0; x < output_.width; ++x, ++row) {
        const std::int64_t in_x =
            static_cast<std::int64_t>(x) * window_.stride_width - window_.pad_left;
        for (std::int64_t ky = 0; ky < window_.kernel_height; ++ky) {
          const std::int64_t in_y = static_cast<std::int64_t>(y) * window_.stride_height -
                                    window_.pad_top + ky * window_.dilation_height;
          visit_kernel_row(image, ky, in_y, in_x, [&](const Run& run) { body(row, run); });
        }
      }
    }
  }

  template <typename Body>
  void visit_kernel_row(std::size_t image, std::int64_t ky, std::int64_t in_y, std::int64_t in_x,
                        const Body& body) const {
    const std::int64_t taps = window_.kernel_width;
    const auto width = static_cast<std::int64_t>(input_.width);
    const auto line = (static_cast<std::int64_t>(image * input_.height) + in_y) * width;
    const bool is_row = in_y >= 0 && in_y < static_cast<std::int64_t>(input_.height);
    const auto emit = [&](std::int64_t first, std::int64_t end, bool is_inside) {
      if (first >= end) return;
      body(Run{.term = static_cast<std::size_t>(ky * taps + first) * input_.channels,
               .values = static_cast<std::size_t>(end - first) * input_.channels,
               .position = is_inside ? line + in_x + first * window_.dilation_width : -1});
    };
    if (!is_row) {
      emit(0, taps, false);
    } else if (window_.dilation_width == 1) {
      const std::int64_t first = std::clamp<std::int64_t>(-in_x, 0, taps);
      const std::int64_t end = std::clamp<std::int64_t>(width - in_x, first, taps);
      emit(0, first, false);
      emit(first, end, true);
      emit(end, taps, false);
    } else {
      for (std::int64_t kx = 0; kx < taps; ++kx) {
        const std::int64_t at = in_x + kx * window_.dilation_width;
        emit(kx, kx + 1, at >= 0 && at < width);
      }
    }
  }

  void unroll(const float* data, WorkerPool& workers) {
    columns_.resize(output_.positions() * terms_);
    workers.run(input_.images, [&](std::size_t image) {
      visit(image, [&](std::size_t row, const Run& run) {
        float* const to = columns_.data() + row * terms_ + run.term;
        if (run.position < 0) {
          std::fill_n(to, run.values, 0.0F);
        } else {
          const float* const from = data + static_cast<std::size_t>(run.position) * input_.channels;
          for (std::size_t i = 0; i < run.values; ++i) to[i] = from[i];
        }
      });
    });
  }

  void roll_up(float* data_gradient, WorkerPool& workers) const {
    const std::size_t image_elements = input_.height * input_.width * input_.channels;
    workers.run(input_.images, [&](std::size_t image) {
      std::fill_n(data_gradient + image * image_elements, image_elements, 0.0F);
      visit(image, [&](std::size_t row, const Run& run) {
        if (run.position < 0) return;
        const float* const from = columns_.data() + row * terms_ + run.term;
        float* const to = data_gradient + static_cast<std::size_t>(run.position) * input_.channels;
        for (std::size_t i = 0; i < run.values; ++i) to[i] += from[i];
      });
    });
  }

  Window window_;
  StoredImage input_;
  StoredImage output_;
  bool has_bias_;
  std::size_t terms_;
  ProductShape shape_;
  std::vector<float> columns_;  ///< [positions][terms]
};

}  // namespace

OperatorOrReason make_trainable(const op::Convolution& convolution, const OperatorSource& source) {
  if (source.input(0).size() != 4) return NotTrainable{"has one spatial axis; two are expected"};
  if (convolution.groups != 1) {
    return NotTrainable{fmt::format("has {} groups; 1 is expected", convolution.groups)};
  }
  return std::make_unique<ConvolutionOperator>(convolution.window, source);
}

}  // namespace systerm
