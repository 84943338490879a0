// SPDX-License-Identifier: Apache-2.0
// Walks the nodes of an ONNX model in topological order and builds the graph; what depends on
// constants alone is computed on the way, so that shapes given by little subgraphs become numbers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"
#include "workloads/import/onnx.h"
#include "workloads/import/onnx_model.h"

namespace systerm {

class OnnxImporter {
 public:
  OnnxImporter(OnnxModel model, const ImportOptions& options);

  Graph run();

  /// Names of the operators with a converter.
  static std::vector<std::string> operators();

 private:
  // Flow (onnx.cpp).
  [[noreturn]] void fail(const std::string& message) const;
  [[noreturn]] void fail(const OnnxNode& node, const std::string& message) const;
  void check_names() const;
  std::vector<std::size_t> execution_order() const;
  std::set<std::string> parameters_among_inputs() const;
  void check_dimensions() const;
  void add_inputs();
  std::optional<Shape> declared_shape(const std::string& name) const;
  Shape concrete_shape(const OnnxValue& value, bool is_input) const;
  void import_node(const OnnxNode& node);
  void add_outputs();

  // Access to a node (onnx.cpp).
  bool has_input(const OnnxNode& node, std::size_t i) const;
  const std::string& input_name(const OnnxNode& node, std::size_t i) const;
  const Constant* constant_input(const OnnxNode& node, std::size_t i) const;
  /// Fails if the input is there but has no constant value.
  const Constant& required_constant(const OnnxNode& node, std::size_t i) const;
  TensorId operand(const OnnxNode& node, std::size_t i);
  TensorId graph_constant(const std::string& name, const Constant& constant);
  std::optional<Shape> known_shape(const std::string& name) const;
  std::int64_t integer(const OnnxNode& node, const char* name, std::int64_t otherwise) const;
  float number(const OnnxNode& node, const char* name, float otherwise) const;
  std::string text(const OnnxNode& node, const char* name, const char* otherwise) const;
  std::optional<std::vector<std::int64_t>> integers(const OnnxNode& node, const char* name) const;
  /// From the attribute, or from input `i` as later opsets have it.
  std::optional<std::vector<std::int64_t>> axes(const OnnxNode& node, std::size_t i) const;
  std::vector<std::int64_t> integers_of(const OnnxNode& node, const Constant& constant) const;

  // Nodes (onnx.cpp).
  std::string unique_name(const OnnxNode& node, const std::string& suffix) const;
  TensorId emit(const OnnxNode& node, Operator operation, std::vector<TensorId> inputs,
                const std::string& suffix = "");
  /// The same for one of several outputs.
  TensorId emit_output(const OnnxNode& node, std::size_t output, Operator operation,
                       std::vector<TensorId> inputs);
  TensorId emit_named(const OnnxNode& node, std::string name, const std::string& output,
                      bool is_declared, Operator operation, std::vector<TensorId> inputs);
  void emit_unmodelled(const OnnxNode& node, const std::string& reason);
  bool reads_extra_output(const OnnxNode& node) const;

  // Constant subgraphs (onnx_folding.cpp).
  bool fold(const OnnxNode& node);
  std::optional<Constant> folded(const OnnxNode& node) const;

  // Operators (onnx_operators.cpp).
  using Convert = void (OnnxImporter::*)(const OnnxNode&);
  static const std::map<std::string, Convert>& converters();
  static Convert converter(const OnnxNode& node);
  std::optional<Window> window(const OnnxNode& node, const Shape& kernel,
                               const std::optional<Shape>& data);
  void convolution(const OnnxNode& node);
  void gemm(const OnnxNode& node);
  void matmul(const OnnxNode& node);
  void pooling(const OnnxNode& node);
  void global_pooling(const OnnxNode& node);
  void binary(const OnnxNode& node);
  void sum(const OnnxNode& node);
  void activation(const OnnxNode& node);
  void clip(const OnnxNode& node);
  void parametric_relu(const OnnxNode& node);
  void gelu(const OnnxNode& node);
  void batch_normalization(const OnnxNode& node);
  void concatenation(const OnnxNode& node);
  void flatten(const OnnxNode& node);
  void reshape(const OnnxNode& node);
  void squeeze(const OnnxNode& node);
  void unsqueeze(const OnnxNode& node);
  void transpose(const OnnxNode& node);
  void identity(const OnnxNode& node);
  void softmax(const OnnxNode& node);
  void pad(const OnnxNode& node);
  void reduce_mean(const OnnxNode& node);

  // Sequences and moved elements (onnx_sequences.cpp).
  std::size_t axis_of(const OnnxNode& node, std::int64_t axis, std::size_t rank) const;
  void layer_normalization(const OnnxNode& node);
  void rms_normalization(const OnnxNode& node);
  void normalization(const OnnxNode& node, bool subtracts_mean);
  void gather(const OnnxNode& node);
  void slice(const OnnxNode& node);
  std::optional<op::Slice> slice_of(const OnnxNode& node, const Shape& shape) const;
  void split(const OnnxNode& node);
  void expand(const OnnxNode& node);
  void tile(const OnnxNode& node);
  void resize(const OnnxNode& node);
  void transposed_convolution(const OnnxNode& node);
  void recurrent(const OnnxNode& node);

  // Attention masks (onnx_masks.cpp).
  /// What an input of zeros and ones has become: its value where the input is 0 and where it is 1.
  struct Mask {
    std::string input;
    double zero = 0.0;
    double one = 1.0;
    Shape shape;

    bool is_plain() const { return zero == 0.0 && one == 1.0; }
  };
  /// A sum that only softmaxes read. Without scores it is a mask itself.
  struct MaskedScores {
    std::string scores;
    std::vector<std::string> masks;  ///< constants, or names of masks_
  };
  const Mask* mask_at(const OnnxNode& node, std::size_t i) const;
  std::optional<double> number_at(const OnnxNode& node, std::size_t i) const;
  std::optional<Shape> mask_shape(const OnnxNode& node, const Shape& shape) const;
  TensorId mask_values(const OnnxNode& node, const Mask& mask);
  bool is_for_softmax(const std::string& name, int most_sums = 4) const;
  bool masked_masks(const std::string& name) const;
  bool follow_mask(const OnnxNode& node);
  bool add_mask(const OnnxNode& node);
  void where(const OnnxNode& node);
  std::vector<TensorId> softmax_inputs(const OnnxNode& node, op::Softmax& softmax);

  // Quantized operators (onnx_quantized.cpp).
  void quantize_linear(const OnnxNode& node);
  void dynamic_quantize_linear(const OnnxNode& node);
  void dequantize_linear(const OnnxNode& node);
  void qlinear_convolution(const OnnxNode& node);
  void qlinear_matmul(const OnnxNode& node);
  void integer_convolution(const OnnxNode& node);
  void integer_matmul(const OnnxNode& node);
  /// Codes by a constant scale and zero point at these inputs.
  ModelCodes codes_at(const OnnxNode& node, std::size_t scale, std::size_t zero_point) const;
  /// The operand as stored in the codes; an input of the model is from here on.
  TensorId coded_operand(const OnnxNode& node, std::size_t i, const ModelCodes& codes);
  /// Codes of an operand that says nothing of its scale, which is 1 where nobody made them.
  ModelCodes known_codes(const OnnxNode& node, std::size_t i, std::size_t zero_point) const;
  /// Makes `real` the node's output, stored in the codes.
  TensorId store_in_codes(const OnnxNode& node, TensorId real, const ModelCodes& codes);
  /// The same for what an operation makes. Saturation at the zero point is a rectifier as well.
  void emit_coded(const OnnxNode& node, Operator operation, std::vector<TensorId> inputs,
                  const ModelCodes& codes);
  const ModelCodes* codes_of(TensorId id) const;

  OnnxModel model_;
  const ImportOptions& options_;
  Graph graph_;
  std::map<std::string, Constant> constants_;
  std::set<std::string> read_;  ///< names that some node or output reads
  /// Of tensors that are quantized, by name.
  std::map<std::string, ModelCodes> codes_;
  /// By name of an input of the model that is quantized: what stands for it.
  std::map<std::string, TensorId> coded_inputs_;
  /// Quantized with a scale that is computed at run time; their real values stand for them.
  std::set<std::string> dynamic_;
  std::map<std::string, Mask> masks_;           ///< by name
  std::map<std::string, MaskedScores> masked_;  ///< by name of the sum
  std::map<std::string, const OnnxValue*> declared_;
  std::set<std::string> node_names_;
};

}  // namespace systerm
