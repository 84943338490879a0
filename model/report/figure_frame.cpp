// SPDX-License-Identifier: Apache-2.0
#include "model/report/figure_frame.h"

#include <fmt/format.h>

namespace systerm {

namespace {

constexpr double kTickSize = 11;
constexpr double kLegendSize = 12;

double entry_width(const LegendEntry& entry) { return 34 + text_width(entry.name, kLegendSize); }

/// Calls place(entry, x, line) for entries from left to right, line by line.
template <typename Place>
int place_entries(const std::vector<LegendEntry>& entries, double width, Place place) {
  double x = 0.0;
  int line = 0;
  for (const LegendEntry& entry : entries) {
    const double needed = entry_width(entry);
    if (x > 0.0 && x + needed > width) {
      x = 0.0;
      ++line;
    }
    place(entry, x, line);
    x += needed;
  }
  return entries.empty() ? 0 : line + 1;
}

}  // namespace

std::string shortened(const std::string& name, double font_size, double width) {
  if (text_width(name, font_size) <= width) return name;
  std::vector<std::string> characters;
  for (const char c : name) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80 && !characters.empty()) {
      characters.back() += c;
    } else {
      characters.emplace_back(1, c);
    }
  }
  std::string text;
  for (std::size_t kept = characters.size(); kept > 1; --kept) {
    text.clear();
    const std::size_t head = (kept + 1) / 2;
    for (std::size_t i = 0; i < head; ++i) text += characters[i];
    text += "\xE2\x80\xA6";
    for (std::size_t i = characters.size() - (kept - head); i < characters.size(); ++i) {
      text += characters[i];
    }
    if (text_width(text, font_size) <= width) break;
  }
  return text;
}

int legend_lines(const std::vector<LegendEntry>& entries, double width) {
  return place_entries(entries, width, [](const LegendEntry&, double, int) {});
}

void draw_legend(SvgPicture& picture, const std::vector<LegendEntry>& entries, double left,
                 double top, double width) {
  place_entries(entries, width, [&](const LegendEntry& entry, double x, int line) {
    const double y = top + line * kLegendLine;
    picture.rect(left + x, y, 11, 11, fmt::format(R"(fill="{}" rx="2")", entry.colour));
    picture.text(left + x + 16, y + 10, entry.name, {.size = kLegendSize});
  });
}

void draw_lower_axis(SvgPicture& picture, const PlotArea& area, const NumberAxis& axis,
                     const std::string& title) {
  const int wanted = static_cast<int>((area.right - area.left) / 90);
  for (const AxisTick& tick : axis.ticks(wanted)) {
    const double x = area.x(axis, tick.value);
    picture.line(x, area.top, x, area.bottom, kGridStyle);
    picture.text(x, area.bottom + 16, tick.label,
                 {.size = kTickSize, .anchor = SvgPicture::Anchor::kMiddle, .opacity = 0.8});
  }
  picture.line(area.left, area.bottom, area.right, area.bottom, kAxisStyle);
  picture.text((area.left + area.right) / 2, area.bottom + 36, title,
               {.size = 12, .anchor = SvgPicture::Anchor::kMiddle});
}

void draw_left_axis(SvgPicture& picture, const PlotArea& area, const NumberAxis& axis,
                    const std::string& title) {
  const int wanted = static_cast<int>((area.bottom - area.top) / 50);
  for (const AxisTick& tick : axis.ticks(wanted)) {
    const double y = area.y(axis, tick.value);
    picture.line(area.left, y, area.right, y, kGridStyle);
    picture.text(area.left - 6, y + 4, tick.label,
                 {.size = kTickSize, .anchor = SvgPicture::Anchor::kEnd, .opacity = 0.8});
  }
  picture.line(area.left, area.top, area.left, area.bottom, kAxisStyle);
  picture.text(16, (area.top + area.bottom) / 2, title,
               {.size = 12, .anchor = SvgPicture::Anchor::kMiddle, .rotation = -90});
}

}  // namespace systerm
