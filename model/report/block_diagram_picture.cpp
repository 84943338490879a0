// SPDX-License-Identifier: Apache-2.0
#include "model/report/block_diagram_picture.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "model/accelerator/connections.h"
#include "model/report/block_diagram.h"
#include "model/report/diagram_layout.h"

namespace systerm {

namespace {

constexpr double kBoxWidth = 168;
constexpr double kBoxHeight = 76;
constexpr double kGutter = 46;
constexpr double kRowGap = 16;
constexpr double kMargin = 10;
constexpr double kControlHeight = 46;
constexpr double kControlGap = 30;
constexpr double kLegendHeight = 30;
constexpr std::size_t kLineLength = 28;

struct Box {
  double x = 0.0;
  double y = 0.0;
  double width = kBoxWidth;
  double height = kBoxHeight;
  int column = 0;

  double right() const { return x + width; }
  double bottom() const { return y + height; }
  double middle() const { return y + height / 2; }
};

std::string words(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::vector<std::string> wrapped(const std::string& text, std::size_t length) {
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

std::string stroke(ConnectionKind kind) {
  switch (kind) {
    case ConnectionKind::kMemoryMapped:
      return R"(fill="none" stroke="#2f83c5" stroke-width="2")";
    case ConnectionKind::kTileStream:
      return R"(fill="none" stroke="#2a9d6f" stroke-width="3.5")";
    case ConnectionKind::kRegisters:
      return R"(fill="none" stroke="#8a63c9" stroke-width="1.5" stroke-dasharray="2 3")";
    case ConnectionKind::kDescriptors:
      return R"(fill="none" stroke="#8794a8" stroke-width="1.5" stroke-dasharray="6 3")";
    case ConnectionKind::kCompletions:
      return R"(fill="none" stroke="#e08a1e" stroke-width="1.5" stroke-dasharray="6 3")";
  }
  return {};
}

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

/// A triangle whose tip is at (x, y); it looks to the right for (1, 0).
std::string arrow_head(double x, double y, double dx, double dy) {
  constexpr double kLength = 8;
  constexpr double kHalfWidth = 4;
  return fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}Z", x, y,
                     x - dx * kLength - dy * kHalfWidth, y - dy * kLength - dx * kHalfWidth,
                     x - dx * kLength + dy * kHalfWidth, y - dy * kLength + dx * kHalfWidth);
}

class Diagram {
 public:
  explicit Diagram(const Design& design)
      : design_(design), units_(place_units(connections(), connected_units())) {
    place_boxes();
  }

  SvgPicture draw() {
    SvgPicture picture(width_, height_ + kLegendHeight,
                       fmt::format("Block diagram of {}", design_.name));
    draw_operand_connections(picture);
    for (const Connection& each : connections()) {
      if (!carries_operands(each)) draw_control(picture, each);
    }
    for (const PlacedUnit& unit : units_) draw_box(picture, unit.name);
    if (design_.cores.count > 1) draw_cores(picture);
    draw_legend(picture);
    return picture;
  }

 private:
  void place_boxes() {
    const double top = kMargin + kControlHeight + kControlGap;
    std::vector<std::string_view> control;
    for (const PlacedUnit& unit : units_) {
      if (unit.column < 0) {
        control.push_back(unit.name);
        continue;
      }
      Box box;
      box.column = unit.column;
      box.x = kMargin + unit.column * (kBoxWidth + kGutter);
      box.y = top + unit.position * (kBoxHeight + kRowGap);
      width_ = std::max(width_, box.right() + kMargin + 14);
      height_ = std::max(height_, box.bottom() + kMargin);
      boxes_[unit.name] = box;
    }
    place_control(control);
  }

  /// In one row: the last ones over the last column each, the first over what is left.
  void place_control(const std::vector<std::string_view>& control) {
    double right = width_ - kMargin - 14;
    const double left = kMargin + 2 * (kBoxWidth + kGutter) - 20;
    for (std::size_t i = control.size(); i-- > 0;) {
      Box box;
      box.column = -1;
      box.y = kMargin;
      box.height = kControlHeight;
      box.width = i == 0 ? std::max(kBoxWidth, right - left) : kBoxWidth;
      box.x = right - box.width;
      right = box.x - kGutter;
      boxes_[control[i]] = box;
    }
  }

  /// Ends of connections on one side of a box, spread over its height in the order of what is
  /// opposite.
  void draw_operand_connections(SvgPicture& picture) {
    std::map<std::pair<std::string_view, bool>, std::vector<const Connection*>> sides;
    for (const Connection& each : connections()) {
      if (!carries_operands(each)) continue;
      if (boxes_[each.from_unit].column == boxes_[each.to_unit].column) continue;
      sides[{each.from_unit, faces_right(each.from_unit, each.to_unit)}].push_back(&each);
      sides[{each.to_unit, faces_right(each.to_unit, each.from_unit)}].push_back(&each);
    }
    std::map<std::pair<std::string_view, const Connection*>, double> ports;
    for (auto& [side, ends] : sides) {
      const std::string_view unit = side.first;
      std::ranges::stable_sort(ends, {}, [&, unit](const Connection* each) {
        return boxes_[each->from_unit == unit ? each->to_unit : each->from_unit].middle();
      });
      const Box& box = boxes_[unit];
      for (std::size_t i = 0; i < ends.size(); ++i) {
        ports[{unit, ends[i]}] = box.y + box.height * (static_cast<double>(i) + 1.0) /
                                             (static_cast<double>(ends.size()) + 1.0);
      }
    }
    std::map<int, int> bends;
    for (const Connection& each : connections()) {
      if (!carries_operands(each)) continue;
      if (boxes_[each.from_unit].column == boxes_[each.to_unit].column) {
        draw_vertical(picture, each);
      } else {
        draw_across(picture, each, ports[{each.from_unit, &each}], ports[{each.to_unit, &each}],
                    bends);
      }
    }
  }

  bool faces_right(std::string_view unit, std::string_view other) {
    return boxes_[other].column > boxes_[unit].column;
  }

  void draw_vertical(SvgPicture& picture, const Connection& each) {
    const Box& from = boxes_[each.from_unit];
    const Box& to = boxes_[each.to_unit];
    const bool down = to.y > from.y;
    const double x = from.x + from.width / 2;
    const double begin = down ? from.bottom() : from.y;
    const double end = down ? to.y : to.bottom();
    picture.line(x, begin, x, end + (down ? -6 : 6), stroke(each.kind));
    picture.path(arrow_head(x, end, 0, down ? 1 : -1),
                 fmt::format(R"(fill="{}")", colour(each.kind)));
  }

  void draw_across(SvgPicture& picture, const Connection& each, double from_y, double to_y,
                   std::map<int, int>& bends) {
    const Box& from = boxes_[each.from_unit];
    const Box& to = boxes_[each.to_unit];
    const bool right = to.column > from.column;
    const double begin = right ? from.right() : from.x;
    const double end = right ? to.x : to.right();
    const double tip = end + (right ? -6 : 6);
    if (std::abs(from_y - to_y) < 1.0) {
      picture.line(begin, from_y, tip, to_y, stroke(each.kind));
    } else {
      // Each bend of a gutter has a track of its own, beside those of the control lines.
      const int track = bends[std::min(from.column, to.column)]++ % 4;
      const double gutter = right ? begin : end;
      const double x = gutter + 14 + 5.0 * track;
      picture.path(fmt::format("M{:.1f} {:.1f}H{:.1f}V{:.1f}H{:.1f}", begin, from_y, x, to_y, tip),
                   stroke(each.kind));
    }
    picture.path(arrow_head(end, to_y, right ? 1 : -1, 0),
                 fmt::format(R"(fill="{}")", colour(each.kind)));
  }

  void draw_control(SvgPicture& picture, const Connection& each) {
    const Box& from = boxes_[each.from_unit];
    const Box& to = boxes_[each.to_unit];
    const std::string style = stroke(each.kind);
    const std::string fill = fmt::format(R"(fill="{}")", colour(each.kind));
    if (from.column < 0 && to.column < 0) {
      const bool right = to.x > from.x;
      const double end = right ? to.x : to.right();
      picture.line(right ? from.right() : from.x, from.middle(), end + (right ? -6 : 6),
                   to.middle(), style);
      picture.path(arrow_head(end, to.middle(), right ? 1 : -1, 0), fill);
    } else if (from.column < 0) {
      // Down the gutter left of the column, and into the unit.
      const double x = to.x - 10;
      const double y = to.y + 12;
      picture.path(fmt::format("M{:.1f} {:.1f}V{:.1f}H{:.1f}", x, from.bottom(), y, to.x - 5),
                   style);
      picture.path(arrow_head(to.x, y, 1, 0), fill);
    } else {
      // Up the gutter right of the column, then over to the unit.
      const double x = from.right() + 8;
      const double y = from.y + 12;
      const double across = to.bottom() + 14;
      const bool below = x >= to.x && x <= to.right();
      const double end = below ? x : to.x + to.width / 2;
      picture.path(fmt::format("M{:.1f} {:.1f}H{:.1f}V{:.1f}H{:.1f}V{:.1f}", from.right(), y, x,
                               across, end, to.bottom() + 6),
                   style);
      picture.path(arrow_head(end, to.bottom(), 0, -1), fill);
    }
  }

  void draw_box(SvgPicture& picture, std::string_view unit) {
    const Box& box = boxes_[unit];
    const std::string summary = unit_summary(design_, unit);
    picture.rect(box.x, box.y, box.width, box.height,
                 R"(rx="6" fill="none" stroke="currentColor" stroke-opacity="0.55")",
                 fmt::format("{}: {}", words(unit), summary));
    const double length = box.width / kBoxWidth * kLineLength;
    const auto lines = wrapped(summary, static_cast<std::size_t>(length));
    const double height = 16 + 13 * static_cast<double>(lines.size());
    double y = box.middle() - height / 2 + 13;
    const SvgPicture::TextStyle name{
        .size = 13, .anchor = SvgPicture::Anchor::kMiddle, .bold = true};
    const SvgPicture::TextStyle detail{
        .size = 11, .anchor = SvgPicture::Anchor::kMiddle, .opacity = 0.75};
    picture.text(box.x + box.width / 2, y, words(unit), name);
    y += 3;
    for (const std::string& line : lines) {
      y += 13;
      picture.text(box.x + box.width / 2, y, line, detail);
    }
  }

  /// A frame around what is there once a core. What they share lies in the first two columns.
  void draw_cores(SvgPicture& picture) {
    std::string count = cores_text(design_);
    count.pop_back();  // the end of its line
    const double left = kMargin + 2 * (kBoxWidth + kGutter) - 28;
    picture.rect(left, 1, width_ - left - 1, height_ - 2,
                 R"(rx="8" fill="none" stroke="currentColor" stroke-opacity="0.4")"
                 R"( stroke-dasharray="3 4")",
                 count);
    picture.text(kMargin, kMargin + 14, count, {.size = 13, .bold = true});
    picture.text(kMargin, kMargin + 31,
                 fmt::format("in the frame: one of the {}, all alike,", design_.cores.count),
                 {.size = 11, .opacity = 0.75});
    picture.text(kMargin, kMargin + 45, "each with masters of its own on the interconnect",
                 {.size = 11, .opacity = 0.75});
  }

  void draw_legend(SvgPicture& picture) {
    double x = kMargin;
    const double y = height_ + 10;
    std::vector<ConnectionKind> shown;
    for (const Connection& each : connections()) {
      if (std::ranges::find(shown, each.kind) == shown.end()) shown.push_back(each.kind);
    }
    for (const ConnectionKind kind : shown) {
      picture.line(x, y, x + 28, y, stroke(kind));
      const std::string label(to_string(kind));
      picture.text(x + 34, y + 4, label, {.size = 12});
      x += 34 + text_width(label, 12) + 22;
    }
    picture.text(x, y + 4, "arrows: from the caller to the one that is called",
                 {.size = 12, .opacity = 0.75});
  }

  const Design& design_;
  std::vector<PlacedUnit> units_;
  std::map<std::string_view, Box> boxes_;
  double width_ = 0.0;
  double height_ = 0.0;
};

}  // namespace

SvgPicture block_diagram_picture(const Design& design) { return Diagram(design).draw(); }

}  // namespace systerm
