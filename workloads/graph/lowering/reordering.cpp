// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph/lowering/reordering.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace systerm {

namespace {

using Value = LayerBuilder::Value;

/// Tables of elements are held in memory.
constexpr std::int64_t kMostElements = std::int64_t{1} << 26;

void check_size(const Shape& shape) {
  if (element_count(shape) > kMostElements) {
    throw Unplaceable{
        fmt::format("elements of shape {} would have to be moved one by one", to_string(shape))};
  }
}

const Value& unpadded(LayerBuilder& builder, TensorId id) {
  const Value& value = builder.any_layout(id);
  if (value.padding != Window{}) throw Unplaceable{"its input is padded"};
  return value;
}

std::string inner_name(const LayerBuilder& builder, const GraphNode& node, const char* what) {
  return fmt::format("{}/{}{}", node.name, what, builder.network().layers.size());
}

}  // namespace

FeatureShape ordered_shape(const Shape& shape, const std::vector<std::size_t>& order) {
  FeatureShape result;
  if (order.empty()) return result;
  result.channels = shape[order.back()];
  const bool has_images = order.size() >= 3 && order.front() == 0;
  if (has_images) result.images = shape[0];
  result.width = element_count(shape) / result.channels / result.images;
  return result;
}

std::vector<std::int32_t> broadcast_elements(const Shape& from, const Shape& to) {
  std::vector<std::int32_t> elements{0};
  const std::size_t added = to.size() - from.size();
  for (std::size_t axis = 0; axis < to.size(); ++axis) {
    const std::int64_t extent = axis < added ? 1 : from[axis - added];
    std::vector<std::int32_t> next;
    next.reserve(elements.size() * static_cast<std::size_t>(to[axis]));
    for (const std::int32_t base : elements) {
      for (std::int64_t i = 0; i < to[axis]; ++i) {
        next.push_back(
            static_cast<std::int32_t>(base * extent + (extent == 1 ? std::int64_t{0} : i)));
      }
    }
    elements = std::move(next);
  }
  return elements;
}

FeatureId reordered(LayerBuilder& builder, const GraphNode& node, TensorId id, const Shape& shape,
                    const std::vector<std::size_t>& order, const FeatureShape& feature_shape) {
  const GraphTensor& tensor = builder.graph().tensor(id);
  const Layout wanted = in_memory_order(shape, order);
  const Shape& given = builder.shape(id);
  if (!tensor.is_constant) {
    const Value& value = unpadded(builder, id);
    if (given == shape && value.layout == wanted &&
        builder.network().feature(value.feature).shape == feature_shape) {
      return value.feature;
    }
  }
  check_size(shape);
  const std::vector<std::int32_t> source = broadcast_elements(given, shape);
  const std::vector<std::int64_t> to = memory_positions(wanted, shape);
  if (tensor.is_constant) {
    // Several readers of a constant share it where they want it alike.
    const std::string key =
        fmt::format("{} {} {}", tensor.name, to_string(shape), fmt::join(order, ","));
    if (const auto known = builder.shared_constant(key)) return *known;
    std::shared_ptr<std::vector<float>> values;
    if (tensor.values) {
      values = std::make_shared<std::vector<float>>(source.size());
      for (std::size_t i = 0; i < source.size(); ++i) {
        (*values)[static_cast<std::size_t>(to[i])] =
            (*tensor.values)[static_cast<std::size_t>(source[i])];
      }
    }
    const FeatureId feature =
        builder.add_constant_feature(tensor.name, feature_shape, std::move(values));
    builder.share_constant(key, feature);
    return feature;
  }
  const Value& value = builder.value(id);
  const std::vector<std::int64_t> from = memory_positions(value.layout, given);
  std::vector<std::int32_t> elements(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    elements[static_cast<std::size_t>(to[i])] =
        static_cast<std::int32_t>(from[static_cast<std::size_t>(source[i])]);
  }
  return builder.add_inner_layer(
      inner_name(builder, node, "reorder"), "rearrangement",
      Rearrangement{std::make_shared<const std::vector<std::int32_t>>(std::move(elements))},
      {value.feature}, {}, feature_shape);
}

void rearrange(LayerBuilder& builder, const GraphNode& node, const std::vector<TensorId>& inputs,
               const std::vector<std::int32_t>& source) {
  const Shape& shape = builder.shape(node.outputs.front());
  check_size(shape);
  std::vector<FeatureId> features;
  std::vector<std::int32_t> position;  // of every input element, over all inputs
  for (const TensorId id : inputs) {
    const Shape& given = builder.shape(id);
    check_size(given);
    const auto offset = static_cast<std::int32_t>(position.size());
    const bool is_constant = builder.graph().tensor(id).is_constant;
    std::vector<std::size_t> order(given.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const FeatureId feature =
        is_constant ? reordered(builder, node, id, given, order, ordered_shape(given, order))
                    : unpadded(builder, id).feature;
    const Layout layout = is_constant ? source_order(given) : builder.value(id).layout;
    for (const std::int64_t p : memory_positions(layout, given)) {
      position.push_back(offset + static_cast<std::int32_t>(p));
    }
    features.push_back(feature);
  }
  const bool is_image = shape.size() == 4;
  const Layout layout = is_image ? channels_last(shape) : source_order(shape);
  const std::vector<std::int64_t> to = memory_positions(layout, shape);
  std::vector<std::int32_t> elements(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    elements[static_cast<std::size_t>(to[i])] =
        source[i] < 0 ? -1 : position[static_cast<std::size_t>(source[i])];
  }
  builder.add_layer(
      node, "rearrangement",
      Rearrangement{std::make_shared<const std::vector<std::int32_t>>(std::move(elements))},
      std::move(features), {}, is_image ? image_shape(shape) : rows_shape(shape), layout);
}

}  // namespace systerm
