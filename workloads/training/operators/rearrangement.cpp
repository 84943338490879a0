// SPDX-License-Identifier: Apache-2.0
// Operators that move elements: slice, pad, transpose, select, concatenation. Each is a table from
// the elements of the one side to those of the other, in stored order; gradients go the same way
// back.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "workloads/training/trainable_operator.h"

namespace systerm {

namespace {

constexpr std::size_t kElementsAtOnce = 16384;

/// Axes from slow to fast as tensors of that rank are stored.
std::vector<std::size_t> stored_axes(std::size_t rank) {
  if (rank == 4) return {0, 2, 3, 1};
  std::vector<std::size_t> axes(rank);
  std::iota(axes.begin(), axes.end(), std::size_t{0});
  return axes;
}

/// Elements from one entry of an axis to the next, by axis.
std::vector<std::int64_t> stored_strides(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  std::int64_t stride = 1;
  const std::vector<std::size_t> axes = stored_axes(shape.size());
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    strides[*axis] = stride;
    stride *= shape[*axis];
  }
  return strides;
}

/// Of every axis of a tensor, the entry of the other side that each of its entries is; -1 for none.
using Entries = std::vector<std::vector<std::int64_t>>;

/// For each element of a tensor, in stored order, that of the other side, of shape `other`; -1 for
/// none. Axis i of the tensor is axis `axis_of[i]` of the other side.
std::vector<std::int32_t> element_table(const Entries& entries, const Shape& other,
                                        const std::vector<std::size_t>& axis_of) {
  const std::vector<std::int64_t> strides = stored_strides(other);
  std::vector<std::int32_t> table{0};
  for (const std::size_t axis : stored_axes(entries.size())) {
    std::vector<std::int32_t> next;
    next.reserve(table.size() * entries[axis].size());
    for (const std::int32_t base : table) {
      for (const std::int64_t entry : entries[axis]) {
        const bool is_none = base < 0 || entry < 0;
        const std::int64_t element = base + entry * strides[axis_of[axis]];
        next.push_back(is_none ? -1 : static_cast<std::int32_t>(element));
      }
    }
    table = std::move(next);
  }
  return table;
}

std::vector<std::int64_t> counted(std::int64_t begin, std::int64_t count, std::int64_t step = 1) {
  std::vector<std::int64_t> entries(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) entries[static_cast<std::size_t>(i)] = begin + i * step;
  return entries;
}

std::vector<std::size_t> same_axes(std::size_t rank) {
  std::vector<std::size_t> axes(rank);
  std::iota(axes.begin(), axes.end(), std::size_t{0});
  return axes;
}

bool is_too_large(const Shape& shape) { return element_count(shape) >= std::int64_t{1} << 31; }

/// One input; every element of it is in at most one place of the result.
class MoveOperator final : public TrainableOperator {
 public:
  MoveOperator(std::vector<std::int32_t> source, std::int64_t input_elements, float fill)
      : source_(std::move(source)),
        place_(static_cast<std::size_t>(input_elements), -1),
        fill_(fill) {
    for (std::size_t i = 0; i < source_.size(); ++i) {
      if (source_[i] >= 0) place_[static_cast<std::size_t>(source_[i])] = static_cast<int>(i);
    }
  }

  void forward(const StepOperands& operands, StepServices& services) override {
    take(source_, operands.reads[0], fill_, operands.writes[0], services);
  }
  void backward_data(const StepOperands& operands, StepServices& services) override {
    take(place_, operands.reads[0], 0.0F, operands.writes[0], services);
  }

 private:
  static void take(const std::vector<std::int32_t>& table, const float* from, float fill, float* to,
                   StepServices& services) {
    services.workers.run_ranges(table.size(), kElementsAtOnce,
                                [&](std::size_t first, std::size_t end) {
                                  for (std::size_t i = first; i < end; ++i)
                                    to[i] = table[i] < 0 ? fill : from[table[i]];
                                });
  }

  std::vector<std::int32_t> source_;  ///< by element of the result
  std::vector<std::int32_t> place_;   ///< by element of the input
  float fill_;
};

class ConcatenationOperator final : public TrainableOperator {
 public:
  explicit ConcatenationOperator(std::vector<std::vector<std::int32_t>> places)
      : places_(std::move(places)) {}

  void forward(const StepOperands& operands, StepServices&) override {
    for (std::size_t input = 0; input < places_.size(); ++input) {
      for (std::size_t i = 0; i < places_[input].size(); ++i) {
        operands.writes[0][places_[input][i]] = operands.reads[input][i];
      }
    }
  }

  void backward_data(const StepOperands& operands, StepServices&) override {
    for (std::size_t input = 0; input < places_.size(); ++input) {
      for (std::size_t i = 0; i < places_[input].size(); ++i) {
        operands.writes[input][i] = operands.reads[0][places_[input][i]];
      }
    }
  }

 private:
  std::vector<std::vector<std::int32_t>> places_;  ///< in the result, by input and element
};

OperatorOrReason moved(const OperatorSource& source, const Entries& entries,
                       const std::vector<std::size_t>& axis_of, float fill = 0.0F) {
  const Shape& input = source.input(0);
  if (is_too_large(input) || is_too_large(source.output())) return NotTrainable{"is too large"};
  std::vector<std::int32_t> table = element_table(entries, input, axis_of);
  return std::make_unique<MoveOperator>(std::move(table), element_count(input), fill);
}

}  // namespace

OperatorOrReason make_trainable(const op::Slice& slice, const OperatorSource& source) {
  Entries entries;
  for (std::size_t axis = 0; axis < slice.extent.size(); ++axis) {
    entries.push_back(counted(slice.begin[axis], slice.extent[axis], slice.step[axis]));
  }
  return moved(source, entries, same_axes(entries.size()));
}

OperatorOrReason make_trainable(const op::Pad& pad, const OperatorSource& source) {
  Entries entries;
  const Shape& shape = source.input(0);
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    entries.push_back(counted(-pad.before[axis], shape[axis] + pad.before[axis] + pad.after[axis]));
    for (std::int64_t& entry : entries.back()) {
      if (entry >= shape[axis]) entry = -1;
    }
  }
  return moved(source, entries, same_axes(entries.size()), pad.value);
}

OperatorOrReason make_trainable(const op::Transpose& transpose, const OperatorSource& source) {
  Entries entries;
  std::vector<std::size_t> axis_of;
  const auto rank = static_cast<std::int64_t>(transpose.permutation.size());
  for (std::size_t axis = 0; axis < transpose.permutation.size(); ++axis) {
    entries.push_back(counted(0, source.output()[axis]));
    const std::int64_t from = transpose.permutation[axis];
    axis_of.push_back(static_cast<std::size_t>(from < 0 ? from + rank : from));
  }
  return moved(source, entries, axis_of);
}

OperatorOrReason make_trainable(const op::Select& select, const OperatorSource& source) {
  for (std::vector<std::int64_t> entries : select.source) {
    std::ranges::sort(entries);
    if (std::ranges::adjacent_find(entries) != entries.end()) {
      return NotTrainable{"takes an entry twice"};
    }
  }
  return moved(source, select.source, same_axes(select.source.size()));
}

OperatorOrReason make_trainable(const op::Concatenate& concatenate, const OperatorSource& source) {
  const Shape& result = source.output();
  if (is_too_large(result)) return NotTrainable{"is too large"};
  const auto rank = static_cast<std::int64_t>(result.size());
  const auto joined =
      static_cast<std::size_t>(concatenate.axis < 0 ? concatenate.axis + rank : concatenate.axis);
  std::vector<std::vector<std::int32_t>> places;
  std::int64_t begin = 0;
  for (std::size_t input = 0; input < source.node.inputs.size(); ++input) {
    const TensorId id = source.node.inputs[input];
    const auto& inputs = source.graph.inputs();
    if (source.graph.tensor(id).is_constant || std::ranges::find(inputs, id) != inputs.end()) {
      return NotTrainable{"joins other things than activations"};
    }
    Entries entries;
    for (std::size_t axis = 0; axis < result.size(); ++axis) {
      entries.push_back(counted(axis == joined ? begin : 0, source.input(input)[axis]));
    }
    begin += source.input(input)[joined];
    places.push_back(element_table(entries, result, same_axes(result.size())));
  }
  return std::make_unique<ConcatenationOperator>(std::move(places));
}

}  // namespace systerm
