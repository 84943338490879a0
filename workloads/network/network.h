// SPDX-License-Identifier: Apache-2.0
// A network as the accelerator sees it: a sequence of layers, each one GEMM or one vector operation
// with the steps fused behind it, over activations laid out with channels varying fastest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "components/arithmetic/code_range.h"
#include "components/arithmetic/packing.h"
#include "components/arithmetic/post_processing.h"
#include "components/arithmetic/row_function.h"
#include "components/arithmetic/window.h"

namespace systerm {

/// Shape of an activation in memory order: image, row, column, channel (fastest). A matrix of
/// r rows and c features is {1, 1, r, c} or {r, 1, 1, c}.
struct FeatureShape {
  std::int64_t images = 1;
  std::int64_t height = 1;
  std::int64_t width = 1;
  std::int64_t channels = 1;

  std::int64_t elements() const { return images * height * width * channels; }
  friend bool operator==(const FeatureShape&, const FeatureShape&) = default;
};

/// Index into Network::features.
enum class FeatureId : std::size_t {};
inline constexpr std::size_t index(FeatureId id) { return static_cast<std::size_t>(id); }

/// How a quantized model stores an activation: code * scale is its value.
struct ModelCodes {
  float scale = 1.0F;
  CodeRange range{};  ///< of the stored integers less the zero point

  friend bool operator==(const ModelCodes&, const ModelCodes&) = default;
};

struct Feature {
  std::string name;
  FeatureShape shape;
  bool is_nonnegative = false;  ///< provably, from the step that makes it
  /// Shape in the source model, to exchange tensors with the outside: rank 4 is N,C,H,W; any other
  /// rank has its elements in memory order.
  std::vector<std::int64_t> source_shape{};
  /// Above 0: whole numbers 0 .. index_range - 1 that address the rows of a Lookup.
  std::int64_t index_range = 0;
  std::optional<ModelCodes> codes{};  ///< where the source model says how it is stored
};

/// A feature whose values the model stores, such as position embeddings or a lookup table.
struct ConstantFeature {
  FeatureId feature{};
  /// In memory order; null where the model carries no weights.
  std::shared_ptr<const std::vector<float>> values{};
  bool is_parameter = true;  ///< else a start value, which no model stores
};

/// The second factor of a product of two activations: the layer's second input instead of weights,
/// read image by image. Its positions are columns; each of its channel groups is one matrix.
struct SecondOperand {
  /// k runs over positions and n over channels; else k over channels and n over positions.
  bool sums_positions = false;
  /// Groups of the product that share one group of its channels (grouped-query heads).
  std::int64_t sharing = 1;

  friend bool operator==(const SecondOperand&, const SecondOperand&) = default;
};

/// A shift convolution reads every input channel at one position of the window of its own, so that
/// the channels are shifted against each other before a 1 x 1 convolution (arXiv 1811.04770).
struct ChannelTap {
  std::int16_t row = 0;
  std::int16_t column = 0;

  friend bool operator==(const ChannelTap&, const ChannelTap&) = default;
};

/// sums[p][f] = sum over k of data[p][k] weights[f][k], for each of `groups` independent products.
/// p runs over images, output rows, output columns; k over kernel row, kernel column, input channel
/// of the group (fastest). A linear layer is a 1 x 1 convolution over its input features in memory
/// order.
struct Gemm {
  Window window{};
  std::int64_t groups = 1;
  std::int64_t m = 0;  ///< vectors: images * output height * output width
  std::int64_t k = 0;  ///< contraction length of one group
  std::int64_t n = 0;  ///< filters of one group
  /// [groups * n][k]; null where the model carries no weights. Batch norm is folded in.
  std::shared_ptr<const std::vector<float>> weights{};
  /// Of a quantized model, whose weights are whole multiples of them: one, or one a filter. Empty
  /// where weights are real numbers.
  std::vector<float> weight_scales{};
  /// [groups * n], or empty for none. Batch norm is folded in.
  std::vector<float> bias{};
  std::optional<SecondOperand> second{};  ///< then neither weights nor bias
  float factor = 1.0F;                    ///< of the sums of such a product
  /// Position in Network::layers of the earlier layer whose weights this one uses again.
  std::optional<std::size_t> weights_of{};
  bool is_tied = false;  ///< the weights are a lookup table's as well, and counted there

  /// How columns of the weights are combined; `weights` are then those that are left. Null where
  /// the layer is not packed, which one with several groups never is.
  std::shared_ptr<const PackedMatrix> packed{};

  /// By input channel, the one position of the window that is read; k then runs over the channels
  /// alone. Empty where every channel is read at every position.
  std::vector<ChannelTap> taps{};

  std::int64_t macs() const { return groups * m * k * n; }
  /// Positions of the window that k runs over.
  std::int64_t positions() const {
    return taps.empty() ? window.kernel_height * window.kernel_width : 1;
  }
  std::int64_t filters() const { return groups * n; }
  std::int64_t channels_per_group(const FeatureShape& input) const {
    return input.channels / groups;
  }
};

struct Pool {
  enum class Kind : std::uint8_t { kMax, kAverage };
  Kind kind = Kind::kMax;
  Window window;
  bool count_padding = false;  ///< average over the whole window, padding included
};

/// The first input passes unchanged to the steps, which bring in further inputs. An operand of
/// height and width 1 is broadcast over rows and columns; one with a single channel over channels.
struct Elementwise {};

/// Inputs joined along channels in order.
struct Concatenation {};

/// Over channels.
struct Softmax {};

/// All inputs at one position give the result there; an input of height and width 1 serves every
/// position, one of a single image every image.
struct RowOperation {
  SharedRowFunction function;
};

/// Rows of the second input, one position each, chosen by the numbers in the first.
struct Lookup {};

/// Elements in another order, or left out, or repeated: element e of the output is element
/// source[e] of all inputs one after the other, in memory order; -1 stands for 0.
struct Rearrangement {
  std::shared_ptr<const std::vector<std::int32_t>> source;
};

using Operation = std::variant<Gemm, Pool, Elementwise, Concatenation, Softmax, RowOperation,
                               Lookup, Rearrangement>;

struct Layer {
  std::string name;
  std::string
      type;  ///< "convolution", "depthwise_convolution", "linear", "gemm", "max_pool", "add" ...
  Operation operation;
  std::vector<PostStep> steps;    ///< in order, after scale and bias
  std::vector<FeatureId> inputs;  ///< the first feeds the operation; a Concatenation takes all
  FeatureId output{};

  const Gemm* gemm() const { return std::get_if<Gemm>(&operation); }
};

/// An operator of the source model that has no layer.
struct UnmodelledOperator {
  std::string name;
  std::string type;
  std::string reason;
  std::int64_t macs = 0;   ///< 0 where the operator multiplies nothing
  std::int64_t bytes = 0;  ///< of its outputs at 8 bits a value
};

/// Layers in execution order. Immutable once built.
struct Network {
  std::string name;
  std::string source;  ///< "zoo", "onnx", "scale-sim", "inline"
  std::vector<Feature> features;
  std::vector<Layer> layers;
  std::vector<FeatureId> inputs;
  std::vector<FeatureId> outputs;
  std::vector<ConstantFeature> constants;
  std::vector<UnmodelledOperator> unmodelled;

  const Feature& feature(FeatureId id) const { return features[index(id)]; }
  std::int64_t macs() const;
  /// Weights, biases, norms and constants; what several layers share counts once.
  std::int64_t parameters() const;
  bool has_weights() const;  ///< every GEMM carries weights, every constant values
};

/// How much of a network a quantized model stores as integers with scales of its own.
struct ModelStorage {
  std::int64_t activations = 0;  ///< features
  std::int64_t weights = 0;      ///< GEMMs with weights

  friend bool operator==(const ModelStorage&, const ModelStorage&) = default;
};
ModelStorage stored_in_model(const Network& network);

/// Throws std::logic_error naming the layer if shapes, references or sizes do not fit together.
void validate(const Network& network);

}  // namespace systerm
