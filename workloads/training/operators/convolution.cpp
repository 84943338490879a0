// SPDX-License-Identifier: Apache-2.0
// A convolution as the array sees it: windows are unrolled into vectors (kernel row, kernel column,
// channel), and the gradient of the data is rolled up again.
#include <algorithm>
#include <cstring>

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

  /// Calls body(row of the unrolled matrix, tap, input position, or -1 in the padding) for all taps
  /// of the windows of one image.
  template <typename Body>
  void visit(std::size_t image, const Body& body) const {
    std::size_t row = image * output_.height * output_.width;
    for (std::size_t y = 0; y < output_.height; ++y) {
      for (std::size_t x = 0; x < output_.width; ++x, ++row) {
        std::size_t tap = 0;
        for (std::int64_t ky = 0; ky < window_.kernel_height; ++ky) {
          const std::int64_t in_y = static_cast<std::int64_t>(y) * window_.stride_height -
                                    window_.pad_top + ky * window_.dilation_height;
          const bool is_row = in_y >= 0 && in_y < static_cast<std::int64_t>(input_.height);
          for (std::int64_t kx = 0; kx < window_.kernel_width; ++kx, ++tap) {
            const std::int64_t in_x = static_cast<std::int64_t>(x) * window_.stride_width -
                                      window_.pad_left + kx * window_.dilation_width;
            const bool is_inside =
                is_row && in_x >= 0 && in_x < static_cast<std::int64_t>(input_.width);
            const auto first = static_cast<std::int64_t>(image * input_.height);
            body(row, tap,
                 is_inside ? (first + in_y) * static_cast<std::int64_t>(input_.width) + in_x : -1);
          }
        }
      }
    }
  }

  void unroll(const float* data, WorkerPool& workers) {
    columns_.resize(output_.positions() * terms_);
    const std::size_t channels = input_.channels;
    workers.run(input_.images, [&](std::size_t image) {
      visit(image, [&](std::size_t row, std::size_t tap, std::int64_t position) {
        float* const to = columns_.data() + row * terms_ + tap * channels;
        if (position < 0) {
          std::fill_n(to, channels, 0.0F);
        } else {
          std::copy_n(data + static_cast<std::size_t>(position) * channels, channels, to);
        }
      });
    });
  }

  void roll_up(float* data_gradient, WorkerPool& workers) const {
    const std::size_t channels = input_.channels;
    const std::size_t image_elements = input_.height * input_.width * channels;
    workers.run(input_.images, [&](std::size_t image) {
      std::fill_n(data_gradient + image * image_elements, image_elements, 0.0F);
      visit(image, [&](std::size_t row, std::size_t tap, std::int64_t position) {
        if (position < 0) return;
        const float* const from = columns_.data() + row * terms_ + tap * channels;
        float* const to = data_gradient + static_cast<std::size_t>(position) * channels;
        for (std::size_t c = 0; c < channels; ++c) to[c] += from[c];
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
