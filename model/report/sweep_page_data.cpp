// SPDX-License-Identifier: Apache-2.0
#include "model/report/sweep_page_data.h"

#include <cmath>
#include <cstdlib>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "model/report/html_page.h"
#include "model/report/layer_blocks.h"
#include "model/report/objectives.h"

namespace systerm {

namespace {

using Json = nlohmann::ordered_json;

/// More digits than a chart or a reader can tell apart.
constexpr int kDigits = 8;

Json rounded(const Json& value) {
  if (!value.is_number_float()) return value;
  return std::strtod(fmt::format("{:.{}g}", value.get<double>(), kDigits).c_str(), nullptr);
}

/// {"dictionary": [...], "codes": [...]}, -1 for none.
template <typename TextOf>
Json packed_texts(std::size_t count, TextOf text_of) {
  Json packed = {{"dictionary", Json::array()}, {"codes", Json::array()}};
  std::map<std::string, std::int64_t> codes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto text = text_of(i);
    if (!text) {
      packed["codes"].push_back(-1);
      continue;
    }
    const auto [at, is_new] = codes.emplace(*text, static_cast<std::int64_t>(codes.size()));
    if (is_new) packed["dictionary"].push_back(*text);
    packed["codes"].push_back(at->second);
  }
  return packed;
}

std::string text_of(const Json& cell) {
  return cell.is_string() ? cell.get<std::string>()
                          : cell.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// One value if all rows have it, a list of numbers, or texts with a dictionary.
Json packed_values(const SweepTable& table, std::size_t column) {
  bool is_constant = true;
  bool is_number = true;
  for (const SweepRow& row : table.rows) {
    const Json& cell = row.cells[column];
    is_constant = is_constant && cell == table.rows.front().cells[column];
    is_number = is_number && (cell.is_number() || cell.is_null());
  }
  if (is_constant && !table.rows.empty()) {
    return {{"constant", rounded(table.rows.front().cells[column])}};
  }
  if (is_number) {
    Json values = Json::array();
    for (const SweepRow& row : table.rows) values.push_back(rounded(row.cells[column]));
    return values;
  }
  return packed_texts(table.rows.size(), [&](std::size_t i) {
    const Json& cell = table.rows[i].cells[column];
    return cell.is_null() ? std::nullopt : std::optional(text_of(cell));
  });
}

/// Shares are better read in percent.
std::string shown_unit(const SweepColumn& column) {
  return column.name.ends_with(".utilisation") || column.name.ends_with(".top1") ? "share"
                                                                                 : column.unit;
}

Json columns_json(const SweepTable& table) {
  Json columns = Json::array();
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const SweepColumn& column = table.columns[i];
    columns.push_back({{"name", column.name},
                       {"unit", shown_unit(column)},
                       {"description", column.description},
                       {"kind", to_string(column.kind)},
                       {"better", is_better_high(column.name) ? "high" : "low"},
                       {"values", packed_values(table, i)}});
  }
  return columns;
}

Json failures_json(const SweepTable& table) {
  Json failures = Json::array();
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const SweepRow& row = table.rows[i];
    if (row.status != SweepRow::Status::kFailed) continue;
    failures.push_back(
        {{"point", i}, {"reason", row.reason}, {"message", row.message}, {"log", row.log}});
  }
  return failures;
}

/// A relative address where the page and the store have one, so that both may move together.
std::string link_to(const std::filesystem::path& folder, const std::filesystem::path& html) {
  const auto from = std::filesystem::absolute(html).parent_path().lexically_normal();
  const auto to = std::filesystem::absolute(folder).lexically_normal();
  std::string link;
  for (const char c : to.lexically_relative(from).generic_string()) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                          std::string_view("/-_.~").find(c) != std::string_view::npos;
    link += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return link;
}

}  // namespace

Json sweep_page_data(const ResultStore& store, const SweepTable& table,
                     const std::vector<std::string>& objectives,
                     const std::filesystem::path& html) {
  const std::size_t count = table.rows.size();
  const auto text_column = [&](auto text) {
    return packed_texts(count, [&](std::size_t i) { return std::optional(text(table.rows[i])); });
  };
  Json results = Json::array();
  for (const SweepRow& row : table.rows) {
    results.push_back(row.result.empty() ? Json() : Json(row.result.generic_string()));
  }
  return {{"kind", "sweep"},
          {"palette", palette_json()},
          {"name", table.name},
          {"objectives", objectives},
          {"columns", columns_json(table)},
          {"status",
           text_column([](const SweepRow& row) { return std::string(to_string(row.status)); })},
          {"results", std::move(results)},
          {"failures", failures_json(table)},
          {"points_per_block", kPointsPerLayerBlock},
          {"store",
           {{"path", store.folder().generic_string()}, {"link", link_to(store.folder(), html)}}}};
}

}  // namespace systerm
