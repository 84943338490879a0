// SPDX-License-Identifier: Apache-2.0
// The small convolutional network of the drawn digits, and how it is trained: stochastic gradient
// descent with momentum on the cross entropy, by hand-written backward passes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "workloads/digits/draw_digit.h"

namespace systerm {

/// 12 x 12 -> 3 x 3 convolution to 8, ReLU, 2 x 2 pool -> 3 x 3 to 16, ReLU, pool -> 10 classes.
class DigitNetwork {
 public:
  static constexpr std::size_t kClasses = 10;

  /// Weights drawn from `seed`.
  explicit DigitNetwork(std::uint64_t seed);

  std::array<float, kClasses> logits(const DigitImage& image) const;

  /// One pass over `images` in the order of `order`; image i shows the digit i % 10.
  void train(const std::vector<DigitImage>& images, const std::vector<std::size_t>& order,
             float learning_rate);

  /// Throws std::runtime_error if the file cannot be written.
  void write_onnx(const std::filesystem::path& file) const;

 private:
  struct Activations;

  void forward(const DigitImage& image, Activations& to) const;
  void backward(const Activations& from, std::size_t digit, std::vector<float>& gradient) const;

  std::vector<float> parameters_;
  std::vector<float> velocity_;
};

}  // namespace systerm
