// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/schema_writer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kNumberPattern = R"(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)";

/// A number with one of the units of `unit`.
std::string quantity_pattern(Unit unit) {
  std::string units;
  for (const std::string_view symbol : unit_symbols(unit)) {
    units += fmt::format("{}{}", units.empty() ? "" : "|", symbol);
  }
  return fmt::format("^{} *({})$", kNumberPattern, units);
}

Json quantity_schema(Unit unit, std::string description) {
  return {{"type", "string"},
          {"description", std::move(description)},
          {"pattern", quantity_pattern(unit)},
          {"examples", {unit_example(unit)}}};
}

}  // namespace

SchemaWriter::SchemaWriter() : properties_(std::make_unique<Json>(Json::object())) {}
SchemaWriter::~SchemaWriter() = default;
SchemaWriter::SchemaWriter(SchemaWriter&&) noexcept = default;
SchemaWriter& SchemaWriter::operator=(SchemaWriter&&) noexcept = default;

bool SchemaWriter::property(std::string_view key, Json schema, Presence presence) {
  if (presence == Presence::kRequired) {
    if (std::ranges::find(conditional_, key) == conditional_.end()) required_.emplace_back(key);
    schema.erase("default");
  }
  (*properties_)[std::string(key)] = std::move(schema);
  return false;
}

bool SchemaWriter::integer_property(std::string_view key, std::int64_t value,
                                    const IntegerRange& range, Presence presence) {
  Json schema = {{"type", "integer"}, {"description", expected_integer(range)}};
  const IntegerRange all;
  if (range.minimum != all.minimum) schema["minimum"] = range.minimum;
  if (range.maximum != all.maximum) schema["maximum"] = range.maximum;
  schema["default"] = value;
  return property(key, std::move(schema), presence);
}

bool SchemaWriter::number(std::string_view key, double value, const NumberRange& range,
                          Presence presence) {
  Json schema = {{"type", "number"}, {"description", expected_number(range)}};
  if (std::isfinite(range.minimum)) schema["minimum"] = range.minimum;
  if (std::isfinite(range.maximum)) schema["maximum"] = range.maximum;
  schema["default"] = value;
  return property(key, std::move(schema), presence);
}

bool SchemaWriter::boolean(std::string_view key, bool value, Presence presence) {
  return property(key, {{"type", "boolean"}, {"default", value}}, presence);
}

bool SchemaWriter::text(std::string_view key, const std::string& value, Presence presence) {
  // A number or `true` without quotes is text to the reader, and not to an editor.
  Json schema = {{"type", {"string", "number", "boolean"}}};
  if (!value.empty()) schema["default"] = value;
  return property(key, std::move(schema), presence);
}

bool SchemaWriter::path(std::string_view key, const std::filesystem::path& value,
                        Presence presence) {
  Json schema = {{"type", "string"}, {"description", "path of a file"}};
  if (!value.empty()) schema["default"] = value.string();
  return property(key, std::move(schema), presence);
}

bool SchemaWriter::names_property(std::string_view key, std::string_view value,
                                  std::span<const std::string> names, Presence presence) {
  Json schema = {{"type", "string"}, {"enum", std::vector(names.begin(), names.end())}};
  if (!value.empty()) schema["default"] = value;
  return property(key, std::move(schema), presence);
}

bool SchemaWriter::name(std::string_view key, const std::string& value,
                        std::span<const std::string> names, Presence presence) {
  return names_property(key, value, names, presence);
}

bool SchemaWriter::quantity(std::string_view key, double value, Unit unit, const NumberRange& range,
                            Presence presence) {
  Json schema = quantity_schema(unit, expected_quantity(unit, range));
  schema["default"] = format_quantity(value, unit);
  return property(key, std::move(schema), presence);
}

bool SchemaWriter::optional_quantity(std::string_view key, const std::optional<double>&, Unit unit,
                                     const NumberRange& range) {
  return property(key, quantity_schema(unit, expected_quantity(unit, range)), Presence::kOptional);
}

bool SchemaWriter::bytes_property(std::string_view key, std::int64_t value,
                                  const IntegerRange& range, Presence presence) {
  Json schema = quantity_schema(Unit::kBytes, expected_bytes(range));
  schema["default"] = format_bytes(value);
  return property(key, std::move(schema), presence);
}

void SchemaWriter::object_property(std::string_view key, const SchemaWriter& below) {
  property(key, below.object(), Presence::kOptional);
}

void SchemaWriter::list_property(std::string_view key, const SchemaWriter& item) {
  property(key, {{"type", "array"}, {"items", item.object()}}, Presence::kOptional);
}

void SchemaWriter::map_property(std::string_view key, const SchemaWriter& entry) {
  property(key, {{"type", "object"}, {"additionalProperties", entry.object()}},
           Presence::kOptional);
}

void SchemaWriter::any_of(std::string_view key, std::span<const Json> schemas, Presence presence) {
  property(key, {{"anyOf", std::vector(schemas.begin(), schemas.end())}}, presence);
}

Json SchemaWriter::partial_object() const {
  return {{"type", "object"}, {"properties", *properties_}, {"additionalProperties", false}};
}

Json SchemaWriter::object() const {
  Json schema = partial_object();
  if (!required_.empty()) schema["required"] = required_;
  return schema;
}

}  // namespace systerm
