// SPDX-License-Identifier: Apache-2.0
// Plain text tables with aligned columns.
#pragma once

#include <string>
#include <vector>

namespace systerm {

struct TableColumn {
  std::string title;
  bool right = false;  ///< numbers
};

class Table {
 public:
  explicit Table(std::vector<TableColumn> columns);

  /// Missing cells at the end are empty. Throws std::invalid_argument for too many.
  void add_row(std::vector<std::string> cells);
  /// A line across before the next row.
  void add_rule();
  /// With a line for the titles and one below them; every line ends in a newline.
  std::string text() const;

 private:
  std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> rows_;  ///< an empty one is a rule
};

/// 1234567 as "1,234,567".
std::string grouped(long long value);

}  // namespace systerm
