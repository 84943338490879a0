// SPDX-License-Identifier: Apache-2.0
// The types of layers of convolutional networks, and the list of all types.
#include <array>

#include <fmt/format.h>

#include "workloads/zoo/layer_form.h"

namespace systerm {

namespace {

enum class LayerNorm : std::uint8_t { kNone, kBatch };
constexpr std::array kNorms{Choice{"none", LayerNorm::kNone}, Choice{"batch", LayerNorm::kBatch}};

/// Functions that need no parameter of their own; relu6 brings its bound.
constexpr std::array kActivations{
    Choice{"none", ActivationFunction::kIdentity},
    Choice{"relu", ActivationFunction::kRelu},
    Choice{"relu6", ActivationFunction::kClip},
    Choice{"sigmoid", ActivationFunction::kSigmoid},
    Choice{"tanh", ActivationFunction::kTanh},
    Choice{"swish", ActivationFunction::kSwish},
    Choice{"hard_swish", ActivationFunction::kHardSwish},
    Choice{"gelu", ActivationFunction::kGelu},
    Choice{"gelu_tanh", ActivationFunction::kGeluTanh},
};

void add_activation(LayerForm& form, ActivationFunction function) {
  Activation activation{.function = function};
  if (function == ActivationFunction::kClip) activation.beta = 6.0F;
  form.add_behind("activation", op::Activate{activation});
}

void read_activation(LayerForm& form) {
  ActivationFunction function = ActivationFunction::kIdentity;
  form.mapping().choice("activation", function, kActivations);
  if (function != ActivationFunction::kIdentity) add_activation(form, function);
}

void read_norm(LayerForm& form, std::int64_t channels) {
  LayerNorm norm = LayerNorm::kNone;
  form.mapping().choice("norm", norm, kNorms);
  if (norm == LayerNorm::kNone || !form.is_valid()) return;
  std::vector<TensorId> parameters;
  for (const char* suffix : {"/norm.weight", "/norm.bias", "/norm.mean", "/norm.variance"}) {
    parameters.push_back(form.parameter(suffix, {channels}));
  }
  form.add_behind("norm", op::BatchNorm{}, parameters);
}

bool expect_image(LayerForm& form) {
  if (form.shape().size() == 4) return true;
  form.error(fmt::format("reads {}, which is no image", to_string(form.shape())));
  return false;
}

/// Biased unless a norm follows.
bool read_bias(LayerForm& form) {
  bool is_biased = true;
  const bool is_given = form.mapping().boolean("bias", is_biased);
  return is_given ? is_biased : !form.mapping().has("norm");
}

bool expect_divided(LayerForm& form, std::int64_t groups) {
  const std::int64_t channels = form.shape()[1];
  if (channels % groups == 0) return true;
  form.mapping().node().error_at(
      "groups", fmt::format("{} groups do not divide {} channels", groups, channels));
  return false;
}

void read_convolution(LayerForm& form) {
  if (!expect_image(form)) return;
  const std::int64_t channels = form.shape()[1];
  std::int64_t filters = 0;
  op::Convolution convolution;
  form.mapping().integer("filters", filters, kPositive, Presence::kRequired);
  convolution.window = form.read_window(false);
  form.mapping().integer("groups", convolution.groups, kPositive);
  const bool is_biased = read_bias(form);
  if (!form.is_valid() || !expect_divided(form, convolution.groups)) return;
  std::vector<TensorId> parameters{form.parameter(
      ".weight", {filters, channels / convolution.groups, convolution.window.kernel_height,
                  convolution.window.kernel_width})};
  if (is_biased) parameters.push_back(form.parameter(".bias", {filters}));
  form.add_behind("sum", convolution, parameters);
  read_norm(form, filters);
  read_activation(form);
}

void read_transposed_convolution(LayerForm& form) {
  if (!expect_image(form)) return;
  const std::int64_t channels = form.shape()[1];
  std::int64_t filters = 0;
  op::TransposedConvolution convolution;
  form.mapping().integer("filters", filters, kPositive, Presence::kRequired);
  convolution.window = form.read_window(false);
  form.mapping().integer("groups", convolution.groups, kPositive);
  form.read_pair("extra", convolution.extra_height, convolution.extra_width, kNotNegative);
  const bool is_biased = read_bias(form);
  if (!form.is_valid() || !expect_divided(form, convolution.groups)) return;
  std::vector<TensorId> parameters{form.parameter(
      ".weight", {channels, filters / convolution.groups, convolution.window.kernel_height,
                  convolution.window.kernel_width})};
  if (is_biased) parameters.push_back(form.parameter(".bias", {filters}));
  form.add_behind("sum", convolution, parameters);
  read_norm(form, filters);
  read_activation(form);
}

/// As many channels go each of the nine ways, those that are left over nowhere. Ours: which channel
/// goes where in the published networks is not known.
void read_shift(LayerForm& form) {
  if (!expect_image(form)) return;
  constexpr std::int64_t kWays = 9;
  op::Shift shift;
  const std::int64_t channels = form.shape()[1];
  const std::int64_t share = channels / kWays;
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    const std::int64_t way = channel < share * kWays ? channel / share : kWays / 2;
    shift.offsets.push_back(
        {.row = static_cast<int>(way / 3) - 1, .column = static_cast<int>(way % 3) - 1});
  }
  form.add_behind("shifted", shift);
}

void read_batch_norm(LayerForm& form) {
  if (form.shape().size() < 2) {
    form.error(fmt::format("reads {}, which has no channels", to_string(form.shape())));
    return;
  }
  std::vector<TensorId> parameters;
  for (const char* suffix : {".weight", ".bias", ".mean", ".variance"}) {
    parameters.push_back(form.parameter(suffix, {form.shape()[1]}));
  }
  form.add_behind("norm", op::BatchNorm{}, parameters);
  read_activation(form);
}

void read_linear(LayerForm& form) {
  std::int64_t features = 0;
  bool is_biased = true;
  bool is_tied = false;
  form.mapping().integer("features", features, kPositive, Presence::kRequired);
  form.mapping().boolean("bias", is_biased);
  form.mapping().boolean("tied", is_tied);
  if (!form.is_valid()) return;
  std::vector<TensorId> parameters{form.parameter(".weight", {features, form.shape().back()})};
  if (is_biased) parameters.push_back(form.parameter(".bias", {features}));
  form.add_behind("sum", op::Linear{.is_tied = is_tied}, parameters);
  read_activation(form);
}

void read_pool(LayerForm& form, Pool::Kind kind) {
  op::Pooling pooling{.kind = kind, .window = form.read_window(true)};
  if (kind == Pool::Kind::kAverage) {
    form.mapping().boolean("count_padding", pooling.count_padding);
  }
  form.add_behind("pool", pooling);
  read_activation(form);
}

void read_max_pool(LayerForm& form) { read_pool(form, Pool::Kind::kMax); }
void read_average_pool(LayerForm& form) { read_pool(form, Pool::Kind::kAverage); }

void read_global_average_pool(LayerForm& form) {
  form.add_behind("pool", op::GlobalPooling{});
  read_activation(form);
}

void read_binary(LayerForm& form, op::Binary::Kind kind) {
  form.add("result", op::Binary{kind},
           std::vector<NodeInput>(form.inputs().begin(), form.inputs().end()));
  read_activation(form);
}

void read_add(LayerForm& form) {
  bool is_reversible = false;
  form.mapping().boolean("reversible", is_reversible);
  if (is_reversible) form.mark_reversible();
  read_binary(form, op::Binary::Kind::kAdd);
}
void read_multiply(LayerForm& form) { read_binary(form, op::Binary::Kind::kMultiply); }

void read_concatenation(LayerForm& form) {
  form.add("joined", op::Concatenate{.axis = 1},
           std::vector<NodeInput>(form.inputs().begin(), form.inputs().end()));
  read_activation(form);
}

/// An activation of its own says which one under another key.
void read_function(LayerForm& form) {
  ActivationFunction function = ActivationFunction::kIdentity;
  form.mapping().choice("function", function, kActivations, Presence::kRequired);
  add_activation(form, function);
}

void read_flatten(LayerForm& form) {
  form.add_behind("flat", op::Flatten{});
  read_activation(form);
}

void read_softmax(LayerForm& form) {
  form.add_behind("softmax", op::Softmax{.axes = {1}});
  read_activation(form);
}

}  // namespace

const std::vector<LayerTypeEntry>& layer_types() {
  static const std::vector<LayerTypeEntry> kTypes{
      {"convolution", read_convolution},
      {"transposed_convolution", read_transposed_convolution},
      {"shift", read_shift},
      {"linear", read_linear},
      {"batch_norm", read_batch_norm},
      {"max_pool", read_max_pool},
      {"average_pool", read_average_pool},
      {"global_average_pool", read_global_average_pool},
      {"add", read_add},
      {"multiply", read_multiply},
      {"concatenation", read_concatenation},
      {"half", read_half},
      {"shortcut", read_shortcut},
      {"space_to_depth", read_space_to_depth},
      {"activation", read_function},
      {"flatten", read_flatten},
      {"softmax", read_softmax},
      {"scale", read_scale},
      {"layer_norm", read_layer_norm},
      {"rms_norm", read_rms_norm},
      {"embedding", read_embedding},
      {"tokens", read_tokens},
      {"class_token", read_class_token},
      {"position_embedding", read_position_embedding},
      {"token", read_token},
      {"rotary_embedding", read_rotary},
      {"cache", read_cache},
      {"attention", read_attention},
      {"lstm", read_lstm},
      {"gru", read_gru},
  };
  return kTypes;
}

}  // namespace systerm
