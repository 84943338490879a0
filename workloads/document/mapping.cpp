// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/mapping.h"

#include <algorithm>

#include <fmt/format.h>

#include "workloads/document/nearest_name.h"

namespace systerm {

Mapping::Mapping(Node node) : node_(std::move(node)) {}

Mapping::~Mapping() { finish(); }

bool Mapping::read_integer(std::string_view key, std::int64_t& value, const IntegerRange& range,
                           Presence presence) {
  const auto node = value_of(key, presence, [&] { return expected_integer(range); });
  const auto read = node ? node->integer(range) : std::nullopt;
  if (read) value = *read;
  return read.has_value();
}

bool Mapping::number(std::string_view key, double& value, const NumberRange& range,
                     Presence presence) {
  const auto node = value_of(key, presence, [&] { return expected_number(range); });
  const auto read = node ? node->number(range) : std::nullopt;
  if (read) value = *read;
  return read.has_value();
}

bool Mapping::boolean(std::string_view key, bool& value, Presence presence) {
  const auto node = value_of(key, presence, [] { return "true or false"; });
  const auto read = node ? node->boolean() : std::nullopt;
  if (read) value = *read;
  return read.has_value();
}

bool Mapping::text(std::string_view key, std::string& value, Presence presence) {
  const auto node = value_of(key, presence, [] { return "text"; });
  auto read = node ? node->text() : std::nullopt;
  if (read) value = std::move(*read);
  return read.has_value();
}

bool Mapping::path(std::string_view key, std::filesystem::path& value, Presence presence) {
  std::string read;
  if (!text(key, read, presence)) return false;
  value = read;
  return true;
}

bool Mapping::name(std::string_view key, std::string& value, std::span<const std::string> names,
                   Presence presence) {
  const auto node = value_of(key, presence, [&] { return expected_choice(names); });
  const auto index = node ? node->name(names) : std::nullopt;
  if (index) value = names[*index];
  return index.has_value();
}

bool Mapping::quantity(std::string_view key, double& value, Unit unit, const NumberRange& range,
                       Presence presence) {
  const auto node = value_of(key, presence, [&] { return expected_quantity(unit, range); });
  const auto read = node ? node->quantity(unit, range) : std::nullopt;
  if (read) value = *read;
  return read.has_value();
}

bool Mapping::optional_quantity(std::string_view key, std::optional<double>& value, Unit unit,
                                const NumberRange& range) {
  double read = 0.0;
  if (!quantity(key, read, unit, range)) return false;
  value = read;
  return true;
}

bool Mapping::read_bytes(std::string_view key, std::int64_t& value, const IntegerRange& range,
                         Presence presence) {
  const auto node = value_of(key, presence, [&] { return expected_bytes(range); });
  const auto read = node ? node->bytes(range) : std::nullopt;
  if (read) value = *read;
  return read.has_value();
}

std::vector<Node> Mapping::items(std::string_view key, Presence presence) {
  const auto node = value_of(key, presence, [] { return "a sequence"; });
  return node ? node->items() : std::vector<Node>();
}

std::optional<Node> Mapping::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const TreeEntry* entry = node_.is_silent() ? nullptr : node_.tree()->find(key);
  if (entry == nullptr) return std::nullopt;
  return Node(entry->value, key_path(node_.path(), key), node_.diagnostics());
}

Node Mapping::require(std::string_view key, std::string_view expected) {
  if (auto node = find(key)) return *node;
  Node missing(nullptr, key_path(node_.path(), key), node_.diagnostics());
  if (!node_.is_silent()) {
    node_.diagnostics().error(node_.position(), missing.path(),
                              fmt::format("missing key; expected {}", expected));
  }
  return missing;
}

bool Mapping::has(std::string_view key) const {
  return !node_.is_silent() && node_.tree()->find(key) != nullptr;
}

bool Mapping::applies(std::string_view key, bool condition, const std::string& reason) {
  if (!condition && find(key)) {
    node_.diagnostics().error(node_.tree()->find(key)->position, key_path(node_.path(), key),
                              reason);
  }
  return condition;
}

void Mapping::finish() {
  if (finished_ || node_.is_silent()) return;
  finished_ = true;
  for (const TreeEntry& entry : node_.tree()->entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    node_.diagnostics().error(entry.position, key_path(node_.path(), entry.key),
                              "unknown key; " + suggest_name(entry.key, known_));
  }
}

}  // namespace systerm
