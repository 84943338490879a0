// SPDX-License-Identifier: Apache-2.0
// Types of layers of transformers and recurrent networks. Sequences are [images, positions,
// features].
#include <cmath>

#include <fmt/format.h>

#include "workloads/zoo/layer_form.h"

namespace systerm {

namespace {

bool expect_sequence(LayerForm& form) {
  if (form.shape().size() == 3) return true;
  form.error(
      fmt::format("reads {}, expected [images, positions, features]", to_string(form.shape())));
  return false;
}

/// Over the features of a sequence, or the channels of an image.
void read_any_norm(LayerForm& form, bool subtracts_mean) {
  op::Norm norm{.subtracts_mean = subtracts_mean};
  form.mapping().number("epsilon", norm.epsilon, {.minimum = 0.0, .maximum = 1.0});
  if (!form.is_valid()) return;
  const bool is_image = form.shape().size() == 4;
  const std::int64_t channels = is_image ? form.shape()[1] : form.shape().back();
  if (is_image) form.add_behind("last", op::Transpose{{0, 2, 3, 1}});
  std::vector<TensorId> parameters{form.parameter(".weight", {channels})};
  if (subtracts_mean) parameters.push_back(form.parameter(".bias", {channels}));
  form.add_behind("norm", norm, parameters);
  if (is_image) form.add_behind("first", op::Transpose{{0, 3, 1, 2}});
}

void read_recurrent(LayerForm& form, op::Recurrent::Kind kind) {
  op::Recurrent recurrent{.kind = kind};
  form.mapping().integer("units", recurrent.units, kPositive, Presence::kRequired);
  if (!form.is_valid() || !expect_sequence(form)) return;
  const std::int64_t rows = recurrent.gates() * recurrent.units;
  form.add_behind(
      "sequence", recurrent,
      {form.parameter(".weight_ih", {rows, form.shape()[2]}),
       form.parameter(".weight_hh", {rows, recurrent.units}), form.parameter(".bias", {2 * rows})});
}

}  // namespace

void read_layer_norm(LayerForm& form) { read_any_norm(form, true); }
void read_rms_norm(LayerForm& form) { read_any_norm(form, false); }

void read_embedding(LayerForm& form) {
  std::int64_t rows = 0;
  std::int64_t features = 0;
  form.mapping().integer("rows", rows, kPositive, Presence::kRequired);
  form.mapping().integer("features", features, kPositive, Presence::kRequired);
  if (!form.is_valid()) return;
  form.add_behind("rows", op::Lookup{}, {form.parameter(".weight", {rows, features})});
}

/// A factor for each channel.
void read_scale(LayerForm& form) {
  const bool is_image = form.shape().size() == 4;
  const std::int64_t channels = is_image ? form.shape()[1] : form.shape().back();
  const TensorId factors =
      form.parameter(".weight", is_image ? Shape{channels, 1, 1} : Shape{channels});
  form.add_behind("result", op::Binary{op::Binary::Kind::kMultiply}, {factors});
}

/// The positions of an image as a sequence.
void read_tokens(LayerForm& form) {
  if (form.shape().size() != 4) {
    form.error(fmt::format("reads {}, which is no image", to_string(form.shape())));
    return;
  }
  form.add_behind("flat", op::Reshape{{0, 0, -1}});
  form.add_behind("tokens", op::Transpose{{0, 2, 1}});
}

/// A learned position in front of the others.
void read_class_token(LayerForm& form) {
  if (!expect_sequence(form)) return;
  const Shape shape = form.shape();
  const TensorId token = form.parameter(".weight", {1, 1, shape[2]});
  const NodeInput tokens = form.add("tokens", op::Expand{{shape[0], 1, shape[2]}}, {token});
  form.add("joined", op::Concatenate{.axis = 1}, {tokens, form.inputs().front()});
}

void read_position_embedding(LayerForm& form) {
  if (!expect_sequence(form)) return;
  const Shape& shape = form.shape();
  form.add_behind("sum", op::Binary{op::Binary::Kind::kAdd},
                  {form.parameter(".weight", {1, shape[1], shape[2]})});
}

/// One position of a sequence: [images, features].
void read_token(LayerForm& form) {
  std::int64_t position = 0;
  form.mapping().integer("position", position, kNotNegative);
  if (!form.is_valid() || !expect_sequence(form)) return;
  const Shape shape = form.shape();
  form.add_behind(
      "slice",
      op::Slice{.begin = {0, position, 0}, .extent = {shape[0], 1, shape[2]}, .step = {1, 1, 1}});
  form.add_behind("token", op::Reshape{{shape[0], shape[2]}});
}

/// Positions that were computed before, an input of the network, in front of the new ones.
void read_cache(LayerForm& form) {
  std::int64_t positions = 0;
  form.mapping().integer("positions", positions, kNotNegative, Presence::kRequired);
  if (!form.is_valid() || !expect_sequence(form)) return;
  if (positions == 0) {
    form.add_behind("all", op::Identity{});
    return;
  }
  const Shape& shape = form.shape();
  const TensorId earlier =
      form.graph().add_input(form.name() + ".earlier", {shape[0], positions, shape[2]});
  form.add("joined", op::Concatenate{.axis = 1}, {earlier, form.inputs().front()});
}

void read_rotary(LayerForm& form) {
  std::int64_t heads = 1;
  op::Rotary rotary;
  form.mapping().integer("heads", heads, kPositive, Presence::kRequired);
  form.mapping().number("base", rotary.embedding.base, {.minimum = 1.0, .maximum = 1e9});
  form.mapping().integer("first_position", rotary.embedding.first_position, kNotNegative);
  form.mapping().boolean("interleaved", rotary.embedding.is_interleaved);
  if (!form.is_valid() || !expect_sequence(form)) return;
  if (form.shape()[2] % heads != 0) {
    form.error(fmt::format("{} heads do not divide {} features", heads, form.shape()[2]));
    return;
  }
  rotary.embedding.head_channels = form.shape()[2] / heads;
  form.add_behind("rotated", rotary);
}

/// Scaled dot-product attention of queries, keys and values; keys and values may have fewer heads,
/// each of which serves as many heads of the queries.
void read_attention(LayerForm& form) {
  std::int64_t heads = 1;
  std::int64_t shared_heads = 0;
  bool is_causal = false;
  Mapping& mapping = form.mapping();
  mapping.integer("heads", heads, kPositive, Presence::kRequired);
  mapping.integer("key_value_heads", shared_heads, kPositive);
  mapping.boolean("causal", is_causal);
  if (!form.is_valid() || !form.expect_inputs(3)) return;
  if (shared_heads == 0) shared_heads = heads;
  const Shape queries = form.shape(0);
  const Shape keys = form.shape(1);
  const Shape values = form.shape(2);
  const bool fits = queries.size() == 3 && keys.size() == 3 && keys == values &&
                    heads % shared_heads == 0 && queries[2] % heads == 0 &&
                    keys[2] == queries[2] / heads * shared_heads;
  if (!fits) {
    form.error(fmt::format("{} heads of {} do not fit {} heads of {} and {}", heads,
                           to_string(queries), shared_heads, to_string(keys), to_string(values)));
    return;
  }
  const std::int64_t channels = queries[2] / heads;
  const std::int64_t sharing = heads / shared_heads;
  const auto split = [&](const char* name, std::size_t input, std::int64_t shared) {
    const Shape shape = form.shape(input);
    return form.add(name, op::Reshape{{shape[0], shape[1], shared_heads, shared, channels}},
                    {form.inputs()[input]});
  };
  // [images, shared heads, heads that share, positions, channels]
  const NodeInput q =
      form.add("queries", op::Transpose{{0, 2, 3, 1, 4}}, {split("query_heads", 0, sharing)});
  const NodeInput k = form.add("keys", op::Transpose{{0, 2, 3, 4, 1}}, {split("key_heads", 1, 1)});
  const NodeInput v =
      form.add("values", op::Transpose{{0, 2, 3, 1, 4}}, {split("value_heads", 2, 1)});
  const NodeInput scores = form.add("scores", op::MatMul{}, {q, k});
  const TensorId root = form.graph().add_constant(
      form.name() + ".scale", {},
      {static_cast<float>(1.0 / std::sqrt(static_cast<double>(channels)))});
  const NodeInput scaled =
      form.add("scaled", op::Binary{op::Binary::Kind::kMultiply}, {scores, root});
  const NodeInput probabilities = form.add(
      "probabilities",
      op::Softmax{.axes = {4}, .is_causal = is_causal, .visible_before = keys[1] - queries[1]},
      {scaled});
  const NodeInput context = form.add("context", op::MatMul{}, {probabilities, v});
  const NodeInput moved = form.add("moved", op::Transpose{{0, 3, 1, 2, 4}}, {context});
  form.add("joined", op::Reshape{{queries[0], queries[1], queries[2]}}, {moved});
}

void read_lstm(LayerForm& form) { read_recurrent(form, op::Recurrent::Kind::kLstm); }
void read_gru(LayerForm& form) { read_recurrent(form, op::Recurrent::Kind::kGru); }

}  // namespace systerm
