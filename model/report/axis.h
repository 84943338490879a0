// SPDX-License-Identifier: Apache-2.0
// An axis of numbers: where a value stands and which values are labelled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace systerm {

struct AxisTick {
  double value = 0.0;
  std::string label;
};

class NumberAxis {
 public:
  /// Widened to round numbers; `logarithmic` needs lowest > 0, else the axis is linear.
  NumberAxis(double lowest, double highest, bool logarithmic);

  bool is_logarithmic() const { return logarithmic_; }
  double lowest() const { return lowest_; }
  double highest() const { return highest_; }
  /// 0 at the lowest value, 1 at the highest.
  double share(double value) const;
  /// At most about `wanted`, at least two.
  std::vector<AxisTick> ticks(int wanted) const;

 private:
  double lowest_;
  double highest_;
  bool logarithmic_;
};

/// A name with its unit, unless it ends with that: "busy (cycles)", "total.cycles".
std::string with_unit(std::string_view name, std::string_view unit);

/// 1234567 as "1.23 M", 0.25 as "0.25": three digits and the prefix of the SI.
std::string short_number(double value);

}  // namespace systerm
