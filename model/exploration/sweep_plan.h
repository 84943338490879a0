// SPDX-License-Identifier: Apache-2.0
// A sweep made ready: its points, each a valid experiment with a hash.
#pragma once

#include <cstddef>
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
  double work = 0.0;  ///< relative cost of running it
};

class SweepPlan {
 public:
  /// Expands the sweep and reads every point. `vocabulary` must outlive the plan. Throws
  /// DocumentError with every error of all points, equal ones once, each with the number of points
  /// that have it.
  SweepPlan(Sweep sweep, const Vocabulary& vocabulary, const ProgramIdentity& program);
  SweepPlan(const SweepPlan&) = delete;
  SweepPlan& operator=(const SweepPlan&) = delete;

  const Sweep& sweep() const { return sweep_; }
  const SweepSpace& space() const { return experiments_.space(); }
  const std::vector<PlannedPoint>& points() const { return points_; }
  const ProgramIdentity& program() const { return program_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }

  /// As it runs, see PointIdentifier::anonymous().
  Experiment experiment(std::size_t point) const;
  /// "rows 16, columns 32".
  std::string label(const Choices& choices) const;

 private:
  Sweep sweep_;
  const Vocabulary& vocabulary_;
  ProgramIdentity program_;
  PointExperiments experiments_;
  std::vector<PlannedPoint> points_;
};

/// Of all axes that apply, in order.
std::string point_label(const SweepSpace& space, const Choices& choices);

}  // namespace systerm
