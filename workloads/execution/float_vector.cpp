// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>

#include "components/arithmetic/vector_operations.h"
#include "workloads/execution/broadcast.h"
#include "workloads/execution/float_program.h"

namespace systerm {

using dnnl::memory;

namespace {

void apply_activation(const Activation& activation, std::span<float> values) {
  if (activation.function == ActivationFunction::kRelu) {
    for (float& value : values) value = value > 0.0F ? value : 0.0F;
  } else {
    for (float& value : values) value = apply(activation, value);
  }
}

template <typename Combine>
void combine(std::span<float> values, const FeatureShape& shape, const float* operand,
             const BroadcastStrides& strides, Combine&& operation) {
  float* value = values.data();
  for (std::int64_t image = 0; image < shape.images; ++image) {
    for (std::int64_t row = 0; row < shape.height; ++row) {
      for (std::int64_t column = 0; column < shape.width; ++column, value += shape.channels) {
        const float* const other =
            operand + image * strides.image + row * strides.row + column * strides.column;
        if (strides.channel == 1) {
          for (std::int64_t c = 0; c < shape.channels; ++c)
            value[c] = operation(value[c], other[c]);
        } else {
          for (std::int64_t c = 0; c < shape.channels; ++c) value[c] = operation(value[c], *other);
        }
      }
    }
  }
}

}  // namespace

FloatProgram::Stage FloatProgram::prepare(const Layer& layer, const Pool& pool) {
  const Window& window = pool.window;
  const memory::desc data = feature_descriptor(network_->feature(layer.inputs[0]).shape);
  const memory::desc result = feature_descriptor(network_->feature(layer.output).shape);
  const dnnl::algorithm algorithm = pool.kind == Pool::Kind::kMax ? dnnl::algorithm::pooling_max
                                    : pool.count_padding
                                        ? dnnl::algorithm::pooling_avg_include_padding
                                        : dnnl::algorithm::pooling_avg_exclude_padding;
  const dnnl::pooling_v2_forward::primitive_desc description(
      {dnnl::prop_kind::forward_inference,
       algorithm,
       data,
       result,
       strides(window),
       {window.kernel_height, window.kernel_width},
       dilations(window),
       padding_before(window),
       padding_after(window)},
      engine_);
  return execute_later(dnnl::pooling_v2_forward(description),
                       {{DNNL_ARG_SRC, feature_memory(layer.inputs[0], data)},
                        {DNNL_ARG_DST, feature_memory(layer.output, result)}},
                       0);
}

FloatProgram::Stage FloatProgram::prepare(const Layer& layer, const Elementwise&) {
  return {[input = values(layer.inputs[0]), output = values(layer.output)] {
    std::ranges::copy(input, output.begin());
  }};
}

FloatProgram::Stage FloatProgram::prepare(const Layer& layer, const Concatenation&) {
  return {[this, &layer] {
    const FeatureShape& shape = network_->feature(layer.output).shape;
    const std::int64_t pixels = shape.images * shape.height * shape.width;
    std::int64_t first_channel = 0;
    for (const FeatureId id : layer.inputs) {
      const std::int64_t channels = network_->feature(id).shape.channels;
      for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
        std::copy_n(values(id).data() + pixel * channels, channels,
                    values(layer.output).data() + pixel * shape.channels + first_channel);
      }
      first_channel += channels;
    }
  }};
}

FloatProgram::Stage FloatProgram::prepare(const Layer& layer, const Softmax&) {
  return {[input = values(layer.inputs[0]), output = values(layer.output),
           channels = count(network_->feature(layer.output).shape.channels)] {
    for (std::size_t start = 0; start < input.size(); start += channels) {
      softmax(input.subspan(start, channels), output.subspan(start, channels));
    }
  }};
}

std::vector<FeatureValues> FloatProgram::inputs_of(const Layer& layer) const {
  std::vector<FeatureValues> inputs;
  for (const FeatureId id : layer.inputs) {
    inputs.push_back({network_->feature(id).shape, values(id)});
  }
  return inputs;
}

FloatProgram::Stage FloatProgram::prepare(const Layer& layer, const RowOperation& operation) {
  return {[inputs = inputs_of(layer), function = operation.function, output = values(layer.output),
           shape = network_->feature(layer.output).shape] {
    apply_rows(*function, inputs, shape, output);
  }};
}

FloatProgram::Stage FloatProgram::prepare(const Layer& layer, const Lookup&) {
  return {[inputs = inputs_of(layer), output = values(layer.output)] {
    look_up(inputs[0].values, inputs[1], output);
  }};
}

FloatProgram::Stage FloatProgram::prepare(const Layer& layer, const Rearrangement& rearrangement) {
  return {[inputs = inputs_of(layer), source = rearrangement.source,
           output = values(layer.output)] { rearrange(*source, inputs, output); }};
}

void FloatProgram::apply_steps(const Layer& layer, std::size_t first_step) const {
  const FeatureShape& shape = network_->feature(layer.output).shape;
  const std::span<float> result = values(layer.output);
  for (std::size_t i = first_step; i < layer.steps.size(); ++i) {
    const PostStep& step = layer.steps[i];
    if (step.kind == PostStep::Kind::kActivation) {
      apply_activation(step.activation, result);
      continue;
    }
    const FeatureId operand = layer.inputs[count(step.operand)];
    const BroadcastStrides distances =
        broadcast_strides(network_->feature(operand).shape, shape, layer.name);
    const float* const data = values(operand).data();
    if (step.kind == PostStep::Kind::kAdd) {
      combine(result, shape, data, distances, std::plus<float>());
    } else {
      combine(result, shape, data, distances, std::multiplies<float>());
    }
  }
}

}  // namespace systerm
