// SPDX-License-Identifier: Apache-2.0
#include "workloads/import/constant_logic.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace systerm {

namespace {

constexpr std::int64_t kMostCounted = std::int64_t{1} << 24;
constexpr std::int64_t kMostMade = std::int64_t{1} << 28;

std::size_t size(std::int64_t value) { return static_cast<std::size_t>(value); }

/// A constant of `type` and `shape` whose values `value(i)` gives.
template <typename Value>
Constant made(ElementType type, Shape shape, bool has_values, Value value) {
  Constant result{.type = type, .shape = std::move(shape), .has_values = has_values};
  if (!has_values) return result;
  if (result.elements() > kMostMade) {
    throw GraphError("a computed constant of shape " + to_string(result.shape) + " is too large");
  }
  const std::size_t count = size(result.elements());
  if (!result.is_float()) {
    for (std::size_t i = 0; i < count; ++i) {
      result.integers.push_back(static_cast<std::int64_t>(value(i)));
    }
    return result;
  }
  std::vector<float> floats(count);
  for (std::size_t i = 0; i < count; ++i) floats[i] = static_cast<float>(value(i));
  result.floats = std::make_shared<const std::vector<float>>(std::move(floats));
  return result;
}

/// Where one value of a result comes from; no constant stands for 0.
struct Source {
  const Constant* constant = nullptr;
  std::size_t at = 0;
};

/// The same from values of constants, which keep every bit.
template <typename Pick>
Constant picked(ElementType type, Shape shape, bool has_values, Pick pick) {
  if (type == ElementType::kFloat) {
    return made(type, std::move(shape), has_values, [&](std::size_t i) {
      const Source source = pick(i);
      return source.constant ? source.constant->at(source.at) : 0.0;
    });
  }
  return made(type, std::move(shape), has_values, [&](std::size_t i) -> std::int64_t {
    const Source source = pick(i);
    return source.constant ? source.constant->integers[source.at] : 0;
  });
}

bool is_true(const std::string& type, double a, double b) {
  if (type == "Equal") return a == b;
  if (type == "Less") return a < b;
  if (type == "LessOrEqual") return a <= b;
  if (type == "Greater") return a > b;
  if (type == "GreaterOrEqual") return a >= b;
  return type == "And" ? a != 0 && b != 0 : a != 0 || b != 0;
}

/// That both broadcast to; sums of truths cannot overflow.
Shape common_shape(const Constant& a, const Constant& b) {
  return combine(op::Binary::Kind::kAdd, truth_of(a), truth_of(b)).shape;
}

}  // namespace

Constant expanded(const Constant& constant, const Shape& shape) {
  if (constant.shape == shape) return constant;
  // Adding zeros of the other shape broadcasts.
  Constant zeros{
      .type = constant.type == ElementType::kFloat ? ElementType::kFloat : ElementType::kInteger,
      .shape = shape};
  const std::int64_t elements = element_count(shape);
  if (elements > kMostCounted) throw GraphError("a constant that is expanded too far");
  if (zeros.is_float()) {
    zeros.floats = std::make_shared<const std::vector<float>>(size(elements), 0.0F);
  } else {
    zeros.integers.assign(size(elements), 0);
  }
  return combine(op::Binary::Kind::kAdd, constant, zeros);
}

bool is_comparison(const std::string& type) {
  for (const char* known :
       {"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Min", "Max"}) {
    if (type == known) return true;
  }
  return false;
}

Constant negated_truth(const Constant& constant) {
  return made(ElementType::kInteger, constant.shape, constant.has_values,
              [&](std::size_t i) { return constant.at(i) == 0 ? 1 : 0; });
}

Constant truth_of(const Constant& constant) {
  return made(ElementType::kInteger, constant.shape, constant.has_values,
              [&](std::size_t i) { return constant.at(i) != 0 ? 1 : 0; });
}

Constant compared(const std::string& type, const Constant& a, const Constant& b) {
  const Shape shape = common_shape(a, b);
  const Constant left = expanded(a, shape);
  const Constant right = expanded(b, shape);
  const bool has_values = a.has_values && b.has_values;
  if (type == "Min" || type == "Max") {
    const bool is_float = a.is_float() || b.is_float();
    return picked(is_float ? ElementType::kFloat : ElementType::kInteger, shape, has_values,
                  [&](std::size_t i) {
                    const bool takes_left = (left.at(i) < right.at(i)) == (type == "Min");
                    return Source{takes_left ? &left : &right, i};
                  });
  }
  return made(ElementType::kInteger, shape, has_values,
              [&](std::size_t i) { return is_true(type, left.at(i), right.at(i)) ? 1 : 0; });
}

Constant chosen(const Constant& condition, const Constant& yes, const Constant& no) {
  const Constant whole = compared("Equal", yes, no);
  const Shape shape = common_shape(condition, whole);
  const Constant truth = expanded(truth_of(condition), shape);
  const Constant first = expanded(yes, shape);
  const Constant second = expanded(no, shape);
  const bool is_float = yes.is_float() || no.is_float();
  return picked(is_float ? ElementType::kFloat : ElementType::kInteger, shape,
                condition.has_values && yes.has_values && no.has_values, [&](std::size_t i) {
                  return Source{truth.integers[i] != 0 ? &first : &second, i};
                });
}

Constant triangle(const Constant& constant, std::int64_t k, bool is_upper) {
  const std::size_t rank = constant.shape.size();
  if (rank < 2) throw GraphError("a triangle of a constant that is no matrix");
  const std::int64_t rows = constant.shape[rank - 2];
  const std::int64_t columns = constant.shape[rank - 1];
  k = std::clamp(k, -kMostMade, kMostMade);
  return picked(constant.type, constant.shape, constant.has_values, [&](std::size_t i) {
    const auto at = static_cast<std::int64_t>(i);
    const std::int64_t above = at % columns - at / columns % rows - k;
    return Source{(is_upper ? above >= 0 : above <= 0) ? &constant : nullptr, i};
  });
}

Constant counted(const Constant& start, const Constant& limit, const Constant& step) {
  for (const Constant* each : {&start, &limit, &step}) {
    if (!each->has_values || each->elements() != 1) {
      throw GraphError("a range needs a start, a limit and a step of one value each");
    }
  }
  const double count = std::ceil((limit.at(0) - start.at(0)) / step.at(0));
  if (!(std::abs(count) <= static_cast<double>(kMostCounted))) {
    throw GraphError("a range without end");
  }
  return made(start.is_float() ? ElementType::kFloat : ElementType::kInteger,
              {std::max<std::int64_t>(0, static_cast<std::int64_t>(count))}, true,
              [&](std::size_t i) { return start.at(0) + static_cast<double>(i) * step.at(0); });
}

Constant sliced(const Constant& constant, const op::Slice& slice) {
  return picked(constant.type, slice.extent, constant.has_values, [&](std::size_t i) {
    auto rest = static_cast<std::int64_t>(i);
    std::int64_t from = 0;
    std::int64_t stride = 1;
    for (std::size_t axis = slice.extent.size(); axis-- > 0;) {
      const std::int64_t at = rest % slice.extent[axis];
      rest /= slice.extent[axis];
      from += (slice.begin[axis] + at * slice.step[axis]) * stride;
      stride *= constant.shape[axis];
    }
    return Source{&constant, size(from)};
  });
}

Constant taken(const Constant& constant, const Constant& indices, std::size_t axis) {
  const std::int64_t length = constant.shape[axis];
  std::vector<std::int64_t> entries;
  for (std::int64_t entry : indices.integers) {
    if (entry < 0) entry += length;
    if (entry < 0 || entry >= length) {
      throw GraphError(
          fmt::format("index {} is outside axis {} of {}", entry, axis, to_string(constant.shape)));
    }
    entries.push_back(entry);
  }
  const auto cut = constant.shape.begin() + static_cast<std::ptrdiff_t>(axis);
  Shape shape(constant.shape.begin(), cut);
  shape.insert(shape.end(), indices.shape.begin(), indices.shape.end());
  shape.insert(shape.end(), cut + 1, constant.shape.end());
  if (element_count(shape) > kMostCounted) throw GraphError("takes too many entries");
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < constant.shape.size(); ++i) inner *= constant.shape[i];
  const auto count = static_cast<std::int64_t>(entries.size());
  return picked(
      constant.type, shape, constant.has_values && indices.has_values, [&](std::size_t i) {
        const auto at = static_cast<std::int64_t>(i);
        const std::int64_t entry = entries[size(at / inner % count)];
        return Source{&constant, size((at / inner / count * length + entry) * inner + at % inner)};
      });
}

Constant joined(const std::vector<const Constant*>& parts, std::size_t axis) {
  Shape shape = parts.front()->shape;
  shape[axis] = 0;
  bool has_values = true;
  for (const Constant* part : parts) {
    Shape other = part->shape;
    if (other.size() != shape.size()) throw GraphError("joins constants of several ranks");
    const std::int64_t extent = std::exchange(other[axis], shape[axis]);
    if (other != shape) throw GraphError("joins constants of several shapes");
    shape[axis] += extent;
    has_values = has_values && part->has_values;
  }
  std::int64_t inner = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
  const std::int64_t length = shape[axis];
  return picked(parts.front()->type, shape, has_values, [&](std::size_t i) {
    const auto at = static_cast<std::int64_t>(i);
    std::int64_t along = at / inner % length;
    const std::int64_t outer = at / inner / length;
    for (const Constant* part : parts) {
      const std::int64_t extent = part->shape[axis];
      if (along < extent) {
        return Source{part, size((outer * extent + along) * inner + at % inner)};
      }
      along -= extent;
    }
    return Source{};
  });
}

}  // namespace systerm
