// SPDX-License-Identifier: Apache-2.0
// The results of a sweep as one table: a row a point, with its axes and every figure of its result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace systerm {

struct SweepColumn {
  enum class Kind : std::uint8_t { kAxis, kDerived, kFigure };

  std::string name;  ///< of an axis, or the path of a figure, such as total.stalls.skew
  std::string unit;
  std::string description;
  Kind kind = Kind::kFigure;
};

struct SweepRow {
  enum class Status : std::uint8_t { kDone, kFailed, kMissing };

  std::size_t point = 0;  ///< from 0, in the order of the sweep
  std::string hash;
  Status status = Status::kMissing;
  std::string reason;            ///< error, timeout, memory or signal; empty unless failed
  std::string message;           ///< of the failure
  std::string log;               ///< of the failure: the end of what the point printed
  std::filesystem::path result;  ///< file of the result, relative to the store; empty unless done
  std::string limited_by;        ///< the stall that costs most cycles; empty for none
  std::vector<nlohmann::ordered_json> cells;  ///< by column; null where there is none
};
std::string_view to_string(SweepRow::Status status);
std::string_view to_string(SweepColumn::Kind kind);

struct SweepTable {
  std::string name;
  std::string description;
  std::string program;
  std::vector<SweepColumn> columns;  ///< axes, derived values, then figures as results have them
  std::vector<SweepRow> rows;        ///< in the order of the points

  /// Position of a column; nothing if there is none.
  std::optional<std::size_t> find(std::string_view column) const;
  /// Throws std::runtime_error with the nearest name if there is none.
  std::size_t require(std::string_view column) const;
  std::size_t count(SweepRow::Status status) const;
};

/// Layers of the points, in order: the same figures for each, with `layer` (position), `name`,
/// `type` and `format` first.
class LayerTable {
 public:
  struct Row {
    std::size_t point = 0;
    std::vector<nlohmann::ordered_json> cells;  ///< by column
  };

  std::vector<SweepColumn> columns;

  /// Calls `visit` for each layer of each point that is done.
  void visit(const std::function<void(const Row&)>& visit) const;

  /// Layers of the next point that is done: CBOR, for each layer a list of columns and cells in
  /// turn. `column_of` says which column of this table is meant.
  void add(std::size_t point, std::vector<std::uint8_t> layers,
           std::shared_ptr<const std::vector<std::size_t>> column_of);

 private:
  struct PointLayers {
    std::size_t point = 0;
    std::vector<std::uint8_t> layers;
    std::shared_ptr<const std::vector<std::size_t>> column_of;
  };

  std::vector<PointLayers> points_;
};

}  // namespace systerm
