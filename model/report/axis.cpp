// SPDX-License-Identifier: Apache-2.0
#include "model/report/axis.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace systerm {

namespace {

/// 1, 2 or 5 times a power of ten, not less than `step`.
double round_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= step * (1.0 - 1e-9)) return factor * power;
  }
  return 10.0 * power;
}

constexpr int kDefaultTicks = 6;

}  // namespace

NumberAxis::NumberAxis(double lowest, double highest, bool logarithmic)
    : lowest_(lowest), highest_(highest), logarithmic_(logarithmic && lowest > 0.0) {
  if (logarithmic_) {
    lowest_ = std::pow(10.0, std::floor(std::log10(lowest) + 1e-9));
    highest_ = std::pow(10.0, std::ceil(std::log10(std::max(highest, lowest)) - 1e-9));
    if (highest_ <= lowest_) highest_ = lowest_ * 10.0;
    return;
  }
  if (highest_ <= lowest_) {
    const double margin = lowest_ == 0.0 ? 1.0 : std::abs(lowest_) * 0.1;
    lowest_ -= margin;
    highest_ += margin;
  }
  const double step = round_step((highest_ - lowest_) / kDefaultTicks);
  lowest_ = std::floor(lowest_ / step + 1e-9) * step;
  highest_ = std::ceil(highest_ / step - 1e-9) * step;
}

double NumberAxis::share(double value) const {
  if (!logarithmic_) return (value - lowest_) / (highest_ - lowest_);
  return std::log10(std::max(value, lowest_) / lowest_) / std::log10(highest_ / lowest_);
}

std::vector<AxisTick> NumberAxis::ticks(int wanted) const {
  std::vector<AxisTick> ticks;
  const auto add = [&](double value) { ticks.push_back({value, short_number(value)}); };
  if (logarithmic_) {
    const int first = static_cast<int>(std::lround(std::log10(lowest_)));
    const int last = static_cast<int>(std::lround(std::log10(highest_)));
    const int stride = std::max(1, (last - first + wanted - 1) / std::max(1, wanted));
    for (int decade = first; decade <= last; decade += stride) {
      add(std::pow(10.0, decade));
      if (stride > 1 || last - first > 2 || decade == last) continue;
      for (const double factor : {2.0, 5.0}) add(factor * std::pow(10.0, decade));
    }
    return ticks;
  }
  const double step = round_step((highest_ - lowest_) / std::max(1, wanted));
  const auto count = static_cast<int>(std::floor((highest_ - lowest_) / step + 1e-6));
  const double first = std::ceil(lowest_ / step - 1e-6) * step;
  for (int i = 0; i <= count; ++i) {
    const double value = first + i * step;
    if (value > highest_ + step * 1e-6) break;
    add(std::abs(value) < step * 1e-9 ? 0.0 : value);
  }
  return ticks;
}

std::string with_unit(std::string_view name, std::string_view unit) {
  const std::string_view shown = unit == "cycle" ? "cycles" : unit == "mm2" ? "mm\xC2\xB2" : unit;
  if (shown.empty() || name.ends_with(shown)) return std::string(name);
  return name.empty() ? std::string(shown) : fmt::format("{} ({})", name, shown);
}

std::string short_number(double value) {
  if (value == 0.0 || !std::isfinite(value)) return fmt::format("{:g}", value);
  // Small and middling numbers stay as they are.
  const double size = std::abs(value) * (1.0 + 1e-9);
  if (size >= 1e-2 && size < 1e4) return fmt::format("{:.4g}", value);
  constexpr std::array<std::pair<double, std::string_view>, 9> kPrefixes = {{{1e15, "P"},
                                                                             {1e12, "T"},
                                                                             {1e9, "G"},
                                                                             {1e6, "M"},
                                                                             {1e3, "k"},
                                                                             {1e-3, "m"},
                                                                             {1e-6, "\xC2\xB5"},
                                                                             {1e-9, "n"},
                                                                             {1e-12, "p"}}};
  for (const auto& [scale, prefix] : kPrefixes) {
    if (size >= scale) return fmt::format("{:.4g} {}", value / scale, prefix);
  }
  return fmt::format("{:.3g}", value);
}

}  // namespace systerm
