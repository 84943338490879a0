// SPDX-License-Identifier: Apache-2.0
// Takes figures out of the text of a result as it is parsed, without building the document: most of
// one is counters and provenance, which no table needs.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace systerm {

class ResultVisitor {
 public:
  virtual ~ResultVisitor() = default;
  /// As visit_figures() of the document names and orders them.
  virtual void figure(const std::string& name, nlohmann::ordered_json value) = 0;
  virtual void layer_begins() = 0;
  /// `name`, `type` and `format`, then figures.
  virtual void layer_cell(const std::string& name, nlohmann::ordered_json value) = 0;
};

/// False if `text` is no JSON object; what has been visited then means nothing. Where
/// `with_layers` is false, no layer is visited.
bool read_result(std::string_view text, bool with_layers, ResultVisitor& visitor);

}  // namespace systerm
