// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/sweep_manifest.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/design/content_hash.h"
#include "model/exploration/axis_values.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kLargestExactInteger = 9007199254740992.0;

Json json_value(const ExpressionValue& value) {
  if (const double* number = std::get_if<double>(&value)) {
    const bool is_integer =
        *number == std::floor(*number) && std::fabs(*number) <= kLargestExactInteger;
    return is_integer ? Json(static_cast<std::int64_t>(*number)) : Json(*number);
  }
  if (const bool* truth = std::get_if<bool>(&value)) return *truth;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return nullptr;
}

std::string axis_unit(const Axis& axis) {
  std::string unit;
  for (const AxisValue& value : axis.values) {
    const std::string one = scalar_unit(*value.tree);
    if (one.empty() || (!unit.empty() && one != unit)) return "";
    unit = one;
  }
  return unit;
}

Json json_of(const SweepManifest& manifest) {
  Json json = {{"systerm_sweep", 1},
               {"name", manifest.name},
               {"description", manifest.description},
               {"program", manifest.program}};
  json["columns"] = Json::array();
  for (const SweepManifest::Column& column : manifest.columns) {
    json["columns"].push_back({{"name", column.name},
                               {"unit", column.unit},
                               {"paths", column.paths},
                               {"derived", column.is_derived}});
  }
  json["points"] = Json::array();
  for (const SweepManifest::Point& point : manifest.points) {
    json["points"].push_back({{"hash", point.hash}, {"values", point.values}});
  }
  return json;
}

std::optional<SweepManifest> manifest_from(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("systerm_sweep", 0) != 1) return std::nullopt;
  try {
    SweepManifest manifest{json.at("name"), json.at("description"), json.at("program"), {}, {}};
    for (const Json& column : json.at("columns")) {
      manifest.columns.push_back(
          {column.at("name"), column.at("unit"), column.at("paths"), column.at("derived")});
    }
    for (const Json& point : json.at("points")) {
      manifest.points.push_back({point.at("values"), point.at("hash")});
      if (manifest.points.back().values.size() != manifest.columns.size()) return std::nullopt;
    }
    return manifest;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

struct StoredManifest {
  SweepManifest manifest;
  std::filesystem::file_time_type written;
};

}  // namespace

SweepManifest manifest_of(const SweepPlan& plan) {
  const Sweep& sweep = plan.sweep();
  SweepManifest manifest{sweep.name, sweep.description, plan.program().name, {}, {}};
  for (const Axis* axis : sweep.axes()) {
    manifest.columns.push_back({axis->name, axis_unit(*axis), axis->paths, false});
  }
  for (const DerivedValue& derived : sweep.derived) {
    manifest.columns.push_back({derived.name, derived.unit, derived.paths, true});
  }
  for (const PlannedPoint& point : plan.points()) {
    std::vector<Json> values;
    for (const SweepManifest::Column& column : manifest.columns) {
      values.push_back(json_value(plan.space().value(column.name, point.choices)));
    }
    manifest.points.push_back({std::move(values), point.hash});
  }
  return manifest;
}

void save_manifest(const SweepManifest& manifest, const ResultStore& store) {
  const std::string text = json_of(manifest).dump() + "\n";
  const std::filesystem::path path =
      store.sweeps_folder() /
      fmt::format("{}-{}.json", manifest.name, content_hash(text).substr(0, 8));
  if (read_whole(path) == text) return;
  make_folder(store.sweeps_folder());
  // Whoever has the claim writes the same.
  if (const auto claim = store.claim(content_hash(text))) write_durably(path, text);
}

SweepManifest load_manifest(const ResultStore& store, const std::string& name) {
  std::map<std::string, StoredManifest> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(store.sweeps_folder(), error)) {
    if (entry.path().extension() != ".json") continue;
    const auto text = read_whole(entry.path());
    auto manifest = text ? manifest_from(*text) : std::nullopt;
    if (!manifest || (!name.empty() && manifest->name != name)) continue;
    const auto written = entry.last_write_time(error);
    const auto known = found.find(manifest->name);
    if (known == found.end() || known->second.written < written) {
      const std::string key = manifest->name;
      found.insert_or_assign(key, StoredManifest{std::move(*manifest), written});
    }
  }
  if (found.size() == 1) return std::move(found.begin()->second.manifest);
  if (found.empty()) {
    throw std::runtime_error(
        name.empty() ? fmt::format("{} holds no sweep", store.folder().string())
                     : fmt::format("{} holds no sweep '{}'", store.folder().string(), name));
  }
  std::vector<std::string> names;
  for (const auto& each : found) names.push_back(each.first);
  throw std::runtime_error(fmt::format("{} holds several sweeps, name one of them: {}",
                                       store.folder().string(), fmt::join(names, ", ")));
}

}  // namespace systerm
