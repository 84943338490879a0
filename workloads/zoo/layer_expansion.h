// SPDX-License-Identifier: Apache-2.0
// Unrolls the repetitions and templates of a network's layers:
//   - {repeat: 12, index: i, layers: [{name: block.$i.query, type: linear, features: $channels}
//   ...]}
//   - {use: block, name: block.3, channels: $(2 * channels)}
// $name and $(expression) stand for parameters; $input is the layer that stands before the
// repetition or the template.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "workloads/document/node.h"

namespace systerm {

class LayerExpansion {
 public:
  /// `templates` is a mapping from names to {parameters: [...], layers: [...]}, or silent.
  /// `parameters` are known everywhere. `input` names the network's input.
  LayerExpansion(const Node& templates, std::map<std::string, std::string> parameters,
                 std::string input);

  /// The layers written in `items`, without repetitions and templates. Errors are recorded.
  std::vector<Node> expand(const std::vector<Node>& items);

 private:
  using Scope = std::map<std::string, std::string>;

  void expand(const std::vector<Node>& items, const Scope& scope);
  void repeat(const Node& item, const Scope& scope);
  void use(const Node& item, const Scope& scope);
  Tree substituted(const Node& node, const Tree& tree, const Scope& scope) const;
  std::string substituted(const Node& node, const std::string& text, const Scope& scope) const;
  Node with_values(const Node& node, const Scope& scope) const;

  std::map<std::string, Node> templates_;
  Scope parameters_;
  std::string previous_;
  std::vector<Node> layers_;
  int depth_ = 0;
};

}  // namespace systerm
