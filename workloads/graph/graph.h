// SPDX-License-Identifier: Apache-2.0
// A network as its source describes it: named tensors, and nodes that make tensors from tensors, in
// the source's own axis order (images, channels, rows, columns). Importers and the zoo build it;
// lowering turns it into layers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "components/arithmetic/post_processing.h"
#include "workloads/network/network.h"

namespace systerm {

using Shape = std::vector<std::int64_t>;

/// "[1, 64, 56, 56]"
std::string to_string(const Shape& shape);

/// Product of the extents; throws GraphError where it is not below 2^40, or an extent is negative.
std::int64_t element_count(const Shape& shape);

/// The graph is not what its operators need. The message names the node, its operator and the
/// shapes.
class GraphError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Index into Graph::tensors().
enum class TensorId : std::size_t {};
inline constexpr std::size_t index(TensorId id) { return static_cast<std::size_t>(id); }

struct GraphTensor {
  std::string name;
  std::optional<Shape> shape{};  ///< nothing where it depends on an operator that is not modelled
  bool is_constant = false;
  /// Of a constant, in C order; null where the model carries no values.
  std::shared_ptr<const std::vector<float>> values{};
  /// Of a constant that the source stores as integers: its values are whole multiples of these, one
  /// for all or one a position along `scale_axis`.
  std::vector<float> scales{};
  std::size_t scale_axis = 0;
};

namespace op {

/// Inputs: data [n][c][rows...], weights [f][c / groups][kernel...], optionally bias [f].
struct Convolution {
  Window window{};  ///< one spatial axis is the width
  std::int64_t groups = 1;
};

/// data_scale * data x weights + bias_scale * bias. Inputs: data [..., k], weights, optionally
/// bias.
struct Linear {
  bool filters_first = true;  ///< weights are [f][k], else [k][f]
  bool is_tied = false;       ///< the weights are a lookup table's, and counted there
  double data_scale = 1.0;
  double bias_scale = 1.0;
};

/// NumPy's matrix product of two tensors.
struct MatMul {};

struct Pooling {
  Pool::Kind kind = Pool::Kind::kMax;
  Window window{};
  bool count_padding = false;
};

/// Over all axes after the second; they stay with extent 1.
struct GlobalPooling {
  Pool::Kind kind = Pool::Kind::kAverage;
};

/// Two inputs, broadcast as in NumPy.
struct Binary {
  enum class Kind : std::uint8_t { kAdd, kSubtract, kMultiply, kDivide };
  Kind kind = Kind::kAdd;
};

struct Activate {
  Activation activation;
};

/// Inputs: data, then scale, shift, mean and variance of each channel (axis 1).
struct BatchNorm {
  double epsilon = 1e-5;
};

struct Concatenate {
  std::int64_t axis = 1;
};

/// To [product of the axes before, product of the rest].
struct Flatten {
  std::int64_t axis = 1;
};

/// 0 copies the extent of the input (unless `zero_is_literal`), one -1 takes what is left.
struct Reshape {
  Shape shape;
  bool zero_is_literal = false;
};

/// Empty axes: every axis of extent 1.
struct Squeeze {
  std::vector<std::int64_t> axes;
};

struct Unsqueeze {
  std::vector<std::int64_t> axes;
};

/// Output axis i is input axis permutation[i].
struct Transpose {
  std::vector<std::int64_t> permutation;
};

/// Also dropout, and changes of storage that keep the real value.
struct Identity {};

/// The value is stored in these codes from here on. Real values pass as they are.
struct Quantize {
  ModelCodes codes;
};

/// Over the product of the given axes. A second input, broadcast as in NumPy, is added first.
struct Softmax {
  std::vector<std::int64_t> axes;
  /// Of the last two axes, position p attends to the first p + 1 + visible_before entries alone.
  bool is_causal = false;
  std::int64_t visible_before = 0;
};

/// Layer norm (or RMS norm) over the last axis. Inputs: data, optionally scale, optionally shift.
struct Norm {
  bool subtracts_mean = true;
  double epsilon = 1e-5;
};

/// Rotary position embedding of data [images, positions, heads * head_channels].
struct Rotary {
  RotaryEmbedding embedding;
};

/// Rows of a constant table [rows, channels]. Inputs: whole numbers [images, positions], table.
struct Lookup {};

/// Entries begin, begin + step ... of every axis, `extent` of them.
struct Slice {
  std::vector<std::int64_t> begin;
  std::vector<std::int64_t> extent;
  std::vector<std::int64_t> step;
};

/// The shape that NumPy's broadcasting of the input with `shape` gives.
struct Expand {
  Shape shape;
};

/// Nearest neighbour: entry i of an axis is entry source[axis][i] of the input.
struct Select {
  std::vector<std::vector<std::int64_t>> source;
};

/// Moves every channel of an image by at most one row and one column, filled up with zeros. Source:
/// shift convolutions of arXiv 1811.04770.
struct Shift {
  struct Offset {
    int row = 0;     ///< -1, 0 or 1; 1 moves down
    int column = 0;  ///< likewise; 1 moves right
  };
  std::vector<Offset> offsets;  ///< by channel
};

/// Inputs: data [n][c][rows...], weights [c][f / groups][kernel...], optionally bias [f].
struct TransposedConvolution {
  Window window{};  ///< padding is what is cut off the full result
  std::int64_t groups = 1;
  std::int64_t extra_height = 0;  ///< further rows and columns at the end of the result
  std::int64_t extra_width = 0;
};

/// One direction of an LSTM or GRU. Inputs: data [images, positions, channels], weights of the
/// input [gates * units][channels] and of the previous output [gates * units][units], optionally
/// biases [2 * gates * units] of both; gates in ONNX's order. Output [images, positions, units].
struct Recurrent {
  enum class Kind : std::uint8_t { kLstm, kGru };
  Kind kind = Kind::kLstm;
  std::int64_t units = 1;
  bool is_reverse = false;

  std::int64_t gates() const { return kind == Kind::kLstm ? 4 : 3; }
};

/// Constant padding, per axis.
struct Pad {
  std::vector<std::int64_t> before;
  std::vector<std::int64_t> after;
  float value = 0.0F;
};

struct ReduceMean {
  std::vector<std::int64_t> axes;
  bool keep_axes = true;
};

/// Kept so that its share can be reported. Its output shapes are the declared ones, if any.
struct Unmodelled {
  std::string reason;
  std::int64_t macs = 0;
};

}  // namespace op

using Operator =
    std::variant<op::Convolution, op::Linear, op::MatMul, op::Pooling, op::GlobalPooling,
                 op::Binary, op::Activate, op::BatchNorm, op::Concatenate, op::Flatten, op::Reshape,
                 op::Squeeze, op::Unsqueeze, op::Transpose, op::Identity, op::Quantize, op::Softmax,
                 op::Norm, op::Rotary, op::Lookup, op::Slice, op::Expand, op::Select, op::Shift,
                 op::TransposedConvolution, op::Recurrent, op::Pad, op::ReduceMean, op::Unmodelled>;

struct GraphNode {
  std::string name;
  std::string type;  ///< operator name in the source, for messages and reports
  Operator operation;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
};

class Graph {
 public:
  std::string name;
  std::string source;              ///< "onnx", "zoo"
  std::vector<std::string> notes;  ///< what the import left out, for the user

  /// Throws GraphError if the name is empty or taken.
  TensorId add_tensor(GraphTensor tensor);
  TensorId add_input(std::string tensor_name, Shape shape);
  TensorId add_constant(std::string tensor_name, Shape shape, std::vector<float> values);
  /// A constant whose values the model does not carry.
  TensorId add_constant(std::string tensor_name, Shape shape);
  void add_output(TensorId tensor);

  /// Throws GraphError if the name is empty or taken, or an output already has a producer.
  const GraphNode& add_node(GraphNode node);

  const std::vector<GraphTensor>& tensors() const { return tensors_; }
  const GraphTensor& tensor(TensorId id) const { return tensors_[index(id)]; }
  void set_shape(TensorId id, Shape shape);
  std::optional<TensorId> find(const std::string& tensor_name) const;
  /// Whether a node, an input or a constant provides the tensor.
  bool is_provided(TensorId id) const { return provided_.contains(index(id)); }

  const std::vector<GraphNode>& nodes() const { return nodes_; }
  const std::vector<TensorId>& inputs() const { return inputs_; }
  const std::vector<TensorId>& outputs() const { return outputs_; }

 private:
  std::vector<GraphTensor> tensors_;
  std::unordered_map<std::string, TensorId> tensor_by_name_;
  std::unordered_set<std::size_t> provided_;
  std::vector<GraphNode> nodes_;
  std::unordered_set<std::string> node_names_;
  std::vector<TensorId> inputs_;
  std::vector<TensorId> outputs_;
};

/// Positions in graph.nodes() such that producers come before consumers; otherwise in the order
/// added. Throws GraphError naming the nodes of a cycle, or a tensor that nobody provides.
std::vector<std::size_t> topological_order(const Graph& graph);

}  // namespace systerm
