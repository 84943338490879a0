// SPDX-License-Identifier: Apache-2.0
#include "tests/workloads/execution/network_builder.h"

#include <utility>

#include "workloads/data/synthetic.h"
#include "workloads/execution/gemm_geometry.h"
#include "workloads/quantization/synthetic_network.h"

namespace systerm::test {

NetworkBuilder::NetworkBuilder(const FeatureShape& input) {
  network_.name = "test";
  network_.inputs.push_back(add_feature(input));
}

FeatureId NetworkBuilder::add_feature(const FeatureShape& shape) {
  Feature feature;
  feature.name = "feature" + std::to_string(network_.features.size());
  feature.shape = shape;
  feature.source_shape = {shape.images, shape.channels, shape.height, shape.width};
  network_.features.push_back(std::move(feature));
  return FeatureId{network_.features.size() - 1};
}

FeatureId NetworkBuilder::layer(const Operation& operation, const FeatureShape& shape,
                                std::vector<FeatureId> inputs, std::vector<PostStep> steps) {
  const FeatureId output = add_feature(shape);
  Feature& feature = network_.features.back();
  feature.is_nonnegative = !steps.empty() && steps.back().kind == PostStep::Kind::kActivation &&
                           is_nonnegative(steps.back().activation);
  network_.layers.push_back({.name = "layer" + std::to_string(network_.layers.size()),
                             .type = "test",
                             .operation = operation,
                             .steps = std::move(steps),
                             .inputs = std::move(inputs),
                             .output = output});
  return output;
}

FeatureId NetworkBuilder::convolution(FeatureId input, const Convolution& convolution) {
  const FeatureShape from = shape(input);
  const FeatureShape to{.images = from.images,
                        .height = window_rows(convolution.window, from.height),
                        .width = window_columns(convolution.window, from.width),
                        .channels = convolution.filters};
  Gemm gemm;
  gemm.window = convolution.window;
  gemm.groups = convolution.groups;
  gemm.m = to.images * to.height * to.width;
  gemm.k = convolution.window.kernel_height * convolution.window.kernel_width *
           (from.channels / convolution.groups);
  gemm.n = convolution.filters / convolution.groups;
  gemm.bias = synthetic_weights(7, "bias", 200, static_cast<std::size_t>(convolution.filters));
  std::vector<FeatureId> inputs{input};
  inputs.insert(inputs.end(), convolution.operands.begin(), convolution.operands.end());
  return layer(gemm, to, std::move(inputs), convolution.steps);
}

FeatureId NetworkBuilder::linear(FeatureId input, std::int64_t filters,
                                 std::vector<PostStep> steps) {
  const FeatureShape from = shape(input);
  Gemm gemm;
  gemm.m = from.images;
  gemm.k = from.elements() / from.images;
  gemm.n = filters;
  return layer(gemm, {.images = from.images, .channels = filters}, {input}, std::move(steps));
}

FeatureId NetworkBuilder::pool(FeatureId input, const Pool& pool) {
  FeatureShape to = shape(input);
  to.height = window_rows(pool.window, to.height);
  to.width = window_columns(pool.window, to.width);
  return layer(pool, to, {input});
}

std::shared_ptr<const Network> NetworkBuilder::build(std::vector<FeatureId> outputs,
                                                     std::uint64_t seed) {
  network_.outputs = std::move(outputs);
  return std::make_shared<const Network>(with_synthetic_weights(network_, seed));
}

PostStep relu() {
  return {.kind = PostStep::Kind::kActivation,
          .activation = {.function = ActivationFunction::kRelu},
          .operand = 0};
}
PostStep add(int operand) {
  return {.kind = PostStep::Kind::kAdd, .activation = {}, .operand = operand};
}
PostStep multiply(int operand) {
  return {.kind = PostStep::Kind::kMultiply, .activation = {}, .operand = operand};
}

namespace {

FeatureId stem(NetworkBuilder& builder) {
  const FeatureId first = builder.convolution(
      builder.input(), {.filters = 64, .window = square_window(7, 2, 3), .steps = {relu()}});
  return builder.pool(first, {.kind = Pool::Kind::kMax, .window = square_window(3, 2, 1)});
}

std::shared_ptr<const Network> finish(NetworkBuilder& builder, FeatureId last) {
  const FeatureId pooled = builder.pool(
      last, {.kind = Pool::Kind::kAverage, .window = square_window(builder.shape(last).height)});
  return builder.build({builder.linear(pooled, 1000)});
}

FeatureId shortcut(NetworkBuilder& builder, FeatureId input, std::int64_t filters,
                   std::int64_t stride) {
  if (stride == 1 && builder.shape(input).channels == filters) return input;
  return builder.convolution(input, {.filters = filters, .window = square_window(1, stride)});
}

}  // namespace

std::shared_ptr<const Network> bottleneck_resnet(const std::vector<int>& blocks) {
  NetworkBuilder builder({.height = 224, .width = 224, .channels = 3});
  FeatureId last = stem(builder);
  std::int64_t width = 64;
  for (std::size_t stage = 0; stage < blocks.size(); ++stage, width *= 2) {
    for (int block = 0; block < blocks[stage]; ++block) {
      const std::int64_t stride = stage > 0 && block == 0 ? 2 : 1;
      const FeatureId beside = shortcut(builder, last, width * 4, stride);
      last = builder.convolution(last,
                                 {.filters = width, .window = square_window(1), .steps = {relu()}});
      last = builder.convolution(
          last, {.filters = width, .window = square_window(3, stride, 1), .steps = {relu()}});
      last = builder.convolution(last, {.filters = width * 4,
                                        .window = square_window(1),
                                        .steps = {add(1), relu()},
                                        .operands = {beside}});
    }
  }
  return finish(builder, last);
}

std::shared_ptr<const Network> basic_resnet(const std::vector<int>& blocks) {
  NetworkBuilder builder({.height = 224, .width = 224, .channels = 3});
  FeatureId last = stem(builder);
  std::int64_t width = 64;
  for (std::size_t stage = 0; stage < blocks.size(); ++stage, width *= 2) {
    for (int block = 0; block < blocks[stage]; ++block) {
      const std::int64_t stride = stage > 0 && block == 0 ? 2 : 1;
      const FeatureId beside = shortcut(builder, last, width, stride);
      last = builder.convolution(
          last, {.filters = width, .window = square_window(3, stride, 1), .steps = {relu()}});
      last = builder.convolution(last, {.filters = width,
                                        .window = square_window(3, 1, 1),
                                        .steps = {add(1), relu()},
                                        .operands = {beside}});
    }
  }
  return finish(builder, last);
}

}  // namespace systerm::test
