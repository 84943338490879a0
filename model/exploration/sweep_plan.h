// SPDX-License-Identifier: Apache-2.0
// A sweep made ready: its points, each a valid experiment with a hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/design/experiment.h"
#include "model/design/vocabulary.h"
#include "model/exploration/point_identity.h"
#include "model/exploration/sweep.h"
#include "model/exploration/sweep_space.h"

namespace systerm {

/// Turns the choices of a sweep into experiments.
class PointExperiments {
 public:
  /// `sweep` and `vocabulary` must outlive it. Throws DocumentError if the base has no design that
  /// can be found.
  PointExperiments(const Sweep& sweep, const Vocabulary& vocabulary);

  const SweepSpace& space() const { return space_; }
  /// Where `diagnostics` has errors afterwards, the result means nothing.
  Experiment read(const Choices& choices, Diagnostics& diagnostics) const;

 private:
  static Tree assembled_base(const Sweep& sweep, const Vocabulary& vocabulary);
  static Tree with_defaults(const Sweep& sweep, const Vocabulary& vocabulary, const Tree& base);

  const Sweep& sweep_;
  const Vocabulary& vocabulary_;
  Tree base_;  ///< with its design, unless an axis chooses that
  SweepSpace space_;
};

struct PlannedPoint {
  Choices choices;
  std::string hash;
  double work = 1.0;  ///< what it costs to run, in any unit
};

class SweepPlan {
 public:
  using Work = std::function<double(const Experiment&)>;
  enum class Points : std::uint8_t { kAll, kNone };

  /// Expands the sweep and reads every point, unless the points are to be added one by one.
  /// `vocabulary` must outlive the plan. Throws DocumentError with every error of all points, equal
  /// ones once, each with the number of points that have it. `work`, if given, estimates what a
  /// point costs.
  SweepPlan(Sweep sweep, const Vocabulary& vocabulary, const ProgramIdentity& program,
            Work work = {}, Points points = Points::kAll);
  SweepPlan(const SweepPlan&) = delete;
  SweepPlan& operator=(const SweepPlan&) = delete;

  const Sweep& sweep() const { return sweep_; }
  const SweepSpace& space() const { return experiments_.space(); }
  const std::vector<PlannedPoint>& points() const { return points_; }
  const ProgramIdentity& program() const { return program_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }

  /// Adds a point; says where it is. Nothing if it is no valid experiment.
  std::optional<std::size_t> add(Choices choices);

  /// As it runs, see PointIdentifier::anonymous().
  Experiment experiment(std::size_t point) const;
  /// "rows 16, columns 32".
  std::string label(const Choices& choices) const;

 private:
  /// What of a point follows from its experiment.
  struct Outcome;

  /// Where `diagnostics` has errors afterwards, the outcome means nothing.
  Outcome outcome(const Choices& choices, Diagnostics& diagnostics);
  static PlannedPoint planned(Choices choices, const Outcome& outcome);
  void expand();

  Sweep sweep_;
  const Vocabulary& vocabulary_;
  ProgramIdentity program_;
  PointExperiments experiments_;
  PointIdentifier identifier_;
  Work work_;
  std::vector<PlannedPoint> points_;
};

/// Of all axes that apply, in order.
std::string point_label(const SweepSpace& space, const Choices& choices);

}  // namespace systerm
