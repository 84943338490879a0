// SPDX-License-Identifier: Apache-2.0
#include "workloads/import/constant.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace systerm {

namespace {

/// Folding is for shapes and parameters; a broadcast to more than this is none that an exporter
/// writes.
constexpr std::int64_t kLargestFolded = std::int64_t{1} << 24;

/// Distance in memory of one step along each axis.
std::vector<std::size_t> strides_of(const Shape& shape) {
  std::vector<std::size_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * static_cast<std::size_t>(shape[i]);
  }
  return strides;
}

/// For each element of `shape` in C order the sum of its coordinates times `steps`.
std::vector<std::size_t> gather_positions(const Shape& shape,
                                          const std::vector<std::size_t>& steps) {
  std::vector<std::size_t> positions{0};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::vector<std::size_t> next;
    next.reserve(positions.size() * static_cast<std::size_t>(shape[axis]));
    for (const std::size_t position : positions) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(shape[axis]); ++i) {
        next.push_back(position + i * steps[axis]);
      }
    }
    positions = std::move(next);
  }
  return positions;
}

void check_size(const Shape& shape) {
  if (element_count(shape) > kLargestFolded) {
    throw GraphError(fmt::format("a computed constant of shape {} is too large", to_string(shape)));
  }
}

std::vector<std::size_t> broadcast_steps(const Shape& operand, const Shape& result) {
  const std::vector<std::size_t> strides = strides_of(operand);
  std::vector<std::size_t> steps(result.size(), 0);
  for (std::size_t i = 0; i < operand.size(); ++i) {
    if (operand[i] != 1) steps[result.size() - operand.size() + i] = strides[i];
  }
  return steps;
}

Shape broadcast_shape(const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1) {
      throw GraphError(
          fmt::format("shapes {} and {} do not broadcast", to_string(a), to_string(b)));
    }
    result[result.size() - 1 - i] = left == 1 ? right : left;
  }
  return result;
}

float combine_floats(op::Binary::Kind kind, float a, float b) {
  switch (kind) {
    case op::Binary::Kind::kAdd:
      return a + b;
    case op::Binary::Kind::kSubtract:
      return a - b;
    case op::Binary::Kind::kMultiply:
      return a * b;
    case op::Binary::Kind::kDivide:
      return a / b;
  }
  return 0.0F;
}

std::int64_t combine_integers(op::Binary::Kind kind, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool fits = true;
  switch (kind) {
    case op::Binary::Kind::kAdd:
      fits = !__builtin_add_overflow(a, b, &result);
      break;
    case op::Binary::Kind::kSubtract:
      fits = !__builtin_sub_overflow(a, b, &result);
      break;
    case op::Binary::Kind::kMultiply:
      fits = !__builtin_mul_overflow(a, b, &result);
      break;
    case op::Binary::Kind::kDivide:
      fits = b != 0 && !(b == -1 && a == std::numeric_limits<std::int64_t>::min());
      if (fits) result = a / b;
      break;
  }
  if (!fits) throw GraphError("an integer computation of the model overflows or divides by zero");
  return result;
}

/// Which entry of a scale or zero point belongs to which value of a constant.
class ParameterAxis {
 public:
  ParameterAxis(const Constant& constant, std::size_t axis) {
    extent_ = axis < constant.shape.size() ? static_cast<std::size_t>(constant.shape[axis]) : 1;
    for (std::size_t i = axis + 1; i < constant.shape.size(); ++i) {
      inner_ *= static_cast<std::size_t>(constant.shape[i]);
    }
    text_ = fmt::format("axis {} of {}", axis, to_string(constant.shape));
  }

  void check(const Constant& parameter) const {
    const auto elements = static_cast<std::size_t>(parameter.elements());
    if (elements == 1 || elements == extent_) return;
    throw GraphError(
        fmt::format("scale or zero point of shape {} for {}", to_string(parameter.shape), text_));
  }
  double at(const Constant& parameter, std::size_t i) const {
    return parameter.at(parameter.elements() == 1 ? 0 : i / inner_ % extent_);
  }

 private:
  std::size_t extent_ = 1;
  std::size_t inner_ = 1;
  std::string text_;
};

}  // namespace

Constant integer_constant(std::vector<std::int64_t> values) {
  Shape shape{static_cast<std::int64_t>(values.size())};
  return {.type = ElementType::kInteger, .shape = std::move(shape), .integers = std::move(values)};
}

Constant float_constant(Shape shape, std::vector<float> values) {
  return {.shape = std::move(shape),
          .floats = std::make_shared<const std::vector<float>>(std::move(values))};
}

Constant reshaped(const Constant& constant, Shape shape) {
  if (element_count(shape) != constant.elements()) {
    throw GraphError(fmt::format("a constant of shape {} cannot become {}",
                                 to_string(constant.shape), to_string(shape)));
  }
  Constant result = constant;
  result.shape = std::move(shape);
  if (result.scales.size() > 1 && result.shape != constant.shape) result.scales.clear();
  return result;
}

Constant transposed(const Constant& constant, const std::vector<std::size_t>& permutation) {
  const std::vector<std::size_t> strides = strides_of(constant.shape);
  Constant result{.type = constant.type, .shape = {}, .has_values = constant.has_values};
  std::vector<std::size_t> steps;
  for (const std::size_t axis : permutation) {
    result.shape.push_back(constant.shape[axis]);
    steps.push_back(strides[axis]);
  }
  if (!constant.has_values) return result;
  std::vector<float> floats;
  for (const std::size_t from : gather_positions(result.shape, steps)) {
    if (constant.is_float()) {
      floats.push_back((*constant.floats)[from]);
    } else {
      result.integers.push_back(constant.integers[from]);
    }
  }
  if (constant.is_float()) {
    result.floats = std::make_shared<const std::vector<float>>(std::move(floats));
    result.scales = constant.scales;
    const auto axis = std::ranges::find(permutation, constant.scale_axis);
    result.scale_axis = static_cast<std::size_t>(axis - permutation.begin());
  }
  return result;
}

Constant cast(const Constant& constant, ElementType type) {
  if (type == constant.type) return constant;
  Constant result{.type = type, .shape = constant.shape, .has_values = constant.has_values};
  if (!constant.has_values) return result;
  const auto count = static_cast<std::size_t>(constant.elements());
  if (type == ElementType::kFloat) {
    std::vector<float> floats(count);
    for (std::size_t i = 0; i < count; ++i) floats[i] = static_cast<float>(constant.at(i));
    result.floats = std::make_shared<const std::vector<float>>(std::move(floats));
    return result;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const double value = std::trunc(constant.at(i));
    if (!(std::abs(value) < 0x1p63)) {
      throw GraphError(fmt::format("a constant {} does not fit an integer", value));
    }
    result.integers.push_back(constant.is_float() ? static_cast<std::int64_t>(value)
                                                  : constant.integers[i]);
  }
  return result;
}

Constant combine(op::Binary::Kind kind, const Constant& a, const Constant& b) {
  Constant result{
      .type = a.is_float() || b.is_float() ? ElementType::kFloat : ElementType::kInteger,
      .shape = broadcast_shape(a.shape, b.shape),
      .has_values = a.has_values && b.has_values};
  if (!result.has_values) return result;
  check_size(result.shape);
  const auto from_a = gather_positions(result.shape, broadcast_steps(a.shape, result.shape));
  const auto from_b = gather_positions(result.shape, broadcast_steps(b.shape, result.shape));
  std::vector<float> floats;
  for (std::size_t i = 0; i < from_a.size(); ++i) {
    if (result.is_float()) {
      floats.push_back(combine_floats(kind, static_cast<float>(a.at(from_a[i])),
                                      static_cast<float>(b.at(from_b[i]))));
    } else {
      result.integers.push_back(
          combine_integers(kind, a.integers[from_a[i]], b.integers[from_b[i]]));
    }
  }
  if (result.is_float()) {
    result.floats = std::make_shared<const std::vector<float>>(std::move(floats));
  }
  return result;
}

Constant quantized(const Constant& constant, const Constant& scale, const Constant* zero,
                   std::size_t axis) {
  Constant result{
      .type = zero ? zero->type : ElementType::kUint8,
      .shape = constant.shape,
      .has_values = constant.has_values && scale.has_values && (!zero || zero->has_values)};
  if (!result.is_byte()) throw GraphError("codes of another type than int8 and uint8");
  const ParameterAxis along(constant, axis);
  along.check(scale);
  if (zero) along.check(*zero);
  if (!result.has_values) return result;
  for (std::size_t i = 0; i < static_cast<std::size_t>(constant.elements()); ++i) {
    const double step = along.at(scale, i);
    const double code = std::nearbyint(constant.at(i) / step) + (zero ? along.at(*zero, i) : 0.0);
    if (std::isnan(code)) throw GraphError("a value or scale that gives no code");
    result.integers.push_back(static_cast<std::int64_t>(std::clamp(
        code, static_cast<double>(result.lowest()), static_cast<double>(result.highest()))));
  }
  return result;
}

Constant dequantized(const Constant& constant, const Constant& scale, const Constant* zero,
                     std::size_t axis) {
  Constant result{
      .shape = constant.shape,
      .has_values = constant.has_values && scale.has_values && (!zero || zero->has_values)};
  const ParameterAxis along(constant, axis);
  along.check(scale);
  if (zero) along.check(*zero);
  if (!result.has_values) return result;
  std::vector<float> floats(static_cast<std::size_t>(constant.elements()));
  for (std::size_t i = 0; i < floats.size(); ++i) {
    const double offset = zero ? along.at(*zero, i) : 0.0;
    floats[i] = static_cast<float>((constant.at(i) - offset) * along.at(scale, i));
  }
  result.floats = std::make_shared<const std::vector<float>>(std::move(floats));
  for (std::size_t i = 0; i < static_cast<std::size_t>(scale.elements()); ++i) {
    const auto step = static_cast<float>(scale.at(i));
    if (!(step > 0.0F) || !std::isfinite(step)) {
      throw GraphError("the scale of a quantized tensor must be positive");
    }
    result.scales.push_back(step);
  }
  result.scale_axis = axis;
  return result;
}

}  // namespace systerm
