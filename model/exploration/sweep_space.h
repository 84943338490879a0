// SPDX-License-Identifier: Apache-2.0
// The combinations that a sweep admits: what its names mean at a point, which points satisfy the
// conditions and constraints, and what a point sets in the experiment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/exploration/sweep.h"
#include "workloads/document/diagnostics.h"

namespace systerm {

/// By position in Sweep::groups: which value, or kNotApplied.
using Choices = std::vector<std::int32_t>;
inline constexpr std::int32_t kNotApplied = -1;

class SweepSpace {
 public:
  /// `base` is the experiment that the points start from, with all keys that expressions may name.
  /// `sweep` must outlive the space.
  SweepSpace(const Sweep& sweep, Tree base);

  /// Sets the choice of every group whose condition does not hold to kNotApplied, from the first
  /// group to the last, and says whether all constraints hold. Throws DocumentError for an
  /// expression that cannot be evaluated.
  bool admits(Choices& choices) const;

  /// Whether the condition of `group` holds, given the choices before it.
  bool applies(std::size_t group, const Choices& choices) const;
  /// Whether the constraints hold whose names are known once `group` is chosen.
  bool satisfies(std::size_t group, const Choices& choices) const;

  /// Of an axis or a derived value; absent where it does not apply.
  ExpressionValue value(std::string_view name, const Choices& choices) const;
  /// As in tables; nothing where it does not apply.
  std::optional<std::string> text(std::string_view name, const Choices& choices) const;

  /// What the point lays over the base: first Sweep::set, then axes, then derived values.
  std::vector<Override> overrides(const Choices& choices) const;

  const Sweep& sweep() const { return sweep_; }

 private:
  struct AxisPlace {
    std::string_view name;
    std::size_t group;
    const Axis* axis;
  };

  const AxisPlace* find_axis(std::string_view name) const;
  std::size_t find_derived(std::string_view name) const;
  ExpressionValue name_value(std::string_view name, const Choices& choices,
                             std::size_t derived_before) const;
  ExpressionValue path_value(std::string_view path, const Choices& choices,
                             std::size_t derived_before) const;
  ExpressionValue derived_value(std::size_t index, const Choices& choices) const;
  /// The last group that must be chosen before the expression has a value.
  std::size_t level(const Expression& expression) const;

  const Sweep& sweep_;
  Tree base_;
  std::vector<AxisPlace> axes_;
  std::vector<std::vector<const PlacedExpression*>> constraints_;  ///< by level
};

}  // namespace systerm
