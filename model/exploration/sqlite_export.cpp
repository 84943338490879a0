// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/sqlite_export.h"

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

#include "model/exploration/table_export.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

std::string identifier(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + '"';
}

class Database {
 public:
  Database() {
    check(sqlite3_open(":memory:", &handle_));
    execute("BEGIN");
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { sqlite3_close(handle_); }

  void execute(const std::string& sql) {
    check(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr));
  }

  void check(int status) const {
    if (status == SQLITE_OK || status == SQLITE_ROW || status == SQLITE_DONE) return;
    throw std::runtime_error(fmt::format("SQLite: {}", sqlite3_errmsg(handle_)));
  }

  std::string bytes() {
    execute("COMMIT");
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, void (*)(void*)> data(
        sqlite3_serialize(handle_, "main", &size, 0), sqlite3_free);
    if (!data) throw std::runtime_error("SQLite: out of memory");
    return {reinterpret_cast<const char*>(data.get()), static_cast<std::size_t>(size)};
  }

  sqlite3* handle() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

/// One table and the statement that fills it.
class TableWriter {
 public:
  TableWriter(Database& database, const std::string& name, const std::vector<std::string>& columns)
      : database_(database) {
    std::string names;
    std::string places;
    for (const std::string& column : columns) {
      if (!names.empty()) {
        names += ", ";
        places += ", ";
      }
      names += identifier(column);
      places += '?';
    }
    database.execute(fmt::format("CREATE TABLE {} ({})", name, names));
    const std::string insert = fmt::format("INSERT INTO {} VALUES ({})", name, places);
    database.check(sqlite3_prepare_v2(database.handle(), insert.c_str(), -1, &statement_, nullptr));
  }
  TableWriter(const TableWriter&) = delete;
  TableWriter& operator=(const TableWriter&) = delete;
  ~TableWriter() { sqlite3_finalize(statement_); }

  void value(const Json& value) {
    const int at = ++bound_;
    if (value.is_number_integer()) {
      database_.check(sqlite3_bind_int64(statement_, at, value.get<std::int64_t>()));
    } else if (value.is_number()) {
      database_.check(sqlite3_bind_double(statement_, at, value.get<double>()));
    } else if (value.is_boolean()) {
      database_.check(sqlite3_bind_int(statement_, at, value.get<bool>() ? 1 : 0));
    } else if (value.is_string()) {
      const auto& text = value.get_ref<const std::string&>();
      database_.check(sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()),
                                        SQLITE_TRANSIENT));
    } else {
      database_.check(sqlite3_bind_null(statement_, at));
    }
  }

  void end_row() {
    database_.check(sqlite3_step(statement_));
    database_.check(sqlite3_reset(statement_));
    bound_ = 0;
  }

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

void write_points(Database& database, const SweepTable& table) {
  std::vector<std::string> names;
  for (const auto& field : row_fields({})) names.push_back(field.first);
  names.emplace_back("log");
  for (const SweepColumn& column : table.columns) names.push_back(column.name);
  TableWriter points(database, "points", names);
  for (const SweepRow& row : table.rows) {
    for (const auto& field : row_fields(row)) points.value(field.second);
    points.value(row.log);
    for (const Json& cell : row.cells) points.value(cell);
    points.end_row();
  }
}

void write_layers(Database& database, const LayerTable& layers) {
  std::vector<std::string> names = {"point"};
  for (const SweepColumn& column : layers.columns) names.push_back(column.name);
  TableWriter writer(database, "layers", names);
  layers.visit([&](const LayerTable::Row& row) {
    writer.value(row.point);
    for (const Json& cell : row.cells) writer.value(cell);
    writer.end_row();
  });
}

void write_columns(Database& database, const SweepTable& table, const LayerTable& layers) {
  TableWriter writer(database, "columns", {"table", "name", "unit", "description", "kind"});
  const auto write = [&](const char* of, const std::vector<SweepColumn>& columns) {
    for (const SweepColumn& column : columns) {
      writer.value(of);
      writer.value(column.name);
      writer.value(column.unit);
      writer.value(column.description);
      writer.value(to_string(column.kind));
      writer.end_row();
    }
  };
  write("points", table.columns);
  write("layers", layers.columns);
}

}  // namespace

std::string sqlite_database(const SweepTable& table, const LayerTable& layers) {
  Database database;
  write_points(database, table);
  write_layers(database, layers);
  write_columns(database, table, layers);
  return database.bytes();
}

}  // namespace systerm
