// SPDX-License-Identifier: Apache-2.0
// Operators that move elements: slice, expand, select, and the general forms of concatenation and
// padding.
#include <algorithm>
#include <numeric>
#include <utility>

#include "workloads/graph/lowering/placement.h"
#include "workloads/graph/lowering/reordering.h"
#include "workloads/graph/shape_inference.h"

namespace systerm {

namespace {

/// Numbers in C order of the elements that lists of entries, one an axis, pick; an entry of -1
/// picks nothing.
std::vector<std::int32_t> picked(const Shape& shape,
                                 const std::vector<std::vector<std::int64_t>>& entries) {
  std::vector<std::int32_t> elements{0};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::vector<std::int32_t> next;
    next.reserve(elements.size() * entries[axis].size());
    for (const std::int32_t base : elements) {
      for (const std::int64_t entry : entries[axis]) {
        const bool is_empty = base < 0 || entry < 0;
        next.push_back(is_empty ? -1 : static_cast<std::int32_t>(base * shape[axis] + entry));
      }
    }
    elements = std::move(next);
  }
  return elements;
}

std::vector<std::vector<std::int64_t>> all_entries(const Shape& shape) {
  std::vector<std::vector<std::int64_t>> entries(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    entries[axis].resize(static_cast<std::size_t>(shape[axis]));
    std::iota(entries[axis].begin(), entries[axis].end(), std::int64_t{0});
  }
  return entries;
}

}  // namespace

void place(LayerBuilder& builder, const GraphNode& node, const op::Slice& slice) {
  const TensorId input = node.inputs[0];
  const Shape& shape = builder.shape(input);
  if (slice.extent == shape) {
    builder.alias(input, node.outputs.front(), builder.any_layout(input).layout);
    return;
  }
  std::vector<std::vector<std::int64_t>> entries(shape.size());
  std::vector<std::size_t> cut;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (slice.extent[axis] != shape[axis]) cut.push_back(axis);
    for (std::int64_t i = 0; i < slice.extent[axis]; ++i) {
      entries[axis].push_back(slice.begin[axis] + i * slice.step[axis]);
    }
  }
  const LayerBuilder::Value value = builder.any_layout(input);
  if (cut.size() == 1 && builder.is_channels(value, shape, cut.front())) {
    FeatureShape result = builder.network().feature(value.feature).shape;
    result.channels = slice.extent[cut.front()];
    builder.add_layer(node, "slice",
                      RowOperation{make_channel_slice(slice.begin[cut.front()], result.channels,
                                                      slice.step[cut.front()])},
                      {value.feature}, {}, result,
                      replace_fastest(value.layout, cut.front(), result.channels));
    return;
  }
  rearrange(builder, node, {input}, picked(shape, entries));
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Expand&) {
  const TensorId input = node.inputs[0];
  const Shape& shape = builder.shape(node.outputs.front());
  const bool is_constant = builder.graph().tensor(input).is_constant;
  if (shape == builder.shape(input) && !is_constant) {
    builder.alias(input, node.outputs.front(), builder.any_layout(input).layout);
    return;
  }
  rearrange(builder, node, {input}, broadcast_elements(builder.shape(input), shape));
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Select& select) {
  rearrange(builder, node, {node.inputs[0]}, picked(builder.shape(node.inputs[0]), select.source));
}

void concatenate_elements(LayerBuilder& builder, const GraphNode& node, std::size_t axis) {
  std::vector<std::int32_t> source;
  const Shape& result = builder.shape(node.outputs.front());
  std::vector<std::vector<std::int32_t>> parts;
  std::int32_t offset = 0;
  for (const TensorId input : node.inputs) {
    const Shape& shape = builder.shape(input);
    parts.push_back(picked(shape, all_entries(shape)));
    for (std::int32_t& element : parts.back()) element += offset;
    offset += static_cast<std::int32_t>(element_count(shape));
  }
  // Runs along the axis and all behind it stay together.
  const std::int64_t outer =
      element_count(Shape(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(axis)));
  for (std::int64_t i = 0; i < outer; ++i) {
    for (const std::vector<std::int32_t>& part : parts) {
      const auto run = static_cast<std::ptrdiff_t>(part.size()) / outer;
      source.insert(source.end(), part.begin() + i * run, part.begin() + (i + 1) * run);
    }
  }
  rearrange(builder, node, node.inputs, source);
}

void pad_elements(LayerBuilder& builder, const GraphNode& node, const op::Pad& pad) {
  const Shape& shape = builder.shape(node.inputs[0]);
  std::vector<std::vector<std::int64_t>> entries(shape.size());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    for (std::int64_t i = -pad.before[axis]; i < shape[axis] + pad.after[axis]; ++i) {
      entries[axis].push_back(i >= 0 && i < shape[axis] ? i : -1);
    }
  }
  rearrange(builder, node, {node.inputs[0]}, picked(shape, entries));
}

}  // namespace systerm
