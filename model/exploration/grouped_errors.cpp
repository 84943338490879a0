// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/grouped_errors.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

namespace systerm {

void GroupedErrors::add(const std::vector<Diagnostic>& errors, const std::string& point_label) {
  for (const Diagnostic& error : errors) {
    const auto [found, is_new] = index_.emplace(error.text(), groups_.size());
    if (is_new) groups_.push_back({error, 0, point_label});
    ++groups_[found->second].points;
  }
}

std::vector<Diagnostic> GroupedErrors::diagnostics(std::size_t points) const {
  std::vector<Diagnostic> all;
  for (const Group& group : groups_) {
    all.push_back(group.first);
    all.back().message += group.points == points ? fmt::format(" (at all {} points)", points)
                                                 : fmt::format(" (at {} of {} points, first {})",
                                                               group.points, points, group.label);
  }
  std::stable_sort(all.begin(), all.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.source, a.line, a.column) < std::tie(b.source, b.line, b.column);
  });
  return all;
}

}  // namespace systerm
