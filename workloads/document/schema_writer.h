// SPDX-License-Identifier: Apache-2.0
// Describes a mapping as JSON Schema: the third Form beside Mapping and MappingWriter, with the
// same calls, so that what validates a struct also describes it to editors. Values given are the
// defaults.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "workloads/document/mapping.h"

namespace systerm {

/// A key that applies only beside certain values of others is described all the same: editors offer
/// it, and reading says when it has no effect.
class SchemaWriter {
 public:
  SchemaWriter();
  ~SchemaWriter();
  SchemaWriter(SchemaWriter&&) noexcept;
  SchemaWriter& operator=(SchemaWriter&&) noexcept;

  /// Reading functions return whether a value was read: never.
  template <std::integral T>
  bool integer(std::string_view key, T value, const IntegerRange& range = {},
               Presence presence = Presence::kOptional) {
    return integer_property(key, static_cast<std::int64_t>(value), range, presence);
  }
  bool number(std::string_view key, double value, const NumberRange& range = {},
              Presence presence = Presence::kOptional);
  bool boolean(std::string_view key, bool value, Presence presence = Presence::kOptional);
  bool text(std::string_view key, const std::string& value,
            Presence presence = Presence::kOptional);
  bool path(std::string_view key, const std::filesystem::path& value,
            Presence presence = Presence::kOptional);
  bool name(std::string_view key, const std::string& value, std::span<const std::string> names,
            Presence presence = Presence::kOptional);
  template <typename T, std::size_t kCount>
  bool choice(std::string_view key, T value, const std::array<Choice<T>, kCount>& choices,
              Presence presence = Presence::kOptional);
  bool quantity(std::string_view key, double value, Unit unit, const NumberRange& range = {},
                Presence presence = Presence::kOptional);
  bool optional_quantity(std::string_view key, const std::optional<double>& value, Unit unit,
                         const NumberRange& range);
  template <std::integral T>
  bool bytes(std::string_view key, T value, const IntegerRange& range = {},
             Presence presence = Presence::kOptional) {
    return bytes_property(key, static_cast<std::int64_t>(value), range, presence);
  }

  template <typename Describe>
  void section(std::string_view key, Describe describe);
  template <typename T, typename Describe>
  void optional_section(std::string_view key, const std::optional<T>&, Describe describe);
  template <typename T, typename Describe>
  void sequence(std::string_view key, const std::vector<T>&, Describe describe);
  /// A mapping with any keys, each of them described by a T.
  template <typename T, typename Describe>
  void entries(std::string_view key, const std::vector<T>&, Describe describe);

  /// Any of the schemas given, as JSON values.
  void any_of(std::string_view key, std::span<const nlohmann::ordered_json> schemas,
              Presence presence = Presence::kOptional);

  /// Always; the key is not required then, wherever it applies.
  bool applies(std::string_view key, bool, const std::string&) {
    conditional_.emplace_back(key);
    return true;
  }
  bool has(std::string_view) const { return false; }

  /// An object that takes the keys described and no others.
  nlohmann::ordered_json object() const;
  /// The same where the keys required may stand in what it is laid over.
  nlohmann::ordered_json partial_object() const;

 private:
  template <typename T, typename Describe>
  static SchemaWriter described(Describe describe) {
    SchemaWriter form;
    T value{};
    describe(form, value);
    return form;
  }
  bool integer_property(std::string_view key, std::int64_t value, const IntegerRange& range,
                        Presence presence);
  bool bytes_property(std::string_view key, std::int64_t value, const IntegerRange& range,
                      Presence presence);
  bool names_property(std::string_view key, std::string_view value,
                      std::span<const std::string> names, Presence presence);
  bool property(std::string_view key, nlohmann::ordered_json schema, Presence presence);
  void object_property(std::string_view key, const SchemaWriter& below);
  void list_property(std::string_view key, const SchemaWriter& item);
  void map_property(std::string_view key, const SchemaWriter& entry);

  std::unique_ptr<nlohmann::ordered_json> properties_;
  std::vector<std::string> required_;
  std::vector<std::string> conditional_;
};

template <typename T, std::size_t kCount>
bool SchemaWriter::choice(std::string_view key, T value,
                          const std::array<Choice<T>, kCount>& choices, Presence presence) {
  std::string_view given;
  std::vector<std::string> names;
  for (const Choice<T>& each : choices) {
    names.emplace_back(each.name);
    if (each.value == value) given = each.name;
  }
  return names_property(key, given, names, presence);
}

template <typename Describe>
void SchemaWriter::section(std::string_view key, Describe describe) {
  SchemaWriter below;
  describe(below);
  object_property(key, below);
}

template <typename T, typename Describe>
void SchemaWriter::optional_section(std::string_view key, const std::optional<T>&,
                                    Describe describe) {
  object_property(key, described<T>(describe));
}

template <typename T, typename Describe>
void SchemaWriter::sequence(std::string_view key, const std::vector<T>&, Describe describe) {
  list_property(key, described<T>(describe));
}

template <typename T, typename Describe>
void SchemaWriter::entries(std::string_view key, const std::vector<T>&, Describe describe) {
  map_property(key, described<T>(describe));
}

}  // namespace systerm
