// SPDX-License-Identifier: Apache-2.0
#include "model/report/packing_picture.h"

#include <algorithm>
#include <functional>
#include <vector>

#include <fmt/format.h>

namespace systerm {
namespace {

constexpr std::size_t kMostBlocks = 256;  // an axis
constexpr int kUnit = 6;                  // pixels a block
constexpr int kMargin = 24;
constexpr int kTitle = 44;

/// Neighbouring groups get hues far apart (golden angle).
std::string colour_of_group(std::size_t group) {
  return fmt::format("hsl({},60%,{}%)", group * 137 % 360, group % 2 == 0 ? 42 : 55);
}

/// What one element shows: nothing, or a colour.
using Element = std::function<std::string(std::size_t row, std::size_t column)>;

/// A grid of blocks of elements; blocks of several elements are shaded by the share that shows.
class Grid {
 public:
  Grid(std::size_t rows, std::size_t columns, std::size_t block)
      : rows_(rows), columns_(columns), block_(block) {}

  int width() const { return static_cast<int>((columns_ + block_ - 1) / block_) * kUnit; }
  int height() const { return static_cast<int>((rows_ + block_ - 1) / block_) * kUnit; }
  double position(std::int64_t element) const {
    return static_cast<double>(element) * kUnit / static_cast<double>(block_);
  }

  std::string draw(const Element& element) const {
    std::string svg =
        fmt::format("<rect width=\"{}\" height=\"{}\" fill=\"#f4f4f2\"/>\n", width(), height());
    for (std::size_t column = 0; column < columns_; column += block_) {
      std::string run;
      std::size_t begin = 0;
      for (std::size_t row = 0; row < rows_; row += block_) {
        const std::string fill = fill_of(element, row, column);
        if (fill == run) continue;
        svg += rectangle(begin, row, column, run);
        run = fill;
        begin = row;
      }
      svg += rectangle(begin, (rows_ + block_ - 1) / block_ * block_, column, run);
    }
    return svg;
  }

 private:
  std::string fill_of(const Element& element, std::size_t row, std::size_t column) const {
    if (block_ == 1) {
      const std::string colour = element(row, column);
      return colour.empty() ? colour : fmt::format("fill=\"{}\"", colour);
    }
    std::size_t shown = 0;
    std::size_t all = 0;
    for (std::size_t r = row; r < std::min(row + block_, rows_); ++r) {
      for (std::size_t c = column; c < std::min(column + block_, columns_); ++c, ++all) {
        shown += element(r, c).empty() ? 0 : 1;
      }
    }
    if (shown == 0) return {};
    return fmt::format("fill=\"#1f4e79\" opacity=\"{:.2f}\"",
                       static_cast<double>(shown) / static_cast<double>(all));
  }

  std::string rectangle(std::size_t begin, std::size_t end, std::size_t column,
                        const std::string& fill) const {
    if (fill.empty()) return {};
    return fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {}/>\n",
                       column / block_ * kUnit, begin / block_ * kUnit, kUnit,
                       (end - begin) / block_ * kUnit, fill);
  }

  std::size_t rows_;
  std::size_t columns_;
  std::size_t block_;
};

std::string tile_lines(const Grid& grid, std::int64_t rows, std::int64_t columns,
                       std::int64_t array_rows, std::int64_t array_columns) {
  std::string svg = "<g stroke=\"#000\" stroke-width=\"1.5\" fill=\"none\">\n";
  for (std::int64_t row = 0; row < rows + array_rows; row += array_rows) {
    const double y = grid.position(std::min(row, rows));
    svg += fmt::format("<path d=\"M0 {:.2f}H{}\"/>\n", y, grid.width());
  }
  for (std::int64_t column = 0; column < columns + array_columns; column += array_columns) {
    const double x = grid.position(std::min(column, columns));
    svg += fmt::format("<path d=\"M{:.2f} 0V{}\"/>\n", x, grid.height());
  }
  return svg + "</g>\n";
}

std::string panel(int x, const std::string& title, const std::string& detail,
                  const std::string& content) {
  return fmt::format(
      "<g transform=\"translate({},{})\">\n<text y=\"-24\" font-weight=\"bold\">{}</text>\n<text "
      "y=\"-8\">{}</text>\n{}</g>\n",
      x, kTitle, title, detail, content);
}

}  // namespace

std::string packing_picture(const MatrixView& matrix, const PackedMatrix& packed,
                            std::int64_t array_rows, std::int64_t array_columns) {
  // Position of every column: its group, and the place in it.
  constexpr std::size_t kNone = ~std::size_t{0};
  std::vector<std::size_t> group_of(matrix.columns, kNone);
  std::vector<std::size_t> place_of(matrix.columns, 0);
  for (std::size_t group = 0; group < packed.groups.size(); ++group) {
    for (std::size_t place = 0; place < packed.groups[group].size(); ++place) {
      const auto column = static_cast<std::size_t>(packed.groups[group][place]);
      group_of[column] = group;
      place_of[column] = place;
    }
  }
  const std::size_t groups = packed.groups.size();
  const Element before = [&](std::size_t row, std::size_t column) -> std::string {
    if (matrix.at(row, column) == 0.0F) return {};
    const std::size_t cell = row * groups + group_of[column];
    const bool is_kept = packed.values[cell] != 0.0F && packed.selects[cell] == place_of[column];
    return is_kept ? colour_of_group(group_of[column]) : "#e00000";
  };
  // Rows without a weight take no cells: the packed matrix is drawn without them.
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    const auto begin = packed.values.begin() + static_cast<std::ptrdiff_t>(row * groups);
    const bool is_empty = std::all_of(begin, begin + static_cast<std::ptrdiff_t>(groups),
                                      [](float value) { return value == 0.0F; });
    if (!is_empty || static_cast<std::size_t>(packed.packed_rows) == matrix.rows) {
      rows.push_back(row);
    }
  }
  const Element after = [&](std::size_t row, std::size_t group) -> std::string {
    return packed.values[rows[row] * groups + group] == 0.0F ? "" : colour_of_group(group);
  };

  // Both at one scale, so that areas compare.
  const std::size_t block = std::max<std::size_t>(
      (std::max(matrix.rows, matrix.columns) + kMostBlocks - 1) / kMostBlocks, 1);
  const Grid left(matrix.rows, matrix.columns, block);
  const Grid right(rows.size(), groups, block);
  const auto total = static_cast<double>(packed.nonzeros_kept + packed.nonzeros_pruned);
  const int second = 2 * kMargin + std::max(left.width(), 260);
  const int width = second + std::max(right.width(), 320) + kMargin;
  const int height = kTitle + std::max(left.height(), right.height()) + kMargin;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"sans-serif\" font-size=\"13\" shape-rendering=\"crispEdges\">\n<rect "
      "width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
      width, height);
  svg += panel(kMargin, fmt::format("before: {} x {}", matrix.rows, matrix.columns),
               fmt::format("{:.1f} % nonzero; {}{} pruned",
                           100.0 * total / static_cast<double>(matrix.values.size()),
                           block == 1 ? "red: " : "", packed.nonzeros_pruned),
               left.draw(before) + tile_lines(left, static_cast<std::int64_t>(matrix.rows),
                                              static_cast<std::int64_t>(matrix.columns), array_rows,
                                              array_columns));
  const std::int64_t tiles = packed.tiles(array_rows, array_columns);
  svg += panel(second, fmt::format("after: {} x {}", packed.packed_rows, packed.packed_columns()),
               fmt::format("{:.1f} % dense, {} tile{} of {} x {}", 100.0 * packed.efficiency(),
                           tiles, tiles == 1 ? "" : "s", array_rows, array_columns),
               right.draw(after) + tile_lines(right, packed.packed_rows, packed.packed_columns(),
                                              array_rows, array_columns));
  return svg + "</svg>\n";
}

}  // namespace systerm
