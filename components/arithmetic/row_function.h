// SPDX-License-Identifier: Apache-2.0
// Functions of whole rows: all channels of each operand at one position give all channels of the
// result there. Norms, softmax over heads, rotary embedding and gates of recurrent cells are such
// functions. The vector unit, the float executor and the integer reference call the same code, so
// their results agree to the last bit. One is added by one file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "components/arithmetic/vector_operation_counts.h"

namespace systerm {

/// Where a row lies in its feature.
struct RowPosition {
  std::int64_t image = 0;
  std::int64_t row = 0;
  std::int64_t column = 0;
};

/// Immutable; safe to share between threads.
class RowFunction {
 public:
  virtual ~RowFunction() = default;

  virtual std::string_view name() const = 0;
  /// How often every result word passes through a lane of the vector unit.
  virtual std::int64_t passes() const = 0;
  /// Channels of the result, from those of the operands; nothing where they do not fit.
  virtual std::optional<std::int64_t> result_channels(
      std::span<const std::int64_t> operands) const = 0;
  /// True if no result is ever negative, whatever the operands.
  virtual bool is_nonnegative() const { return false; }
  /// Values that a model stores for it.
  virtual std::int64_t parameters() const { return 0; }

  /// What apply() computes at one position, from the channels of the operands; stored codes are
  /// taken as values already.
  virtual VectorOperations operations(std::span<const std::int64_t> operands,
                                      const RowPosition& at) const = 0;

  /// `operands` and `result` have as many elements as result_channels() was asked about and gave.
  virtual void apply(std::span<const std::span<const float>> operands, const RowPosition& at,
                     std::span<float> result) const = 0;
};

using SharedRowFunction = std::shared_ptr<const RowFunction>;

struct AttentionSoftmax {
  std::int64_t extent = 1;  ///< channels that are normalised together; a divisor of all channels
  /// Position p, counted over columns, attends to the first p + 1 + visible_before of them only.
  bool is_causal = false;
  std::int64_t visible_before = 0;
};

/// Softmax over every `extent` channels (a head's scores) by itself. A second operand of `extent`
/// channels, a mask, is added first. Arithmetic as in softmax() of vector_operations.h.
SharedRowFunction make_attention_softmax(const AttentionSoftmax& options);

struct RowNorm {
  std::int64_t channels = 1;
  double epsilon = 1e-5;
  bool subtracts_mean = true;   ///< layer norm; else RMS norm
  std::vector<float> scale;     ///< [channels], or empty for ones
  std::vector<float> shift;     ///< [channels], or empty for zeros
  std::int64_t parameters = 0;  ///< that a model stores, given or not
};

/// (x - mean) / sqrt(variance + epsilon) * scale + shift, the first part in double with sums in
/// index order and rounded once; RMS norm leaves the mean out.
SharedRowFunction make_row_norm(RowNorm options);

struct RotaryEmbedding {
  std::int64_t head_channels = 2;  ///< even; channels are rotated in pairs within each head
  double base = 10000.0;
  std::int64_t first_position = 0;  ///< of column 0
  bool is_interleaved = false;      ///< pairs are neighbours; else a half apart
};

/// Rotates pair i of every head by position * base^(-2 i / head_channels); Su et al., RoFormer,
/// section 3.2.2. Angles, sines and cosines in double, one rounding at the end.
SharedRowFunction make_rotary_embedding(const RotaryEmbedding& options);

/// Channels begin, begin + step ... of the operand.
SharedRowFunction make_channel_slice(std::int64_t begin, std::int64_t count, std::int64_t step = 1);

/// One binary operation a channel; an operand of one channel, or of a divisor of the other's, is
/// repeated.
enum class RowArithmetic : std::uint8_t { kAdd, kSubtract, kMultiply, kDivide };
SharedRowFunction make_row_arithmetic(RowArithmetic operation);

/// Gates [input, output, forget, cell] of an LSTM, before their functions, in ONNX's order.
/// State: operands gates [4 h] and previous state [h]; sigmoid(f) c + sigmoid(i) tanh(g).
SharedRowFunction make_lstm_state();
/// Operands gates [4 h] and state [h]; sigmoid(o) tanh(c).
SharedRowFunction make_lstm_output();

/// Operands: products of the input [3 h] and of the previous output [3 h], biases included, in
/// ONNX's order update, reset, hidden; and the previous output [h]. With `linear_before_reset` as
/// PyTorch has it: z = s(xz + hz), r = s(xr + hr), n = tanh(xn + r hn), (1 - z) n + z h.
SharedRowFunction make_gru_output();

}  // namespace systerm
