// SPDX-License-Identifier: Apache-2.0
// Number formats: how integer codes of weights and data become what a cell multiplies, how many
// terms that takes, and how it is laid out in memory. A format is added by one file that registers
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "components/arithmetic/bit_stream.h"
#include "components/arithmetic/encoding.h"

namespace systerm {

/// Which magnitudes a data code of b bits may take.
enum class DataRange : std::uint8_t {
  kSigned,    ///< sign and magnitude: |q| <= 2^(b-1) - 1
  kUnsigned,  ///< tensors without negative values use 0 .. 2^b - 1, all others the signed range
};

/// How the kept terms of a weight group are laid out in memory.
enum class TermLayout : std::uint8_t {
  kEndOfValue,  ///< presence mask, then value by value: exponent, sign, end-of-value mark
  kIndexed,  ///< largest first: exponent, sign, index in the group; a smaller budget reads a prefix
};

struct FormatParameters {
  Encoding encoding = Encoding::kHese;
  int weight_bits = 8;
  int data_bits = 8;
  DataRange data_range = DataRange::kSigned;
  int group_size = 8;     ///< g, values a group
  int group_budget = 12;  ///< k, terms kept of a weight group; unused by formats without budgets
  int data_terms = 3;     ///< s, terms kept of a data value; unused by formats without budgets
  TermLayout term_layout = TermLayout::kEndOfValue;
  /// Terms that a stored weight group holds, of which the first group_budget are used; 0 for
  /// group_budget. Needs kIndexed: several budgets then share one memory image.
  int stored_budget = 0;
  /// m, magnitude bits of a value of a group with a shared exponent; unused by other formats.
  int weight_mantissa_bits = 4;
  int data_mantissa_bits = 4;

  friend bool operator==(const FormatParameters&, const FormatParameters&) = default;
};

/// A value as a cell sees it, and the number of terms the cell works through for it.
struct EncodedValue {
  std::int16_t value = 0;
  std::uint8_t terms = 0;
};

/// Immutable; safe to share between threads.
class Format {
 public:
  virtual ~Format() = default;

  virtual std::string_view name() const = 0;
  const FormatParameters& parameters() const { return parameters_; }

  /// Replaces the codes of one weight group (1 to group_size values) by the values that the cells
  /// multiply and writes the number of terms kept of each value. `terms` has the size of `values`.
  virtual void encode_weights(std::span<std::int16_t> values,
                              std::span<std::uint8_t> terms) const = 0;

  /// Encodes one data code, as the term encoder does at run time.
  virtual EncodedValue encode_data(std::int16_t code) const = 0;

  /// Whether what becomes of a data code depends on the others of its group (1 to group_size
  /// neighbours along the contraction). Then `encode_data_group` is what counts, and `encode_data`
  /// says what becomes of a code alone.
  virtual bool encodes_data_in_groups() const { return false; }
  /// As `encode_weights`, for a group of data codes.
  virtual void encode_data_group(std::span<std::int16_t> values,
                                 std::span<std::uint8_t> terms) const;

  /// Terms that a synchronised array allots to a weight group, and to a data value; their product
  /// is the number of term pairs allotted to a group pair.
  virtual int weight_term_bound() const = 0;
  virtual int data_term_bound() const = 0;

  /// Whether data must pass through a term encoder on their way to the cells.
  virtual bool encodes_data() const { return false; }

  /// Names of the parameters that have no effect on this format, as experiments write them.
  virtual std::vector<std::string> unused_parameters() const { return {}; }

  /// Storage of one weight group in bits; a group always takes a whole slot.
  virtual std::size_t weight_group_bits() const = 0;

  /// Writes one group of encoded weights (1 to group_size values; a short group is padded with
  /// zeros) as one slot of `weight_group_bits()` bits. `codes` are the codes *before*
  /// `encode_weights`, so that the term list itself, not just its sum, is stored.
  virtual void pack_weights(std::span<const std::int16_t> codes, BitWriter& out) const = 0;

  /// Reads one slot back: exactly what `encode_weights` gave. `values` and `terms` have 1 to
  /// group_size elements. Throws std::runtime_error on a slot that no encoder writes.
  virtual void unpack_weights(BitReader& in, std::span<std::int16_t> values,
                              std::span<std::uint8_t> terms) const = 0;

  /// Largest data code magnitude for a tensor with or without negative values.
  int data_limit(bool is_signed) const;
  /// Largest magnitude of a weight code that is not saturated.
  virtual int weight_limit() const { return (1 << (parameters_.weight_bits - 1)) - 1; }

  /// Exact dot product of a weight group and a data group of encoded values.
  static std::int64_t dot(std::span<const std::int16_t> weights,
                          std::span<const std::int16_t> data);

 protected:
  explicit Format(const FormatParameters& parameters) : parameters_(parameters) {}

 private:
  FormatParameters parameters_;
};

using FormatFactory = std::function<std::unique_ptr<const Format>(const FormatParameters&)>;

/// Makes `name` known; throws std::invalid_argument if it is known already.
void register_format(std::string name, FormatFactory factory);
/// Throws std::invalid_argument for an unknown name or parameters that the format cannot honour;
/// the message says which and what is allowed.
std::unique_ptr<const Format> make_format(std::string_view name,
                                          const FormatParameters& parameters);
/// Names in alphabetical order.
std::vector<std::string> format_names();

}  // namespace systerm
