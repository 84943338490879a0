// SPDX-License-Identifier: Apache-2.0
#include "model/evaluation/budget_search.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "model/design/layer_rules.h"
#include "model/evaluation/cycle_count.h"
#include "model/simulation/prepared_workload.h"

namespace systerm {

namespace {

/// Rung of the ladder that each layer stands on.
using Rungs = std::vector<std::size_t>;

class BudgetSearch {
 public:
  using Progress = std::function<void(std::size_t done, std::size_t all)>;

  BudgetSearch(const Experiment& experiment, ExperimentEvaluator& evaluator,
               const std::vector<TermBudget>& ladder, const Progress& progress)
      : experiment_(experiment), evaluator_(evaluator), ladder_(ladder), progress_(progress) {
    const std::vector<Layer>& layers = evaluator.network().layers;
    for (std::size_t position = 0; position < layers.size(); ++position) {
      const bool is_free =
          layers[position].gemm() != nullptr &&
          has_budget(*precision_for(experiment.precision, layers[position].name).precision);
      if (is_free) free_.push_back(position);
    }
    if (free_.empty()) {
      throw WorkloadError("no layer's format has a term budget; there is nothing to choose");
    }
  }

  BudgetPlan search(const BudgetTarget& target) {
    const Rungs generous(free_.size(), 0);
    BudgetPlan result;
    result.generous_loss = loss_of(generous);
    result.generous_cycles = cycles_of(generous);
    measure();
    const std::vector<Rungs> way = descend();
    const std::size_t chosen = target.loss ? last_within_loss(way, *target.loss)
                                           : first_within_cycles(way, *target.cycles);
    result.plan = plan_of(way[chosen]);
    result.loss = loss_of(way[chosen]);
    result.cycles = cycles_of(way[chosen]);
    for (std::size_t i = 0; i < free_.size(); ++i) {
      result.layers.push_back({name_of(i), ladder_[way[chosen][i]]});
    }
    result.evaluations = evaluations_;
    return result;
  }

 private:
  const std::string& name_of(std::size_t free_layer) const {
    return evaluator_.network().layers[free_[free_layer]].name;
  }

  PrecisionPlan plan_of(const Rungs& rungs) const {
    PrecisionPlan plan = experiment_.precision;
    for (std::size_t i = 0; i < rungs.size(); ++i) {
      plan = with_layer_budget(std::move(plan), name_of(i), ladder_[rungs[i]]);
    }
    return plan;
  }

  Evaluation evaluate(const Rungs& rungs) {
    Evaluation evaluation = evaluator_.evaluate(plan_of(rungs), false);
    ++evaluations_;
    if (progress_) progress_(evaluations_, std::max(evaluations_, expected_evaluations()));
    return evaluation;
  }
  std::size_t expected_evaluations() const {
    constexpr std::size_t kBisection = 8;
    return 2 + free_.size() * (ladder_.size() - 1) + kBisection;
  }

  double loss_of(const Rungs& rungs) {
    const Evaluation evaluation = evaluate(rungs);
    const auto rows = static_cast<double>(evaluation.rows);
    if (evaluation.labels.empty()) {
      return 1.0 - static_cast<double>(evaluation.agreeing()) / rows;
    }
    return static_cast<double>(evaluation.correct(*evaluation.reference) -
                               evaluation.correct(evaluation.quantized)) /
           rows;
  }

  std::int64_t cycles_of(const Rungs& rungs) const {
    return count_cycles(experiment_, plan_of(rungs)).cycles;
  }

  /// Fills divergence_ and cycles_, [free layer][rung].
  void measure() {
    const auto divergence_of = [&](const Rungs& rungs) { return evaluate(rungs).divergence; };
    const Rungs generous(free_.size(), 0);
    const double least = divergence_of(generous);
    divergence_.assign(free_.size(), std::vector<double>(ladder_.size(), 0.0));
    cycles_.assign(free_.size(), std::vector<std::int64_t>(ladder_.size(), 0));
    for (std::size_t rung = 0; rung < ladder_.size(); ++rung) {
      const CycleCount count = count_cycles(experiment_, plan_of(Rungs(free_.size(), rung)));
      for (std::size_t i = 0; i < free_.size(); ++i) {
        cycles_[i][rung] = count.layers[free_[i]];
        if (rung == 0) continue;
        Rungs alone = generous;
        alone[i] = rung;
        divergence_[i][rung] = std::max(0.0, divergence_of(alone) - least);
      }
    }
  }

  /// The plans of step 2, from the most generous on.
  std::vector<Rungs> descend() const {
    // A step that costs nothing measurable is still no better than one that saves more cycles.
    constexpr double kLeastDivergence = 1e-9;
    std::vector<Rungs> way{Rungs(free_.size(), 0)};
    for (;;) {
      const Rungs& now = way.back();
      double best = 0.0;
      Rungs next;
      for (std::size_t i = 0; i < free_.size(); ++i) {
        for (std::size_t rung = 0; rung < ladder_.size(); ++rung) {
          const auto saved = static_cast<double>(cycles_[i][now[i]] - cycles_[i][rung]);
          if (saved <= 0.0) continue;
          const double added =
              std::max(kLeastDivergence, divergence_[i][rung] - divergence_[i][now[i]]);
          if (saved / added <= best) continue;
          best = saved / added;
          next = now;
          next[i] = rung;
        }
      }
      if (next.empty()) return way;
      way.push_back(std::move(next));
    }
  }

  std::size_t last_within_loss(const std::vector<Rungs>& way, double loss) {
    constexpr double kRounding = 1e-12;
    std::size_t good = 0;
    std::size_t bad = way.size();
    if (const double least = loss_of(way[0]); least > loss + kRounding) {
      throw WorkloadError(
          fmt::format("even the most generous budgets lose {:.3f} %, the target is {:.3f} %",
                      100.0 * least, 100.0 * loss));
    }
    while (bad - good > 1) {
      const std::size_t middle = good + (bad - good) / 2;
      (loss_of(way[middle]) <= loss + kRounding ? good : bad) = middle;
    }
    return good;
  }

  std::size_t first_within_cycles(const std::vector<Rungs>& way, std::int64_t cycles) const {
    std::size_t bad = 0;
    std::size_t good = way.size() - 1;
    if (const std::int64_t least = cycles_of(way[good]); least > cycles) {
      throw WorkloadError(
          fmt::format("even the tightest budgets take {} cycles, the target is {}", least, cycles));
    }
    if (cycles_of(way[0]) <= cycles) return 0;
    while (good - bad > 1) {
      const std::size_t middle = bad + (good - bad) / 2;
      (cycles_of(way[middle]) <= cycles ? good : bad) = middle;
    }
    return good;
  }

  const Experiment& experiment_;
  ExperimentEvaluator& evaluator_;
  const std::vector<TermBudget>& ladder_;
  const Progress& progress_;
  std::vector<std::size_t> free_;  ///< positions of the layers that have a budget
  std::vector<std::vector<double>> divergence_;
  std::vector<std::vector<std::int64_t>> cycles_;
  std::size_t evaluations_ = 0;
};

}  // namespace

BudgetPlan search_budgets(const Experiment& experiment, ExperimentEvaluator& evaluator,
                          const std::vector<TermBudget>& ladder, const BudgetTarget& target,
                          const std::function<void(std::size_t done, std::size_t all)>& progress) {
  if (ladder.empty()) throw std::invalid_argument("there is no budget to choose from");
  if (target.loss.has_value() == target.cycles.has_value()) {
    throw std::invalid_argument("a search has one target: a loss or a number of cycles");
  }
  return BudgetSearch(experiment, evaluator, ladder, progress).search(target);
}

}  // namespace systerm
