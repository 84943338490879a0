// SPDX-License-Identifier: Apache-2.0
// Functions whose derivative follows from their value.
#include <fmt/format.h>

#include "components/arithmetic/post_processing.h"
#include "workloads/training/trainable_operator.h"

namespace systerm {

namespace {

constexpr std::size_t kElementsAtOnce = 16384;

/// A NaN stays one.
struct Relu {
  float value(float x) const { return x <= 0.0F ? 0.0F : x; }
  float slope(float y) const { return y > 0.0F ? 1.0F : 0.0F; }
};

struct LeakyRelu {
  float alpha;
  float value(float x) const { return x < 0.0F ? alpha * x : x; }
  float slope(float y) const { return y < 0.0F ? alpha : 1.0F; }
};

/// At the bounds themselves nothing passes.
struct Clip {
  float low;
  float high;
  float value(float x) const { return x < low ? low : x > high ? high : x; }
  float slope(float y) const { return y > low && y < high ? 1.0F : 0.0F; }
};

struct Sigmoid {
  float value(float x) const { return apply({.function = ActivationFunction::kSigmoid}, x); }
  float slope(float y) const { return y * (1.0F - y); }
};

struct Tanh {
  float value(float x) const { return apply({.function = ActivationFunction::kTanh}, x); }
  float slope(float y) const { return 1.0F - y * y; }
};

template <typename Function>
class ActivationOperator final : public TrainableOperator {
 public:
  ActivationOperator(Function function, const OperatorSource& source)
      : function_(function), elements_(static_cast<std::size_t>(element_count(source.output()))) {}

  void forward(const StepOperands& operands, StepServices& services) override {
    const Function function = function_;
    const float* const __restrict data = operands.reads[0];
    float* const __restrict to = operands.writes[0];
    services.workers.run_ranges(elements_, kElementsAtOnce,
                                [=](std::size_t first, std::size_t end) {
                                  for (std::size_t i = first; i < end; ++i) {
                                    to[i] = function.value(data[i]);
                                  }
                                });
  }

  void backward_data(const StepOperands& operands, StepServices& services) override {
    const Function function = function_;
    const float* const __restrict gradient = operands.reads[0];
    const float* const __restrict output = operands.reads[1];
    float* const __restrict to = operands.writes[0];
    services.workers.run_ranges(elements_, kElementsAtOnce,
                                [=](std::size_t first, std::size_t end) {
                                  for (std::size_t i = first; i < end; ++i) {
                                    to[i] = gradient[i] * function.slope(output[i]);
                                  }
                                });
  }

 private:
  Function function_;
  std::size_t elements_;
};

}  // namespace

OperatorOrReason make_trainable(const op::Activate& activate, const OperatorSource& source) {
  const Activation& activation = activate.activation;
  const auto make = [&]<typename Function>(Function function) -> OperatorOrReason {
    return std::make_unique<ActivationOperator<Function>>(function, source);
  };
  if (activation.function == ActivationFunction::kRelu) return make(Relu{});
  if (activation.function == ActivationFunction::kSigmoid) return make(Sigmoid{});
  if (activation.function == ActivationFunction::kTanh) return make(Tanh{});
  if (activation.function == ActivationFunction::kClip) {
    return make(Clip{activation.alpha, activation.beta});
  }
  if (activation.function == ActivationFunction::kLeakyRelu && activation.alpha > 0.0F) {
    return make(LeakyRelu{activation.alpha});
  }
  return NotTrainable{
      fmt::format("applies {}; relu, leaky_relu, clip, sigmoid and tanh can be trained",
                  to_string(activation.function))};
}

}  // namespace systerm
