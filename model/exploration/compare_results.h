// SPDX-License-Identifier: Apache-2.0
// What differs between two results: configuration and figures, in total and layer by layer.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace systerm {

/// A result and, where it is known, the configuration that it comes from.
struct ComparedResult {
  std::string name;
  std::string configuration;  ///< YAML; empty if unknown
  nlohmann::ordered_json document;
};

/// `path` is a folder that `systerm run --out` wrote, its result.json, or the file of a point in a
/// store. Throws std::runtime_error.
ComparedResult load_compared(const std::filesystem::path& path);

struct KeyDifference {
  std::string path;
  std::optional<std::string> a;  ///< nothing where the key is not there
  std::optional<std::string> b;
};

struct FigureDifference {
  std::string layer;  ///< empty for the whole run
  std::string figure;
  double a = 0.0;
  double b = 0.0;
  /// (b - a) / |a|; infinite where only a is 0.
  double change() const;
};

struct Comparison {
  std::vector<KeyDifference> configuration;
  std::vector<FigureDifference> figures;  ///< that differ, the whole run first
  std::vector<std::string> only_a;        ///< figures and layers
  std::vector<std::string> only_b;

  /// The largest |change|; infinite if one has what the other has not.
  double largest_change() const;
};

/// Compares the figures that `is_compared` picks by their names, such as total.cycles or
/// layers.conv1.cycles. Layers go together by name.
Comparison compare(const ComparedResult& a, const ComparedResult& b,
                   const std::function<bool(const std::string&)>& is_compared);

}  // namespace systerm
