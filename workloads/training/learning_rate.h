// SPDX-License-Identifier: Apache-2.0
// The learning rate over the iterations of a training run.
#pragma once

#include <cstdint>

namespace systerm {

enum class RateSchedule : std::uint8_t {
  kConstant,
  kStep,    ///< times `factor` after every `step_epochs` epochs
  kCosine,  ///< from `base` to `minimum` along half a cosine (Loshchilov, Hutter, ICLR 2017)
};

struct LearningRate {
  double base = 0.1;
  RateSchedule schedule = RateSchedule::kConstant;
  std::int64_t step_epochs = 10;
  double factor = 0.1;
  double minimum = 0.0;

  /// Of iteration `iteration` out of `iterations`, `epoch_iterations` an epoch; counted from 0.
  double at(std::int64_t iteration, std::int64_t iterations, std::int64_t epoch_iterations) const;
};

}  // namespace systerm
