// SPDX-License-Identifier: Apache-2.0
// ONNX models (opset 1 to 20) as graphs, with weights in the file, in external files or absent.
// Quantized operators become real-valued ones between activations that are stored in the model's
// codes; weights keep their scales.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"
#include "workloads/import/import_error.h"

namespace systerm {

struct ImportOptions {
  /// Images in a batch; 0 takes the batch of the file, or 1 where it is symbolic.
  std::int64_t batch = 0;
  /// Extents of further symbolic dimensions, by name.
  std::map<std::string, std::int64_t> dimensions{};
};

/// Operators that are not modelled stay in the graph as op::Unmodelled. All shapes that can be
/// known are inferred. Throws ImportError for a file that cannot be read, is damaged or
/// inconsistent, whose batch is fixed to another value, or has weights that are not finite.
Graph import_onnx(const std::filesystem::path& file, const ImportOptions& options = {});

/// Names of the operators that the import converts, in alphabetical order; some of their forms are
/// still refused as not modelled.
std::vector<std::string> onnx_operators();

/// Files beside the model that hold tensors of it. Throws ImportError.
std::set<std::filesystem::path> external_files(const std::filesystem::path& file);

}  // namespace systerm
