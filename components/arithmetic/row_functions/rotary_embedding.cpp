// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "components/arithmetic/row_function.h"

namespace systerm {

namespace {

class Function final : public RowFunction {
 public:
  explicit Function(const RotaryEmbedding& options) : options_(options) {
    const std::int64_t pairs = options.head_channels / 2;
    for (std::int64_t i = 0; i < pairs; ++i) {
      frequencies_.push_back(
          std::pow(options.base, -2.0 * static_cast<double>(i) / static_cast<double>(2 * pairs)));
    }
  }

  std::string_view name() const override { return "rotary_embedding"; }
  /// One for each of the two products.
  std::int64_t passes() const override { return 2; }

  std::optional<std::int64_t> result_channels(
      std::span<const std::int64_t> operands) const override {
    if (operands.size() != 1 || operands[0] % options_.head_channels != 0) return std::nullopt;
    return operands[0];
  }

  /// Of every pair four products and two sums; angle, sine and cosine serve all heads.
  VectorOperations operations(std::span<const std::int64_t> operands,
                              const RowPosition&) const override {
    VectorOperations all = operands[0] / 2 * VectorOperations{.additions = 2, .multiplications = 4};
    all += options_.head_channels / 2 * VectorOperations{.multiplications = 1, .functions = 2};
    return all;
  }

  void apply(std::span<const std::span<const float>> operands, const RowPosition& at,
             std::span<float> result) const override {
    const std::span<const float> values = operands[0];
    const std::size_t pairs = frequencies_.size();
    const auto position = static_cast<double>(at.column + options_.first_position);
    for (std::size_t i = 0; i < pairs; ++i) {
      const double angle = position * frequencies_[i];
      const double cosine = std::cos(angle);
      const double sine = std::sin(angle);
      for (std::size_t head = 0; head < values.size(); head += 2 * pairs) {
        const std::size_t first = head + (options_.is_interleaved ? 2 * i : i);
        const std::size_t second = first + (options_.is_interleaved ? 1 : pairs);
        const double a = values[first];
        const double b = values[second];
        result[first] = static_cast<float>(a * cosine - b * sine);
        result[second] = static_cast<float>(a * sine + b * cosine);
      }
    }
  }

 private:
  RotaryEmbedding options_;
  std::vector<double> frequencies_;  ///< radians a position, by pair
};

}  // namespace

SharedRowFunction make_rotary_embedding(const RotaryEmbedding& options) {
  return std::make_shared<Function>(options);
}

}  // namespace systerm
