// SPDX-License-Identifier: Apache-2.0
#include "workloads/import/onnx_writer.h"

#include <algorithm>

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

namespace systerm {

namespace {

using Integers = std::vector<std::int64_t>;

onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const char* name,
                                    onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

void set(onnx::NodeProto& node, const char* name, std::int64_t value) {
  add_attribute(node, name, onnx::AttributeProto::INT).set_i(value);
}
void set(onnx::NodeProto& node, const char* name, float value) {
  add_attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
}
void set(onnx::NodeProto& node, const char* name, const Integers& values) {
  auto& attribute = add_attribute(node, name, onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

class Writer {
 public:
  explicit Writer(const Graph& graph) : graph_(graph), to_(*model_.mutable_graph()) {
    model_.set_ir_version(7);
    model_.set_producer_name("systerm");
    model_.add_opset_import()->set_version(13);
    to_.set_name(graph.name);
  }

  std::string bytes() {
    for (const TensorId id : graph_.inputs()) declare(*to_.add_input(), id);
    for (const std::size_t i : topological_order(graph_)) add_node(graph_.nodes()[i]);
    for (const TensorId id : graph_.outputs()) declare(*to_.add_output(), id);
    return model_.SerializeAsString();
  }

 private:
  const Shape& shape(TensorId id) const { return *graph_.tensor(id).shape; }

  void declare(onnx::ValueInfoProto& value, TensorId id) const {
    value.set_name(graph_.tensor(id).name);
    auto& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape()->add_dim()->set_dim_param("N");
    for (std::size_t axis = 1; axis < shape(id).size(); ++axis) {
      type.mutable_shape()->add_dim()->set_dim_value(shape(id)[axis]);
    }
  }

  void add_constant(TensorId id) {
    const GraphTensor& tensor = graph_.tensor(id);
    if (!tensor.values) throw GraphError(fmt::format("'{}' has no values", tensor.name));
    const auto& written = to_.initializer();
    const auto same = [&](const auto& each) { return each.name() == tensor.name; };
    if (std::any_of(written.begin(), written.end(), same)) return;
    onnx::TensorProto& proto = *to_.add_initializer();
    proto.set_name(tensor.name);
    proto.set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t extent : *tensor.shape) proto.add_dims(extent);
    proto.set_raw_data(tensor.values->data(), tensor.values->size() * sizeof(float));
  }

  /// An initializer that belongs to the node alone.
  std::string add_scalar(const std::string& name, float value) {
    onnx::TensorProto& proto = *to_.add_initializer();
    proto.set_name(name);
    proto.set_data_type(onnx::TensorProto::FLOAT);
    proto.add_float_data(value);
    return name;
  }
  std::string add_integers(const std::string& name, const Integers& values) {
    onnx::TensorProto& proto = *to_.add_initializer();
    proto.set_name(name);
    proto.set_data_type(onnx::TensorProto::INT64);
    proto.add_dims(std::ssize(values));
    for (const std::int64_t value : values) proto.add_int64_data(value);
    return name;
  }

  void add_node(const GraphNode& node) {
    for (const TensorId input : node.inputs) {
      if (graph_.tensor(input).is_constant) add_constant(input);
    }
    onnx::NodeProto& proto = *to_.add_node();
    proto.set_name(node.name);
    for (const TensorId input : node.inputs) proto.add_input(graph_.tensor(input).name);
    proto.add_output(graph_.tensor(node.outputs.front()).name);
    std::visit([&](const auto& operation) { describe(node, operation, proto); }, node.operation);
  }

  [[noreturn]] static void refuse(const GraphNode& node, const char* reason) {
    throw GraphError(
        fmt::format("node '{}' ({}) cannot be written as ONNX: {}", node.name, node.type, reason));
  }

  static void set_window(const Window& window, onnx::NodeProto& proto) {
    set(proto, "kernel_shape", Integers{window.kernel_height, window.kernel_width});
    set(proto, "strides", Integers{window.stride_height, window.stride_width});
    set(proto, "pads",
        Integers{window.pad_top, window.pad_left, window.pad_bottom, window.pad_right});
  }
  static void set_dilations(const Window& window, onnx::NodeProto& proto) {
    set(proto, "dilations", Integers{window.dilation_height, window.dilation_width});
  }
  void require_image(const GraphNode& node) const {
    if (shape(node.inputs[0]).size() != 4) refuse(node, "it has one spatial axis");
  }

  void describe(const GraphNode& node, const op::Convolution& convolution,
                onnx::NodeProto& proto) const {
    require_image(node);
    proto.set_op_type("Conv");
    set_window(convolution.window, proto);
    set_dilations(convolution.window, proto);
    set(proto, "group", convolution.groups);
  }

  void describe(const GraphNode& node, const op::Linear& linear, onnx::NodeProto& proto) const {
    if (shape(node.inputs[0]).size() != 2) refuse(node, "its data are no matrix");
    proto.set_op_type("Gemm");
    set(proto, "transB", std::int64_t{linear.filters_first ? 1 : 0});
    set(proto, "alpha", static_cast<float>(linear.data_scale));
    set(proto, "beta", static_cast<float>(linear.bias_scale));
  }

  void describe(const GraphNode& node, const op::Pooling& pooling, onnx::NodeProto& proto) const {
    require_image(node);
    const bool is_maximum = pooling.kind == Pool::Kind::kMax;
    proto.set_op_type(is_maximum ? "MaxPool" : "AveragePool");
    set_window(pooling.window, proto);
    const Window& window = pooling.window;
    if (is_maximum) {
      set_dilations(window, proto);
    } else {
      if (window.dilation_height != 1 || window.dilation_width != 1) {
        refuse(node, "an average over a dilated window");
      }
      set(proto, "count_include_pad", std::int64_t{pooling.count_padding ? 1 : 0});
    }
  }

  static void describe(const GraphNode&, const op::GlobalPooling& pooling, onnx::NodeProto& proto) {
    proto.set_op_type(pooling.kind == Pool::Kind::kMax ? "GlobalMaxPool" : "GlobalAveragePool");
  }

  static void describe(const GraphNode& node, const op::Binary& binary, onnx::NodeProto& proto) {
    if (binary.kind != op::Binary::Kind::kAdd) refuse(node, "it is no addition");
    proto.set_op_type("Add");
  }

  void describe(const GraphNode& node, const op::Activate& activate, onnx::NodeProto& proto) {
    const Activation& activation = activate.activation;
    switch (activation.function) {
      case ActivationFunction::kRelu:
        return proto.set_op_type("Relu");
      case ActivationFunction::kSigmoid:
        return proto.set_op_type("Sigmoid");
      case ActivationFunction::kTanh:
        return proto.set_op_type("Tanh");
      case ActivationFunction::kLeakyRelu:
        set(proto, "alpha", activation.alpha);
        return proto.set_op_type("LeakyRelu");
      case ActivationFunction::kClip:
        proto.add_input(add_scalar(node.name + "/low", activation.alpha));
        proto.add_input(add_scalar(node.name + "/high", activation.beta));
        return proto.set_op_type("Clip");
      default:
        refuse(node, "its function is not written");
    }
  }

  static void describe(const GraphNode&, const op::BatchNorm& norm, onnx::NodeProto& proto) {
    proto.set_op_type("BatchNormalization");
    set(proto, "epsilon", static_cast<float>(norm.epsilon));
  }

  static void describe(const GraphNode&, const op::Flatten& flatten, onnx::NodeProto& proto) {
    proto.set_op_type("Flatten");
    set(proto, "axis", flatten.axis);
  }

  static void describe(const GraphNode&, const op::Identity&, onnx::NodeProto& proto) {
    proto.set_op_type("Identity");
  }

  void describe(const GraphNode& node, const op::Reshape&, onnx::NodeProto& proto) {
    Shape target = shape(node.outputs.front());
    if (target.empty() || target.front() != shape(node.inputs[0]).front()) {
      refuse(node, "it changes the batch");
    }
    target.front() = 0;  // that of the input
    proto.add_input(add_integers(node.name + "/shape", target));
    proto.set_op_type("Reshape");
  }

  void describe(const GraphNode& node, const op::Squeeze& squeeze, onnx::NodeProto& proto) {
    if (!squeeze.axes.empty()) proto.add_input(add_integers(node.name + "/axes", squeeze.axes));
    proto.set_op_type("Squeeze");
  }

  void describe(const GraphNode& node, const op::Unsqueeze& unsqueeze, onnx::NodeProto& proto) {
    proto.add_input(add_integers(node.name + "/axes", unsqueeze.axes));
    proto.set_op_type("Unsqueeze");
  }

  void describe(const GraphNode& node, const op::Slice& slice, onnx::NodeProto& proto) {
    Integers starts;
    Integers ends;
    Integers axes;
    const Shape& data = shape(node.inputs[0]);
    for (std::size_t axis = 0; axis < data.size(); ++axis) {
      if (slice.extent[axis] == data[axis] && slice.step[axis] == 1) continue;
      if (axis == 0) refuse(node, "it cuts the batch");
      if (slice.step[axis] < 0) refuse(node, "it runs backwards");
      starts.push_back(slice.begin[axis]);
      ends.push_back(slice.begin[axis] + (slice.extent[axis] - 1) * slice.step[axis] + 1);
      axes.push_back(static_cast<std::int64_t>(axis));
    }
    Integers steps;
    for (const std::int64_t axis : axes)
      steps.push_back(slice.step[static_cast<std::size_t>(axis)]);
    proto.add_input(add_integers(node.name + "/starts", starts));
    proto.add_input(add_integers(node.name + "/ends", ends));
    proto.add_input(add_integers(node.name + "/axes", axes));
    proto.add_input(add_integers(node.name + "/steps", steps));
    proto.set_op_type("Slice");
  }

  void describe(const GraphNode& node, const op::Pad& pad, onnx::NodeProto& proto) {
    Integers pads = pad.before;
    pads.insert(pads.end(), pad.after.begin(), pad.after.end());
    proto.add_input(add_integers(node.name + "/pads", pads));
    proto.add_input(add_scalar(node.name + "/value", pad.value));
    proto.set_op_type("Pad");
  }

  static void describe(const GraphNode&, const op::Concatenate& concatenate,
                       onnx::NodeProto& proto) {
    proto.set_op_type("Concat");
    set(proto, "axis", concatenate.axis);
  }

  static void describe(const GraphNode&, const op::Transpose& transpose, onnx::NodeProto& proto) {
    proto.set_op_type("Transpose");
    set(proto, "perm", Integers(transpose.permutation));
  }

  /// Entries in their order only.
  static void describe(const GraphNode& node, const op::Select& select, onnx::NodeProto& proto) {
    for (const auto& entries : select.source) {
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i] != static_cast<std::int64_t>(i)) refuse(node, "it selects entries");
      }
    }
    proto.set_op_type("Identity");
  }

  template <typename Operation>
  static void describe(const GraphNode& node, const Operation&, onnx::NodeProto&) {
    refuse(node, "its operator is not written");
  }

  const Graph& graph_;
  onnx::ModelProto model_;
  onnx::GraphProto& to_;
};

}  // namespace

std::string write_onnx(const Graph& graph) { return Writer(graph).bytes(); }

}  // namespace systerm
