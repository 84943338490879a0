// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/optimizer.h"

#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "workloads/document/nearest_name.h"

namespace systerm {

namespace {

/// v = momentum v + gradient + decay w; w = w - rate v. Source: Sutskever et al., "On the
/// importance of initialization and momentum in deep learning", ICML 2013, in PyTorch's form.
class Sgd final : public Optimizer {
 public:
  explicit Sgd(const OptimizerParameters& parameters)
      : momentum_(static_cast<float>(parameters.momentum)),
        decay_(static_cast<float>(parameters.weight_decay)) {}

  std::int64_t states() const override { return 1; }

  void update(std::span<const float> gradient, float* parameter, std::span<float* const> states,
              double learning_rate, std::int64_t) const override {
    const auto rate = static_cast<float>(learning_rate);
    float* const velocity = states[0];
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      velocity[i] = momentum_ * velocity[i] + (gradient[i] + decay_ * parameter[i]);
      parameter[i] -= rate * velocity[i];
    }
  }

 private:
  float momentum_;
  float decay_;
};

/// Source: Kingma, Ba, "Adam", ICLR 2015, algorithm 1; decay is added to the gradient.
class Adam final : public Optimizer {
 public:
  explicit Adam(const OptimizerParameters& parameters) : parameters_(parameters) {}

  std::int64_t states() const override { return 2; }

  void update(std::span<const float> gradient, float* parameter, std::span<float* const> states,
              double learning_rate, std::int64_t iteration) const override {
    const auto step = static_cast<double>(iteration);
    const auto beta1 = static_cast<float>(parameters_.beta1);
    const auto beta2 = static_cast<float>(parameters_.beta2);
    const auto epsilon = static_cast<float>(parameters_.epsilon);
    const auto decay = static_cast<float>(parameters_.weight_decay);
    const auto rate = static_cast<float>(learning_rate / (1.0 - std::pow(parameters_.beta1, step)));
    const auto correction =
        static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(parameters_.beta2, step)));
    float* const mean = states[0];
    float* const square = states[1];
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const float g = gradient[i] + decay * parameter[i];
      mean[i] = beta1 * mean[i] + (1.0F - beta1) * g;
      square[i] = beta2 * square[i] + (1.0F - beta2) * (g * g);
      parameter[i] -= rate * mean[i] / (std::sqrt(square[i]) * correction + epsilon);
    }
  }

 private:
  OptimizerParameters parameters_;
};

template <typename T>
std::unique_ptr<Optimizer> make(const OptimizerParameters& parameters) {
  return std::make_unique<T>(parameters);
}

}  // namespace

const std::vector<OptimizerEntry>& optimizers() {
  static const std::vector<OptimizerEntry> kOptimizers{
      {"adam", make<Adam>, {"momentum"}},
      {"sgd", make<Sgd>, {"beta1", "beta2", "epsilon"}},
  };
  return kOptimizers;
}

std::vector<std::string> optimizer_names() {
  std::vector<std::string> names;
  for (const OptimizerEntry& entry : optimizers()) names.push_back(entry.name);
  return names;
}

std::unique_ptr<Optimizer> make_optimizer(std::string_view name,
                                          const OptimizerParameters& parameters) {
  for (const OptimizerEntry& entry : optimizers()) {
    if (entry.name == name) return entry.make(parameters);
  }
  throw std::invalid_argument(
      fmt::format("unknown optimizer '{}'; {}", name, suggest_name(name, optimizer_names())));
}

}  // namespace systerm
