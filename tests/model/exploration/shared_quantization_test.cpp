// SPDX-License-Identifier: Apache-2.0
// What the points of an arithmetic setting share gives the results that it would not change.
#include "model/exploration/shared_quantization.h"

#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/design/load_experiment.h"
#include "model/exploration/point_run.h"
#include "model/exploration/result_store.h"
#include "tests/model/exploration/program.h"
#include "tests/model/exploration/test_sweep.h"

namespace systerm {
namespace {

using testing::HasSubstr;

Experiment lenet(const std::string& extra = "") {
  return parse_experiment(R"(systerm: 1
design: tq_64x128
workload: {network: lenet5}
precision: {default: {format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}}
run: {fidelity: data}
)" + extra,
                          "test.yaml", test_vocabulary());
}

TEST(SharedQuantization, GivesBackWhatItKept) {
  const Experiment experiment = lenet();
  const auto network = load_workload(experiment);
  const auto expected = prepare_workload(experiment, experiment.precision, network).network;
  const SharedQuantization shared(test_folder() / "shared", std::string(32, 'a'));
  EXPECT_EQ(shared.find(network, experiment.precision), nullptr);
  shared.keep(*expected);
  const auto found = shared.find(network, experiment.precision);
  ASSERT_NE(found, nullptr);
  ASSERT_EQ(found->features.size(), expected->features.size());
  for (std::size_t i = 0; i < expected->features.size(); ++i) {
    EXPECT_EQ(found->features[i].scale, expected->features[i].scale);
    EXPECT_EQ(found->features[i].bits, expected->features[i].bits);
    EXPECT_EQ(found->features[i].is_signed, expected->features[i].is_signed);
    EXPECT_EQ(found->features[i].limit, expected->features[i].limit);
  }
  ASSERT_EQ(found->layers.size(), expected->layers.size());
  for (std::size_t i = 0; i < expected->layers.size(); ++i) {
    EXPECT_EQ(found->layers[i].weight_codes, expected->layers[i].weight_codes);
    EXPECT_EQ(found->layers[i].weight_scales, expected->layers[i].weight_scales);
    EXPECT_EQ(found->layers[i].sum_scale, expected->layers[i].sum_scale);
    EXPECT_EQ(found->layers[i].bias, expected->layers[i].bias);
    EXPECT_EQ(found->layers[i].precision, expected->layers[i].precision);
  }
}

TEST(SharedQuantization, StaysBelowItsLimitByDroppingWhatWasUsedLeastRecently) {
  const Experiment experiment = lenet();
  const auto network = load_workload(experiment);
  const auto quantized = prepare_workload(experiment, experiment.precision, network).network;
  const auto folder = test_folder() / "shared";
  SharedQuantization(folder, "first").keep(*quantized);
  const auto size = std::filesystem::file_size(folder / "first.quantized");
  const std::uint64_t room_for_two = 2 * size + size / 2;
  SharedQuantization(folder, "second", room_for_two).keep(*quantized);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ASSERT_NE(SharedQuantization(folder, "first").find(network, experiment.precision), nullptr);
  SharedQuantization(folder, "third", room_for_two).keep(*quantized);
  EXPECT_NE(SharedQuantization(folder, "first").find(network, experiment.precision), nullptr);
  EXPECT_EQ(SharedQuantization(folder, "second").find(network, experiment.precision), nullptr);
  EXPECT_NE(SharedQuantization(folder, "third").find(network, experiment.precision), nullptr);
}

TEST(SharedQuantization, IsMadeOncePerArithmeticSettingAndChangesNoResult) {
  StoredSweep sweep{test_folder()};
  std::ofstream(sweep.file()) << R"(systerm: 1
name: shared
base:
  systerm: 1
  design: tq_64x128
  workload: {network: lenet5}
  precision: {default: {format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}}
  baseline: {precision: {default: {format: uniform, group_size: 8}}}
  run: {fidelity: data, verify: true}
axes:
  - {path: design.array.rows, values: [8, 16, 32]}
  - {name: k, path: precision.default.group_budget, values: [8, 12]}
)";
  const auto outcome = run_program(sweep.run({"--jobs", "2"}));
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  // Two budgets, and the baseline that all points have in common.
  const auto shared = sweep.files("shared", ".quantized");
  ASSERT_EQ(shared.size(), 3U);
  const std::string expected = sweep.exported();

  std::filesystem::remove_all(sweep.store() + "/points");
  std::filesystem::resize_file(shared[0], 100);
  std::string text = file_text(shared[1]);
  text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
  std::ofstream(shared[1], std::ios::binary) << text;
  EXPECT_EQ(run_program(sweep.run({"--jobs", "2"})).status, 0);
  EXPECT_EQ(sweep.exported(), expected);
}

Experiment packed_lenet(const std::string& design, const std::string& run, double gamma = 1.75) {
  return parse_experiment(
      "systerm: 1\ndesign: {base: mx_64x64, " + design + "}\n" +
          fmt::format("workload: {{network: lenet5}}\n"
                      "precision: {{default: {{format: uniform, group_size: 1}}}}\n"
                      "packing: {{prune: 0.8, alpha: 8, gamma: {}}}\n",
                      gamma) +
          "run: {" + run + "}\n",
      "test.yaml", test_vocabulary());
}

TEST(SharedWorkloads, PackOnceForAllPointsThatDifferInHardwareAlone) {
  const Vocabulary vocabulary = test_vocabulary();
  for (const std::string fidelity : {"fidelity: timing", "fidelity: data"}) {
    SharedWorkloads shared(vocabulary, {"systerm", "digest"});
    const auto entry = shared.find(packed_lenet("array: {rows: 32}", fidelity));
    ASSERT_NE(entry, nullptr);
    EXPECT_NE(entry->main.network->layers[0].gemm()->packed, nullptr);
    EXPECT_EQ(shared.find(packed_lenet("array: {columns: 16}", fidelity)), entry);
    EXPECT_NE(shared.find(packed_lenet("array: {rows: 32}", fidelity, 0.5)), entry);
    // The weights are synthetic, and so is what is pruned of them.
    EXPECT_NE(shared.find(packed_lenet("array: {rows: 32}", fidelity + ", seed: 7")), entry);
  }
}

TEST(SharedWorkloads, PackedPointsGiveWhatARunGives) {
  const auto folder = test_folder();
  StoredSweep sweep{folder};
  std::ofstream(sweep.file()) << R"(systerm: 1
name: packed
base:
  systerm: 1
  design: mx_64x64
  workload: {network: lenet5}
  precision: {default: {format: uniform, group_size: 1}}
  packing: {prune: 0.8, alpha: 8, gamma: 1.75}
  run: {fidelity: timing}
axes:
  - {path: design.array.rows, values: [16, 32]}
  - {path: run.fidelity, values: [timing, data]}
)";
  const auto outcome = run_program(sweep.run({"--jobs", "2"}));
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  for (const auto& file : sweep.files("points", ".json")) {
    const auto point = ResultStore::read_point(file);
    ASSERT_TRUE(point);
    const auto experiment = folder / "point.yaml";
    std::ofstream(experiment) << point->configuration;
    const auto run = run_program({"run", experiment.string(), "--json"});
    EXPECT_EQ(nlohmann::json::parse(run.output)["total"],
              nlohmann::json::parse(point->result)["total"]);
  }
}

}  // namespace
}  // namespace systerm
