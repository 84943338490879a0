// SPDX-License-Identifier: Apache-2.0
// One processing element of an array: how many cycles a beat (one group pair) takes, what it is
// built of and which events take energy. A cell is added by one file and one registration.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "components/arithmetic/format.h"
#include "components/array/array_config.h"
#include "components/cost/composition.h"

namespace systerm {

/// An event of a cell: a counter of the array, composed of operations.
struct CellEvent {
  EventCost cost;
  std::string description;
};

/// What one cell is composed of.
struct CellCost {
  std::vector<CellEvent> events;
  std::vector<LogicUse> logic;  ///< for area and leakage
  std::string fpga_part;        ///< its name in tables of FPGA resources
};

/// What the cells of an array did in one pass, added up over all of them.
struct CellWork {
  std::int64_t group_pairs = 0;     ///< beats of cells with work
  std::int64_t products = 0;        ///< multiplications, padding left out
  std::int64_t term_pairs = 0;      ///< that the operands hold
  std::int64_t clocked_cycles = 0;  ///< cycles of cells with work, waiting for slower ones included
  std::int64_t results = 0;         ///< sums that left the array
};

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

  /// Composition of a cell in an array of these parameters.
  virtual CellCost cost(const ArrayConfig& array) const = 0;
  /// Adds what `work` on operands of `format` means for each event of `cost`, in its order.
  virtual void count_events(const Format& format, const CellWork& work,
                            std::span<std::int64_t> counts) const = 0;
};

using CellFactory = std::function<std::unique_ptr<const Cell>()>;

/// Makes `name` known; throws std::invalid_argument if it is known already.
void register_cell(std::string name, CellFactory factory);
/// Throws std::invalid_argument for an unknown name.
std::unique_ptr<const Cell> make_cell(std::string_view name);
/// Names in alphabetical order.
std::vector<std::string> cell_names();

}  // namespace systerm
