// SPDX-License-Identifier: Apache-2.0
// An array as a data file stores it: element type, shape, elements in C order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace systerm {

using ArrayElements =
    std::variant<std::vector<float>, std::vector<double>, std::vector<std::int8_t>,
                 std::vector<std::int16_t>, std::vector<std::int32_t>, std::vector<std::int64_t>,
                 std::vector<std::uint8_t>, std::vector<std::uint16_t>, std::vector<std::uint32_t>>;

struct Array {
  std::vector<std::int64_t> shape;
  ArrayElements elements;

  std::size_t size() const {
    return std::visit([](const auto& values) { return values.size(); }, elements);
  }
  bool is_integer() const {
    return !std::holds_alternative<std::vector<float>>(elements) &&
           !std::holds_alternative<std::vector<double>>(elements);
  }
};

}  // namespace systerm
