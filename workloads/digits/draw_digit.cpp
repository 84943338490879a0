// SPDX-License-Identifier: Apache-2.0
#include "workloads/digits/draw_digit.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "workloads/data/synthetic.h"

namespace systerm {

namespace {

struct Point {
  double x = 0.0;
  double y = 0.0;
};
using Stroke = std::vector<Point>;

/// In the unit square, y downwards.
const std::vector<Stroke>& strokes_of(std::size_t digit) {
  static const std::array<std::vector<Stroke>, 10> kDigits = {{
      {{{.5, 0}, {.2, .15}, {.1, .5}, {.2, .85}, {.5, 1}, {.8, .85}, {.9, .5}, {.8, .15}, {.5, 0}}},
      {{{.25, .25}, {.55, 0}, {.55, 1}}},
      {{{.1, .25}, {.3, .02}, {.7, .02}, {.88, .25}, {.7, .5}, {.1, 1}, {.92, 1}}},
      {{{.12, .1}, {.5, 0}, {.85, .2}, {.75, .42}, {.4, .48}},
       {{.4, .48}, {.85, .6}, {.85, .85}, {.5, 1}, {.1, .9}}},
      {{{.65, 1}, {.65, 0}, {.08, .68}, {.95, .68}}},
      {{{.85, 0}, {.2, 0}, {.15, .45}, {.6, .4}, {.9, .65}, {.75, .95}, {.4, 1}, {.1, .88}}},
      {{{.75, .02}, {.35, .25}, {.12, .65}, {.3, .97}, {.7, .97}, {.88, .7}, {.6, .5}, {.15, .62}}},
      {{{.08, 0}, {.92, 0}, {.4, 1}}},
      {{{.5, .48}, {.18, .3}, {.25, .05}, {.5, 0}, {.75, .05}, {.82, .3}, {.5, .48}},
       {{.5, .48}, {.12, .7}, {.2, .95}, {.5, 1}, {.8, .95}, {.88, .7}, {.5, .48}}},
      {{{.85, .38}, {.4, .5}, {.12, .3}, {.3, .03}, {.7, .03}, {.85, .38}, {.65, .75}, {.25, 1}}},
  }};
  return kDigits[digit];
}

/// Uniform numbers of one picture.
class Chance {
 public:
  Chance(std::uint64_t seed, std::uint64_t index)
      : key_(random_key(seed, "digit " + std::to_string(index))) {}

  double between(double low, double high) {
    constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
    return low + (high - low) * static_cast<double>(random_bits(key_, next_++) >> 11) * kUnit;
  }

 private:
  std::uint64_t key_;
  std::uint64_t next_ = 0;
};

/// From the unit square to pixels.
class Placement {
 public:
  explicit Placement(Chance& chance) {
    // Half-angle form: a rotation without trigonometric functions.
    const double t = chance.between(-0.13, 0.13);
    cosine_ = (1 - t * t) / (1 + t * t);
    sine_ = 2 * t / (1 + t * t);
    slant_ = chance.between(-0.35, 0.2);
    width_ = chance.between(4.6, 7.2);
    height_ = chance.between(6.6, 9.2);
    middle_ = {chance.between(4.7, 6.3), chance.between(4.7, 6.3)};
  }

  Point place(const Point& point) const {
    const double y = (point.y - 0.5) * height_;
    const double x = (point.x - 0.5) * width_ - slant_ * y;
    return {middle_.x + cosine_ * x - sine_ * y, middle_.y + sine_ * x + cosine_ * y};
  }

 private:
  double cosine_ = 1.0;
  double sine_ = 0.0;
  double slant_ = 0.0;
  double width_ = 0.0;
  double height_ = 0.0;
  Point middle_;
};

double distance(const Point& at, const Point& a, const Point& b) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double length = dx * dx + dy * dy;
  const double along = length > 0 ? ((at.x - a.x) * dx + (at.y - a.y) * dy) / length : 0.0;
  const double t = std::clamp(along, 0.0, 1.0);
  const double x = at.x - a.x - t * dx;
  const double y = at.y - a.y - t * dy;
  return std::sqrt(x * x + y * y);
}

}  // namespace

DigitImage draw_digit(std::uint64_t seed, std::uint64_t index) {
  Chance chance(seed, index);
  const Placement placement(chance);
  constexpr double kWobble = 0.07;
  std::vector<Stroke> strokes = strokes_of(index % 10);
  for (Stroke& stroke : strokes) {
    for (Point& point : stroke) {
      point.x += chance.between(-kWobble, kWobble);
      point.y += chance.between(-kWobble, kWobble);
      point = placement.place(point);
    }
  }
  const double thickness = chance.between(0.55, 1.15);
  const double ink = chance.between(150, 255);
  const double noise = chance.between(5, 60);
  DigitImage image{};
  for (std::size_t pixel = 0; pixel < image.size(); ++pixel) {
    const Point at{static_cast<double>(pixel % kDigitSide),
                   static_cast<double>(pixel / kDigitSide)};
    double nearest = kDigitSide;
    for (const Stroke& stroke : strokes) {
      for (std::size_t i = 1; i < stroke.size(); ++i) {
        nearest = std::min(nearest, distance(at, stroke[i - 1], stroke[i]));
      }
    }
    const double drawn = ink * std::clamp(thickness + 0.5 - nearest, 0.0, 1.0);
    const double value = drawn + noise * (chance.between(-1, 1) + chance.between(-1, 1));
    image[pixel] = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
  }
  return image;
}

}  // namespace systerm
