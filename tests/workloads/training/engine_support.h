// SPDX-License-Identifier: Apache-2.0
// Engines over small graphs.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "tests/support/square_window.h"
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

}  // namespace systerm::test
