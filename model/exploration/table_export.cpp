// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/table_export.h"

#include <utility>

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// An array with one element a line.
template <typename Items, typename JsonOf>
void write_array(std::ostream& stream, const Items& items, JsonOf json_of) {
  const char* separator = "[\n";
  for (const auto& item : items) {
    stream << separator << dumped(json_of(item));
    separator = ",\n";
  }
  stream << (items.empty() ? "[]" : "\n]");
}

Json column_json(const SweepColumn& column) {
  return {{"name", column.name},
          {"unit", column.unit},
          {"description", column.description},
          {"kind", to_string(column.kind)}};
}

Json row_json(const SweepRow& row) {
  Json json;
  for (auto& [key, value] : row_fields(row)) json[key] = std::move(value);
  json["log"] = row.log;
  json["values"] = row.cells;
  return json;
}

std::string csv_field(const Json& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) return dumped(value);
  const auto& text = value.get_ref<const std::string&>();
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::vector<std::pair<std::string, Json>> row_fields(const SweepRow& row) {
  return {{"point", row.point},
          {"hash", row.hash},
          {"status", to_string(row.status)},
          {"reason", row.reason},
          {"message", row.message},
          {"limited_by", row.limited_by},
          {"result", row.result.generic_string()}};
}

void write_table_json(const SweepTable& table, const LayerTable* layers, std::ostream& stream) {
  stream << "{\"name\": " << dumped(table.name)
         << ",\n\"description\": " << dumped(table.description)
         << ",\n\"program\": " << dumped(table.program) << ",\n\"columns\": ";
  write_array(stream, table.columns, column_json);
  stream << ",\n\"rows\": ";
  write_array(stream, table.rows, row_json);
  if (layers != nullptr) {
    stream << ",\n\"layer_columns\": ";
    write_array(stream, layers->columns, column_json);
    stream << ",\n\"layers\": ";
    const char* separator = "[\n";
    layers->visit([&](const LayerTable::Row& row) {
      stream << separator << dumped({{"point", row.point}, {"values", row.cells}});
      separator = ",\n";
    });
    stream << (separator[0] == '[' ? "[]" : "\n]");
  }
  stream << "\n}\n";
}

void write_table_csv(const SweepTable& table, std::ostream& stream) {
  const char* separator = "";
  for (const auto& field : row_fields({})) {
    stream << std::exchange(separator, ",") << field.first;
  }
  for (const SweepColumn& column : table.columns) stream << ',' << csv_field(column.name);
  stream << '\n';
  for (const SweepRow& row : table.rows) {
    separator = "";
    for (const auto& field : row_fields(row)) {
      stream << std::exchange(separator, ",") << csv_field(field.second);
    }
    for (const Json& cell : row.cells) stream << ',' << csv_field(cell);
    stream << '\n';
  }
}

void write_layers_csv(const LayerTable& layers, std::ostream& stream) {
  stream << "point";
  for (const SweepColumn& column : layers.columns) stream << ',' << csv_field(column.name);
  stream << '\n';
  layers.visit([&](const LayerTable::Row& row) {
    stream << row.point;
    for (const Json& cell : row.cells) stream << ',' << csv_field(cell);
    stream << '\n';
  });
}

}  // namespace systerm
