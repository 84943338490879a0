// SPDX-License-Identifier: Apache-2.0
#include "model/report/block_diagram_picture.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "model/accelerator/connections.h"
#include "model/accelerator/core.h"
#include "model/report/block_diagram.h"
#include "model/report/diagram_ink.h"
#include "model/report/diagram_layout.h"

namespace systerm {

namespace {

/// Sizes of what is drawn of a core.
struct Scale {
  double box_width = 168;
  double box_height = 76;
  double gutter = 46;
  double row_gap = 16;
  double control_height = 46;
  double control_gap = 30;
  double header = 18;  ///< of its frame, where there are several
  bool has_summaries = true;
};
constexpr Scale kFull;
/// All cores are alike: the others have names only.
constexpr Scale kCompact = {120, 17, 46, 4, 17, 16, 14, false};

constexpr double kMargin = 10;
constexpr double kLegendHeight = 30;
constexpr std::size_t kLineLength = 28;
/// Of the columns that cores have for themselves; memory and interconnect stand left of them.
constexpr double kCoresLeft = kMargin + 2 * (kFull.box_width + kFull.gutter);

struct Box {
  double x = 0.0;
  double y = 0.0;
  double width = kFull.box_width;
  double height = kFull.box_height;
  int column = 0;
  int core = -1;  ///< -1 for what all cores share
  bool has_summary = true;

  double right() const { return x + width; }
  double bottom() const { return y + height; }
  double middle() const { return y + height / 2; }
};

struct Frame {
  double top = 0.0;
  double right = 0.0;
  double bottom = 0.0;
};

/// How many connections bend in the gutter right of a column, by core and column.
using Bends = std::map<std::pair<int, int>, int>;

class Diagram {
 public:
  explicit Diagram(const Design& design)
      : design_(design),
        cores_(static_cast<std::size_t>(design.cores.count)),
        connections_(connections(cores_)),
        units_(place_units(connections(), connected_units())) {
    for (std::size_t core = 0; core < cores_; ++core) place_core(core);
    if (cores_ > 1) stretch_interconnect();
  }

  SvgPicture draw() {
    SvgPicture picture(width_, height_ + kLegendHeight,
                       fmt::format("Block diagram of {}", design_.name));
    if (cores_ > 1) draw_frames(picture);
    draw_operand_connections(picture);
    for (const Connection& each : connections_) {
      if (!carries_operands(each) && !is_between_cores(each)) draw_control(picture, each);
    }
    for (const auto& [unit, box] : boxes_) draw_box(picture, unit, box);
    draw_legend(picture);
    return picture;
  }

 private:
  /// Below the cores before it; the first one in full, with what all share.
  void place_core(std::size_t core) {
    const Scale& scale = core == 0 ? kFull : kCompact;
    const double frame_top = core == 0 ? 0.0 : height_ + 4;
    const double control_top =
        frame_top + (cores_ > 1 ? scale.header : 0.0) + (core == 0 ? kMargin : 4.0);
    const double top = control_top + scale.control_height + scale.control_gap;
    std::vector<std::string> control;
    double right = 0.0;
    double bottom = 0.0;
    for (const PlacedUnit& unit : units_) {
      const bool is_shared = is_shared_unit(unit.name);
      const std::string name =
          is_shared ? std::string(unit.name) : core_prefix(core, cores_) + std::string(unit.name);
      if (unit.column < 0) {
        control.push_back(name);
        continue;
      }
      if (is_shared && core > 0) continue;
      Box box;
      box.column = unit.column;
      box.core = is_shared && cores_ > 1 ? -1 : static_cast<int>(core);
      box.has_summary = scale.has_summaries;
      box.width = scale.box_width;
      box.height = scale.box_height;
      box.x = is_shared ? kMargin + unit.column * (kFull.box_width + kFull.gutter)
                        : kCoresLeft + (unit.column - 2) * (scale.box_width + scale.gutter);
      box.y = top + unit.position * (scale.box_height + scale.row_gap);
      right = std::max(right, box.right() + kMargin + 14);
      bottom = std::max(bottom, box.bottom() + (core == 0 ? kMargin : 6.0));
      boxes_[name] = box;
    }
    width_ = std::max(width_, right);
    frames_.push_back({frame_top + 1, right - 1, bottom - 1});
    place_control(control, scale, core, right - kMargin - 14, control_top);
    height_ = std::max(height_, bottom);
  }

  /// In one row: the last ones over the last column each, the first over what is left.
  void place_control(const std::vector<std::string>& control, const Scale& scale, std::size_t core,
                     double right, double top) {
    const double left = kCoresLeft - 20;
    for (std::size_t i = control.size(); i-- > 0;) {
      Box box;
      box.column = -1;
      box.core = static_cast<int>(core);
      box.has_summary = scale.has_summaries;
      box.y = top;
      box.height = scale.control_height;
      box.width = i == 0 ? std::max(scale.box_width, right - left) : scale.box_width;
      box.x = right - box.width;
      right = box.x - scale.gutter;
      boxes_[control[i]] = box;
    }
  }

  /// Beside the masters of all cores.
  void stretch_interconnect() {
    Box& box = boxes_["interconnect"];
    for (const Connection& each : connections_) {
      if (each.to_unit != "interconnect") continue;
      const Box& master = boxes_[each.from_unit];
      const double bottom = std::max(box.bottom(), master.bottom());
      box.y = std::min(box.y, master.y);
      box.height = bottom - box.y;
    }
  }

  /// Ends of connections on one side of a box, spread over its height in the order of what is
  /// opposite.
  void draw_operand_connections(SvgPicture& picture) {
    std::map<std::pair<std::string, bool>, std::vector<const Connection*>> sides;
    for (const Connection& each : connections_) {
      if (!carries_operands(each)) continue;
      if (boxes_[each.from_unit].column == boxes_[each.to_unit].column) continue;
      sides[{each.from_unit, faces_right(each.from_unit, each.to_unit)}].push_back(&each);
      sides[{each.to_unit, faces_right(each.to_unit, each.from_unit)}].push_back(&each);
    }
    std::map<std::pair<std::string, const Connection*>, double> ports;
    for (auto& [side, ends] : sides) {
      const std::string unit = side.first;
      std::ranges::stable_sort(ends, {}, [&](const Connection* each) {
        return boxes_[each->from_unit == unit ? each->to_unit : each->from_unit].middle();
      });
      const Box& box = boxes_[unit];
      for (std::size_t i = 0; i < ends.size(); ++i) {
        ports[{unit, ends[i]}] = box.y + box.height * (static_cast<double>(i) + 1.0) /
                                             (static_cast<double>(ends.size()) + 1.0);
      }
    }
    Bends bends;
    for (const Connection& each : connections_) {
      if (!carries_operands(each)) continue;
      // The long side of the interconnect is beside all that it is wired to.
      if (cores_ > 1 && each.to_unit == "interconnect") {
        ports[{each.to_unit, &each}] = ports[{each.from_unit, &each}];
      } else if (cores_ > 1 && each.from_unit == "interconnect") {
        ports[{each.from_unit, &each}] = ports[{each.to_unit, &each}];
      }
      if (boxes_[each.from_unit].column == boxes_[each.to_unit].column) {
        draw_vertical(picture, each);
      } else {
        draw_across(picture, each, ports[{each.from_unit, &each}], ports[{each.to_unit, &each}],
                    bends);
      }
    }
  }

  bool faces_right(const std::string& unit, const std::string& other) {
    return boxes_[other].column > boxes_[unit].column;
  }

  void draw_vertical(SvgPicture& picture, const Connection& each) {
    const Box& from = boxes_[each.from_unit];
    const Box& to = boxes_[each.to_unit];
    const bool down = to.y > from.y;
    const double x = from.x + from.width / 2;
    const double begin = down ? from.bottom() : from.y;
    const double end = down ? to.y : to.bottom();
    picture.line(x, begin, x, end + (down ? -6 : 6), stroke_of(each.kind));
    picture.path(arrow_head(x, end, 0, down ? 1 : -1), fill_of(each.kind));
  }

  void draw_across(SvgPicture& picture, const Connection& each, double from_y, double to_y,
                   Bends& bends) {
    const Box& from = boxes_[each.from_unit];
    const Box& to = boxes_[each.to_unit];
    const bool right = to.column > from.column;
    const double begin = right ? from.right() : from.x;
    const double end = right ? to.x : to.right();
    const double tip = end + (right ? -6 : 6);
    if (std::abs(from_y - to_y) < 1.0) {
      picture.line(begin, from_y, tip, to_y, stroke_of(each.kind));
    } else {
      // Each bend of a gutter has a track of its own, beside those of the control lines.
      const int track =
          bends[{std::max(from.core, to.core), std::min(from.column, to.column)}]++ % 4;
      const double gutter = right ? begin : end;
      const double x = gutter + 14 + 5.0 * track;
      picture.path(fmt::format("M{:.1f} {:.1f}H{:.1f}V{:.1f}H{:.1f}", begin, from_y, x, to_y, tip),
                   stroke_of(each.kind));
    }
    picture.path(arrow_head(end, to_y, right ? 1 : -1, 0), fill_of(each.kind));
  }

  void draw_control(SvgPicture& picture, const Connection& each) {
    const Box& from = boxes_[each.from_unit];
    const Box& to = boxes_[each.to_unit];
    const std::string style = stroke_of(each.kind);
    const std::string fill = fill_of(each.kind);
    if (from.column < 0 && to.column < 0) {
      const bool right = to.x > from.x;
      const double end = right ? to.x : to.right();
      picture.line(right ? from.right() : from.x, from.middle(), end + (right ? -6 : 6),
                   to.middle(), style);
      picture.path(arrow_head(end, to.middle(), right ? 1 : -1, 0), fill);
    } else if (from.column < 0) {
      // Down the gutter left of the column, and into the unit.
      const double x = to.x - 10;
      const double y = to.y + std::min(12.0, to.height / 4);
      picture.path(fmt::format("M{:.1f} {:.1f}V{:.1f}H{:.1f}", x, from.bottom(), y, to.x - 5),
                   style);
      picture.path(arrow_head(to.x, y, 1, 0), fill);
    } else {
      // Up the gutter right of the column, then over to the unit.
      const double x = from.right() + 8;
      const double y = from.y + std::min(12.0, from.height / 4);
      const double across = to.bottom() + (from.has_summary ? 14 : 10);
      const bool below = x >= to.x && x <= to.right();
      const double end = below ? x : to.x + to.width / 2;
      picture.path(fmt::format("M{:.1f} {:.1f}H{:.1f}V{:.1f}H{:.1f}V{:.1f}", from.right(), y, x,
                               across, end, to.bottom() + 6),
                   style);
      picture.path(arrow_head(end, to.bottom(), 0, -1), fill);
    }
  }

  void draw_box(SvgPicture& picture, const std::string& unit, const Box& box) {
    const std::string summary = unit_summary(design_, unit);
    const std::string name(unit_kind(unit));
    picture.rect(box.x, box.y, box.width, box.height,
                 R"(rx="6" fill="none" stroke="currentColor" stroke-opacity="0.55")",
                 fmt::format("{}: {}", unit_words(unit), summary));
    const double middle = box.x + box.width / 2;
    if (!box.has_summary) {
      picture.text(middle, box.middle() + 4, unit_words(name),
                   {.size = 11, .anchor = SvgPicture::Anchor::kMiddle});
      return;
    }
    const double length = box.width / kFull.box_width * kLineLength;
    const auto lines = wrapped_words(summary, static_cast<std::size_t>(length));
    const double height = 16 + 13 * static_cast<double>(lines.size());
    double y = std::min(box.middle(), box.y + kFull.box_height / 2) - height / 2 + 13;
    const SvgPicture::TextStyle bold{
        .size = 13, .anchor = SvgPicture::Anchor::kMiddle, .bold = true};
    const SvgPicture::TextStyle detail{
        .size = 11, .anchor = SvgPicture::Anchor::kMiddle, .opacity = 0.75};
    picture.text(middle, y, unit_words(name), bold);
    y += 3;
    for (const std::string& line : lines) {
      y += 13;
      picture.text(middle, y, line, detail);
    }
  }

  /// A frame for each core, and the wires between their command processors as one line.
  void draw_frames(SvgPicture& picture) {
    constexpr double kLeft = kCoresLeft - 28;
    constexpr double kRail = kLeft - 8;
    const std::string style = stroke_of(ConnectionKind::kCompletions);
    const auto processor = [&](std::size_t core) -> const Box& {
      return boxes_[core_prefix(core, cores_) + "command_processor"];
    };
    for (std::size_t core = 0; core < cores_; ++core) {
      const Frame& frame = frames_[core];
      const bool is_full = core == 0;
      picture.rect(kLeft, frame.top, frame.right - kLeft, frame.bottom - frame.top,
                   R"(rx="8" fill="none" stroke="currentColor" stroke-opacity="0.4")"
                   R"( stroke-dasharray="3 4")",
                   fmt::format("core {}", core));
      picture.text(kCoresLeft - 20, frame.top + (is_full ? 19 : 13), fmt::format("core {}", core),
                   {.size = is_full ? 13.0 : 11.0, .bold = true});
      const Box& box = processor(core);
      picture.line(kRail, box.middle(), box.x - 6, box.middle(), style);
      picture.path(arrow_head(box.x, box.middle(), 1, 0), fill_of(ConnectionKind::kCompletions));
    }
    picture.line(kRail, processor(0).middle(), kRail, processor(cores_ - 1).middle(), style);
    std::string count = cores_text(design_);
    count.pop_back();  // the end of its line
    picture.text(kMargin, kMargin + 14, count, {.size = 13, .bold = true});
    const SvgPicture::TextStyle detail{.size = 11, .opacity = 0.75};
    picture.text(kMargin, kMargin + 31, "all alike, each with masters of its own on the", detail);
    picture.text(kMargin, kMargin + 45, "interconnect; command processors tell each other", detail);
    picture.text(kMargin, kMargin + 59, "which layers are done", detail);
  }

  void draw_legend(SvgPicture& picture) {
    double x = kMargin;
    const double y = height_ + 10;
    std::vector<ConnectionKind> shown;
    for (const Connection& each : connections_) {
      if (std::ranges::find(shown, each.kind) == shown.end()) shown.push_back(each.kind);
    }
    for (const ConnectionKind kind : shown) {
      picture.line(x, y, x + 28, y, stroke_of(kind));
      const std::string label(to_string(kind));
      picture.text(x + 34, y + 4, label, {.size = 12});
      x += 34 + text_width(label, 12) + 22;
    }
    picture.text(x, y + 4, "arrows: from the caller to the one that is called",
                 {.size = 12, .opacity = 0.75});
  }

  const Design& design_;
  const std::size_t cores_;
  const std::vector<Connection>& connections_;
  const std::vector<PlacedUnit> units_;  ///< of one core
  std::map<std::string, Box> boxes_;
  std::vector<Frame> frames_;  ///< by core
  double width_ = 0.0;
  double height_ = 0.0;
};

}  // namespace

SvgPicture block_diagram_picture(const Design& design) { return Diagram(design).draw(); }

}  // namespace systerm
