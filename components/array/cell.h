// SPDX-License-Identifier: Apache-2.0
// One processing element of an array: how many cycles a beat (one group pair) takes. A cell is
// added by one file and one registration.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "components/arithmetic/format.h"

namespace systerm {

/// Immutable.
class Cell {
 public:
  virtual ~Cell() = default;

  virtual std::string_view name() const = 0;
  virtual std::string_view description() const = 0;
  /// Why the cell cannot work on operands of `format`; nothing if it can.
  virtual std::optional<std::string> refuses(const Format& format) const = 0;
  /// Cycles of a beat in an array synchronised at the bound.
  virtual std::int64_t beat_cycles(const Format& format) const = 0;
  /// Whether `cycles_for_pairs` depends on its argument: only then can a wavefront end early.
  virtual bool is_term_serial() const { return false; }
  /// Cycles of a beat in which the cell works through `pairs` term pairs; at least 1.
  virtual std::int64_t cycles_for_pairs(const Format& format, std::int64_t pairs) const;
  /// Whether the cell can pick one of several input streams for each weight it holds.
  virtual bool has_multiplexer() const { return true; }
  /// From the end of the last beat to the result at the cell's output.
  virtual std::int64_t output_latency_cycles() const { return 0; }
};

using CellFactory = std::function<std::unique_ptr<const Cell>()>;

/// Makes `name` known; throws std::invalid_argument if it is known already.
void register_cell(std::string name, CellFactory factory);
/// Throws std::invalid_argument for an unknown name.
std::unique_ptr<const Cell> make_cell(std::string_view name);
/// Names in alphabetical order.
std::vector<std::string> cell_names();

}  // namespace systerm
