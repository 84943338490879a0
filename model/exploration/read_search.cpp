// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include <fmt/format.h>

#include "model/exploration/search.h"
#include "model/exploration/sweep_fields.h"
#include "workloads/document/mapping.h"

namespace systerm {
namespace {

void read_objectives(Mapping& mapping, SearchSettings& settings) {
  for (const Node& item : mapping.items("objectives", Presence::kRequired)) {
    try {
      if (const auto text = item.text()) settings.objectives.push_back(parse_objective(*text));
    } catch (const std::invalid_argument& error) {
      item.error(error.what());
    }
  }
  const Node list = *mapping.find("objectives");
  if (list.is_sequence() && list.items().size() < 2) list.error("expected at least two objectives");
}

void read_constraints(Mapping& mapping, SearchSettings& settings) {
  for (const Node& item : mapping.items("constraints")) {
    const auto text = item.text();
    if (!text) continue;
    try {
      settings.constraints.emplace_back(*text);
    } catch (const ExpressionError& error) {
      item.error(fmt::format("in '{}', column {}: {}", *text, error.column() + 1, error.what()));
    }
  }
}

}  // namespace

SearchSettings read_search(const Sweep& sweep) {
  Diagnostics diagnostics;
  SearchSettings settings;
  if (!sweep.search) {
    diagnostics.error({std::make_shared<const std::string>(sweep.file.string()), 0, 0}, "search",
                      "missing key; expected a mapping with objectives");
    diagnostics.throw_if_any();
  }
  {
    Mapping mapping = Node(sweep.search, "search", diagnostics).mapping();
    search_fields(mapping, settings);
    if (settings.population % 4 != 0) {
      mapping.node().error_at("population", "expected a multiple of 4");
    }
    if (mapping.has("objectives")) {
      read_objectives(mapping, settings);
    } else {
      mapping.require("objectives", "a list such as [total.cycles:min, total.bytes.dram.read:min]");
    }
    read_constraints(mapping, settings);
  }
  diagnostics.throw_if_any();
  return settings;
}

}  // namespace systerm
