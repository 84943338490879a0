// SPDX-License-Identifier: Apache-2.0
#include "model/report/diagram_ink.h"

#include <algorithm>

#include <fmt/format.h>

namespace systerm {

namespace {

std::string_view colour(ConnectionKind kind) {
  switch (kind) {
    case ConnectionKind::kMemoryMapped:
      return "#2f83c5";
    case ConnectionKind::kTileStream:
      return "#2a9d6f";
    case ConnectionKind::kRegisters:
      return "#8a63c9";
    case ConnectionKind::kDescriptors:
      return "#8794a8";
    case ConnectionKind::kCompletions:
      return "#e08a1e";
  }
  return "#8794a8";
}

std::string_view width_and_dashes(ConnectionKind kind) {
  switch (kind) {
    case ConnectionKind::kMemoryMapped:
      return R"(stroke-width="2")";
    case ConnectionKind::kTileStream:
      return R"(stroke-width="3.5")";
    case ConnectionKind::kRegisters:
      return R"(stroke-width="1.5" stroke-dasharray="2 3")";
    case ConnectionKind::kDescriptors:
    case ConnectionKind::kCompletions:
      return R"(stroke-width="1.5" stroke-dasharray="6 3")";
  }
  return {};
}

}  // namespace

std::string unit_words(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::vector<std::string> wrapped_words(const std::string& text, std::size_t length) {
  std::vector<std::string> lines(1);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > length) {
      lines.emplace_back();
    }
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
    begin = end + 1;
  }
  return lines;
}

std::string stroke_of(ConnectionKind kind) {
  return fmt::format(R"(fill="none" stroke="{}" {})", colour(kind), width_and_dashes(kind));
}

std::string fill_of(ConnectionKind kind) { return fmt::format(R"(fill="{}")", colour(kind)); }

std::string arrow_head(double x, double y, double dx, double dy) {
  constexpr double kLength = 8;
  constexpr double kHalfWidth = 4;
  return fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}Z", x, y,
                     x - dx * kLength - dy * kHalfWidth, y - dy * kLength - dx * kHalfWidth,
                     x - dx * kLength + dy * kHalfWidth, y - dy * kLength + dx * kHalfWidth);
}

}  // namespace systerm
