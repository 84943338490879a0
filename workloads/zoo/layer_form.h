// SPDX-License-Identifier: Apache-2.0
// One layer of a network's YAML while it is read: its keys, what it reads, and the nodes it
// becomes. A type of layer is a function of this and one line in layer_types.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "workloads/document/mapping.h"
#include "workloads/graph/graph.h"

namespace systerm {

inline constexpr std::int64_t kLargestExtent = 1 << 20;
inline constexpr IntegerRange kPositive{.minimum = 1, .maximum = kLargestExtent};
inline constexpr IntegerRange kNotNegative{.minimum = 0, .maximum = kLargestExtent};

/// A tensor that is there already, or what an earlier node of the same layer makes.
struct NodeInput {
  NodeInput(TensorId existing) : tensor(existing) {}  // NOLINT(google-explicit-constructor)
  explicit NodeInput(std::size_t earlier) : stage(earlier) {}
  std::optional<std::size_t> stage;
  TensorId tensor{};
};

class LayerForm {
 public:
  LayerForm(Mapping& mapping, Graph& graph, std::string name, std::vector<TensorId> inputs)
      : mapping_(mapping), graph_(graph), name_(std::move(name)), inputs_(std::move(inputs)) {}

  Mapping& mapping() { return mapping_; }
  Graph& graph() { return graph_; }
  const std::string& name() const { return name_; }
  const std::vector<TensorId>& inputs() const { return inputs_; }
  const Shape& shape(std::size_t input = 0) const { return *graph_.tensor(inputs_[input]).shape; }
  bool is_valid() const { return mapping_.node().diagnostics().empty(); }
  void error(const std::string& message) const { mapping_.node().error(message); }
  /// Records an error unless the layer reads that many inputs.
  bool expect_inputs(std::size_t count) const;

  /// One number for both axes, or [height, width].
  void read_pair(const char* key, std::int64_t& height, std::int64_t& width, IntegerRange range,
                 Presence presence = Presence::kOptional);
  Window read_window(bool stride_is_kernel);

  /// The layer ends a residual block that is to be reversible (workloads/graph/make_reversible.h).
  void mark_reversible() { is_reversible_ = true; }
  bool is_reversible() const { return is_reversible_; }

  /// A constant without values, named after the layer.
  TensorId parameter(const std::string& suffix, Shape shape);

  /// A further node and what it makes.
  NodeInput add(const std::string& stage, Operator operation, std::vector<NodeInput> inputs);
  /// A node that reads the last one, or the layer's first input.
  NodeInput add_behind(const std::string& stage, Operator operation,
                       const std::vector<TensorId>& parameters = {});
  /// Puts the nodes into the graph and returns the last one's result, which bears the layer's name.
  /// Throws GraphError.
  TensorId build();

 private:
  struct Stage {
    std::string name;
    Operator operation;
    std::vector<NodeInput> inputs;
  };

  Mapping& mapping_;
  Graph& graph_;
  std::string name_;
  std::vector<TensorId> inputs_;
  std::vector<Stage> stages_;
  bool is_reversible_ = false;
};

/// Reads the keys of a layer of the given type and adds its nodes.
using ReadLayer = void (*)(LayerForm&);

struct LayerTypeEntry {
  std::string name;
  ReadLayer read;
};

/// In the order of the manual.
const std::vector<LayerTypeEntry>& layer_types();

// Families (layer_types_*.cpp).
void read_embedding(LayerForm& form);
void read_layer_norm(LayerForm& form);
void read_rms_norm(LayerForm& form);
void read_attention(LayerForm& form);
void read_rotary(LayerForm& form);
void read_cache(LayerForm& form);
void read_scale(LayerForm& form);
void read_tokens(LayerForm& form);
void read_class_token(LayerForm& form);
void read_position_embedding(LayerForm& form);
void read_token(LayerForm& form);
void read_half(LayerForm& form);
void read_shortcut(LayerForm& form);
void read_space_to_depth(LayerForm& form);
void read_lstm(LayerForm& form);
void read_gru(LayerForm& form);

}  // namespace systerm
