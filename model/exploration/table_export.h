// SPDX-License-Identifier: Apache-2.0
// A sweep's table as files of other programs.
#pragma once

#include <ostream>

#include "model/exploration/sweep_table.h"

namespace systerm {

/// One document: `name`, `description`, `program`, `columns[]` (`name`, `unit`, `description`,
/// `kind`), `rows[]` (`point`, `hash`, `status`, `reason`, `message`, `limited_by`, `result`,
/// `values` by column), and, unless `layers` is null, `layer_columns[]` and `layers[]` (`point`,
/// `values`).
void write_table_json(const SweepTable& table, const LayerTable* layers, std::ostream& stream);

/// A header line, then a line a point. Fields with commas, quotes or line breaks are quoted.
void write_table_csv(const SweepTable& table, std::ostream& stream);
/// The same, a line a layer of each point that is done.
void write_layers_csv(const LayerTable& layers, std::ostream& stream);

/// The fields of a row that are no cells, in the order of every export.
std::vector<std::pair<std::string, nlohmann::ordered_json>> row_fields(const SweepRow& row);

}  // namespace systerm
