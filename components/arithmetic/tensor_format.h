// SPDX-License-Identifier: Apache-2.0
// Number formats of real tensors: FP32 values become codes in blocks that share a scale. The other
// face of the formats in format.h, which turn integer codes into what a cell multiplies; a name of
// the one registry has either or both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "components/arithmetic/block_floating_point.h"

namespace systerm {

/// What may be set of a format; what is not given is the format's own. Giving an option that a
/// format does not have is an error.
struct TensorFormatOptions {
  std::optional<int> group_size = {};
  std::optional<int> exponent_bits = {};
  std::optional<int> mantissa_bits = {};
  std::optional<BfpRounding> rounding = {};
  std::optional<BfpOverflow> overflow = {};
  std::optional<BfpWindow> window = {};
  std::optional<BfpLayout> layout = {};
  std::optional<bool> square_blocks = {};
  std::optional<int> top_exponent = {};
  std::optional<RandomBits> random = {};  ///< for stochastic rounding

  /// Names of the options given, as the program writes them.
  std::vector<std::string> given() const;
};

/// The parameters of format bfp with these options. Throws std::invalid_argument.
BfpParameters bfp_parameters(const TensorFormatOptions& options);

/// How one value of `EncodedTensor::codes` is to be read.
enum class CodeType : std::uint8_t {
  kInt8,    ///< two's complement
  kUint8,   ///< bit pattern
  kUint16,  ///< bit pattern, little endian
  kUint32,  ///< bit pattern, little endian
};
std::size_t bytes_of(CodeType type);

struct EncodedTensor {
  std::size_t rows = 0;
  std::size_t columns = 0;
  CodeType code_type = CodeType::kUint8;
  std::vector<std::uint8_t> codes;   ///< bytes, [rows][columns]
  std::vector<std::uint8_t> scales;  ///< one code a block, [rows][blocks]; empty without blocks
  int lowest_exponent = 0;           ///< of block floating point: the exponent of scale code 0
  float tensor_scale = 1;            ///< of formats with a scale for the whole tensor
  std::uint64_t saturated = 0;       ///< values cut to the largest magnitude
};

/// Bits in memory, in whole blocks.
struct TensorStorage {
  std::uint64_t scale_bits = 0;
  std::uint64_t element_bits = 0;

  std::uint64_t total() const { return scale_bits + element_bits; }
};

/// Immutable; safe to share between threads.
class TensorFormat {
 public:
  virtual ~TensorFormat() = default;

  virtual std::string_view name() const = 0;
  /// Values along a row that share a scale; 1 for formats without blocks.
  virtual std::size_t block_size() const = 0;
  virtual TensorStorage storage(std::size_t rows, std::size_t columns) const = 0;
  /// In whole blocks, without what a tensor takes once.
  virtual double bits_per_value() const = 0;

  /// Codes a matrix in blocks along its rows. Throws NonFiniteValue if the format has no code for
  /// one of the values.
  virtual void encode(const StridedMatrix& values, EncodedTensor& encoded) const = 0;
  /// The values that the codes stand for, [rows][columns].
  virtual void decode(const EncodedTensor& encoded, std::span<float> values) const = 0;
};

using TensorFormatFactory =
    std::function<std::unique_ptr<const TensorFormat>(const TensorFormatOptions&)>;

/// Makes `name` known as a format of tensors; throws std::invalid_argument if it is known already.
void register_tensor_format(std::string name, TensorFormatFactory factory);
/// Throws std::invalid_argument for an unknown name or options that the format cannot honour; the
/// message says which and what is allowed.
std::unique_ptr<const TensorFormat> make_tensor_format(std::string_view name,
                                                       const TensorFormatOptions& options = {});
/// Names in alphabetical order.
std::vector<std::string> tensor_format_names();

/// Throws std::invalid_argument if an option is given that is not among `allowed`.
void require_options(std::string_view format, const TensorFormatOptions& options,
                     std::span<const std::string_view> allowed);

}  // namespace systerm
