// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <utility>

#include "components/arithmetic/row_function.h"

namespace systerm {

namespace {

class Function final : public RowFunction {
 public:
  explicit Function(RowNorm options) : options_(std::move(options)) {}

  std::string_view name() const override {
    return options_.subtracts_mean ? "layer_norm" : "rms_norm";
  }
  /// Mean, squared deviation, result; RMS norm needs no mean.
  std::int64_t passes() const override { return options_.subtracts_mean ? 3 : 2; }
  std::int64_t parameters() const override { return options_.parameters; }

  std::optional<std::int64_t> result_channels(
      std::span<const std::int64_t> operands) const override {
    if (operands.size() != 1 || operands[0] != options_.channels) return std::nullopt;
    return operands[0];
  }

  /// Of every channel: sum for the mean; deviation, square and sum; deviation, quotient, scale and
  /// shift. Of every row: the means, epsilon and the root.
  VectorOperations operations(std::span<const std::int64_t> operands,
                              const RowPosition&) const override {
    const std::int64_t channels = operands[0];
    VectorOperations channel{.additions = 1, .multiplications = 2};
    VectorOperations row{.additions = 1, .multiplications = 1, .functions = 1};
    if (options_.subtracts_mean) {
      channel += {.additions = 3};
      row += {.multiplications = 1};
    }
    if (!options_.scale.empty() || options_.parameters >= channels) {
      channel += {.multiplications = 1};
    }
    if (!options_.shift.empty() || options_.parameters >= 2 * channels) channel += {.additions = 1};
    row += channels * channel;
    return row;
  }

  void apply(std::span<const std::span<const float>> operands, const RowPosition&,
             std::span<float> result) const override {
    const std::span<const float> values = operands[0];
    const auto count = static_cast<double>(values.size());
    double mean = 0.0;
    if (options_.subtracts_mean) {
      for (const float value : values) mean += static_cast<double>(value);
      mean /= count;
    }
    double squares = 0.0;
    for (const float value : values) {
      const double deviation = static_cast<double>(value) - mean;
      squares += deviation * deviation;
    }
    const double divisor = std::sqrt(squares / count + options_.epsilon);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto normal = static_cast<float>((static_cast<double>(values[i]) - mean) / divisor);
      const float scaled = options_.scale.empty() ? normal : normal * options_.scale[i];
      result[i] = options_.shift.empty() ? scaled : scaled + options_.shift[i];
    }
  }

 private:
  RowNorm options_;
};

}  // namespace

SharedRowFunction make_row_norm(RowNorm options) {
  return std::make_shared<Function>(std::move(options));
}

}  // namespace systerm
