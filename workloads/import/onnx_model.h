// SPDX-License-Identifier: Apache-2.0
// The content of an ONNX file in plain types, checked one by one but not yet against each other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "workloads/import/constant.h"
#include "workloads/import/import_error.h"

namespace systerm {

/// std::monostate stands for kinds that no operator here reads, such as subgraphs.
using OnnxAttribute = std::variant<std::monostate, std::int64_t, float, std::string,
                                   std::vector<std::int64_t>, std::vector<float>, Constant>;

struct OnnxNode {
  std::string name;
  std::string type;
  std::string domain;               ///< empty for the standard operators
  std::vector<std::string> inputs;  ///< empty where an optional one is left out
  std::vector<std::string> outputs;
  std::map<std::string, OnnxAttribute, std::less<>> attributes;

  /// "node 'conv1' (Conv)"
  std::string label() const;
};

/// A number, or the name of a symbolic dimension (empty if it has none).
using OnnxDimension = std::variant<std::int64_t, std::string>;

struct OnnxValue {
  std::string name;
  std::optional<std::vector<OnnxDimension>> shape;
  bool may_be_mask = false;  ///< booleans, or integers with "mask" in their name
};

struct OnnxModel {
  std::string file;  ///< for messages
  std::int64_t opset = 0;
  std::vector<OnnxValue> inputs;
  std::vector<OnnxValue> outputs;
  std::vector<OnnxValue> values;  ///< declared shapes of inner tensors
  std::map<std::string, Constant> initializers;
  std::vector<OnnxNode> nodes;
};

/// Throws ImportError.
OnnxModel read_onnx_model(const std::filesystem::path& file);

}  // namespace systerm
