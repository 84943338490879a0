// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/layout.h"

#include <algorithm>
#include <utility>

namespace systerm {

namespace {

/// Merges factors that are neighbours both in memory and within one axis.
Layout merged(const Layout& layout) {
  std::vector<bool> joins_previous(layout.memory.size(), false);
  for (const auto& axis : layout.axes) {
    for (std::size_t i = 1; i < axis.size(); ++i) {
      if (axis[i] == axis[i - 1] + 1) joins_previous[axis[i]] = true;
    }
  }
  Layout result;
  std::vector<std::size_t> new_factor(layout.memory.size());
  for (std::size_t i = 0; i < layout.memory.size(); ++i) {
    if (joins_previous[i]) {
      result.memory.back() *= layout.memory[i];
    } else {
      result.memory.push_back(layout.memory[i]);
    }
    new_factor[i] = result.memory.size() - 1;
  }
  for (const auto& axis : layout.axes) {
    auto& factors = result.axes.emplace_back();
    for (const std::size_t factor : axis) {
      if (!joins_previous[factor]) factors.push_back(new_factor[factor]);
    }
  }
  return result;
}

}  // namespace

Layout in_memory_order(const Shape& shape, const std::vector<std::size_t>& order) {
  Layout layout;
  layout.axes.resize(shape.size());
  for (const std::size_t axis : order) {
    if (shape[axis] == 1) continue;
    layout.axes[axis].push_back(layout.memory.size());
    layout.memory.push_back(shape[axis]);
  }
  return layout;
}

Layout source_order(const Shape& shape) {
  std::vector<std::size_t> order(shape.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  return in_memory_order(shape, order);
}

Layout channels_last(const Shape& shape) {
  if (shape.size() < 2) return source_order(shape);
  std::vector<std::size_t> order{0};
  for (std::size_t i = 2; i < shape.size(); ++i) order.push_back(i);
  order.push_back(1);
  return in_memory_order(shape, order);
}

Layout transpose(const Layout& layout, const std::vector<std::size_t>& permutation) {
  Layout result{.memory = layout.memory, .axes = {}};
  for (const std::size_t axis : permutation) result.axes.push_back(layout.axes[axis]);
  return result;
}

std::optional<Layout> reshape(const Layout& layout, const Shape& shape) {
  std::vector<std::size_t> sequence;
  for (const auto& axis : layout.axes) sequence.insert(sequence.end(), axis.begin(), axis.end());

  struct Piece {
    std::size_t factor;
    std::size_t position;
  };
  std::vector<std::vector<std::int64_t>> pieces(layout.memory.size());
  std::vector<std::vector<Piece>> axes(shape.size());
  std::size_t next = 0;
  std::int64_t left = sequence.empty() ? 1 : layout.memory[sequence.front()];
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::int64_t need = shape[axis];
    if (need < 1) return std::nullopt;
    while (need > 1) {
      if (next >= sequence.size()) return std::nullopt;
      const std::size_t factor = sequence[next];
      const std::int64_t taken = need % left == 0 ? left : need;
      if (left % taken != 0) return std::nullopt;
      axes[axis].push_back({factor, pieces[factor].size()});
      pieces[factor].push_back(taken);
      need /= taken;
      left /= taken;
      if (left == 1 && ++next < sequence.size()) left = layout.memory[sequence[next]];
    }
  }
  if (next != sequence.size()) return std::nullopt;

  Layout result;
  std::vector<std::size_t> first(pieces.size());
  for (std::size_t factor = 0; factor < pieces.size(); ++factor) {
    first[factor] = result.memory.size();
    result.memory.insert(result.memory.end(), pieces[factor].begin(), pieces[factor].end());
  }
  for (const auto& axis : axes) {
    auto& factors = result.axes.emplace_back();
    for (const Piece& piece : axis) factors.push_back(first[piece.factor] + piece.position);
  }
  return merged(result);
}

bool is_fastest(const Layout& layout, std::size_t axis) {
  const auto& factors = layout.axes[axis];
  return factors.size() == 1 && factors.front() + 1 == layout.memory.size();
}

bool covers_fastest(const Layout& layout, std::size_t axis) {
  const auto& factors = layout.axes[axis];
  const std::size_t slower = layout.memory.size() - factors.size();
  return std::ranges::all_of(factors, [&](std::size_t factor) { return factor >= slower; });
}

std::optional<std::vector<std::int64_t>> memory_order_of_axis(const Layout& layout,
                                                              std::size_t axis) {
  const auto& factors = layout.axes[axis];
  const std::size_t slower = layout.memory.size() - factors.size();
  if (!covers_fastest(layout, axis)) return std::nullopt;
  // Step along the axis for one step of each factor.
  std::vector<std::int64_t> step(layout.memory.size(), 0);
  std::int64_t extent = 1;
  for (auto factor = factors.rbegin(); factor != factors.rend(); ++factor) {
    step[*factor] = extent;
    extent *= layout.memory[*factor];
  }
  std::vector<std::int64_t> positions{0};
  for (std::size_t factor = slower; factor < layout.memory.size(); ++factor) {
    std::vector<std::int64_t> next;
    next.reserve(positions.size() * static_cast<std::size_t>(layout.memory[factor]));
    for (const std::int64_t position : positions) {
      for (std::int64_t i = 0; i < layout.memory[factor]; ++i) {
        next.push_back(position + i * step[factor]);
      }
    }
    positions = std::move(next);
  }
  return positions;
}

Layout replace_fastest(const Layout& layout, std::size_t axis, std::int64_t extent) {
  Layout result = layout;
  result.memory.resize(layout.memory.size() - layout.axes[axis].size());
  result.axes[axis].clear();
  if (extent > 1) {
    result.axes[axis].push_back(result.memory.size());
    result.memory.push_back(extent);
  }
  return merged(result);
}

std::vector<std::int64_t> memory_positions(const Layout& layout, const Shape& shape) {
  std::vector<std::int64_t> stride(layout.memory.size(), 1);
  for (std::size_t i = stride.size(); i-- > 1;) stride[i - 1] = stride[i] * layout.memory[i];
  std::vector<std::int64_t> positions{0};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    // What a step along the axis adds, factor by factor.
    std::vector<std::int64_t> along{0};
    for (const std::size_t factor : layout.axes[axis]) {
      std::vector<std::int64_t> finer;
      for (const std::int64_t base : along) {
        for (std::int64_t i = 0; i < layout.memory[factor]; ++i) {
          finer.push_back(base + i * stride[factor]);
        }
      }
      along = std::move(finer);
    }
    std::vector<std::int64_t> next;
    next.reserve(positions.size() * along.size());
    for (const std::int64_t base : positions) {
      for (const std::int64_t offset : along) next.push_back(base + offset);
    }
    positions = std::move(next);
  }
  return positions;
}

}  // namespace systerm
