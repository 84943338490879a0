// SPDX-License-Identifier: Apache-2.0
#include "components/arithmetic/column_grouping.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>

namespace systerm {
namespace {

/// A group while it grows.
class OpenGroup {
 public:
  OpenGroup(const NonzeroPattern& pattern, std::int32_t first)
      : pattern_(&pattern), covered_(pattern.words(), 0) {
    add(first);
  }

  /// Rows covered with `column` added, or -1 if that would break a limit. A result that cannot
  /// exceed `at_least` may be -1 as well: it is not counted then.
  std::int64_t rows_with(std::int32_t column, const GroupingLimits& limits,
                         std::int64_t at_least) const {
    const auto index = static_cast<std::size_t>(column);
    const std::int64_t nonzeros = nonzeros_ + pattern_->count(index);
    if (std::min(rows_ + pattern_->count(index), static_cast<std::int64_t>(pattern_->rows())) <=
        at_least) {
      return -1;
    }
    const std::int64_t rows = count_union(covered_, pattern_->column(index));
    return nonzeros - rows <= limits.conflicts ? rows : -1;
  }

  void add(std::int32_t column) {
    const auto bits = pattern_->column(static_cast<std::size_t>(column));
    rows_ = count_union(covered_, bits);
    for (std::size_t i = 0; i < covered_.size(); ++i) covered_[i] |= bits[i];
    nonzeros_ += pattern_->count(static_cast<std::size_t>(column));
    columns_.push_back(column);
  }

  const std::vector<std::int32_t>& columns() const { return columns_; }

 private:
  const NonzeroPattern* pattern_;
  std::vector<std::uint64_t> covered_;
  std::vector<std::int32_t> columns_;
  std::int64_t nonzeros_ = 0;
  std::int64_t rows_ = 0;
};

/// Columns begin .. end of a section that hold a nonzero.
std::vector<std::int32_t> nonempty_columns(const NonzeroPattern& pattern, std::size_t begin,
                                           std::size_t end) {
  std::vector<std::int32_t> columns;
  for (std::size_t column = begin; column < end; ++column) {
    if (pattern.count(column) > 0) columns.push_back(static_cast<std::int32_t>(column));
  }
  return columns;
}

void append(const std::vector<OpenGroup>& from, ColumnGroups& to) {
  for (const OpenGroup& group : from) to.push_back(group.columns());
}

void dense_column_first(const NonzeroPattern& pattern, std::vector<std::int32_t> columns,
                        const GroupingLimits& limits, ColumnGroups& groups) {
  std::ranges::stable_sort(columns, std::ranges::greater{}, [&](std::int32_t column) {
    return pattern.count(static_cast<std::size_t>(column));
  });
  std::vector<OpenGroup> open;
  for (const std::int32_t column : columns) {
    OpenGroup* best = nullptr;
    std::int64_t most = -1;
    for (OpenGroup& group : open) {
      if (group.columns().size() >= limits.alpha) continue;
      const std::int64_t rows = group.rows_with(column, limits, most);
      if (rows > most) {
        most = rows;
        best = &group;
      }
    }
    if (best != nullptr) {
      best->add(column);
    } else {
      open.emplace_back(pattern, column);
    }
  }
  append(open, groups);
}

void greedy(const NonzeroPattern& pattern, std::vector<std::int32_t> unused,
            const GroupingLimits& limits, ColumnGroups& groups) {
  std::vector<OpenGroup> closed;
  while (!unused.empty()) {
    OpenGroup group(pattern, unused.front());
    unused.erase(unused.begin());
    while (group.columns().size() < limits.alpha) {
      auto best = unused.end();
      std::int64_t most = -1;
      for (auto column = unused.begin(); column != unused.end(); ++column) {
        const std::int64_t rows = group.rows_with(*column, limits, most);
        if (rows > most) {
          most = rows;
          best = column;
        }
      }
      if (best == unused.end()) break;
      group.add(*best);
      unused.erase(best);
    }
    closed.push_back(std::move(group));
  }
  append(closed, groups);
}

struct Algorithm {
  std::string_view name;
  std::size_t section;  ///< 0: all columns
  void (*group)(const NonzeroPattern&, std::vector<std::int32_t>, const GroupingLimits&,
                ColumnGroups&);
};

constexpr std::array<Algorithm, 2> kAlgorithms = {
    {{"dense_column_first", 0, dense_column_first}, {"greedy", 256, greedy}}};

}  // namespace

ColumnGroups group_columns(std::string_view algorithm, const NonzeroPattern& pattern,
                           const GroupingLimits& limits) {
  const auto* const chosen = std::ranges::find(kAlgorithms, algorithm, &Algorithm::name);
  if (chosen == kAlgorithms.end()) {
    std::string known;
    for (const Algorithm& each : kAlgorithms) {
      known += (known.empty() ? "" : ", ") + std::string(each.name);
    }
    throw std::invalid_argument("unknown grouping algorithm '" + std::string(algorithm) +
                                "'; known are " + known);
  }
  std::size_t section = limits.section > 0 ? limits.section : chosen->section;
  if (section == 0) section = std::max<std::size_t>(pattern.columns(), 1);
  ColumnGroups groups;
  for (std::size_t begin = 0; begin < pattern.columns(); begin += section) {
    const std::size_t end = std::min(pattern.columns() - begin, section) + begin;
    chosen->group(pattern, nonempty_columns(pattern, begin, end), limits, groups);
  }
  return groups;
}

std::vector<std::string> grouping_names() {
  std::vector<std::string> names;
  for (const Algorithm& each : kAlgorithms) names.emplace_back(each.name);
  return names;
}

}  // namespace systerm
