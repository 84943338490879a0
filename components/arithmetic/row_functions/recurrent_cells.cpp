// SPDX-License-Identifier: Apache-2.0
// Gates of LSTM (Hochreiter, Schmidhuber 1997, with forget gate) and GRU (Cho et al. 2014).
// Sigmoid and hyperbolic tangent in double, one rounding a result.
#include <cmath>
#include <tuple>

#include "components/arithmetic/row_function.h"

namespace systerm {

namespace {

double sigmoid(float value) { return 1.0 / (1.0 + std::exp(-static_cast<double>(value))); }
double hyperbolic_tangent(float value) { return std::tanh(static_cast<double>(value)); }

/// Channels of the result, if operands are four gates and the state of an LSTM.
std::optional<std::int64_t> lstm_units(std::span<const std::int64_t> operands) {
  if (operands.size() != 2 || operands[0] != 4 * operands[1]) return std::nullopt;
  return operands[1];
}

class LstmState final : public RowFunction {
 public:
  std::string_view name() const override { return "lstm_state"; }
  /// One for each of the three gates and for the state.
  std::int64_t passes() const override { return 4; }

  std::optional<std::int64_t> result_channels(
      std::span<const std::int64_t> operands) const override {
    return lstm_units(operands);
  }

  VectorOperations operations(std::span<const std::int64_t> operands,
                              const RowPosition&) const override {
    return operands[1] * VectorOperations{.additions = 1, .multiplications = 2, .functions = 3};
  }

  void apply(std::span<const std::span<const float>> operands, const RowPosition&,
             std::span<float> result) const override {
    const std::span<const float> gates = operands[0];
    const std::size_t units = result.size();
    for (std::size_t i = 0; i < units; ++i) {
      const double kept = sigmoid(gates[2 * units + i]) * static_cast<double>(operands[1][i]);
      const double added = sigmoid(gates[i]) * hyperbolic_tangent(gates[3 * units + i]);
      result[i] = static_cast<float>(kept + added);
    }
  }
};

class LstmOutput final : public RowFunction {
 public:
  std::string_view name() const override { return "lstm_output"; }
  /// One for the gate, one for the state.
  std::int64_t passes() const override { return 2; }

  std::optional<std::int64_t> result_channels(
      std::span<const std::int64_t> operands) const override {
    return lstm_units(operands);
  }

  VectorOperations operations(std::span<const std::int64_t> operands,
                              const RowPosition&) const override {
    return operands[1] * VectorOperations{.multiplications = 1, .functions = 2};
  }

  void apply(std::span<const std::span<const float>> operands, const RowPosition&,
             std::span<float> result) const override {
    const std::size_t units = result.size();
    for (std::size_t i = 0; i < units; ++i) {
      result[i] =
          static_cast<float>(sigmoid(operands[0][units + i]) * hyperbolic_tangent(operands[1][i]));
    }
  }
};

class GruOutput final : public RowFunction {
 public:
  std::string_view name() const override { return "gru_output"; }
  /// One for each of the six products and for the previous output.
  std::int64_t passes() const override { return 7; }

  std::optional<std::int64_t> result_channels(
      std::span<const std::int64_t> operands) const override {
    if (operands.size() != 3 || operands[0] != 3 * operands[2] || operands[1] != operands[0]) {
      return std::nullopt;
    }
    return operands[2];
  }

  VectorOperations operations(std::span<const std::int64_t> operands,
                              const RowPosition&) const override {
    return operands[2] * VectorOperations{.additions = 5, .multiplications = 3, .functions = 3};
  }

  void apply(std::span<const std::span<const float>> operands, const RowPosition&,
             std::span<float> result) const override {
    const std::size_t units = result.size();
    const auto [input, recurrent, previous] = std::tuple(operands[0], operands[1], operands[2]);
    for (std::size_t i = 0; i < units; ++i) {
      const double update = sigmoid(input[i] + recurrent[i]);
      const double reset = sigmoid(input[units + i] + recurrent[units + i]);
      const double hidden = std::tanh(static_cast<double>(input[2 * units + i]) +
                                      reset * static_cast<double>(recurrent[2 * units + i]));
      result[i] =
          static_cast<float>((1.0 - update) * hidden + update * static_cast<double>(previous[i]));
    }
  }
};

}  // namespace

SharedRowFunction make_lstm_state() { return std::make_shared<LstmState>(); }
SharedRowFunction make_lstm_output() { return std::make_shared<LstmOutput>(); }
SharedRowFunction make_gru_output() { return std::make_shared<GruOutput>(); }

}  // namespace systerm
