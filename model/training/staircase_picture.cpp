// SPDX-License-Identifier: Apache-2.0
#include "model/training/staircase_picture.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "model/report/palette.h"

namespace systerm {

namespace {

constexpr double kWidth = 760;
constexpr double kTop = 56;
constexpr double kRowHeight = 16;
constexpr double kPanelGap = 34;
constexpr double kRightMargin = 24;
constexpr double kAxisHeight = 44;
constexpr int kMostMantissaBits = 7;

double share_of_scale(int mantissa_bits) {
  return static_cast<double>(mantissa_bits - 1) / (kMostMantissaBits - 1);
}

class Staircase {
 public:
  Staircase(const std::string& title, const PrecisionTrace& trace, std::int64_t iterations)
      : trace_(trace),
        iterations_(iterations),
        left_(left_margin(trace)),
        panel_(static_cast<double>(trace.layers().size()) * kRowHeight),
        picture_(kWidth, kTop + kOperandKinds * (panel_ + kPanelGap) + kAxisHeight - kPanelGap,
                 title) {
    picture_.text(left_, 20, title, {.size = 14, .bold = true});
  }

  SvgPicture draw() {
    double y = kTop;
    for (const OperandKind kind : kAllOperandKinds) {
      picture_.text(left_, y - 5, to_string(kind), {.size = 12, .bold = true});
      for (std::size_t layer = 0; layer < trace_.layers().size(); ++layer) {
        draw_row(kind, layer, y + static_cast<double>(layer) * kRowHeight);
      }
      y += panel_ + kPanelGap;
    }
    draw_axis(y - kPanelGap);
    draw_legend();
    return std::move(picture_);
  }

 private:
  static double left_margin(const PrecisionTrace& trace) {
    double width = 40;
    for (const std::string& layer : trace.layers()) width = std::max(width, text_width(layer, 11));
    return std::min(width + 20, kWidth / 3);
  }

  double x(std::int64_t iteration) const {
    return left_ + (kWidth - kRightMargin - left_) * static_cast<double>(iteration) /
                       static_cast<double>(iterations_);
  }

  void draw_row(OperandKind kind, std::size_t layer, double y) {
    const std::string& name = trace_.layers()[layer];
    picture_.text(left_ - 8, y + kRowHeight - 4, name,
                  {.size = 11, .anchor = SvgPicture::Anchor::kEnd});
    const auto& changes = trace_.changes(layer);
    for (auto change = changes.begin(); change != changes.end();) {
      const int bits = change->second[index(kind)];
      bits_.insert(bits);
      // A change of another kind of operand does not end the run.
      auto next = std::next(change);
      while (next != changes.end() && next->second[index(kind)] == bits) ++next;
      const std::int64_t first = change->first;
      const std::int64_t end = next == changes.end() ? iterations_ : next->first;
      picture_.rect(x(first), y, std::max(x(end) - x(first), 0.05), kRowHeight - 2,
                    fmt::format("fill=\"{}\"", scale_colour(share_of_scale(bits))),
                    fmt::format("{}, {}: {} mantissa bits in iterations {} to {}", name,
                                to_string(kind), bits, first + 1, end));
      change = next;
    }
  }

  void draw_axis(double y) {
    picture_.line(left_, y + 2, kWidth - kRightMargin, y + 2, R"(stroke="currentColor")");
    for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
      const auto iteration = static_cast<std::int64_t>(share * static_cast<double>(iterations_));
      picture_.line(x(iteration), y + 2, x(iteration), y + 6, R"(stroke="currentColor")");
      picture_.text(x(iteration), y + 18, std::to_string(iteration),
                    {.size = 11, .anchor = SvgPicture::Anchor::kMiddle});
    }
    picture_.text((left_ + kWidth - kRightMargin) / 2, y + 34, "iteration",
                  {.size = 11, .anchor = SvgPicture::Anchor::kMiddle});
  }

  void draw_legend() {
    double right = kWidth - kRightMargin;
    for (auto bits = bits_.rbegin(); bits != bits_.rend(); ++bits) {
      const std::string label = fmt::format("m = {}", *bits);
      right -= text_width(label, 11);
      picture_.text(right, 20, label, {.size = 11});
      right -= 16;
      picture_.rect(right, 10, 12, 12,
                    fmt::format("fill=\"{}\"", scale_colour(share_of_scale(*bits))));
      right -= 14;
    }
  }

  const PrecisionTrace& trace_;
  std::int64_t iterations_;
  double left_;
  double panel_;  ///< height
  SvgPicture picture_;
  std::set<int> bits_;
};

}  // namespace

SvgPicture staircase_picture(const std::string& title, const PrecisionTrace& trace,
                             std::int64_t iterations) {
  return Staircase(title, trace, iterations).draw();
}

}  // namespace systerm
