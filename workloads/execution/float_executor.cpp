// SPDX-License-Identifier: Apache-2.0
#include "workloads/execution/float_executor.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <omp.h>
#include <oneapi/dnnl/dnnl.hpp>

#include "components/arithmetic/vector_operations.h"
#include "workloads/execution/broadcast.h"
#include "workloads/execution/feature_layout.h"
#include "workloads/execution/gemm_geometry.h"

namespace systerm {

namespace {

using dnnl::memory;
using Tag = memory::format_tag;

constexpr std::align_val_t kAlignment{64};

std::size_t size(std::int64_t value) { return static_cast<std::size_t>(value); }

/// Uninitialised, aligned for vector loads.
class Buffer {
 public:
  explicit Buffer(std::size_t elements)
      : data_(static_cast<float*>(::operator new(elements * sizeof(float), kAlignment))) {}
  float* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* data) const { ::operator delete(data, kAlignment); }
  };
  std::unique_ptr<float, Free> data_;
};

/// One thread unless the user asked for a number.
class ThreadLimit {
 public:
  ThreadLimit() : before_(omp_get_max_threads()) {
    if (std::getenv("OMP_NUM_THREADS") == nullptr) omp_set_num_threads(1);
  }
  ~ThreadLimit() { omp_set_num_threads(before_); }
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  int before_;
};

memory::desc feature_descriptor(const FeatureShape& shape) {
  return {
      {shape.images, shape.channels, shape.height, shape.width}, memory::data_type::f32, Tag::nhwc};
}

memory::dims strides(const Window& window) { return {window.stride_height, window.stride_width}; }
memory::dims dilations(const Window& window) {
  return {window.dilation_height - 1, window.dilation_width - 1};
}
memory::dims padding_before(const Window& window) { return {window.pad_top, window.pad_left}; }
memory::dims padding_after(const Window& window) { return {window.pad_bottom, window.pad_right}; }

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
    case ActivationFunction::kHardSigmoid:
      return false;
  }
  return false;
}

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

/// The primitives of all layers, and the memory their features live in.
class FloatExecutor::Program {
 public:
  explicit Program(std::shared_ptr<const Network> network);

  const Network& network() const { return *network_; }
  void run(std::span<const Tensor> inputs, const Observer& observer);

 private:
  struct Stage {
    std::function<void()> operation;
    std::size_t fused_steps = 0;  ///< leading steps that `operation` does itself
  };

  void assign_memory();
  std::span<float> values(FeatureId id) const {
    return {buffers_[slots_[index(id)]].data(), size(network_->feature(id).shape.elements())};
  }
  memory feature_memory(FeatureId id, const memory::desc& descriptor) const {
    return {descriptor, engine_, values(id).data()};
  }

  Stage prepare(const Layer& layer, const Gemm& gemm);
  Stage prepare_linear(const Layer& layer, const Gemm& gemm);
  Stage prepare_convolution(const Layer& layer, const Gemm& gemm, const FeatureShape& input);
  Stage prepare(const Layer& layer, const Pool& pool);
  Stage prepare(const Layer& layer, const Elementwise&);
  Stage prepare(const Layer& layer, const Concatenation&);
  Stage prepare(const Layer& layer, const Softmax&);
  dnnl::primitive_attr leading_steps(const Layer& layer, std::size_t& fused_steps) const;
  Stage execute_later(dnnl::primitive primitive, std::unordered_map<int, memory> arguments,
                      std::size_t fused_steps);
  memory bias_memory(const Gemm& gemm) const;
  void apply_steps(const Layer& layer, std::size_t first_step) const;

  std::shared_ptr<const Network> network_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<std::size_t> slots_;  ///< buffer of each feature
  std::vector<Buffer> buffers_;
  std::vector<Stage> stages_;
};

FloatExecutor::Program::Program(std::shared_ptr<const Network> network)
    : network_(std::move(network)) {
  assign_memory();
  for (const Layer& layer : network_->layers) {
    try {
      stages_.push_back(std::visit([&](const auto& operation) { return prepare(layer, operation); },
                                   layer.operation));
    } catch (const dnnl::error& error) {
      throw std::invalid_argument(
          fmt::format("layer '{}' cannot be executed: {}", layer.name, error.what()));
    }
  }
}

/// A feature takes the free buffer that fits best, and gives it back after its last reader.
void FloatExecutor::Program::assign_memory() {
  const std::vector<Layer>& layers = network_->layers;
  constexpr std::size_t kNever = 0;
  std::vector<std::size_t> last_reader(network_->features.size(), kNever);
  for (std::size_t position = 0; position < layers.size(); ++position) {
    for (const FeatureId id : layers[position].inputs) last_reader[index(id)] = position + 1;
    // A feature that nobody reads still needs its memory while its layer runs.
    auto& own = last_reader[index(layers[position].output)];
    own = std::max(own, position + 1);
  }
  for (const FeatureId id : network_->outputs) last_reader[index(id)] = layers.size() + 1;

  slots_.assign(network_->features.size(), 0);
  std::vector<std::size_t> slot_elements;
  std::vector<std::size_t> free_slots;
  const auto take = [&](FeatureId id) {
    const std::size_t wanted = size(network_->feature(id).shape.elements());
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < free_slots.size(); ++i) {
      const std::size_t have = slot_elements[free_slots[i]];
      if (have >= wanted && (!best || have < slot_elements[free_slots[*best]])) best = i;
    }
    if (best) {
      slots_[index(id)] = free_slots[*best];
      free_slots.erase(free_slots.begin() + static_cast<std::ptrdiff_t>(*best));
    } else {
      slots_[index(id)] = slot_elements.size();
      slot_elements.push_back(wanted);
    }
  };
  for (const FeatureId id : network_->inputs) take(id);
  for (std::size_t position = 0; position < layers.size(); ++position) {
    take(layers[position].output);
    for (std::size_t i = 0; i < last_reader.size(); ++i) {
      if (last_reader[i] == position + 1) free_slots.push_back(slots_[i]);
    }
  }
  for (const std::size_t elements : slot_elements) buffers_.emplace_back(elements);
}

dnnl::primitive_attr FloatExecutor::Program::leading_steps(const Layer& layer,
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

FloatExecutor::Program::Stage FloatExecutor::Program::execute_later(
    dnnl::primitive primitive, std::unordered_map<int, memory> arguments, std::size_t fused_steps) {
  return {[this, primitive = std::move(primitive), arguments = std::move(arguments)] {
            primitive.execute(stream_, arguments);
          },
          fused_steps};
}

memory FloatExecutor::Program::bias_memory(const Gemm& gemm) const {
  memory bias({{gemm.filters()}, memory::data_type::f32, Tag::a}, engine_);
  auto* const values = static_cast<float*>(bias.get_data_handle());
  std::fill_n(values, gemm.filters(), 0.0F);
  std::ranges::copy(gemm.bias, values);
  return bias;
}

FloatExecutor::Program::Stage FloatExecutor::Program::prepare(const Layer& layer,
                                                              const Gemm& gemm) {
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

FloatExecutor::Program::Stage FloatExecutor::Program::prepare_linear(const Layer& layer,
                                                                     const Gemm& gemm) {
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

FloatExecutor::Program::Stage FloatExecutor::Program::prepare_convolution(
    const Layer& layer, const Gemm& gemm, const FeatureShape& input) {
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
  memory given({shape, kFloat, gemm.groups == 1 ? Tag::ohwi : Tag::gohwi}, engine_,
               const_cast<float*>(gemm.weights->data()));
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

FloatExecutor::Program::Stage FloatExecutor::Program::prepare(const Layer& layer,
                                                              const Pool& pool) {
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

FloatExecutor::Program::Stage FloatExecutor::Program::prepare(const Layer& layer,
                                                              const Elementwise&) {
  return {[input = values(layer.inputs[0]), output = values(layer.output)] {
    std::ranges::copy(input, output.begin());
  }};
}

FloatExecutor::Program::Stage FloatExecutor::Program::prepare(const Layer& layer,
                                                              const Concatenation&) {
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

FloatExecutor::Program::Stage FloatExecutor::Program::prepare(const Layer& layer, const Softmax&) {
  return {[input = values(layer.inputs[0]), output = values(layer.output),
           channels = size(network_->feature(layer.output).shape.channels)] {
    for (std::size_t start = 0; start < input.size(); start += channels) {
      softmax(input.subspan(start, channels), output.subspan(start, channels));
    }
  }};
}

void FloatExecutor::Program::apply_steps(const Layer& layer, std::size_t first_step) const {
  const FeatureShape& shape = network_->feature(layer.output).shape;
  const std::span<float> result = values(layer.output);
  for (std::size_t i = first_step; i < layer.steps.size(); ++i) {
    const PostStep& step = layer.steps[i];
    if (step.kind == PostStep::Kind::kActivation) {
      apply_activation(step.activation, result);
      continue;
    }
    const FeatureId operand = layer.inputs[size(step.operand)];
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

void FloatExecutor::Program::run(std::span<const Tensor> inputs, const Observer& observer) {
  if (inputs.size() != network_->inputs.size()) {
    throw std::invalid_argument(
        fmt::format("{} inputs given, {} wanted", inputs.size(), network_->inputs.size()));
  }
  const auto finished = [&](FeatureId id) { observer(id, values(id)); };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const FeatureId id = network_->inputs[i];
    std::ranges::copy(to_memory_order(network_->feature(id), inputs[i]), values(id).begin());
    finished(id);
  }
  for (std::size_t position = 0; position < stages_.size(); ++position) {
    const Layer& layer = network_->layers[position];
    stages_[position].operation();
    stream_.wait();
    apply_steps(layer, stages_[position].fused_steps);
    finished(layer.output);
  }
}

FloatExecutor::FloatExecutor(std::shared_ptr<const Network> network) {
  const ThreadLimit limit;
  program_ = std::make_unique<Program>(std::move(network));
}
FloatExecutor::~FloatExecutor() = default;
FloatExecutor::FloatExecutor(FloatExecutor&&) noexcept = default;
FloatExecutor& FloatExecutor::operator=(FloatExecutor&&) noexcept = default;

void FloatExecutor::run(std::span<const Tensor> inputs, const Observer& observer) {
  const ThreadLimit limit;
  program_->run(inputs, observer);
}

std::vector<Tensor> FloatExecutor::run(std::span<const Tensor> inputs) {
  const Network& network = program_->network();
  std::vector<Tensor> outputs(network.outputs.size());
  run(inputs, [&](FeatureId id, std::span<const float> values) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (network.outputs[i] == id) outputs[i] = to_source_order(network.feature(id), values);
    }
  });
  return outputs;
}

std::vector<std::vector<float>> FloatExecutor::run_all(std::span<const Tensor> inputs) {
  std::vector<std::vector<float>> features(program_->network().features.size());
  run(inputs, [&](FeatureId id, std::span<const float> values) {
    features[index(id)].assign(values.begin(), values.end());
  });
  return features;
}

void calibrate(FloatExecutor& executor, std::span<const Tensor> inputs,
               std::span<MagnitudeHistogram> magnitudes) {
  executor.run(inputs, [&](FeatureId id, std::span<const float> values) {
    magnitudes[index(id)].add(values);
  });
}

}  // namespace systerm
