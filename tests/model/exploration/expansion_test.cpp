// SPDX-License-Identifier: Apache-2.0
// Which points a sweep file stands for, and in which order.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/model/exploration/test_sweep.h"
#include "tests/workloads/graph/onnx_builder.h"

namespace systerm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Expansion, GoesThroughTheAxesWithTheLastVaryingFastest) {
  const PlannedSweep sweep(kSmallBase + R"(axes:
  - {path: design.array.rows, values: [16, 32]}
  - {path: design.array.columns, range: {from: 16, to: 64, factor: 2}}
)");
  EXPECT_THAT(sweep.labels(),
              ElementsAre("rows 16, columns 16", "rows 16, columns 32", "rows 16, columns 64",
                          "rows 32, columns 16", "rows 32, columns 32", "rows 32, columns 64"));
  const Experiment experiment = sweep->experiment(4);
  EXPECT_EQ(experiment.design.array.rows, 32);
  EXPECT_EQ(experiment.design.array.columns, 32);
}

TEST(Expansion, KeepsTheEndsOfRangesAndTheirUnits) {
  const PlannedSweep sweep(kSmallBase + R"(axes:
  - {name: buffer, path: design.weight_buffer.size, range: {from: 256 KiB, to: 1 MiB, factor: 2}}
  - {name: clock, path: design.clock, range: {from: 0.1 GHz, to: 0.3 GHz, step: 0.1 GHz}}
)");
  EXPECT_EQ(sweep->points().size(), 9U);
  EXPECT_EQ(sweep.labels()[0], "buffer 256 KiB, clock 100 MHz");
  EXPECT_EQ(sweep.labels()[8], "buffer 1 MiB, clock 300 MHz");
  EXPECT_EQ(sweep->experiment(8).design.weight_buffer.bytes, 1 << 20);
  EXPECT_EQ(sweep->experiment(8).design.clock_hz, 3e8);
}

TEST(Expansion, VariesZippedAxesTogether) {
  const PlannedSweep sweep(kSmallBase + R"(axes:
  - zip:
      - {name: k, path: precision.default.group_budget, values: [8, 12]}
      - {name: s, path: precision.default.data_terms, values: [2, 3]}
  - {path: design.array.rows, values: [16, 32]}
)");
  EXPECT_THAT(sweep.labels(), ElementsAre("k 8, s 2, rows 16", "k 8, s 2, rows 32",
                                          "k 12, s 3, rows 16", "k 12, s 3, rows 32"));
}

TEST(Expansion, LeavesAConditionalAxisOutWhereItDoesNotApply) {
  const PlannedSweep sweep(kSmallBase + R"(axes:
  - {path: design.array.skew, values: [beat, hop]}
  - {name: hops, path: design.array.sum_hop_cycles, values: [1, 2], when: skew == 'hop'}
constraints: [hops < 9]
)");
  EXPECT_THAT(sweep.labels(), ElementsAre("skew beat", "skew hop, hops 1", "skew hop, hops 2"));
  EXPECT_EQ(sweep->experiment(2).design.array.sum_hop_cycles, 2);
}

TEST(Expansion, KeepsWhatSatisfiesAllConstraints) {
  const PlannedSweep sweep(kSmallBase + R"(axes:
  - {path: design.array.rows, values: [16, 64, 256]}
  - {path: design.array.columns, values: [16, 64, 256]}
  - {name: k, path: precision.default.group_budget, values: [8, 24, 25]}
constraints:
  - rows * columns <= 4096
  - k <= 3 * precision.default.group_size
)");
  // 16 x 16, 16 x 64, 16 x 256, 64 x 16, 64 x 64, 256 x 16; k of 25 is more than 3 * 8.
  EXPECT_EQ(sweep->points().size(), 12U);
  EXPECT_EQ(sweep.labels().back(), "rows 256, columns 16, k 24");
}

TEST(Expansion, SetsDerivedValues) {
  const PlannedSweep sweep(kSmallBase + R"(axes:
  - {path: design.array.rows, values: [16, 32]}
derived:
  - {name: lanes, path: design.encoder.lanes, value: rows * precision.default.group_size}
  - {name: buffer, path: design.data_buffer.size, value: lanes * 1024, unit: B}
  - {name: cells, value: rows * design.array.columns}
)");
  const Experiment experiment = sweep->experiment(1);
  EXPECT_EQ(experiment.design.encoder.lanes, 256);
  EXPECT_EQ(experiment.design.data_buffer.bytes, 256 * 1024);
  EXPECT_EQ(std::get<double>(sweep->space().value("cells", sweep->points()[1].choices)), 4096.0);
}

TEST(Expansion, RunsSeveralWorkloads) {
  const PlannedSweep sweep(kSmallBase + R"(workloads:
  - {name: tiny, gemms: [{name: b, m: 1, k: 8, n: 8}]}
  - {network: lenet5}
axes:
  - {path: design.array.rows, values: [16, 32]}
)");
  EXPECT_THAT(sweep.labels(), ElementsAre("workload tiny, rows 16", "workload tiny, rows 32",
                                          "workload lenet5, rows 16", "workload lenet5, rows 32"));
  EXPECT_EQ(sweep->experiment(0).workload.gemms.at(0).name, "b");
  EXPECT_EQ(sweep->experiment(3).workload.network, "lenet5");
  EXPECT_TRUE(sweep->experiment(3).workload.gemms.empty());
}

TEST(Expansion, TakesAnotherDesignFromAnAxis) {
  const PlannedSweep sweep(kSmallBase +
                           R"(set: {precision.default: {format: uniform, group_size: 8}}
axes:
  - {path: design, values: [tq_64x128, pmac_64x128]}
)");
  EXPECT_EQ(sweep->experiment(0).design.array.cell, "tmac");
  EXPECT_EQ(sweep->experiment(1).design.array.cell, "pmac");
}

std::string sampled(const std::string& method, int points, int seed) {
  return kSmallBase + R"(axes:
  - {path: design.array.rows, range: {from: 1, to: 64, step: 1}}
  - {path: design.array.columns, range: {from: 1, to: 64, step: 1}}
sample: {method: )" +
         method + ", points: " + std::to_string(points) + ", seed: " + std::to_string(seed) + "}\n";
}

TEST(Expansion, DrawsTheSameSampleForTheSameSeed) {
  const auto first = PlannedSweep(sampled("random", 100, 7)).labels();
  EXPECT_EQ(first, PlannedSweep(sampled("random", 100, 7)).labels());
  EXPECT_NE(first, PlannedSweep(sampled("random", 100, 8)).labels());
  EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), 100U);
}

TEST(Expansion, LatinHypercubeUsesEveryValueOfEveryAxisOnce) {
  const PlannedSweep sweep(sampled("latin_hypercube", 64, 3));
  std::set<std::int32_t> rows;
  std::set<std::int32_t> columns;
  for (const PlannedPoint& point : sweep->points()) {
    rows.insert(point.choices[0]);
    columns.insert(point.choices[1]);
  }
  EXPECT_EQ(rows.size(), 64U);
  EXPECT_EQ(columns.size(), 64U);
}

TEST(Expansion, SamplesRespectConstraints) {
  const PlannedSweep sweep(sampled("latin_hypercube", 40, 3) +
                           "constraints: [rows * columns <= 256]\n");
  ASSERT_EQ(sweep->points().size(), 40U);
  for (const PlannedPoint& point : sweep->points()) {
    EXPECT_LE((point.choices[0] + 1) * (point.choices[1] + 1), 256);
  }
}

/// All errors, one a line.
std::string errors_of(const std::string& text) {
  try {
    PlannedSweep sweep(text);
  } catch (const DocumentError& error) {
    return error.what();
  }
  return "no error";
}

TEST(SweepErrors, AreToldAllAtOnceWithTheirPlaces) {
  const std::string errors = errors_of(kSmallBase + R"(axes:
  - {path: design.array.rows, values: [16, 32], wehn: rows > 1}
  - {path: design.array.columns, range: {from: 16, to: 256}}
  - {name: two words, path: design.clock, values: [1 GHz]}
constraints:
  - rows * colums <= 4096
  - rows *
smaple: {method: random, points: 3}
)");
  EXPECT_THAT(errors,
              HasSubstr("sweep.yaml:10:49: axes[0].wehn: unknown key; did you mean 'when'?"));
  EXPECT_THAT(errors, HasSubstr("axes[1].range: expected either step or factor"));
  EXPECT_THAT(errors, HasSubstr("'two words' is no name for expressions"));
  EXPECT_THAT(errors, HasSubstr("sweep.yaml:14:12: constraints[0]: unknown name 'colums' in 'rows "
                                "* colums <= 4096'; did you mean 'columns'?"));
  EXPECT_THAT(errors, HasSubstr("sweep.yaml:15:11: constraints[1]: in 'rows *': expected a value"));
  EXPECT_THAT(errors, HasSubstr("smaple: unknown key; did you mean 'sample'?"));
}

TEST(SweepErrors, OfPointsAreGroupedByCause) {
  const std::string errors = errors_of(kSmallBase + R"(axes:
  - {path: design.array.rows, values: [16, 0]}
  - {path: precision.default.group_size, values: [8, 33]}
  - {path: run.seed, values: [1, 2]}
)");
  EXPECT_THAT(errors,
              HasSubstr("sweep.yaml:10:44: design.array.rows: expected an integer from 1 to "
                        "4096; got '0' (at 4 of 8 points, first rows 0, group_size 8, seed "
                        "1)"));
  EXPECT_THAT(errors,
              HasSubstr("sweep.yaml:11:54: precision.default.group_size: expected an integer "
                        "from 1 to 32; got '33' (at 4 of 8 points"));
}

TEST(SweepErrors, SayThatAKeyDoesNotExist) {
  EXPECT_THAT(errors_of(kSmallBase + "axes: [{path: design.array.rwos, values: [1]}]\n"),
              HasSubstr("design.array.rwos: unknown key; did you mean 'rows'? (at all 1 points)"));
}

TEST(SweepErrors, SayWhatAnExpressionLacksAtAPoint) {
  EXPECT_THAT(errors_of(kSmallBase + R"(axes:
  - {path: design.array.cell, values: [tmac]}
constraints: [cell * 2 > 1]
)"),
              HasSubstr("sweep.yaml:11:15: in 'cell * 2 > 1': expected a number, got 'tmac'"));
  EXPECT_THAT(errors_of(kSmallBase + R"(axes:
  - {path: design.array.rows, values: [16]}
constraints: [design.array.rwos > 1]
)"),
              HasSubstr("the base experiment has no key 'design.array.rwos'"));
}

TEST(SweepErrors, SayThatConstraintsLeaveNothing) {
  EXPECT_THAT(errors_of(kSmallBase + R"(axes:
  - {path: design.array.rows, values: [16]}
constraints: [rows > 16]
)"),
              HasSubstr("no combination satisfies them"));
  EXPECT_THAT(errors_of(sampled("random", 50, 1) + "constraints: [rows * columns <= 2]\n"),
              HasSubstr("only 3 different points found"));
}

TEST(ShippedSweeps, ArePlannedWithoutErrors) {
  for (const auto& entry :
       std::filesystem::directory_iterator(SYSTERM_SOURCE_DIR "/configs/sweeps")) {
    Sweep sweep = load_sweep(entry.path());
    const Vocabulary vocabulary = test_vocabulary();
    const SweepPlan plan(std::move(sweep), vocabulary, kTestProgram);
    EXPECT_GT(plan.points().size(), 0U) << entry.path();
    const bool is_large = entry.path().stem() == "array_by_budget";
    if (is_large) {
      EXPECT_EQ(plan.points().size(), 1000U);
    }
  }
}

TEST(ShippedSweeps, TheGuidesExampleIsASweep) {
  std::ifstream file(SYSTERM_SOURCE_DIR "/docs/sweeps.md");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::size_t begin = text.find("```yaml\n") + 8;
  const std::string example = text.substr(begin, text.find("```", begin) - begin);
  const Vocabulary vocabulary = test_vocabulary();
  const SweepPlan plan(parse_sweep(example, SYSTERM_SOURCE_DIR "/configs/sweeps/guide.yaml"),
                       vocabulary, kTestProgram);
  EXPECT_EQ(plan.points().size(), 200U);
}

TEST(PointHash, CoversWhatDeterminesAResultAndNothingElse) {
  const std::string axes = "axes: [{path: design.array.rows, values: [16, 32]}]\n";
  const PlannedSweep sweep(kSmallBase + axes);
  const std::string hash = sweep->points()[0].hash;
  EXPECT_EQ(hash.size(), 32U);
  EXPECT_NE(hash, sweep->points()[1].hash);

  std::string renamed = kSmallBase;
  renamed.replace(renamed.find("name: small"), 11, "name: other");
  EXPECT_EQ(PlannedSweep(renamed + "description: words\n" + axes)->points()[0].hash, hash);
  EXPECT_EQ(PlannedSweep(kSmallBase + "axes: [{path: design.array.rows, values: [8, 16]}]\n")
                ->points()[1]
                .hash,
            hash);
  EXPECT_NE(PlannedSweep(kSmallBase + axes, {"systerm test", "2"})->points()[0].hash, hash);
  EXPECT_NE(PlannedSweep(kSmallBase + "set: {run.seed: 2}\n" + axes)->points()[0].hash, hash);
}

TEST(PointHash, CoversWeightsThatAModelKeepsInAFileOfTheirOwn) {
  const TemporaryFolder folder;
  OnnxBuilder model;
  model.input("x", {1, 2});
  onnx::TensorProto& weights = model.tensor("w", {2, 1});
  weights.set_data_location(onnx::TensorProto::EXTERNAL);
  auto& location = *weights.add_external_data();
  location.set_key("location");
  location.set_value("weights.bin");
  model.node("MatMul", {"x", "w"}, {"y"});
  model.output("y");
  const std::string file = folder.write("model.onnx", model.bytes()).string();
  const auto hash = [&](const std::string& content) {
    folder.write("weights.bin", content);
    return PlannedSweep(
               "systerm: 1\nbase:\n  systerm: 1\n  design: tq_64x128\n  workload: {network: " +
               file + ", weights: file}\naxes: [{path: run.seed, values: [1]}]\n")
        ->points()[0]
        .hash;
  };
  const std::string first = hash("12345678");
  EXPECT_EQ(hash("12345678"), first);
  EXPECT_NE(hash("12345679"), first);
}

}  // namespace
}  // namespace systerm
