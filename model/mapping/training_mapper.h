// SPDX-License-Identifier: Apache-2.0
// From the graph of a training iteration to descriptors for the units of a design. Every step reads
// its tensors from memory and writes its results there, in the forms that later steps read: FP32
// words for the vector unit, groups in the operands' format for the array.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "components/descriptors/layer_descriptor.h"
#include "model/design/design.h"
#include "model/mapping/product_arithmetic.h"
#include "model/mapping/training_products.h"
#include "workloads/graph/graph.h"
#include "workloads/training/training_graph.h"

namespace systerm {

/// One row of the results.
struct IterationRow {
  std::string name;
  std::string kind;  ///< "input", or that of the step
  std::vector<TrainingProduct> products;
};

struct MappedIteration {
  std::vector<IterationRow> rows;  ///< by LayerDescriptor::layer
  std::vector<std::shared_ptr<const LayerDescriptor>> commands;
  std::uint64_t memory_bytes = 0;  ///< the most that lie in memory at once
};

/// Throws MappingError with every step that does not fit, and GraphError for operators that are not
/// modelled.
MappedIteration map_iteration(const Design& design, const ProductArithmetic& arithmetic,
                              const Graph& graph, const TrainingGraph& training,
                              std::span<const FmacMantissas> mantissas);

}  // namespace systerm
