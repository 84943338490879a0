// SPDX-License-Identifier: Apache-2.0
// The errors of many points, told once each.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "workloads/document/diagnostics.h"

namespace systerm {

class GroupedErrors {
 public:
  void add(const std::vector<Diagnostic>& errors, const std::string& point_label);

  bool empty() const { return groups_.empty(); }
  /// By place, each with how many of `points` have it and the first.
  std::vector<Diagnostic> diagnostics(std::size_t points) const;

 private:
  struct Group {
    Diagnostic first;
    std::size_t points = 0;
    std::string label;
  };

  std::map<std::string, std::size_t> index_;  ///< by text
  std::vector<Group> groups_;
};

}  // namespace systerm
