// SPDX-License-Identifier: Apache-2.0
// Imports models that a test has built.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/workloads/graph/onnx_builder.h"
#include "workloads/import/onnx.h"

namespace systerm {

class OnnxImport : public ::testing::Test {
 protected:
  Graph import(const OnnxBuilder& builder, const ImportOptions& options = {}) const {
    return import_onnx(folder_.write("model.onnx", builder.bytes()), options);
  }

  std::string error_of(const OnnxBuilder& builder, const ImportOptions& options = {}) const {
    try {
      import(builder, options);
    } catch (const ImportError& error) {
      return error.what();
    }
    return "";
  }

  /// Shape of the tensor "y" behind a single node.
  Shape shape_behind(std::int64_t opset, const std::vector<std::int64_t>& input,
                     const std::function<void(OnnxBuilder&)>& build) const {
    OnnxBuilder b(opset);
    b.input("x", input);
    build(b);
    b.output("y");
    const Graph graph = import(b);
    return graph.tensor(*graph.find("y")).shape.value_or(Shape{-1});
  }

  TemporaryFolder folder_;
};

}  // namespace systerm
