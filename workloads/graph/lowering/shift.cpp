// SPDX-License-Identifier: Apache-2.0
// Shifts of channels: part of the 1 x 1 convolutions that read them, else elements that move.
#include <algorithm>
#include <cstdint>

#include "workloads/graph/lowering/placement.h"
#include "workloads/graph/lowering/reordering.h"
#include "workloads/graph/shape_inference.h"

namespace systerm {

namespace {

/// A 1 x 1 convolution, of any stride, with the shifted tensor as its data.
bool absorbs(const GraphNode& reader, TensorId shifted) {
  const auto* convolution = std::get_if<op::Convolution>(&reader.operation);
  if (convolution == nullptr || convolution->groups != 1) return false;
  Window window = convolution->window;
  window.stride_height = window.stride_width = 1;
  return window == Window{} && std::ranges::count(reader.inputs, shifted) == 1;
}

/// Numbers in C order of the elements that stand at each place afterwards; -1 is a zero.
std::vector<std::int32_t> shifted_elements(const Shape& shape, const op::Shift& shift) {
  std::vector<std::int32_t> source;
  source.reserve(static_cast<std::size_t>(element_count(shape)));
  for (std::int64_t image = 0; image < shape[0]; ++image) {
    for (std::int64_t channel = 0; channel < shape[1]; ++channel) {
      const op::Shift::Offset& offset = shift.offsets[static_cast<std::size_t>(channel)];
      for (std::int64_t row = 0; row < shape[2]; ++row) {
        for (std::int64_t column = 0; column < shape[3]; ++column) {
          const std::int64_t y = row - offset.row;
          const std::int64_t x = column - offset.column;
          const bool is_inside = y >= 0 && y < shape[2] && x >= 0 && x < shape[3];
          const std::int64_t from = ((image * shape[1] + channel) * shape[2] + y) * shape[3] + x;
          source.push_back(is_inside ? static_cast<std::int32_t>(from) : -1);
        }
      }
    }
  }
  return source;
}

}  // namespace

void place(LayerBuilder& builder, const GraphNode& node, const op::Shift& shift) {
  const TensorId input = node.inputs[0];
  const TensorId output = node.outputs.front();
  const LayerBuilder::Value value = builder.image(input);
  const auto& readers = builder.use().readers(output);
  const bool is_absorbed = value.padding == Window{} && value.taps.empty() &&
                           !builder.use().is_output(output) &&
                           std::ranges::all_of(readers, [&](std::size_t reader) {
                             return absorbs(builder.graph().nodes()[reader], output);
                           });
  if (!is_absorbed) {
    rearrange(builder, node, {input}, shifted_elements(builder.shape(input), shift));
    return;
  }
  builder.alias(input, output, value.layout);
  LayerBuilder::Value& shifted = builder.value(output);
  shifted.is_exclusive = false;
  for (const op::Shift::Offset& offset : shift.offsets) {
    // What has moved down comes from the row above.
    shifted.taps.push_back({.row = static_cast<std::int16_t>(1 - offset.row),
                            .column = static_cast<std::int16_t>(1 - offset.column)});
  }
}

}  // namespace systerm
