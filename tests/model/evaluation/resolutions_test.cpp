// SPDX-License-Identifier: Apache-2.0
// Several budgets over one stored term list: what memory holds, what a switch costs, what each
// resolution answers.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "model/design/term_budgets.h"
#include "model/evaluation/experiment_evaluator.h"
#include "model/mapping/mapper.h"
#include "model/mapping/weight_image.h"
#include "model/simulation/experiment_run.h"
#include "model/simulation/isolated_run.h"
#include "model/simulation/prepared_workload.h"
#include "tests/model/evaluation/digits.h"
#include "workloads/document/diagnostics.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kStored =
    "{format: term_quantized, term_layout: indexed, group_size: 8, group_budget: 16, data_terms: "
    "3}";

Experiment with_resolutions(std::int64_t samples, const std::string& resolutions,
                            const std::string& precision = kStored) {
  std::string text = digits_text(precision, samples, "{samples: 50}");
  const std::string anchor = "calibration:";
  text.insert(text.find(anchor), "  resolutions: " + resolutions + "\n");
  return experiment(text);
}

constexpr const char* kTwo =
    "[{group_budget: 16, data_terms: 3}, {group_budget: 5, data_terms: 2}]";

Json run(const Experiment& experiment) {
  return IsolatedRun([&] { return run_plan(experiment, experiment.precision, {}); }).wait();
}

std::int64_t switches(const Json& result) {
  for (const Json& statistic : result["units"]) {
    if (statistic["name"] == "precision_switches") return statistic["value"];
  }
  return -1;
}

TEST(Resolutions, BatchesTakeThemInTurnBitForBit) {
  Experiment experiment = with_resolutions(6, kTwo);
  experiment.run.verify = true;
  const Json result = run(experiment);
  EXPECT_EQ(result["verification"]["mismatches"], 0);
  EXPECT_GT(result["verification"]["elements"], 6 * 1000);
  ASSERT_EQ(result["resolutions"].size(), 2U);
  const Json& generous = result["resolutions"][0];
  const Json& tight = result["resolutions"][1];
  EXPECT_EQ(tight["group_budget"], 5);
  EXPECT_EQ(generous["accuracy"]["samples"], 3);
  EXPECT_EQ(tight["accuracy"]["samples"], 3);
  EXPECT_LT(tight["cycles"], generous["cycles"]);
  EXPECT_EQ(generous["cycles"].get<std::int64_t>() + tight["cycles"].get<std::int64_t>(),
            result["total"]["cycles"]);
  // Registers are written once a batch: all three layers of a batch share a budget.
  EXPECT_EQ(switches(result), 6);
}

TEST(Resolutions, ARunAtOneOfThemAloneTakesTheSameCyclesButForTheSwitches) {
  const Json both = run(with_resolutions(4, kTwo));
  const Json one = run(with_resolutions(4, "[{group_budget: 16, data_terms: 3}]"));
  EXPECT_EQ(switches(one), 1);
  const auto cycles = [](const Json& result) {
    return result["resolutions"][0]["cycles"].get<std::int64_t>();
  };
  // Two of the four batches; a switch of two registers costs 2 x 2 cycles.
  EXPECT_NEAR(static_cast<double>(cycles(both)), static_cast<double>(cycles(one)) / 2,
              static_cast<double>(cycles(one)) * 0.05);
}

TEST(Resolutions, LoadTheSameSlotsWhateverPartOfThemIsUsed) {
  const Json generous = run(with_resolutions(2, "[{group_budget: 16, data_terms: 3}]"));
  const Json tight = run(with_resolutions(2, "[{group_budget: 5, data_terms: 2}]"));
  EXPECT_EQ(tight["total"]["bytes"]["weight_buffer"], generous["total"]["bytes"]["weight_buffer"]);
  EXPECT_LT(tight["total"]["cycles"], generous["total"]["cycles"]);
}

TEST(Resolutions, ShareOneMemoryImageAndOneSetOfScales) {
  const Experiment experiment = with_resolutions(2, kTwo);
  const auto network = load_workload(experiment);
  const PreparedWorkload workload = prepare_workload(experiment, experiment.precision, network);
  ASSERT_EQ(workload.resolutions.size(), 2U);
  const MappedNetwork base = map_network(experiment.design, *workload.network, {});
  for (const auto& resolution : workload.resolutions) {
    const MappedNetwork mapped = map_network(experiment.design, *resolution, {});
    EXPECT_EQ(mapped.memory.weight_addresses, base.memory.weight_addresses);
    for (std::size_t i = 0; i < network->layers.size(); ++i) {
      const Gemm* gemm = network->layers[i].gemm();
      if (gemm == nullptr) continue;
      EXPECT_EQ(pack_layer_weights(*shares_of(mapped, i).front().descriptor, *gemm,
                                   resolution->layers[i]),
                pack_layer_weights(*shares_of(base, i).front().descriptor, *gemm,
                                   workload.network->layers[i]));
      EXPECT_EQ(resolution->layers[i].sum_scale, workload.network->layers[i].sum_scale);
    }
  }
}

TEST(Resolutions, EvaluationAnswersAsTheRunDoes) {
  const Experiment experiment = with_resolutions(40, kTwo);
  const Json result = run(experiment);
  ExperimentEvaluator evaluator(experiment);
  const auto evaluations = evaluator.evaluate_resolutions(experiment.precision);
  ASSERT_EQ(evaluations.size(), 2U);
  for (std::size_t resolution = 0; resolution < 2; ++resolution) {
    const Evaluation& evaluation = evaluations[resolution];
    std::int64_t correct = 0;
    for (std::size_t i = resolution; i < 40; i += 2) {
      correct += evaluation.quantized.classes[i] == evaluation.labels[i];
    }
    EXPECT_EQ(result["resolutions"][resolution]["accuracy"]["correct"], correct);
  }
  EXPECT_GE(evaluations[0].output.sqnr_db(), evaluations[1].output.sqnr_db());
}

TEST(Resolutions, RefuseWhatIsNotStoredAndWhatWouldNotRun) {
  EXPECT_THAT([] { with_resolutions(2, "[{group_budget: 17, data_terms: 3}]"); },
              ThrowsMessage<DocumentError>(HasSubstr(
                  "precision.resolutions[0].group_budget: only 16 terms of a group are stored")));
  EXPECT_THAT([] { with_resolutions(2, kTwo, kTermQuantizedDigits); },
              ThrowsMessage<DocumentError>(HasSubstr("only with term_layout: indexed")));
  EXPECT_THAT([] { with_resolutions(2, kTwo, "{format: uniform}"); },
              ThrowsMessage<DocumentError>(HasSubstr("has no term budget")));
  EXPECT_THAT([] { run(with_resolutions(1, kTwo)); },
              ThrowsMessage<std::runtime_error>(HasSubstr("2 budgets for 1 batches")));
}

}  // namespace
}  // namespace systerm
