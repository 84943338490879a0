// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/differentiation.h"

#include <type_traits>

#include <fmt/format.h>

namespace systerm {

namespace {

/// Whether the derivative follows from the value of the function, so that the input need not live.
bool derivative_from_output(ActivationFunction function) {
  switch (function) {
    case ActivationFunction::kRelu:
    case ActivationFunction::kClip:
    case ActivationFunction::kLeakyRelu:
    case ActivationFunction::kSigmoid:
    case ActivationFunction::kHardSigmoid:
    case ActivationFunction::kTanh:
    case ActivationFunction::kElu:
    case ActivationFunction::kExp:
      return true;
    case ActivationFunction::kIdentity:
    case ActivationFunction::kSwish:
    case ActivationFunction::kHardSwish:
    case ActivationFunction::kGelu:
    case ActivationFunction::kGeluTanh:
    case ActivationFunction::kErf:
    case ActivationFunction::kSoftplus:
    case ActivationFunction::kSoftsign:
    case ActivationFunction::kAbsolute:
      return false;
  }
  return false;
}

class Rules {
 public:
  Rules(const Graph& graph, const GraphNode& node) : graph_(graph), node_(node) {
    for (const TensorId input : node.inputs) {
      result.roles.push_back(graph.tensor(input).is_constant ? OperandRole::kParameter
                                                             : OperandRole::kData);
    }
  }

  Differentiation result;

  void operator()(const op::Convolution& convolution) {
    const Shape& weights = shape(1);
    const std::int64_t filters = weights[0] / convolution.groups;
    weigh({.rows = element_count(output()) / weights[0],
           .contraction = element_count(weights) / weights[0],
           .columns = filters,
           .count = convolution.groups});
  }

  void operator()(const op::TransposedConvolution& convolution) {
    const Shape& weights = shape(1);  // [channels][filters / groups][kernel...]
    const std::int64_t channels = weights[0];
    weigh({.rows = element_count(shape(0)) / channels,
           .contraction = channels / convolution.groups,
           .columns = element_count(weights) / channels,
           .count = convolution.groups});
  }

  void operator()(const op::Linear&) {
    const std::int64_t features = output().back();
    weigh({.rows = element_count(output()) / features,
           .contraction = shape(0).back(),
           .columns = features});
  }

  void operator()(const op::MatMul&) {
    const std::int64_t contraction = shape(0).back();
    const std::int64_t columns = output().back();
    const std::int64_t rows = output().size() < 2 ? 1 : output()[output().size() - 2];
    const StepGemm forward{.rows = rows,
                           .contraction = contraction,
                           .columns = columns,
                           .count = element_count(output()) / (rows * columns)};
    result.forward_gemms = {forward};
    const StepGemm first = data_product(forward);
    const StepGemm second = weight_product(forward);
    // The gradient of each factor is a product with the other one.
    for (const std::size_t factor : {std::size_t{0}, std::size_t{1}}) {
      const bool is_data = result.roles[factor] == OperandRole::kData;
      auto& gemms = is_data ? result.data_gemms : result.parameter_gemms;
      auto& reads = is_data ? result.data_reads : result.parameter_reads;
      gemms.push_back(factor == 0 ? first : second);
      reads.push_back(1 - factor);
    }
  }

  void operator()(const op::Pooling& pooling) { pool(pooling.kind); }
  void operator()(const op::GlobalPooling& pooling) { pool(pooling.kind); }

  void operator()(const op::Binary& binary) {
    // A single constant is a factor or an offset of the model, such as the scale of attention.
    for (std::size_t i = 0; i < result.roles.size(); ++i) {
      const bool is_single = element_count(shape(i)) == 1;
      if (result.roles[i] == OperandRole::kParameter && is_single) {
        result.roles[i] = OperandRole::kFixed;
      }
    }
    if (binary.kind == op::Binary::Kind::kAdd || binary.kind == op::Binary::Kind::kSubtract) return;
    const bool divides = binary.kind == op::Binary::Kind::kDivide;
    for (const std::size_t factor : {std::size_t{0}, std::size_t{1}}) {
      if (result.roles[factor] == OperandRole::kFixed) continue;
      auto& reads =
          result.roles[factor] == OperandRole::kData ? result.data_reads : result.parameter_reads;
      // d(a / b) = da / b - (a / b^2) db
      if (divides && factor == 1) {
        reads.insert(reads.end(), {0, 1});
      } else {
        reads.push_back(1 - factor);
      }
    }
  }

  void operator()(const op::Activate& activate) {
    const ActivationFunction function = activate.activation.function;
    if (function == ActivationFunction::kIdentity) return;
    if (derivative_from_output(function)) {
      result.data_reads_output = true;
    } else {
      result.data_reads = {0};
    }
  }

  void operator()(const op::BatchNorm&) {
    result.roles[3] = result.roles[4] = OperandRole::kStatistic;
    const std::int64_t channels = shape(0)[1];
    result.saved = {{"mean", {channels}}, {"inverse_deviation", {channels}}};
    result.data_reads = {0, 1};
    result.parameter_reads = {0};
  }

  void operator()(const op::Norm& norm) {
    const Shape rows(shape(0).begin(), shape(0).end() - 1);
    if (norm.subtracts_mean) result.saved.push_back({"mean", rows});
    result.saved.push_back({"inverse_deviation", rows});
    result.data_reads = {0};
    if (result.roles.size() > 1) {
      result.data_reads.push_back(1);
      result.parameter_reads = {0};
    }
  }

  void operator()(const op::Softmax&) {
    if (result.roles.size() > 1 && result.roles[1] == OperandRole::kParameter) {
      result.roles[1] = OperandRole::kFixed;  // a mask
    }
    result.data_reads_output = true;
  }

  void operator()(const op::Lookup&) {
    result.roles[0] = OperandRole::kFixed;
    result.parameter_reads = {0};
  }

  void operator()(const op::Recurrent& recurrent) {
    const Shape& data = shape(0);
    const std::int64_t gates = recurrent.gates() * recurrent.units;
    const StepGemm of_input{
        .rows = data[0] * data[1], .contraction = data[2], .columns = gates, .count = 1};
    const StepGemm of_state{
        .rows = data[0], .contraction = recurrent.units, .columns = gates, .count = data[1]};
    result.forward_gemms = {of_input, of_state};
    result.data_gemms = {data_product(of_input), data_product(of_state)};
    result.parameter_gemms = {weight_product(of_input), weight_product(of_state)};
    result.saved = {{"gates", {data[0], data[1], gates}}};
    if (recurrent.kind == op::Recurrent::Kind::kLstm) {
      result.saved.push_back({"cells", {data[0], data[1], recurrent.units}});
    }
    result.data_reads = {1, 2};
    result.parameter_reads = {0};
    result.data_reads_output = result.parameter_reads_output = true;
  }

  // Linear in their only operands: the gradient moves, nothing else is needed.
  void operator()(const op::Concatenate&) {}
  void operator()(const op::Flatten&) {}
  void operator()(const op::Reshape&) {}
  void operator()(const op::Squeeze&) {}
  void operator()(const op::Unsqueeze&) {}
  void operator()(const op::Transpose&) {}
  void operator()(const op::Identity&) {}
  void operator()(const op::Quantize&) {}
  void operator()(const op::Rotary&) {}
  void operator()(const op::Slice&) {}
  void operator()(const op::Expand&) {}
  void operator()(const op::Select&) {}
  void operator()(const op::Shift&) {}
  void operator()(const op::Pad&) {}
  void operator()(const op::ReduceMean&) {}

  void operator()(const op::Unmodelled& unmodelled) {
    throw GraphError(fmt::format("node '{}' ({}) has no gradient: {}", node_.name, node_.type,
                                 unmodelled.reason));
  }

 private:
  static StepGemm data_product(const StepGemm& forward) {
    return {forward.rows, forward.columns, forward.contraction, forward.count,
            ProductKind::kBackwardData};
  }
  static StepGemm weight_product(const StepGemm& forward) {
    return {forward.contraction, forward.rows, forward.columns, forward.count,
            ProductKind::kWeightGradient};
  }

  /// Data times weights, and a bias.
  void weigh(const StepGemm& forward) {
    result.forward_gemms = {forward};
    result.data_gemms = {data_product(forward)};
    result.parameter_gemms = {weight_product(forward)};
    result.data_reads = {1};
    result.parameter_reads = {0};
  }

  void pool(Pool::Kind kind) {
    if (kind == Pool::Kind::kMax) result.saved = {{"taken", output()}};
  }

  const Shape& shape_of(TensorId id) const {
    const GraphTensor& tensor = graph_.tensor(id);
    if (!tensor.shape) {
      throw GraphError(fmt::format("node '{}' ({}): the shape of '{}' is not known", node_.name,
                                   node_.type, tensor.name));
    }
    return *tensor.shape;
  }
  const Shape& shape(std::size_t input) const { return shape_of(node_.inputs[input]); }
  const Shape& output() const { return shape_of(node_.outputs.front()); }

  const Graph& graph_;
  const GraphNode& node_;
};

}  // namespace

Differentiation differentiate(const Graph& graph, const GraphNode& node) {
  Rules rules(graph, node);
  std::visit([&](const auto& operation) { rules(operation); }, node.operation);
  return std::move(rules.result);
}

}  // namespace systerm
