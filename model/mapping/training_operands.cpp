// SPDX-License-Identifier: Apache-2.0
#include "model/mapping/training_operands.h"

#include <algorithm>
#include <stdexcept>
#include <variant>

#include <fmt/format.h>

namespace systerm {
namespace {

/// Images, channels, rows, columns of a convolution's tensor.
struct Axes {
  std::int64_t images;
  std::int64_t channels;
  std::int64_t rows;
  std::int64_t columns;
};

Axes axes_of(const Shape& shape) {
  // One spatial axis is the width.
  if (shape.size() == 3) return {shape[0], shape[1], 1, shape[2]};
  return {shape[0], shape[1], shape[2], shape[3]};
}

}  // namespace

TrainingOperands::TrainingOperands(const Graph& graph, const TrainingGraph& training)
    : graph_(graph), training_(training) {
  for (std::size_t i = 0; i < training.steps.size(); ++i) {
    const TrainingStep& each = training.steps[i];
    if (each.kind != StepKind::kForward || each.gemms.empty()) continue;
    forward_.try_emplace(*each.node, i);
    const GraphNode& of = graph.nodes()[*each.node];
    const bool is_convolution = std::holds_alternative<op::Convolution>(of.operation);
    const bool is_known = is_convolution || std::holds_alternative<op::Linear>(of.operation) ||
                          std::holds_alternative<op::MatMul>(of.operation);
    const std::size_t rank = shape(each.reads.front()).size();
    if (!is_known || (is_convolution && rank != 3 && rank != 4)) {
      problems_.push_back(fmt::format(
          "step '{}' ({}): products of this operator have no training steps on the platform; "
          "convolutions of one or two axes, linear layers and matrix products have",
          each.name, of.type));
    }
  }
}

ProductOperand TrainingOperands::left(const TrainingProduct& product, ProductAxis axis) const {
  const TrainingTensorId id = forward(product).reads[0];
  std::int64_t length = axis == ProductAxis::kK ? product.gemm.k : product.gemm.m;
  if (const auto* convolution = std::get_if<op::Convolution>(&node(product).operation)) {
    const Axes axes = axes_of(shape(id));
    length = axis == ProductAxis::kK ? axes.channels / convolution->groups
                                     : axes.images * axes.rows * axes.columns;
  }
  return {id, axis, length, product.mantissas.activations};
}

ProductOperand TrainingOperands::weights(const TrainingProduct& product, ProductAxis axis) const {
  return {forward(product).reads[1], axis,
          axis == ProductAxis::kK ? product.gemm.k : product.gemm.n, product.mantissas.weights};
}

ProductOperand TrainingOperands::gradient(const TrainingProduct& product, ProductAxis axis) const {
  return {step(product).reads[0], axis, axis == ProductAxis::kN ? product.gemm.n : product.gemm.m,
          product.mantissas.gradients};
}

ProductOperand TrainingOperands::moving(const TrainingProduct& product) const {
  switch (product.gemm.mode) {
    case FmacMode::kResultsRight:
      return left(product, ProductAxis::kK);
    case FmacMode::kResultsUp:
      return gradient(product, ProductAxis::kN);
    case FmacMode::kResultsHeld:
      return left(product, ProductAxis::kM);
  }
  throw std::logic_error("no such mode");
}

ProductOperand TrainingOperands::held(const TrainingProduct& product) const {
  switch (product.gemm.mode) {
    case FmacMode::kResultsRight:
      return weights(product, ProductAxis::kK);
    case FmacMode::kResultsUp:
      return weights(product, ProductAxis::kN);
    case FmacMode::kResultsHeld:
      return gradient(product, ProductAxis::kM);
  }
  throw std::logic_error("no such mode");
}

std::optional<StepOutput> TrainingOperands::result_of(const TrainingProduct& product) const {
  const TrainingStep& of = step(product);
  if (product.gemm.mode == FmacMode::kResultsRight) return of.writes.front();
  // dA belongs to the node's first input, dW to its second.
  const std::size_t input = product.gemm.mode == FmacMode::kResultsUp ? 0 : 1;
  const TensorId source = node(product).inputs[input];
  const auto found = std::ranges::find_if(of.writes, [&](const StepOutput& out) {
    return training_.tensor(out.tensor).source == source;
  });
  if (found == of.writes.end()) return std::nullopt;
  return *found;
}

std::optional<TrainingTensorId> TrainingOperands::bias(const TrainingProduct& product) const {
  if (product.gemm.mode != FmacMode::kResultsRight || forward(product).reads.size() < 3) {
    return std::nullopt;
  }
  return forward(product).reads[2];
}

PositionSpace TrainingOperands::space(const TrainingProduct& product) const {
  if (!std::holds_alternative<op::Convolution>(node(product).operation)) {
    return {product.gemm.m, 1, 1};
  }
  const Axes axes = axes_of(shape(forward(product).writes.front().tensor));
  return {axes.images, axes.rows, axes.columns};
}

RowWindow TrainingOperands::window(const TrainingProduct& product) const {
  const auto* convolution = std::get_if<op::Convolution>(&node(product).operation);
  if (convolution == nullptr) return {};
  const Window& window = convolution->window;
  return {.kernel = window.kernel_height,
          .stride = window.stride_height,
          .dilation = window.dilation_height,
          .pad = window.pad_top,
          .input_rows = axes_of(shape(forward(product).reads.front())).rows};
}

bool TrainingOperands::scatters(const TrainingProduct& product) const {
  const auto* convolution = std::get_if<op::Convolution>(&node(product).operation);
  if (convolution == nullptr || product.gemm.mode != FmacMode::kResultsUp) return false;
  return convolution->window.kernel_height * convolution->window.kernel_width > 1;
}

}  // namespace systerm
