// SPDX-License-Identifier: Apache-2.0
// Writes a mapping as YAML: the counterpart of Mapping with the same calls, so that one function
// describes a struct for both ways. Keys come out in the order of the calls; what Mapping reads
// back is the same value.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "workloads/document/mapping.h"

namespace systerm {

class MappingWriter {
 public:
  MappingWriter() = default;

  /// The ranges and choices of the reading side are taken to hold.
  template <std::integral T>
  bool integer(std::string_view key, T value, const IntegerRange& = {},
               Presence = Presence::kOptional) {
    return line(key, std::to_string(value));
  }
  bool number(std::string_view key, double value, const NumberRange& = {},
              Presence = Presence::kOptional);
  bool boolean(std::string_view key, bool value, Presence = Presence::kOptional);
  /// Empty text is left out.
  bool text(std::string_view key, const std::string& value, Presence = Presence::kOptional);
  bool path(std::string_view key, const std::filesystem::path& value,
            Presence = Presence::kOptional);
  bool name(std::string_view key, const std::string& value, std::span<const std::string>,
            Presence = Presence::kOptional);
  /// A sequence of names on one line.
  bool names(std::string_view key, std::span<const std::string> values);
  template <typename T, std::size_t kCount>
  bool choice(std::string_view key, T value, const std::array<Choice<T>, kCount>& choices,
              Presence = Presence::kOptional);
  bool quantity(std::string_view key, double value, Unit unit, const NumberRange& = {},
                Presence = Presence::kOptional);
  bool optional_quantity(std::string_view key, const std::optional<double>& value, Unit unit,
                         const NumberRange& range) {
    return value && quantity(key, *value, unit, range);
  }
  template <std::integral T>
  bool bytes(std::string_view key, T value, const IntegerRange& = {},
             Presence = Presence::kOptional) {
    return line(key, format_bytes(static_cast<std::int64_t>(value)));
  }

  template <typename Write>
  void section(std::string_view key, Write write);
  template <typename T, typename Write>
  void optional_section(std::string_view key, const std::optional<T>& value, Write write);
  /// An empty sequence is left out.
  template <typename T, typename Write>
  void sequence(std::string_view key, const std::vector<T>& values, Write write);

  /// A mapping with an entry for each value, under its `name`. Without values it is left out.
  template <typename T, typename Write>
  void entries(std::string_view key, const std::vector<T>& values, Write write);

  /// Whether the key applies; if not, nothing must be written under it.
  bool applies(std::string_view, bool condition, const std::string&) const { return condition; }
  bool has(std::string_view) const { return true; }

  /// The YAML text, ending with a line break.
  std::string str() const;

 private:
  bool line(std::string_view key, std::string_view value);
  void nested(std::string_view key, const MappingWriter& below);
  void item(const MappingWriter& below);

  std::vector<std::string> lines_;
};

template <typename T, std::size_t kCount>
bool MappingWriter::choice(std::string_view key, T value,
                           const std::array<Choice<T>, kCount>& choices, Presence) {
  for (const Choice<T>& choice : choices) {
    if (choice.value == value) return line(key, choice.name);
  }
  throw std::logic_error("no name for the value of " + std::string(key));
}

template <typename Write>
void MappingWriter::section(std::string_view key, Write write) {
  MappingWriter below;
  write(below);
  nested(key, below);
}

template <typename T, typename Write>
void MappingWriter::optional_section(std::string_view key, const std::optional<T>& value,
                                     Write write) {
  if (value) section(key, [&](MappingWriter& below) { write(below, *value); });
}

template <typename T, typename Write>
void MappingWriter::sequence(std::string_view key, const std::vector<T>& values, Write write) {
  if (values.empty()) return;
  lines_.push_back(std::string(key) + ":");
  for (const T& value : values) {
    MappingWriter below;
    write(below, value);
    item(below);
  }
}

template <typename T, typename Write>
void MappingWriter::entries(std::string_view key, const std::vector<T>& values, Write write) {
  if (values.empty()) return;
  section(key, [&](MappingWriter& all) {
    for (const T& value : values) {
      all.section(value.name, [&](MappingWriter& below) { write(below, value); });
    }
  });
}

}  // namespace systerm
