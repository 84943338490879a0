// SPDX-License-Identifier: Apache-2.0
// The network under construction, and what every tensor of the graph has become in it. Placing an
// operator (placement.h) is written in terms of this.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"
#include "workloads/graph/layout.h"
#include "workloads/graph/lowering/graph_use.h"
#include "workloads/network/network.h"

namespace systerm {

/// The node at hand has no layer, for this reason.
struct Unplaceable {
  std::string reason;
};

inline constexpr const char* kRearranged = "its input would have to be rearranged in memory";

FeatureShape image_shape(const Shape& shape);
FeatureShape rows_shape(const Shape& shape);

/// Throws GraphError where the product leaves 63 bits.
std::int64_t checked_macs(const GraphNode& node, std::int64_t a, std::int64_t b, std::int64_t c);

/// Values per channel are stored even for a model without weights: a damaged one must not fill
/// memory. Throws GraphError.
void check_channels(const GraphNode& node, std::int64_t channels);

/// Element `i` of a constant with values.
double at(const GraphTensor& tensor, std::size_t i);

class LayerBuilder {
 public:
  /// What a tensor of the graph has become.
  struct Value {
    enum class Kind : std::uint8_t {
      kUnknown,  ///< depends on an unmodelled operator in shape and value
      kUnmade,   ///< only its shape is known; becomes a feature when a layer reads it
      kFeature,
    };
    Kind kind = Kind::kUnknown;
    FeatureId feature{};
    Layout layout{};
    bool is_exclusive = false;  ///< no other tensor is a view of the same feature
    Window padding{};           ///< zero padding that the reader still has to apply
    /// By channel, where a 1 x 1 convolution that reads it finds it in a window of 3 x 3.
    std::vector<ChannelTap> taps{};
  };

  explicit LayerBuilder(const Graph& graph);

  const Graph& graph() const { return graph_; }
  const GraphUse& use() const { return use_; }
  Network& network() { return network_; }
  const Network& network() const { return network_; }
  Value& value(TensorId id) { return values_[index(id)]; }
  const Value& value(TensorId id) const { return values_[index(id)]; }

  // Tensors. All throw Unplaceable for a tensor that cannot be had in the form asked for.
  const Shape& shape(TensorId id) const;
  /// The value of a data input, which must exist as a feature or be able to become one.
  Value& data(TensorId id);
  /// Makes a feature of what an unmodelled operator produces.
  Value& materialise(TensorId id, const FeatureShape& feature_shape, const Layout& layout);
  Value& any_layout(TensorId id);
  /// As [n][c][...] with the channels fastest in memory.
  Value& image(TensorId id);
  const GraphTensor& constant(TensorId id) const;
  /// A bias of `filters` values from a constant that broadcasts along every other axis.
  std::vector<float> bias_of(TensorId id, std::int64_t filters, double scale) const;
  /// Extent of a constant operand that is one number or one number a channel of the data, else 0.
  std::size_t operand_extent(const GraphTensor& operand, TensorId data_id,
                             const Value& value) const;
  bool is_channels(const Value& value, const Shape& extents, std::size_t axis) const;

  // Layers.
  void add_input(TensorId id);
  /// A constant that layers read as a feature. Values in memory order, or null.
  FeatureId add_constant_feature(const std::string& name, const FeatureShape& feature_shape,
                                 std::shared_ptr<const std::vector<float>> values,
                                 bool is_parameter = true);
  /// A constant feature that was made under the key before.
  std::optional<FeatureId> shared_constant(const std::string& key) const {
    const auto found = shared_constants_.find(key);
    return found == shared_constants_.end() ? std::nullopt : std::optional(found->second);
  }
  void share_constant(const std::string& key, FeatureId feature) {
    shared_constants_.emplace(key, feature);
  }
  /// A layer that makes no tensor of the graph, only the feature it returns.
  FeatureId add_inner_layer(std::string name, std::string type, Operation operation,
                            std::vector<FeatureId> inputs, std::vector<PostStep> steps,
                            const FeatureShape& output);
  /// The feature of an inner layer becomes the node's output.
  void set_output(const GraphNode& node, FeatureId feature, const Layout& layout);
  /// A layer for the node; its output is a new feature for the node's first output.
  void add_layer(const GraphNode& node, std::string type, Operation operation,
                 std::vector<FeatureId> inputs, std::vector<PostStep> steps, FeatureShape output,
                 const Layout& layout, std::optional<Shape> source_shape = {});
  /// A layer of one step over a feature of any layout.
  void add_vector_layer(const GraphNode& node, std::string type, const Value& main,
                        std::vector<FeatureId> inputs, PostStep step);
  void remove_last_layer();
  /// The layer that can take a further step on the tensor: nobody else reads what it makes now.
  std::optional<std::size_t> fusable_layer(TensorId id) const;
  /// The same for a step without an operand.
  std::optional<std::size_t> layer_taking_activation(TensorId id) const;
  /// After a layer has absorbed the node.
  void continue_as(TensorId from, TensorId to, std::size_t layer);
  /// `to` is another view of the feature of `from`.
  void alias(TensorId from, TensorId to, Layout layout);
  /// The layer that makes a feature; nothing for inputs.
  const std::optional<std::size_t>& maker(FeatureId feature) const {
    return maker_[index(feature)];
  }
  void mark_read(FeatureId feature) { is_read_[index(feature)] = true; }
  /// The node has no layer; what it makes is known by shape at most.
  void list_unmodelled(const GraphNode& node, const std::string& reason);

 private:
  void append(Layer layer);
  FeatureId add_feature(Feature feature);
  FeatureId add_feature(TensorId tensor, const FeatureShape& feature_shape, const Layout& layout);
  bool is_image(TensorId id) const;
  bool moves_channels_first(TensorId id) const;
  /// Rows of the table that the numbers in an input address; 0 for data.
  std::int64_t addressed_rows(TensorId id) const;
  std::optional<std::size_t> exclusive_layer(TensorId id) const;
  void update_sign(const Layer& layer);
  std::int64_t macs_of(const GraphNode& node) const;

  const Graph& graph_;
  GraphUse use_;
  Network network_;
  std::vector<Value> values_;                      ///< by tensor
  std::vector<std::optional<std::size_t>> maker_;  ///< by feature: layer
  std::vector<bool> is_read_;                      ///< by feature
  std::map<std::string, FeatureId> shared_constants_;
};

}  // namespace systerm
