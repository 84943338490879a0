// SPDX-License-Identifier: Apache-2.0
// Engines over small graphs.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "tests/workloads/graph/graph_builder.h"
#include "workloads/training/training_engine.h"

namespace systerm::test {

inline std::unique_ptr<TrainingEngine> make_engine(Graph graph,
                                                   const std::string& optimizer = "sgd",
                                                   const OptimizerParameters& parameters = {},
                                                   std::size_t threads = 1) {
  return std::make_unique<TrainingEngine>(std::move(graph), make_optimizer(optimizer, parameters),
                                          std::make_unique<FloatProducts>(), threads);
}

inline Window square_window(std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  return {.kernel_height = kernel,
          .kernel_width = kernel,
          .stride_height = stride,
          .stride_width = stride,
          .pad_top = padding,
          .pad_left = padding,
          .pad_bottom = padding,
          .pad_right = padding};
}

}  // namespace systerm::test
