// SPDX-License-Identifier: Apache-2.0
// Updates of parameters from their gradients, in single precision, by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace systerm {

struct OptimizerParameters {
  double momentum = 0.9;      ///< sgd
  double beta1 = 0.9;         ///< adam
  double beta2 = 0.999;       ///< adam
  double epsilon = 1e-8;      ///< adam
  double weight_decay = 0.0;  ///< times the parameter is added to its gradient
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Tensors kept for each parameter; they begin as zeros.
  virtual std::int64_t states() const = 0;
  /// `states` has one pointer a state; all hold as many values as `gradient`. `iteration` counts
  /// from 1. Every element on its own, so any cut into ranges gives the same bits.
  virtual void update(std::span<const float> gradient, float* parameter,
                      std::span<float* const> states, double learning_rate,
                      std::int64_t iteration) const = 0;
};

struct OptimizerEntry {
  std::string name;
  std::unique_ptr<Optimizer> (*make)(const OptimizerParameters&);
  std::vector<std::string> unused_keys;  ///< of OptimizerParameters
};

/// In alphabetical order.
const std::vector<OptimizerEntry>& optimizers();
std::vector<std::string> optimizer_names();
/// Throws std::invalid_argument for an unknown name, with the nearest one.
std::unique_ptr<Optimizer> make_optimizer(std::string_view name, const OptimizerParameters&);

}  // namespace systerm
