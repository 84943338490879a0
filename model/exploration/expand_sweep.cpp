// SPDX-License-Identifier: Apache-2.0
#include "model/exploration/expand_sweep.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace systerm {
namespace {

constexpr std::size_t kMostPoints = 1'000'000;
constexpr std::size_t kMostTried = 50'000'000;
/// Draws for each point wanted before a sample is given up.
constexpr std::size_t kDrawsPerPoint = 1000;

[[noreturn]] void fail(const Position& position, const std::string& path, std::string message) {
  Diagnostics diagnostics;
  diagnostics.error(position, path, std::move(message));
  throw DocumentError(diagnostics.sorted());
}

Position of_file(const Sweep& sweep) {
  return {std::make_shared<const std::string>(sweep.file.string()), 0, 0};
}

class Enumeration {
 public:
  explicit Enumeration(const SweepSpace& space)
      : space_(space), choices_(space.sweep().groups.size(), kNotApplied) {}

  std::vector<Choices> all() {
    descend(0);
    return std::move(points_);
  }

 private:
  void descend(std::size_t group) {
    if (++tried_ > kMostTried || points_.size() > kMostPoints) {
      fail(of_file(space_.sweep()), "axes",
           fmt::format("more than {} points, or {} combinations to try; take a sample", kMostPoints,
                       kMostTried));
    }
    if (group == choices_.size()) {
      points_.push_back(choices_);
      return;
    }
    choices_[group] = kNotApplied;
    if (!space_.applies(group, choices_)) {
      if (space_.satisfies(group, choices_)) descend(group + 1);
      return;
    }
    const auto values = static_cast<std::int32_t>(space_.sweep().groups[group].size());
    for (std::int32_t value = 0; value < values; ++value) {
      choices_[group] = value;
      if (space_.satisfies(group, choices_)) descend(group + 1);
    }
  }

  const SweepSpace& space_;
  Choices choices_;
  std::vector<Choices> points_;
  std::size_t tried_ = 0;
};

/// The engine's sequence is laid down by the language; its distributions are not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// 0 to bound - 1.
  std::size_t below(std::size_t bound) {
    const std::uint64_t limit = std::mt19937_64::max() - std::mt19937_64::max() % bound;
    std::uint64_t drawn = engine_();
    while (drawn >= limit) drawn = engine_();
    return static_cast<std::size_t>(drawn % bound);
  }

  std::vector<std::size_t> permutation(std::size_t size) {
    std::vector<std::size_t> order(size);
    for (std::size_t i = 0; i < size; ++i) order[i] = i;
    for (std::size_t i = size; i > 1; --i) std::swap(order[i - 1], order[below(i)]);
    return order;
  }

 private:
  std::mt19937_64 engine_;
};

class Sample {
 public:
  explicit Sample(const SweepSpace& space)
      : space_(space),
        wanted_(static_cast<std::size_t>(space.sweep().sampling.points)),
        random_(space.sweep().sampling.seed) {}

  std::vector<Choices> drawn() {
    const bool is_latin = space_.sweep().sampling.method == SampleMethod::kLatinHypercube;
    while (points_.size() < wanted_) {
      if (tries_ >= wanted_ * kDrawsPerPoint) {
        fail(space_.sweep().sampling.position, "sample.points",
             fmt::format("only {} different points found in {} draws; ask for fewer, or loosen the "
                         "constraints",
                         points_.size(), tries_));
      }
      if (is_latin) {
        draw_hypercube();
      } else {
        draw();
      }
    }
    return std::move(points_);
  }

 private:
  std::size_t values(std::size_t group) const { return space_.sweep().groups[group].size(); }

  void take(Choices choices) {
    ++tries_;
    if (points_.size() == wanted_ || !space_.admits(choices)) return;
    if (seen_.insert(choices).second) points_.push_back(std::move(choices));
  }

  void draw() {
    Choices choices;
    for (std::size_t group = 0; group < space_.sweep().groups.size(); ++group) {
      choices.push_back(static_cast<std::int32_t>(random_.below(values(group))));
    }
    take(std::move(choices));
  }

  /// One hypercube of as many strata as points wanted; another one for what constraints refuse.
  void draw_hypercube() {
    const std::size_t groups = space_.sweep().groups.size();
    std::vector<std::vector<std::size_t>> strata;
    for (std::size_t group = 0; group < groups; ++group) {
      strata.push_back(random_.permutation(wanted_));
    }
    for (std::size_t i = 0; i < wanted_; ++i) {
      Choices choices;
      for (std::size_t group = 0; group < groups; ++group) {
        // The values lie evenly over the strata; a stratum that two share goes to either.
        const std::size_t count = values(group);
        const std::size_t first = strata[group][i] * count / wanted_;
        const std::size_t last = ((strata[group][i] + 1) * count - 1) / wanted_;
        choices.push_back(static_cast<std::int32_t>(first + random_.below(last - first + 1)));
      }
      take(std::move(choices));
    }
  }

  const SweepSpace& space_;
  std::size_t wanted_;
  Random random_;
  std::set<Choices> seen_;
  std::vector<Choices> points_;
  std::size_t tries_ = 0;
};

}  // namespace

std::vector<Choices> expand_sweep(const SweepSpace& space) {
  std::vector<Choices> points = space.sweep().sampling.method == SampleMethod::kAll
                                    ? Enumeration(space).all()
                                    : Sample(space).drawn();
  if (points.empty()) {
    fail(of_file(space.sweep()), "constraints", "no combination satisfies them");
  }
  return points;
}

}  // namespace systerm
