// SPDX-License-Identifier: Apache-2.0
#include "workloads/training/training_schedule.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "workloads/training/memory_plan.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

std::int64_t macs(const TrainingStep& step) {
  std::int64_t sum = 0;
  for (const StepGemm& gemm : step.gemms) sum += gemm.macs();
  return sum;
}

/// Multiply-accumulates of the nodes of couplings by kind of step.
struct ChainMacs {
  std::int64_t forward = 0;
  std::int64_t again = 0;
  std::int64_t backward = 0;
};

ChainMacs chain_macs(const ScheduledMemory& scheduled) {
  std::map<std::size_t, bool> is_of_chain;
  for (const ReversibleChain& chain : scheduled.structure.chains) {
    for (const Coupling& coupling : chain.couplings) {
      for (const std::size_t node : coupling.branch) is_of_chain[node] = true;
    }
  }
  ChainMacs sum;
  for (const TrainingStep& step : scheduled.training.steps) {
    if (!step.node || !is_of_chain.contains(*step.node)) continue;
    (step.kind != StepKind::kForward ? sum.backward
     : step.recomputes               ? sum.again
                                     : sum.forward) += macs(step);
  }
  return sum;
}

TEST(TrainingSchedule, ReversibleBlocksTake3N4N5N) {
  const std::map<TrainingSchedule, std::int64_t> times{{TrainingSchedule::kStored, 3},
                                                       {TrainingSchedule::kMerged, 4},
                                                       {TrainingSchedule::kNaive, 5},
                                                       {TrainingSchedule::kOverlapped, 4}};
  for (const char* name : {"revnet38", "irevnet_cifar", "reversible_vit_b_16"}) {
    for (const auto& [schedule, factor] : times) {
      const ChainMacs sum = chain_macs(schedule_with_memory(zoo_graph(name), schedule));
      EXPECT_GT(sum.forward, 0);
      EXPECT_EQ(sum.forward + sum.again + sum.backward, factor * sum.forward)
          << name << " " << to_string(schedule);
    }
  }
}

TEST(TrainingSchedule, CheckpointsRunForwardAtMostOnceMore) {
  for (const char* name : {"resnet32", "revnet38"}) {
    const ScheduledMemory scheduled =
        schedule_with_memory(zoo_graph(name), TrainingSchedule::kCheckpoint);
    std::int64_t forward = 0;
    std::int64_t again = 0;
    for (const TrainingStep& step : scheduled.training.steps) {
      if (step.kind == StepKind::kForward) (step.recomputes ? again : forward) += macs(step);
    }
    EXPECT_GT(again, forward / 3) << name;
    EXPECT_LT(again, forward) << name;
  }
}

TEST(TrainingSchedule, OverlappedStepsAreThoseOfTheCouplingBefore) {
  const Graph graph = zoo_graph("revnet38");
  const TrainingGraph training = make_scheduled_graph(graph, TrainingSchedule::kOverlapped);
  std::int64_t beside = 0;
  for (const TrainingStep& step : training.steps) beside += step.lane == 1 ? 1 : 0;
  // All couplings but the last one of each chain; seven steps each: six of F, one inversion, which
  // the first stream of each chain does not need.
  EXPECT_EQ(beside, 13 * 7 - 3);
}

TEST(TrainingSchedule, AGraphWithoutCouplingsCannotBeReversed) {
  try {
    make_scheduled_graph(zoo_graph("resnet32"), TrainingSchedule::kMerged);
    FAIL();
  } catch (const GraphError& error) {
    EXPECT_STREQ(error.what(),
                 "schedule merged: 'resnet32' has no reversible blocks; mark some, or choose "
                 "stored or checkpoint");
  }
  EXPECT_THROW(make_scheduled_graph(zoo_graph("lenet5"), TrainingSchedule::kCheckpoint),
               GraphError);
}

}  // namespace
}  // namespace systerm
