// SPDX-License-Identifier: Apache-2.0
// Tensors of training as they lie in memory: FP32 words for the vector unit, and for the array
// groups along the sum of a product, mantissas and exponents apart. One tensor may lie in several
// forms.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>

#include "components/descriptors/listed_work.h"

namespace systerm {

/// Bits of an operand of the array; formats without shared exponents have groups of one value.
struct OperandFormat {
  std::int64_t group_size = 1;
  std::int64_t value_bits = 32;    ///< of each value; 3 for every 2-bit chunk with its sign
  std::int64_t exponent_bits = 0;  ///< of each group

  friend auto operator<=>(const OperandFormat&, const OperandFormat&) = default;
};

/// With A[M,K], W[K,N], dO[M,N]: which of the axes groups run along.
enum class ProductAxis : std::uint8_t { kM, kK, kN };

/// A part of a whole, cut so that the parts of a partition add up to it.
struct Fraction {
  std::int64_t begin = 0;
  std::int64_t end = 1;
  std::int64_t of = 1;
};

/// Half-open range of `whole` things that nested fractions leave, the outermost first.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t size() const { return end - begin; }
};
Range nested(std::int64_t whole, std::span<const Fraction> fractions);

struct TensorForm {
  std::int64_t values = 0;
  /// Nothing for FP32 words.
  std::optional<OperandFormat> format{};
  ProductAxis axis = ProductAxis::kM;
  std::int64_t groups = 0;
  std::uint64_t address = 0;  ///< of the values; exponents follow

  std::int64_t value_bytes() const;
  std::int64_t exponent_bytes() const;
  std::int64_t bytes() const { return value_bytes() + exponent_bytes(); }
  bool same_layout(const TensorForm& other) const {
    return values == other.values && format == other.format && groups == other.groups &&
           (!format || axis == other.axis);
  }
};

/// Appends what nested fractions leave of values and exponents.
void append_part(const TensorForm& form, std::span<const Fraction> fractions, ListedBlock& block);
ListedBlock part_of(const TensorForm& form, std::span<const Fraction> fractions);
/// To the results of `tile`, and to what the converter makes of them.
void append_result(const TensorForm& form, std::span<const Fraction> fractions, ListedTile& tile);
std::int64_t part_bytes(const TensorForm& form, std::span<const Fraction> fractions);

}  // namespace systerm
