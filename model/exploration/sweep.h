// SPDX-License-Identifier: Apache-2.0
// A sweep: a base experiment, the axes that vary in it, and which combinations are wanted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/exploration/expression.h"
#include "workloads/document/overrides.h"
#include "workloads/document/tree.h"

namespace systerm {

/// One value of an axis.
struct AxisValue {
  Tree tree;              ///< what is laid over the experiment
  std::string text;       ///< in tables
  ExpressionValue value;  ///< in expressions; quantities in their base unit
};

/// One thing that varies, and the keys of the experiment that it sets.
struct Axis {
  std::string name;
  std::vector<std::string> paths;  ///< such as design.array.rows; at least one
  std::vector<AxisValue> values;
};

/// An expression and where it was written.
struct PlacedExpression {
  Expression expression;
  Position position;  ///< of its first character, where that is known
};

/// Axes that vary together, value by value; a single axis for most.
struct AxisGroup {
  std::vector<Axis> axes;                ///< with the same number of values
  std::optional<PlacedExpression> when;  ///< else the keys keep the value of the base

  std::size_t size() const { return axes.front().values.size(); }
};

/// A value that follows from those of the axes.
struct DerivedValue {
  std::string name;
  std::vector<std::string> paths;  ///< none for a value that is only named
  PlacedExpression value;
  std::string unit;  ///< written behind the number, for keys that take quantities
};

enum class SampleMethod : std::uint8_t { kAll, kRandom, kLatinHypercube };

struct Sampling {
  SampleMethod method = SampleMethod::kAll;
  std::int64_t points = 0;
  std::uint64_t seed = 1;
  Position position;
};

struct Sweep {
  std::string name;
  std::string description;
  std::filesystem::path file;       ///< of the sweep
  std::filesystem::path base_file;  ///< of the base, or of the sweep if that stands in it
  Tree base;                        ///< the experiment as written
  std::vector<Override> set;        ///< laid over the base for every point
  std::vector<AxisGroup> groups;    ///< in order; the last varies fastest
  std::vector<DerivedValue> derived;
  std::vector<PlacedExpression> constraints;
  Sampling sampling;
  Tree search;  ///< the section `search`, or null

  std::vector<const Axis*> axes() const;
};

}  // namespace systerm
