// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/learning_rate.h"

#include <cmath>
#include <numbers>

namespace systerm {

double LearningRate::at(std::int64_t iteration, std::int64_t iterations,
                        std::int64_t epoch_iterations) const {
  switch (schedule) {
    case RateSchedule::kConstant:
      return base;
    case RateSchedule::kStep: {
      const std::int64_t steps = iteration / (epoch_iterations * step_epochs);
      return base * std::pow(factor, static_cast<double>(steps));
    }
    case RateSchedule::kCosine: {
      const double share = static_cast<double>(iteration) / static_cast<double>(iterations);
      return minimum + (base - minimum) * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
    }
  }
  return base;
}

}  // namespace systerm
