// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "workloads/execution/float_program.h"
#include "workloads/execution/gemm_geometry.h"

namespace systerm {

using dnnl::memory;
using Tag = memory::format_tag;

namespace {

/// Adds the activation to what the primitive does last, or returns false where oneDNN has no
/// equivalent.
bool append_activation(const Activation& activation, dnnl::post_ops& operations) {
  const auto append = [&](dnnl::algorithm algorithm, float alpha, float beta) {
    operations.append_eltwise(1.0F, algorithm, alpha, beta);
    return true;
  };
  switch (activation.function) {
    case ActivationFunction::kIdentity:
      return true;
    case ActivationFunction::kRelu:
      return append(dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
    case ActivationFunction::kClip:
      return append(dnnl::algorithm::eltwise_clip, activation.alpha, activation.beta);
    case ActivationFunction::kLeakyRelu:
      return append(dnnl::algorithm::eltwise_relu, activation.alpha, 0.0F);
    case ActivationFunction::kSigmoid:
      return append(dnnl::algorithm::eltwise_logistic, 0.0F, 0.0F);
    case ActivationFunction::kTanh:
      return append(dnnl::algorithm::eltwise_tanh, 0.0F, 0.0F);
    case ActivationFunction::kSwish:
      return append(dnnl::algorithm::eltwise_swish, 1.0F, 0.0F);
    case ActivationFunction::kHardSwish:
      return append(dnnl::algorithm::eltwise_hardswish, 0.0F, 0.0F);
    case ActivationFunction::kGelu:
      return append(dnnl::algorithm::eltwise_gelu_erf, 0.0F, 0.0F);
    case ActivationFunction::kGeluTanh:
      return append(dnnl::algorithm::eltwise_gelu_tanh, 0.0F, 0.0F);
    case ActivationFunction::kElu:
      return append(dnnl::algorithm::eltwise_elu, activation.alpha, 0.0F);
    case ActivationFunction::kHardSigmoid:
    case ActivationFunction::kErf:
    case ActivationFunction::kExp:
    case ActivationFunction::kSoftplus:
    case ActivationFunction::kSoftsign:
    case ActivationFunction::kAbsolute:
      return false;
  }
  return false;
}

/// [f][window position][c] with zeros at all positions but each channel's own.
void spread_shifted(const Gemm& gemm, float* spread) {
  const std::int64_t positions = gemm.window.kernel_height * gemm.window.kernel_width;
  std::fill_n(spread, gemm.n * positions * gemm.k, 0.0F);
  for (std::int64_t f = 0; f < gemm.n; ++f) {
    for (std::int64_t c = 0; c < gemm.k; ++c) {
      const ChannelTap& tap = gemm.taps[static_cast<std::size_t>(c)];
      const std::int64_t position = tap.row * gemm.window.kernel_width + tap.column;
      spread[(f * positions + position) * gemm.k + c] =
          (*gemm.weights)[static_cast<std::size_t>(f * gemm.k + c)];
    }
  }
}

}  // namespace

memory::desc feature_descriptor(const FeatureShape& shape) {
  return {
      {shape.images, shape.channels, shape.height, shape.width}, memory::data_type::f32, Tag::nhwc};
}

memory::dims strides(const Window& window) { return {window.stride_height, window.stride_width}; }
memory::dims padding_before(const Window& window) { return {window.pad_top, window.pad_left}; }
memory::dims padding_after(const Window& window) { return {window.pad_bottom, window.pad_right}; }
memory::dims dilations(const Window& window) {
  return {window.dilation_height - 1, window.dilation_width - 1};
}

dnnl::primitive_attr FloatProgram::leading_steps(const Layer& layer,
                                                 std::size_t& fused_steps) const {
  dnnl::primitive_attr attributes;
  dnnl::post_ops operations;
  fused_steps = 0;
  if (!layer.steps.empty() && layer.steps[0].kind == PostStep::Kind::kActivation &&
      append_activation(layer.steps[0].activation, operations)) {
    fused_steps = 1;
  }
  attributes.set_post_ops(operations);
  return attributes;
}

memory FloatProgram::bias_memory(const Gemm& gemm) const {
  memory bias({{gemm.filters()}, memory::data_type::f32, Tag::a}, engine_);
  auto* const values = static_cast<float*>(bias.get_data_handle());
  std::fill_n(values, gemm.filters(), 0.0F);
  std::ranges::copy(gemm.bias, values);
  return bias;
}

FloatProgram::Stage FloatProgram::prepare(const Layer& layer, const Gemm& gemm) {
  if (gemm.second) return prepare_product(layer, gemm);
  if (!gemm.weights) {
    throw std::invalid_argument(fmt::format("layer '{}' has no weights", layer.name));
  }
  const FeatureShape input =
      gemm_input_shape(gemm, network_->feature(layer.inputs[0]).shape, layer.name);
  const bool is_matrix_product = gemm.window == Window{} && gemm.groups == 1;
  return is_matrix_product && input.height * input.width == 1
             ? prepare_linear(layer, gemm)
             : prepare_convolution(layer, gemm, input);
}

FloatProgram::Stage FloatProgram::prepare_linear(const Layer& layer, const Gemm& gemm) {
  constexpr auto kFloat = memory::data_type::f32;
  std::size_t fused_steps = 0;
  const dnnl::primitive_attr attributes = leading_steps(layer, fused_steps);
  // Weights as they are: they are read once, and a reorder would read and write them first.
  const memory::desc data({gemm.m, gemm.k}, kFloat, Tag::ab);
  const memory::desc weights({gemm.n, gemm.k}, kFloat, Tag::ab);
  const memory::desc sums({gemm.m, gemm.n}, kFloat, Tag::ab);
  const memory bias = bias_memory(gemm);
  const dnnl::inner_product_forward::primitive_desc description(
      {dnnl::prop_kind::forward_inference, data, weights, bias.get_desc(), sums}, attributes,
      engine_);
  return execute_later(
      dnnl::inner_product_forward(description),
      {{DNNL_ARG_SRC, feature_memory(layer.inputs[0], data)},
       {DNNL_ARG_WEIGHTS, {weights, engine_, const_cast<float*>(gemm.weights->data())}},
       {DNNL_ARG_BIAS, bias},
       {DNNL_ARG_DST, feature_memory(layer.output, sums)}},
      fused_steps);
}

FloatProgram::Stage FloatProgram::prepare_convolution(const Layer& layer, const Gemm& gemm,
                                                      const FeatureShape& input) {
  constexpr auto kFloat = memory::data_type::f32;
  const Window& window = gemm.window;
  const std::int64_t channels = input.channels / gemm.groups;
  const memory::dims shape =
      gemm.groups == 1
          ? memory::dims{gemm.n, channels, window.kernel_height, window.kernel_width}
          : memory::dims{gemm.groups, gemm.n, channels, window.kernel_height, window.kernel_width};
  const memory::desc data = feature_descriptor(input);
  const memory::desc sums = feature_descriptor({.images = input.images,
                                                .height = window_rows(window, input.height),
                                                .width = window_columns(window, input.width),
                                                .channels = gemm.filters()});
  const memory::desc given_order(shape, kFloat, gemm.groups == 1 ? Tag::ohwi : Tag::gohwi);
  memory given = gemm.taps.empty()
                     ? memory(given_order, engine_, const_cast<float*>(gemm.weights->data()))
                     : memory(given_order, engine_);
  if (!gemm.taps.empty()) spread_shifted(gemm, static_cast<float*>(given.get_data_handle()));
  const memory bias = bias_memory(gemm);

  std::size_t fused_steps = 0;
  const dnnl::primitive_attr attributes = leading_steps(layer, fused_steps);
  const dnnl::convolution_forward::primitive_desc description(
      {dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, data,
       memory::desc(shape, kFloat, Tag::any), bias.get_desc(), sums, strides(window),
       dilations(window), padding_before(window), padding_after(window)},
      attributes, engine_);
  memory weights = given;
  if (description.weights_desc() != given.get_desc()) {
    weights = memory(description.weights_desc(), engine_);
    dnnl::reorder(given, weights).execute(stream_, given, weights);
    stream_.wait();
  }
  return execute_later(dnnl::convolution_forward(description),
                       {{DNNL_ARG_SRC, feature_memory(layer.inputs[0], data)},
                        {DNNL_ARG_WEIGHTS, weights},
                        {DNNL_ARG_BIAS, bias},
                        {DNNL_ARG_DST, feature_memory(layer.output, sums)}},
                       fused_steps);
}

}  // namespace systerm
