// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/sweep_plan.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "model/design/content_hash.h"
#include "model/design/effective_configuration.h"
#include "model/design/load_experiment.h"
#include "model/exploration/expand_sweep.h"
#include "model/exploration/forked_shares.h"
#include "model/exploration/grouped_errors.h"
#include "workloads/document/document.h"

namespace systerm {
namespace {

bool chooses_design(const std::string& path) { return path == "design" || path == "design.base"; }

bool design_varies(const Sweep& sweep) {
  const auto any = [](const std::vector<std::string>& paths) {
    return std::any_of(paths.begin(), paths.end(), chooses_design);
  };
  const auto axes = sweep.axes();
  return std::any_of(axes.begin(), axes.end(),
                     [&](const Axis* axis) { return any(axis->paths); }) ||
         std::any_of(sweep.derived.begin(), sweep.derived.end(),
                     [&](const DerivedValue& each) { return any(each.paths); });
}

}  // namespace

Tree PointExperiments::assembled_base(const Sweep& sweep, const Vocabulary& vocabulary) {
  if (design_varies(sweep)) return sweep.base;
  std::vector<Override> design_choice;
  for (const Override& each : sweep.set) {
    if (chooses_design(each.path)) design_choice.push_back(each);
  }
  Diagnostics diagnostics;
  Tree base =
      assemble_experiment(sweep.base, sweep.base_file, vocabulary, design_choice, diagnostics);
  diagnostics.throw_if_any();
  return base;
}

/// So that expressions may name keys that the base leaves to their defaults.
Tree PointExperiments::with_defaults(const Sweep& sweep, const Vocabulary& vocabulary,
                                     const Tree& base) {
  Diagnostics diagnostics;
  const Experiment experiment = read_experiment(base, sweep.base_file, vocabulary, {}, diagnostics);
  if (!diagnostics.empty()) return base;
  const Document defaults = Document::parse(effective_configuration(experiment, vocabulary),
                                            sweep.base_file.string(), diagnostics);
  return defaults.tree() && diagnostics.empty() ? overlaid(defaults.tree(), base) : base;
}

PointExperiments::PointExperiments(const Sweep& sweep, const Vocabulary& vocabulary)
    : sweep_(sweep),
      vocabulary_(vocabulary),
      base_(assembled_base(sweep, vocabulary)),
      space_(sweep, with_defaults(sweep, vocabulary, base_)) {}

Experiment PointExperiments::read(const Choices& choices, Diagnostics& diagnostics) const {
  std::vector<Override> overrides = space_.overrides(choices);
  if (!design_varies(sweep_)) {
    std::erase_if(overrides, [](const Override& each) { return chooses_design(each.path); });
  }
  return read_experiment(base_, sweep_.base_file, vocabulary_, overrides, diagnostics);
}

SweepPlan::SweepPlan(Sweep sweep, const Vocabulary& vocabulary, const ProgramIdentity& program,
                     Work work, Points points)
    : sweep_(std::move(sweep)),
      vocabulary_(vocabulary),
      program_(program),
      experiments_(sweep_, vocabulary),
      identifier_(vocabulary, program),
      work_(std::move(work)) {
  if (points == Points::kAll) expand();
}

struct SweepPlan::Outcome {
  bool is_valid = false;
  std::array<char, kContentHashDigits> hash{};
  double work = 1.0;
};

SweepPlan::Outcome SweepPlan::outcome(const Choices& choices, Diagnostics& diagnostics) {
  Outcome outcome;
  const Experiment experiment = experiments_.read(choices, diagnostics);
  if (!diagnostics.empty()) return outcome;
  outcome.is_valid = true;
  const std::string hash = identifier_.hash(experiment);
  std::copy_n(hash.begin(), outcome.hash.size(), outcome.hash.begin());
  if (work_) outcome.work = work_(experiment);
  return outcome;
}

PlannedPoint SweepPlan::planned(Choices choices, const Outcome& outcome) {
  return {std::move(choices), {outcome.hash.begin(), outcome.hash.end()}, outcome.work};
}

void SweepPlan::expand() {
  std::vector<Choices> choices = expand_sweep(space());
  const auto outcome_of = [&](std::size_t point) {
    Diagnostics diagnostics;
    return outcome(choices[point], diagnostics);
  };
  // What points have in common is then read once, here.
  outcome_of(0);
  const ForkedValues<Outcome> outcomes(choices.size(), outcome_of);
  GroupedErrors errors;
  points_.reserve(choices.size());
  for (std::size_t point = 0; point < choices.size(); ++point) {
    if (!outcomes[point].is_valid) {
      Diagnostics diagnostics;
      outcome(choices[point], diagnostics);
      errors.add(diagnostics.sorted(), label(choices[point]));
    }
    points_.push_back(planned(std::move(choices[point]), outcomes[point]));
  }
  if (!errors.empty()) throw DocumentError(errors.diagnostics(points_.size()));
}

std::optional<std::size_t> SweepPlan::add(Choices choices) {
  Diagnostics diagnostics;
  const Outcome result = outcome(choices, diagnostics);
  if (!diagnostics.empty()) return std::nullopt;
  points_.push_back(planned(std::move(choices), result));
  return points_.size() - 1;
}

Experiment SweepPlan::experiment(std::size_t point) const {
  Diagnostics diagnostics;
  Experiment experiment = experiments_.read(points_[point].choices, diagnostics);
  diagnostics.throw_if_any();
  return PointIdentifier::anonymous(std::move(experiment), points_[point].hash);
}

std::string SweepPlan::label(const Choices& choices) const { return point_label(space(), choices); }

std::string point_label(const SweepSpace& space, const Choices& choices) {
  std::string label;
  for (const Axis* axis : space.sweep().axes()) {
    const auto text = space.text(axis->name, choices);
    if (!text) continue;
    if (!label.empty()) label += ", ";
    label += axis->name + " " + *text;
  }
  return label;
}

}  // namespace systerm
