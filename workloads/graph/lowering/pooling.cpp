// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/lowering/placement.h"
#include "workloads/graph/shape_inference.h"

namespace systerm {

namespace {

using Value = LayerBuilder::Value;

void pool_everything(LayerBuilder& builder, const GraphNode& node, const Value& value,
                     Pool::Kind kind, std::string type) {
  const FeatureShape input = builder.network().feature(value.feature).shape;
  const Pool pool{.kind = kind,
                  .window = {.kernel_height = input.height, .kernel_width = input.width}};
  builder.add_layer(node, std::move(type), pool, {value.feature}, {},
                    {.images = input.images, .channels = input.channels},
                    source_order(builder.shape(node.outputs.front())));
}

}  // namespace

Window padded(Window window, const Value& value) {
  window.pad_top += value.padding.pad_top;
  window.pad_left += value.padding.pad_left;
  window.pad_bottom += value.padding.pad_bottom;
  window.pad_right += value.padding.pad_right;
  return window;
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Pooling& pooling) {
  const Value value = builder.image(node.inputs[0]);
  const Shape& output = builder.shape(node.outputs.front());
  Pool pool{.kind = pooling.kind,
            .window = padded(pooling.window, value),
            .count_padding = pooling.count_padding};
  if (value.padding != Window{}) pool.count_padding = true;
  builder.add_layer(node, pool.kind == Pool::Kind::kMax ? "max_pool" : "average_pool", pool,
                    {value.feature}, {}, image_shape(output), channels_last(output));
}

void place(LayerBuilder& builder, const GraphNode& node, const op::GlobalPooling& pooling) {
  const Value value = builder.image(node.inputs[0]);
  pool_everything(builder, node, value, pooling.kind,
                  pooling.kind == Pool::Kind::kMax ? "max_pool" : "global_average_pool");
}

void place(LayerBuilder& builder, const GraphNode& node, const op::ReduceMean& reduce) {
  const TensorId id = node.inputs[0];
  const Shape& extents = builder.shape(id);
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : reduce.axes)
    axes.push_back(resolve_axis(axis, extents.size(), node));
  std::ranges::sort(axes);
  const auto is_range = [&](std::size_t first, std::size_t last) {
    if (axes.size() != last - first) return false;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (axes[i] != first + i) return false;
    }
    return true;
  };
  const std::size_t rank = extents.size();
  if (rank == 3 || rank == 4) {
    const Value& value = builder.any_layout(id);
    const FeatureShape input = builder.network().feature(value.feature).shape;
    const bool channels_first = is_range(2, rank) && value.layout == channels_last(extents) &&
                                input == image_shape(extents);
    const bool channels_last_in_source = is_range(1, rank - 1) &&
                                         value.layout == source_order(extents) &&
                                         input == rows_shape(extents);
    if (channels_first || channels_last_in_source) {
      pool_everything(builder, node, Value(value), Pool::Kind::kAverage, "global_average_pool");
      return;
    }
  }
  throw Unplaceable{"a mean over other axes than rows and columns"};
}

}  // namespace systerm
