// SPDX-License-Identifier: Apache-2.0
// Operators that move, select or view elements, and means over axes.
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "workloads/graph/shape_inference.h"
#include "workloads/graph/shape_rules.h"

namespace systerm {

Shape ShapeRules::operator()(const op::Concatenate& concatenate) const {
  require(!node.inputs.empty(), node, "needs an input");
  Shape output = input(0);
  const std::size_t axis = resolve_axis(concatenate.axis, output.size(), node);
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    Shape expected = input(0);
    if (input(i).size() == expected.size()) expected[axis] = input(i)[axis];
    require(input(i) == expected, node,
            fmt::format("{} and {} differ in more than axis {}", to_string(input(0)),
                        to_string(input(i)), axis));
    output[axis] += input(i)[axis];
  }
  return output;
}

Shape ShapeRules::operator()(const op::Flatten& flatten) const {
  require_inputs(1, 1);
  const Shape& data = input(0);
  const auto rank = static_cast<std::int64_t>(data.size());
  const std::int64_t axis = flatten.axis < 0 ? flatten.axis + rank : flatten.axis;
  require(axis >= 0 && axis <= rank, node,
          fmt::format("axis {} is outside {}", flatten.axis, to_string(data)));
  return {element_count(Shape(data.begin(), data.begin() + axis)),
          element_count(Shape(data.begin() + axis, data.end()))};
}

Shape ShapeRules::operator()(const op::Reshape& reshape) const {
  require_inputs(1, 1);
  const Shape& data = input(0);
  Shape output = reshape.shape;
  std::optional<std::size_t> open;
  std::int64_t rest = 1;
  const auto error = [&] {
    return fmt::format("cannot reshape {} to {}", to_string(data), to_string(reshape.shape));
  };
  for (std::size_t i = 0; i < output.size(); ++i) {
    if (output[i] == -1) {
      require(!open, node, error());
      open = i;
      continue;
    }
    if (output[i] == 0 && !reshape.zero_is_literal) {
      require(i < data.size(), node, error());
      output[i] = data[i];
    }
    require(output[i] >= 0, node, error());
    rest = element_count({rest, output[i]});
  }
  const std::int64_t elements = element_count(data);
  if (open) {
    require(rest > 0 && elements % rest == 0, node, error());
    output[*open] = elements / rest;
  } else {
    require(rest == elements, node, error());
  }
  return output;
}

Shape ShapeRules::operator()(const op::Squeeze& squeeze) const {
  require_inputs(1, 1);
  const Shape& data = input(0);
  std::vector<bool> removed(data.size(), false);
  for (std::size_t i = 0; i < data.size(); ++i) removed[i] = squeeze.axes.empty() && data[i] == 1;
  for (const std::int64_t axis : squeeze.axes) {
    const std::size_t i = resolve_axis(axis, data.size(), node);
    require(data[i] == 1, node,
            fmt::format("axis {} of {} is not of extent 1", axis, to_string(data)));
    removed[i] = true;
  }
  Shape output;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!removed[i]) output.push_back(data[i]);
  }
  return output;
}

Shape ShapeRules::operator()(const op::Unsqueeze& unsqueeze) const {
  require_inputs(1, 1);
  const std::size_t rank = input(0).size() + unsqueeze.axes.size();
  std::vector<bool> added(rank, false);
  for (const std::int64_t axis : unsqueeze.axes) {
    const std::size_t i = resolve_axis(axis, rank, node);
    require(!added[i], node, fmt::format("axis {} is given twice", axis));
    added[i] = true;
  }
  Shape output(rank, 1);
  auto next = input(0).begin();
  for (std::size_t i = 0; i < rank; ++i) {
    if (!added[i]) output[i] = *next++;
  }
  return output;
}

Shape ShapeRules::operator()(const op::Transpose& transpose) const {
  require_inputs(1, 1);
  const Shape& data = input(0);
  require(transpose.permutation.size() == data.size(), node,
          fmt::format("permutation {} does not match {}", to_string(transpose.permutation),
                      to_string(data)));
  std::vector<bool> used(data.size(), false);
  Shape output;
  for (const std::int64_t axis : transpose.permutation) {
    const std::size_t i = resolve_axis(axis, data.size(), node);
    require(!used[i], node,
            fmt::format("{} is not a permutation", to_string(transpose.permutation)));
    used[i] = true;
    output.push_back(data[i]);
  }
  return output;
}

Shape ShapeRules::operator()(const op::Identity&) const {
  require_inputs(1, 1);
  return input(0);
}

Shape ShapeRules::operator()(const op::Quantize&) const {
  require_inputs(1, 1);
  return input(0);
}

Shape ShapeRules::operator()(const op::Slice& slice) const {
  require_inputs(1, 1);
  const std::size_t rank = input(0).size();
  require(slice.begin.size() == rank && slice.extent.size() == rank && slice.step.size() == rank,
          node, fmt::format("slices another rank than that of {}", to_string(input(0))));
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t last = slice.begin[i] + (slice.extent[i] - 1) * slice.step[i];
    require(slice.extent[i] >= 1 && slice.begin[i] >= 0 && slice.begin[i] < input(0)[i] &&
                last >= 0 && last < input(0)[i],
            node, fmt::format("a slice of axis {} reaches outside {}", i, to_string(input(0))));
  }
  return slice.extent;
}

Shape ShapeRules::operator()(const op::Expand& expand) const {
  require_inputs(1, 1);
  return broadcast(input(0), expand.shape, node);
}

Shape ShapeRules::operator()(const op::Select& select) const {
  require_inputs(1, 1);
  require(select.source.size() == input(0).size(), node, "selects along another rank");
  Shape output;
  for (std::size_t i = 0; i < select.source.size(); ++i) {
    for (const std::int64_t entry : select.source[i]) {
      require(entry >= 0 && entry < input(0)[i], node,
              fmt::format("entry {} is outside axis {} of {}", entry, i, to_string(input(0))));
    }
    output.push_back(static_cast<std::int64_t>(select.source[i].size()));
  }
  return output;
}

Shape ShapeRules::operator()(const op::Shift& shift) const {
  require_inputs(1, 1);
  require(input(0).size() == 4 && input(0)[1] == std::ssize(shift.offsets), node,
          fmt::format("shifts {} channels of {}", shift.offsets.size(), to_string(input(0))));
  for (const op::Shift::Offset& offset : shift.offsets) {
    require(std::abs(offset.row) <= 1 && std::abs(offset.column) <= 1, node,
            fmt::format("shifts a channel by {}, {}", offset.row, offset.column));
  }
  return input(0);
}

Shape ShapeRules::operator()(const op::Pad& pad) const {
  require_inputs(1, 1);
  Shape output = input(0);
  require(pad.before.size() == output.size() && pad.after.size() == output.size(), node,
          fmt::format("padding of {} axes for data {}", pad.before.size(), to_string(output)));
  for (std::size_t i = 0; i < output.size(); ++i) {
    require(
        std::abs(pad.before[i]) <= kLargestAttribute && std::abs(pad.after[i]) <= kLargestAttribute,
        node, fmt::format("padding of {} and {}", pad.before[i], pad.after[i]));
    output[i] += pad.before[i] + pad.after[i];
    require(output[i] >= 0, node, fmt::format("crops axis {} below 0", i));
  }
  return output;
}

Shape ShapeRules::operator()(const op::ReduceMean& reduce) const {
  require_inputs(1, 1);
  const Shape& data = input(0);
  std::vector<bool> reduced(data.size(), reduce.axes.empty());
  for (const std::int64_t axis : reduce.axes) reduced[resolve_axis(axis, data.size(), node)] = true;
  Shape output;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!reduced[i]) output.push_back(data[i]);
    if (reduced[i] && reduce.keep_axes) output.push_back(1);
  }
  return output;
}

Shape ShapeRules::operator()(const op::Unmodelled&) const { return {}; }

}  // namespace systerm
