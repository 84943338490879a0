// SPDX-License-Identifier: Apache-2.0
#include "workloads/document/mapping_writer.h"

#include <algorithm>

#include <fmt/format.h>

namespace systerm {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Whether a YAML reader of any version takes it for the text that it is.
bool is_plain(std::string_view text) {
  if (text.empty() || !(is_letter(text[0]) || text[0] == '/' || text[0] == '_')) return false;
  if (text.back() == ' ') return false;
  for (const std::string_view word :
       {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}) {
    if (text.size() == word.size() &&
        std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) {
          return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
        })) {
      return false;
    }
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') ||
           std::string_view(" _./+-()").find(c) != std::string_view::npos;
  });
}

std::string scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20U) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace

bool MappingWriter::line(std::string_view key, std::string_view value) {
  // A sweep writes hundreds of lines a point; formatting them would take most of the time.
  std::string& text = lines_.emplace_back();
  text.reserve(key.size() + 2 + value.size());
  text.append(key).append(": ").append(value);
  return true;
}

void MappingWriter::nested(std::string_view key, const MappingWriter& below) {
  if (below.lines_.empty()) {
    line(key, "{}");
    return;
  }
  lines_.push_back(fmt::format("{}:", key));
  for (const std::string& text : below.lines_) lines_.push_back("  " + text);
}

void MappingWriter::item(const MappingWriter& below) {
  if (below.lines_.empty()) lines_.emplace_back("  - {}");
  for (std::size_t i = 0; i < below.lines_.size(); ++i) {
    lines_.push_back((i == 0 ? "  - " : "    ") + below.lines_[i]);
  }
}

bool MappingWriter::number(std::string_view key, double value, const NumberRange&, Presence) {
  return line(key, format_number(value));
}

bool MappingWriter::boolean(std::string_view key, bool value, Presence) {
  return line(key, value ? "true" : "false");
}

bool MappingWriter::text(std::string_view key, const std::string& value, Presence) {
  return value.empty() || line(key, scalar(value));
}

bool MappingWriter::path(std::string_view key, const std::filesystem::path& value,
                         Presence presence) {
  return text(key, value.string(), presence);
}

bool MappingWriter::name(std::string_view key, const std::string& value,
                         std::span<const std::string>, Presence presence) {
  return text(key, value, presence);
}

bool MappingWriter::names(std::string_view key, std::span<const std::string> values) {
  std::string list;
  for (const std::string& value : values) list += (list.empty() ? "" : ", ") + scalar(value);
  return line(key, fmt::format("[{}]", list));
}

bool MappingWriter::quantity(std::string_view key, double value, Unit unit, const NumberRange&,
                             Presence) {
  return line(key, format_quantity(value, unit));
}

std::string MappingWriter::str() const {
  std::string text;
  for (const std::string& line : lines_) text.append(line).append("\n");
  return text;
}

}  // namespace systerm
