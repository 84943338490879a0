// SPDX-License-Identifier: Apache-2.0
// Constant tensors of a model file, and the operations on them that exporters leave in the graph.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workloads/graph/graph.h"

namespace systerm {

enum class ElementType : std::uint8_t { kFloat, kInt8, kUint8, kInteger };

struct Constant {
  ElementType type = ElementType::kFloat;
  Shape shape;
  bool has_values = true;
  std::shared_ptr<const std::vector<float>> floats{};  ///< of kFloat
  std::vector<std::int64_t> integers{};                ///< of all others
  /// Of kFloat that was stored as integers: real value of their step, one for all or one a
  /// position along `scale_axis`. Lost where values are changed.
  std::vector<float> scales{};
  std::size_t scale_axis = 0;

  bool is_float() const { return type == ElementType::kFloat; }
  std::int64_t elements() const { return element_count(shape); }
  double at(std::size_t i) const {
    return is_float() ? static_cast<double>((*floats)[i]) : static_cast<double>(integers[i]);
  }
  bool is_byte() const { return type == ElementType::kInt8 || type == ElementType::kUint8; }
  /// Smallest and largest value of a type of one byte.
  std::int64_t lowest() const { return type == ElementType::kInt8 ? -128 : 0; }
  std::int64_t highest() const { return lowest() + 255; }
};

/// One-dimensional, as the shape operators make and take them.
Constant integer_constant(std::vector<std::int64_t> values);
Constant float_constant(Shape shape, std::vector<float> values);

/// The functions below throw GraphError where operands do not fit, without naming a node. A
/// constant without values gives one without values.
Constant reshaped(const Constant& constant, Shape shape);
Constant transposed(const Constant& constant, const std::vector<std::size_t>& permutation);
Constant cast(const Constant& constant, ElementType type);
/// Element by element with NumPy's broadcasting; integers divide towards zero.
Constant combine(op::Binary::Kind kind, const Constant& a, const Constant& b);
/// The nearest codes (halves to even) of constant / scale + zero, saturated to the type of `zero`,
/// which has one byte; without one, that is uint8 with 0. Otherwise as dequantized().
Constant quantized(const Constant& constant, const Constant& scale, const Constant* zero,
                   std::size_t axis);
/// (constant - zero) * scale, the last two one value or one a position along `axis`.
Constant dequantized(const Constant& constant, const Constant& scale, const Constant* zero,
                     std::size_t axis);

}  // namespace systerm
