// SPDX-License-Identifier: Apache-2.0
// Reads the keys of one mapping into variables, one line a key, so that the schema of a struct
// reads as a list. A variable whose key is absent or wrong keeps its value. Keys that nobody asked
// for are errors. The same calls on a MappingWriter write the mapping, so one function can serve
// both ways.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workloads/document/node.h"

namespace systerm {

enum class Presence : std::uint8_t { kOptional, kRequired };

/// Every reading function returns whether the variable was set from the document.
class Mapping {
 public:
  /// `node` is a mapping, or silent.
  explicit Mapping(Node node);
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  /// Does finish().
  ~Mapping();

  template <std::integral T>
  bool integer(std::string_view key, T& value, IntegerRange range = {},
               Presence presence = Presence::kOptional);
  bool number(std::string_view key, double& value, const NumberRange& range = {},
              Presence presence = Presence::kOptional);
  bool boolean(std::string_view key, bool& value, Presence presence = Presence::kOptional);
  bool text(std::string_view key, std::string& value, Presence presence = Presence::kOptional);
  bool path(std::string_view key, std::filesystem::path& value,
            Presence presence = Presence::kOptional);
  /// Text that must be one of `names`.
  bool name(std::string_view key, std::string& value, std::span<const std::string> names,
            Presence presence = Presence::kOptional);
  template <typename T, std::size_t kCount>
  bool choice(std::string_view key, T& value, const std::array<Choice<T>, kCount>& choices,
              Presence presence = Presence::kOptional);
  /// In the base unit that `Unit` names.
  bool quantity(std::string_view key, double& value, Unit unit, const NumberRange& range = {},
                Presence presence = Presence::kOptional);
  /// Sets the value if the key is there.
  bool optional_quantity(std::string_view key, std::optional<double>& value, Unit unit,
                         const NumberRange& range);
  /// A whole number of bytes, written with its unit.
  template <std::integral T>
  bool bytes(std::string_view key, T& value, IntegerRange range = {},
             Presence presence = Presence::kOptional);

  /// Calls read(mapping) for the mapping under `key`; a silent one if the key is absent.
  template <typename Read>
  void section(std::string_view key, Read read);
  /// The same for a section that may be absent: read(mapping, value) then, with the value there.
  template <typename T, typename Read>
  void optional_section(std::string_view key, std::optional<T>& value, Read read);
  /// Items of the sequence under `key`; none if it is absent.
  std::vector<Node> items(std::string_view key, Presence presence = Presence::kOptional);

  /// The value under `key`, for what the functions above do not cover. The key counts as known.
  std::optional<Node> find(std::string_view key);
  /// A silent node, and an error that says what was `expected`, if there is none.
  Node require(std::string_view key, std::string_view expected);
  bool has(std::string_view key) const;

  /// Reads every item of the sequence under `key`, a mapping each, by read(mapping, value). Nothing
  /// changes if the key is absent.
  template <typename T, typename Read>
  void sequence(std::string_view key, std::vector<T>& values, Read read);

  /// Reads every entry of the mapping under `key`, itself a mapping, by read(mapping, value); the
  /// key of the entry becomes `value.name`. Nothing changes if the key is absent.
  template <typename T, typename Read>
  void entries(std::string_view key, std::vector<T>& values, Read read);

  /// Whether the key applies. If not, it counts as known but giving it is an error with this
  /// reason, and it must not be read.
  bool applies(std::string_view key, bool condition, const std::string& reason);

  /// Records the keys that nobody asked for. Further calls do nothing.
  void finish();

  const Node& node() const { return node_; }

 private:
  /// The value to read, or nothing; records a required one that is missing.
  template <typename Expected>
  std::optional<Node> value_of(std::string_view key, Presence presence, Expected expected) {
    if (auto node = find(key)) return node;
    if (presence == Presence::kRequired) require(key, expected());
    return std::nullopt;
  }
  template <std::integral T>
  static IntegerRange within(IntegerRange range);
  bool read_integer(std::string_view key, std::int64_t& value, const IntegerRange& range,
                    Presence presence);
  bool read_bytes(std::string_view key, std::int64_t& value, const IntegerRange& range,
                  Presence presence);

  Node node_;
  std::vector<std::string> known_;
  bool finished_ = false;
};

template <std::integral T>
IntegerRange Mapping::within(IntegerRange range) {
  using Limits = std::numeric_limits<T>;
  constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
  if (std::cmp_less(range.minimum, Limits::min())) {
    range.minimum = static_cast<std::int64_t>(Limits::min());
  }
  if (std::cmp_less(Limits::max(), kLargest) && std::cmp_greater(range.maximum, Limits::max())) {
    range.maximum = static_cast<std::int64_t>(Limits::max());
  }
  return range;
}

template <std::integral T>
bool Mapping::integer(std::string_view key, T& value, IntegerRange range, Presence presence) {
  std::int64_t read = 0;
  if (!read_integer(key, read, within<T>(range), presence)) return false;
  value = static_cast<T>(read);
  return true;
}

template <std::integral T>
bool Mapping::bytes(std::string_view key, T& value, IntegerRange range, Presence presence) {
  std::int64_t read = 0;
  if (!read_bytes(key, read, within<T>(range), presence)) return false;
  value = static_cast<T>(read);
  return true;
}

template <typename T, std::size_t kCount>
bool Mapping::choice(std::string_view key, T& value, const std::array<Choice<T>, kCount>& choices,
                     Presence presence) {
  const std::span<const Choice<T>> all(choices);
  const auto node = value_of(key, presence, [&] { return expected_choice(choice_names(all)); });
  const auto read = node ? node->template choice<T>(all) : std::nullopt;
  if (read) value = *read;
  return read.has_value();
}

template <typename Read>
void Mapping::section(std::string_view key, Read read) {
  const auto node = find(key);
  Mapping below = node ? node->mapping()
                       : Mapping(Node(nullptr, key_path(node_.path(), key), node_.diagnostics()));
  read(below);
}

template <typename T, typename Read>
void Mapping::optional_section(std::string_view key, std::optional<T>& value, Read read) {
  if (!find(key)) return;
  section(key, [&](Mapping& below) { read(below, value.emplace()); });
}

template <typename T, typename Read>
void Mapping::sequence(std::string_view key, std::vector<T>& values, Read read) {
  if (!has(key)) {
    find(key);
    return;
  }
  values.clear();
  for (const Node& item : items(key)) {
    Mapping below = item.mapping();
    read(below, values.emplace_back());
  }
}

template <typename T, typename Read>
void Mapping::entries(std::string_view key, std::vector<T>& values, Read read) {
  const auto node = find(key);
  if (!node) return;
  Mapping all = node->mapping();
  values.clear();
  if (all.node().is_silent()) return;
  for (const TreeEntry& entry : all.node().tree()->entries) {
    T& value = values.emplace_back();
    value.name = entry.key;
    Mapping below = all.find(entry.key)->mapping();
    read(below, value);
  }
}

}  // namespace systerm
