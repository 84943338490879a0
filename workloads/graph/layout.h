// SPDX-License-Identifier: Apache-2.0
// How the axes of a source tensor lie in an activation's memory. Reshapes and transpositions change
// only this view, never the memory; an operator then says which views it can read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "workloads/graph/graph.h"

namespace systerm {

/// Memory is a nest of factors, slowest first; every axis of the source is a list of such factors,
/// slowest first. Factors of extent 1 are left out and neighbours in both are merged, so two views
/// are the same exactly if they compare equal.
struct Layout {
  std::vector<std::int64_t> memory;
  std::vector<std::vector<std::size_t>> axes;

  friend bool operator==(const Layout&, const Layout&) = default;
};

/// Memory in the order of the axes.
Layout source_order(const Shape& shape);

/// `order` lists the axes, slowest in memory first.
Layout in_memory_order(const Shape& shape, const std::vector<std::size_t>& order);

/// [n][c][...] with the channels fastest in memory.
Layout channels_last(const Shape& shape);

Layout transpose(const Layout& layout, const std::vector<std::size_t>& permutation);

/// The same elements in C order under another shape; nothing where no nest of factors expresses it.
std::optional<Layout> reshape(const Layout& layout, const Shape& shape);

/// Position in memory of every element, by its number in C order.
std::vector<std::int64_t> memory_positions(const Layout& layout, const Shape& shape);

/// True if the axis alone, in its own order, varies fastest in memory.
bool is_fastest(const Layout& layout, std::size_t axis);

/// True if the axis covers the fastest part of memory, in whatever order.
bool covers_fastest(const Layout& layout, std::size_t axis);

/// For an axis that covers the fastest part of memory, in whatever order: the position along the
/// axis of each element in memory order. Nothing for any other axis.
std::optional<std::vector<std::int64_t>> memory_order_of_axis(const Layout& layout,
                                                              std::size_t axis);

/// The view after a product over `axis` (which covers the fastest part) with `extent` filters.
Layout replace_fastest(const Layout& layout, std::size_t axis, std::int64_t extent);

}  // namespace systerm
