// SPDX-License-Identifier: Apache-2.0
// Chooses a term budget for each layer by how sensitive the network's answers are to it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/design/term_budgets.h"
#include "model/evaluation/experiment_evaluator.h"

namespace systerm {

struct BudgetTarget {
  /// Largest loss as a share: of top-1 against the float network where there are labels, else the
  /// share of answers that differ from the float network's.
  std::optional<double> loss{};
  std::optional<std::int64_t> cycles{};  ///< most cycles of a batch
};

struct LayerBudget {
  std::string layer;
  TermBudget budget;
};

struct BudgetPlan {
  PrecisionPlan plan;
  std::vector<LayerBudget> layers;  ///< those whose format has a budget, in order
  double loss = 0.0;
  std::int64_t cycles = 0;           ///< of a batch, from a run in timing fidelity
  double generous_loss = 0.0;        ///< every layer at the most generous budget
  std::int64_t generous_cycles = 0;  ///< likewise
  std::size_t evaluations = 0;
};

/// 1. Every layer alone goes down the ladder; its sensitivity is what the divergence of the answers
///    from the float network's (`kl`) grows by. Cycles of a layer come from timing runs.
/// 2. From the most generous budgets on, the step that saves the most cycles per added divergence
///    is taken, as if sensitivities added up, until no layer can go further down.
/// 3. Of the plans on that way the last one that meets the target is taken: cycles by timing runs,
///    loss by evaluation at points of a bisection, so that the plan returned has been evaluated.
/// The same input gives the same plan. Throws WorkloadError if no layer has a budget or not even
/// the way's best end meets the target.
BudgetPlan search_budgets(const Experiment& experiment, ExperimentEvaluator& evaluator,
                          const std::vector<TermBudget>& ladder, const BudgetTarget& target,
                          const std::function<void(std::size_t done, std::size_t all)>& progress);

}  // namespace systerm
