// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>

#include "components/arithmetic/row_function.h"

namespace systerm {

namespace {

class Function final : public RowFunction {
 public:
  explicit Function(RowArithmetic operation) : operation_(operation) {}

  std::string_view name() const override {
    switch (operation_) {
      case RowArithmetic::kAdd:
        return "add";
      case RowArithmetic::kSubtract:
        return "subtract";
      case RowArithmetic::kMultiply:
        return "multiply";
      case RowArithmetic::kDivide:
        return "divide";
    }
    throw std::invalid_argument("unknown row arithmetic");
  }
  /// One for each operand.
  std::int64_t passes() const override { return 2; }

  std::optional<std::int64_t> result_channels(
      std::span<const std::int64_t> operands) const override {
    if (operands.size() != 2) return std::nullopt;
    const std::int64_t most = std::max(operands[0], operands[1]);
    if (most % operands[0] != 0 || most % operands[1] != 0) return std::nullopt;
    return most;
  }

  VectorOperations operations(std::span<const std::int64_t> operands,
                              const RowPosition&) const override {
    const bool adds = operation_ == RowArithmetic::kAdd || operation_ == RowArithmetic::kSubtract;
    return std::max(operands[0], operands[1]) *
           (adds ? VectorOperations{.additions = 1} : VectorOperations{.multiplications = 1});
  }

  void apply(std::span<const std::span<const float>> operands, const RowPosition&,
             std::span<float> result) const override {
    for (std::size_t i = 0; i < result.size(); ++i) {
      result[i] = combine(operands[0][i % operands[0].size()], operands[1][i % operands[1].size()]);
    }
  }

 private:
  float combine(float a, float b) const {
    switch (operation_) {
      case RowArithmetic::kAdd:
        return a + b;
      case RowArithmetic::kSubtract:
        return a - b;
      case RowArithmetic::kMultiply:
        return a * b;
      case RowArithmetic::kDivide:
        return b == 0.0F ? 0.0F : a / b;
    }
    throw std::invalid_argument("unknown row arithmetic");
  }

  RowArithmetic operation_;
};

}  // namespace

SharedRowFunction make_row_arithmetic(RowArithmetic operation) {
  return std::make_shared<Function>(operation);
}

}  // namespace systerm
