// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "components/array/cell.h"
#include "components/array/cells.h"

namespace systerm {

namespace {

std::map<std::string, CellFactory, std::less<>>& registry() {
  static std::map<std::string, CellFactory, std::less<>> cells = {
      {"bit_serial", make_bit_serial_cell},
      {"bl_cell", make_bl_cell},
      {"fmac", make_fmac_cell},
      {"il_cell", make_il_cell},
      {"mx_cell", make_mx_cell},
      {"pmac", make_pmac_cell},
      {"tmac", make_tmac_cell},
  };
  return cells;
}

}  // namespace

std::int64_t Cell::cycles_for_pairs(const Format& format, std::int64_t) const {
  return beat_cycles(format);
}

void register_cell(std::string name, CellFactory factory) {
  const auto [position, inserted] = registry().try_emplace(std::move(name), std::move(factory));
  if (!inserted) {
    throw std::invalid_argument(fmt::format("cell '{}' is registered already", position->first));
  }
}

std::unique_ptr<const Cell> make_cell(std::string_view name) {
  const auto found = registry().find(name);
  if (found == registry().end()) {
    throw std::invalid_argument(
        fmt::format("unknown cell '{}'; known are {}", name, fmt::join(cell_names(), ", ")));
  }
  return found->second();
}

std::vector<std::string> cell_names() {
  std::vector<std::string> names;
  for (const auto& [name, factory] : registry()) names.push_back(name);
  return names;
}

}  // namespace systerm
