// SPDX-License-Identifier: Apache-2.0
// Products of two activations and the softmax between them. Heads need not be moved: with the axes
// [image][position][head][channel] in memory a product of heads is a grouped product.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/lowering/placement.h"
#include "workloads/graph/lowering/reordering.h"
#include "workloads/graph/shape_inference.h"

namespace systerm {

namespace {

using Value = LayerBuilder::Value;

struct Product {
  FeatureId data{};
  FeatureId second{};
  Gemm gemm;
  Layout layout;  ///< of the result
};

std::vector<std::size_t> with_tail(std::size_t images, std::vector<std::size_t> tail) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < images; ++i) order.push_back(i);
  order.insert(order.end(), tail.begin(), tail.end());
  return order;
}

/// Whether the last `heads` batch axes are groups of the product, given how the factors lie.
std::optional<Product> as_groups(LayerBuilder& builder, const GraphNode& node, std::size_t heads) {
  const Shape& a = builder.shape(node.inputs[0]);
  const Shape& b = builder.shape(node.inputs[1]);
  const Shape& c = builder.shape(node.outputs.front());
  const std::size_t rank = a.size();
  if (b.size() != rank || rank < 2 + heads) return std::nullopt;
  const std::size_t images = rank - 2 - heads;
  const std::size_t row = rank - 2;
  const std::size_t column = rank - 1;
  std::int64_t groups = 1;
  std::int64_t sharing = 1;
  std::vector<std::size_t> groups_first{row};
  std::vector<std::size_t> second_rows{row};
  std::vector<std::size_t> second_columns{column};
  for (std::size_t axis = images; axis < images + heads; ++axis) {
    if (a[axis] != c[axis]) return std::nullopt;
    groups *= a[axis];
    // Heads that share a matrix come last among the groups.
    if (b[axis] != a[axis] && b[axis] == 1) sharing *= a[axis];
    if (b[axis] == a[axis] && sharing > 1 && a[axis] > 1) return std::nullopt;
    for (auto* order : {&groups_first, &second_rows, &second_columns}) order->push_back(axis);
  }
  for (std::size_t axis = 0; axis < images; ++axis) {
    if (a[axis] != c[axis] || b[axis] != c[axis]) return std::nullopt;
  }
  groups_first.push_back(column);
  second_rows.push_back(column);  // [k][heads][n]: sums over positions
  second_columns.push_back(row);  // [n][heads][k]

  const Value& data = builder.value(node.inputs[0]);
  const Value& second = builder.value(node.inputs[1]);
  const FeatureShape& from = builder.network().feature(data.feature).shape;
  const FeatureShape& factor = builder.network().feature(second.feature).shape;
  if (data.layout != in_memory_order(a, with_tail(images, groups_first))) return std::nullopt;
  const bool sums_positions = second.layout == in_memory_order(b, with_tail(images, second_rows)) &&
                              factor.channels == groups / sharing * b[column];
  if (!sums_positions && second.layout != in_memory_order(b, with_tail(images, second_columns))) {
    return std::nullopt;
  }
  Product product;
  product.gemm = {
      .groups = groups, .m = element_count(c) / groups / c[column], .k = a[column], .n = c[column]};
  product.gemm.second = SecondOperand{.sums_positions = sums_positions, .sharing = sharing};
  const std::int64_t count =
      element_count(Shape(c.begin(), c.begin() + static_cast<std::ptrdiff_t>(images)));
  const std::int64_t positions = sums_positions ? product.gemm.k : product.gemm.n;
  const std::int64_t channels = sums_positions ? product.gemm.n : product.gemm.k;
  if (from.images != count || from.channels != groups * product.gemm.k || factor.images != count ||
      factor.height != 1 || factor.width != positions ||
      factor.channels != groups / sharing * channels) {
    return std::nullopt;
  }
  product.data = data.feature;
  product.second = second.feature;
  product.layout = in_memory_order(c, with_tail(images, groups_first));
  return product;
}

/// Every batch entry becomes an image, moved into place where it does not lie so.
Product as_images(LayerBuilder& builder, const GraphNode& node) {
  Shape a = builder.shape(node.inputs[0]);
  Shape b = builder.shape(node.inputs[1]);
  const Shape& c = builder.shape(node.outputs.front());
  if (a.size() < 2 || b.size() < 2) throw Unplaceable{"a product of a vector"};
  const std::size_t rank = c.size();
  Shape batch(c.begin(), c.end() - 2);
  const std::int64_t images = element_count(batch);
  const auto whole = [&](const Shape& matrix) {
    Shape shape = batch;
    shape.insert(shape.end(), matrix.end() - 2, matrix.end());
    return shape;
  };
  a = whole(a);
  b = whole(b);
  std::vector<std::size_t> order = with_tail(rank, {});
  Product product;
  product.gemm = {.m = images * a[rank - 2], .k = a[rank - 1], .n = b[rank - 1]};
  product.gemm.second = SecondOperand{.sums_positions = true};
  product.data = reordered(builder, node, node.inputs[0], a, order,
                           {.images = images, .width = a[rank - 2], .channels = a[rank - 1]});
  product.second = reordered(builder, node, node.inputs[1], b, order,
                             {.images = images, .width = b[rank - 2], .channels = b[rank - 1]});
  product.layout = source_order(c);
  return product;
}

}  // namespace

void product_of_activations(LayerBuilder& builder, const GraphNode& node) {
  const auto& graph = builder.graph();
  std::optional<Product> product;
  const bool both_are_computed =
      !graph.tensor(node.inputs[0]).is_constant && !graph.tensor(node.inputs[1]).is_constant;
  if (both_are_computed) {
    for (const TensorId input : node.inputs) builder.any_layout(input);
    const std::size_t rank = builder.shape(node.inputs[0]).size();
    for (const std::size_t heads : {std::size_t{1}, std::size_t{2}, std::size_t{0}}) {
      if (!product && rank >= 2 + heads) product = as_groups(builder, node, heads);
    }
  }
  if (!product) product = as_images(builder, node);
  Gemm& gemm = product->gemm;
  checked_macs(node, gemm.m, gemm.k, gemm.filters());
  FeatureShape result = builder.network().feature(product->data).shape;
  result.channels = gemm.filters();
  builder.add_layer(node, "matmul", std::move(gemm), {product->data, product->second}, {}, result,
                    product->layout);
}

void place(LayerBuilder& builder, const GraphNode& node, const op::Softmax& softmax) {
  const TensorId input = node.inputs[0];
  Value value = builder.any_layout(input);
  const Shape& shape = builder.shape(input);
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : softmax.axes) {
    const std::size_t i = resolve_axis(axis, shape.size(), node);
    if (shape[i] > 1) axes.push_back(i);
  }
  if (axes.empty()) axes.push_back(shape.size() - 1);
  if (axes.size() != 1) throw Unplaceable{"a softmax over several axes"};
  const std::size_t axis = axes.front();
  if (!is_fastest(value.layout, axis) && shape[axis] > 1) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (i != axis) order.push_back(i);
    }
    order.push_back(axis);
    value.feature = reordered(builder, node, input, shape, order, ordered_shape(shape, order));
    value.layout = in_memory_order(shape, order);
  }
  const Feature from = builder.network().feature(value.feature);
  const bool is_plain =
      from.shape.channels == shape[axis] && !softmax.is_causal && node.inputs.size() == 1;
  if (is_plain) {
    builder.add_layer(node, "softmax", Softmax{}, {value.feature}, {}, from.shape, value.layout,
                      from.source_shape);
    return;
  }
  if (softmax.is_causal && from.shape.height != 1) throw Unplaceable{kRearranged};
  std::vector<FeatureId> inputs{value.feature};
  if (node.inputs.size() == 2) {
    // [images or 1, 1, positions or 1, extent]: one row of the mask serves all heads.
    Shape mask = builder.shape(node.inputs[1]);
    while (mask.size() < shape.size()) mask.insert(mask.begin(), 1);
    std::vector<std::size_t> order(mask.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const std::int64_t rows = mask[mask.size() - 2];
    const std::int64_t images = element_count(mask) / rows / mask.back();
    if (mask.back() != shape[axis] || (images != 1 && images != from.shape.images) ||
        (rows != 1 && rows != from.shape.width)) {
      throw Unplaceable{
          fmt::format("a mask of shape {} for scores {}", to_string(mask), to_string(shape))};
    }
    inputs.push_back(reordered(builder, node, node.inputs[1], mask, order,
                               {.images = images, .width = rows, .channels = mask.back()}));
  }
  const AttentionSoftmax options{.extent = shape[axis],
                                 .is_causal = softmax.is_causal,
                                 .visible_before = softmax.visible_before};
  builder.add_layer(node, "softmax", RowOperation{make_attention_softmax(options)},
                    std::move(inputs), {}, from.shape, value.layout, from.source_shape);
}

}  // namespace systerm
