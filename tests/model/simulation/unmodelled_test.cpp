// SPDX-License-Identifier: Apache-2.0
// What becomes of a model with an operator that has no layer: refused by name and share, or left
// out of a run in timing fidelity, whose result says how much of the network it is about.
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/evaluation/experiment_evaluator.h"
#include "model/report/result_tables.h"
#include "model/simulation/experiment_run.h"
#include "tests/model/simulation/program_vocabulary.h"
#include "tests/workloads/graph/onnx_builder.h"

namespace systerm {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A convolution over three axes (384 MACs), then a linear layer (192 x 2).
std::string volume_model() {
  OnnxBuilder b;
  b.input("x", {1, 2, 4, 4, 4});
  b.floats("w", {3, 2, 1, 1, 1}, std::vector<float>(6, 1.0F));
  b.node("Conv", {"x", "w"}, {"volume"});
  b.value("volume", {1, 3, 4, 4, 4});
  b.node("Flatten", {"volume"}, {"flat"});
  b.floats("matrix", {192, 2}, std::vector<float>(384, 1.0F));
  b.node("MatMul", {"flat", "matrix"}, {"y"});
  b.output("y");
  return b.bytes();
}

Experiment volume_experiment(const TemporaryFolder& folder, const std::string& run) {
  return experiment(
      fmt::format("systerm: 1\nname: volume\ndesign: tq_64x128\n"
                  "workload: {{network: {}, weights: file}}\n"
                  "precision: {{default: {{format: uniform}}}}\nrun: {}\n",
                  folder.write("volume.onnx", volume_model()).string(), run));
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(UnmodelledOperator, IsNamedWithItsShareOfTheMacs) {
  const TemporaryFolder folder;
  const auto names_it =
      AllOf(HasSubstr("volume (Conv)"), HasSubstr("384 MACs"), HasSubstr("50.0 %"));
  const Experiment timing = volume_experiment(folder, "{fidelity: timing}");
  EXPECT_THAT(error_of([&] { run_plan(timing, timing.precision, {}); }),
              AllOf(names_it, HasSubstr("allow_unmodelled")));
  const Experiment data = volume_experiment(folder, "{fidelity: data, allow_unmodelled: true}");
  EXPECT_THAT(error_of([&] { run_plan(data, data.precision, {}); }),
              AllOf(names_it, HasSubstr("no executor knows them")));
  const Experiment allowed =
      volume_experiment(folder, "{fidelity: timing, allow_unmodelled: true}");
  EXPECT_THAT(error_of([&] { const ExperimentEvaluator evaluator(allowed); }),
              AllOf(names_it, HasSubstr("no executor knows them")));
}

TEST(UnmodelledOperator, IsInEveryResultThatLeavesItOut) {
  const TemporaryFolder folder;
  const Experiment allowed =
      volume_experiment(folder, "{fidelity: timing, allow_unmodelled: true}");
  const auto result = run_plan(allowed, allowed.precision, {});
  EXPECT_EQ(result["unmodelled"][0]["macs"], 384);
  EXPECT_EQ(result["coverage"]["macs"], 0.5);
  EXPECT_THAT(unmodelled_text(result), AllOf(HasSubstr("volume (Conv)"), HasSubstr("50.00 %")));
}

}  // namespace
}  // namespace systerm
