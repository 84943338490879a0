// SPDX-License-Identifier: Apache-2.0
// What the vector unit does for a training step beside the matrix products: element operations in
// FP32 of forward, backward and update steps.
#pragma once

#include <cstdint>

#include "components/arithmetic/vector_operation_counts.h"
#include "workloads/graph/graph.h"
#include "workloads/training/training_graph.h"

namespace systerm {

/// One sweep over the operands of a step. Every operation takes a word one pass through a lane, and
/// every word at least one.
struct SweepWork {
  VectorOperations operations{};
  std::int64_t words = 0;

  std::int64_t word_passes() const;
};

struct StepVectorWork {
  SweepWork sweep;
  /// A sweep before it that only gathers sums a channel, which the other one needs; no words for
  /// none. Batch norm has one in both directions.
  SweepWork sums{};
};

/// Of the outputs of `step` that no product gives; `words` counts theirs, or those read for sums.
/// An update without states is SGD, with one SGD with momentum, with two Adam.
StepVectorWork step_vector_work(const Graph& graph, const TrainingGraph& training,
                                const TrainingStep& step);

/// Whether the forward node only gives a tensor another shape, so that nothing moves.
bool is_view(const GraphNode& node);

}  // namespace systerm
