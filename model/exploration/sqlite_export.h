// SPDX-License-Identifier: Apache-2.0
// A sweep's table as an SQLite database.
#pragma once

#include <string>

#include "model/exploration/sweep_table.h"

namespace systerm {

/// The bytes of a database with the tables `points` (a row a point), `layers` (a row a layer of
/// each point that is done) and `columns` (unit and description of what the other two hold).
/// Columns are called as in the other exports. The same table gives the same bytes. Throws
/// std::runtime_error with SQLite's message.
std::string sqlite_database(const SweepTable& table, const LayerTable& layers);

}  // namespace systerm
