// SPDX-License-Identifier: Apache-2.0
// LSTM and GRU, unrolled: one product over all positions for the inputs, then a product and the
// gates for each position, which use the same weights again.
#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "workloads/graph/lowering/placement.h"
#include "workloads/graph/lowering/reordering.h"

namespace systerm {

namespace {

class Unroller {
 public:
  Unroller(LayerBuilder& builder, const GraphNode& node, const op::Recurrent& recurrent)
      : builder_(builder),
        node_(node),
        recurrent_(recurrent),
        shape_(builder.shape(node.inputs[0])),
        rows_(recurrent.gates() * recurrent.units) {}

  void unroll() {
    const GraphTensor& input_weights = builder_.constant(node_.inputs[1]);
    recurrent_weights_ = builder_.constant(node_.inputs[2]).values;
    read_biases();
    const FeatureId from =
        reordered(builder_, node_, node_.inputs[0], shape_, {0, 1, 2},
                  {.images = shape_[0], .width = shape_[1], .channels = shape_[2]});
    const bool is_lstm = recurrent_.kind == op::Recurrent::Kind::kLstm;
    std::vector<float> bias = input_bias_;
    // Both biases of an LSTM meet in one sum.
    if (is_lstm) {
      for (std::size_t i = 0; i < bias.size(); ++i) bias[i] += recurrent_bias_[i];
    }
    Gemm inputs{.m = shape_[0] * shape_[1], .k = shape_[2], .n = rows_};
    checked_macs(node_, inputs.m, inputs.k, inputs.n);
    check_channels(node_, rows_);
    inputs.weights = input_weights.values;
    inputs.bias = std::move(bias);
    gates_ =
        builder_.add_inner_layer(node_.name + "/input", "linear", std::move(inputs), {from}, {},
                                 {.images = shape_[0], .width = shape_[1], .channels = rows_});
    std::vector<FeatureId> outputs(static_cast<std::size_t>(shape_[1]));
    FeatureId state = zeros("initial_state");
    FeatureId output = state;
    for (std::int64_t step = 0; step < shape_[1]; ++step) {
      const std::int64_t position = recurrent_.is_reverse ? shape_[1] - 1 - step : step;
      if (is_lstm) {
        lstm_step(position, step == 0, state, output);
      } else {
        gru_step(position, step == 0, output);
      }
      outputs[static_cast<std::size_t>(position)] = output;
    }
    join(outputs);
  }

 private:
  std::string name(const char* what, std::int64_t position) const {
    return fmt::format("{}/{}{}", node_.name, what, position);
  }
  FeatureShape vectors(std::int64_t channels) const {
    return {.images = shape_[0], .channels = channels};
  }

  void read_biases() {
    const auto count = static_cast<std::size_t>(rows_);
    has_bias_ = node_.inputs.size() > 3;
    input_bias_.assign(has_bias_ ? count : 0, 0.0F);
    recurrent_bias_ = input_bias_;
    if (!has_bias_) return;
    const GraphTensor& bias = builder_.constant(node_.inputs[3]);
    if (!bias.values) return;
    std::copy_n(bias.values->begin(), count, input_bias_.begin());
    std::copy_n(bias.values->begin() + rows_, count, recurrent_bias_.begin());
  }

  FeatureId zeros(const char* what) {
    const FeatureShape shape{.channels = recurrent_.units};
    return builder_.add_constant_feature(
        fmt::format("{}/{}", node_.name, what), shape,
        std::make_shared<const std::vector<float>>(static_cast<std::size_t>(recurrent_.units)),
        false);
  }

  /// The product of the inputs at one position.
  FeatureId inputs_at(std::int64_t position) {
    std::vector<std::int32_t> elements;
    for (std::int64_t image = 0; image < shape_[0]; ++image) {
      for (std::int64_t i = 0; i < rows_; ++i) {
        elements.push_back(static_cast<std::int32_t>((image * shape_[1] + position) * rows_ + i));
      }
    }
    return builder_.add_inner_layer(
        name("slice", position), "rearrangement",
        Rearrangement{std::make_shared<const std::vector<std::int32_t>>(std::move(elements))},
        {gates_}, {}, vectors(rows_));
  }

  /// The product of the previous output, with `operand` added to it where given.
  FeatureId recurrent_product(std::int64_t position, FeatureId output,
                              std::optional<FeatureId> operand) {
    Gemm gemm{.m = shape_[0], .k = recurrent_.units, .n = rows_};
    gemm.weights = recurrent_weights_;
    if (has_bias_ && !operand) gemm.bias = recurrent_bias_;
    if (first_product_) {
      gemm.weights_of = first_product_;
    } else {
      first_product_ = builder_.network().layers.size();
    }
    std::vector<FeatureId> inputs{output};
    std::vector<PostStep> steps;
    if (operand) {
      inputs.push_back(*operand);
      steps.push_back({.kind = PostStep::Kind::kAdd, .operand = 1});
    }
    return builder_.add_inner_layer(name("recurrent", position), "linear", std::move(gemm),
                                    std::move(inputs), std::move(steps), vectors(rows_));
  }

  void lstm_step(std::int64_t position, bool is_first, FeatureId& state, FeatureId& output) {
    FeatureId gates = inputs_at(position);
    // The output before the first position is zero, and so is its product.
    if (!is_first) gates = recurrent_product(position, output, gates);
    const FeatureShape shape = vectors(recurrent_.units);
    state = builder_.add_inner_layer(name("state", position), "lstm_state",
                                     RowOperation{make_lstm_state()}, {gates, state}, {}, shape);
    output = builder_.add_inner_layer(name("output", position), "lstm_output",
                                      RowOperation{make_lstm_output()}, {gates, state}, {}, shape);
  }

  void gru_step(std::int64_t position, bool is_first, FeatureId& output) {
    const FeatureId inputs = inputs_at(position);
    FeatureId recurrent{};
    if (is_first) {
      std::vector<float> bias = recurrent_bias_;
      bias.resize(static_cast<std::size_t>(rows_));
      recurrent = builder_.add_constant_feature(
          node_.name + "/initial_product", {.channels = rows_},
          std::make_shared<const std::vector<float>>(std::move(bias)), false);
    } else {
      recurrent = recurrent_product(position, output, std::nullopt);
    }
    output = builder_.add_inner_layer(name("output", position), "gru_output",
                                      RowOperation{make_gru_output()}, {inputs, recurrent, output},
                                      {}, vectors(recurrent_.units));
  }

  /// The outputs of all positions, [image][position][unit].
  void join(std::vector<FeatureId> outputs) {
    std::vector<std::int32_t> elements;
    for (std::int64_t image = 0; image < shape_[0]; ++image) {
      for (std::int64_t position = 0; position < shape_[1]; ++position) {
        for (std::int64_t unit = 0; unit < recurrent_.units; ++unit) {
          elements.push_back(
              static_cast<std::int32_t>((position * shape_[0] + image) * recurrent_.units + unit));
        }
      }
    }
    builder_.add_layer(
        node_, "rearrangement",
        Rearrangement{std::make_shared<const std::vector<std::int32_t>>(std::move(elements))},
        std::move(outputs), {},
        {.images = shape_[0], .width = shape_[1], .channels = recurrent_.units},
        source_order(builder_.shape(node_.outputs.front())));
  }

  LayerBuilder& builder_;
  const GraphNode& node_;
  const op::Recurrent& recurrent_;
  const Shape& shape_;
  const std::int64_t rows_;
  bool has_bias_ = false;
  std::vector<float> input_bias_;
  std::vector<float> recurrent_bias_;
  std::shared_ptr<const std::vector<float>> recurrent_weights_;
  std::optional<std::size_t> first_product_;
  FeatureId gates_{};
};

}  // namespace

void place(LayerBuilder& builder, const GraphNode& node, const op::Recurrent& recurrent) {
  Unroller(builder, node, recurrent).unroll();
}

}  // namespace systerm
