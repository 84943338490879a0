// SPDX-License-Identifier: Apache-2.0
// Sweeps from the command line: what they leave in the store, whoever runs them and however often.
#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/exploration/cluster_script.h"
#include "tests/model/exploration/stored_sweep.h"

namespace systerm {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kAxes = R"(axes:
  - {path: design.array.rows, values: [4, 8, 16, 32]}
  - {name: k, path: precision.default.group_budget, values: [8, 12, 16]}
)";

/// A weight tile of 2 x 128 groups fits the buffer, one of 64 x 128 does not.
const std::string kTooLargeTiles = R"(axes:
  - {path: design.array.rows, values: [2, 64]}
set: {design.weight_buffer.size: 16 KiB, workload.gemms: [{name: a, m: 8, k: 512, n: 128}]}
)";

TEST(SweepRun, GivesTheSameBytesForAnyNumberOfJobs) {
  const StoredSweep sweep = stored(kSmallBase + kAxes);
  std::string expected;
  for (const char* jobs : {"1", "2", "8"}) {
    const std::string store = std::string("store") + jobs;
    const auto outcome = run_program(sweep.run({"--jobs", jobs}, store));
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    const std::string exported = sweep.exported(store);
    if (expected.empty()) expected = exported;
    EXPECT_EQ(exported, expected) << jobs;
  }
  EXPECT_THAT(expected, HasSubstr("total.cycles"));
}

TEST(SweepRun, NeverRunsAFinishedPointAgainAlsoForAnotherSweep) {
  const StoredSweep sweep = stored(kSmallBase + kAxes);
  EXPECT_THAT(run_program(sweep.run()).output, HasSubstr("12 points: 0 had results, 12 run"));
  EXPECT_THAT(run_program(sweep.run()).output, HasSubstr("12 points: 12 had results, 0 run"));
  std::ofstream(sweep.file()) << kSmallBase.substr(0, kSmallBase.find("name: small"))
                              << "name: wider\n"
                              << kSmallBase.substr(kSmallBase.find("base:"))
                              << "axes:\n  - {path: design.array.rows, values: [2, 4, 8]}\n";
  EXPECT_THAT(run_program(sweep.run()).output, HasSubstr("3 points: 2 had results, 1 run"));
}

TEST(SweepRun, GivesWhatARunOfTheConfigurationGives) {
  const StoredSweep sweep = stored(kSmallBase + kAxes);
  run_program(sweep.run());
  const auto file = sweep.files("points", ".json").front();
  const json point = json::parse(file_text(file));
  std::ofstream(sweep.store("experiment.yaml"))
      << point["point"]["configuration"].get<std::string>();
  const auto outcome = run_program({"run", sweep.store("experiment.yaml"), "--json"});
  EXPECT_EQ(json::parse(outcome.output, nullptr, false), point["point"]["result"]);
  EXPECT_EQ(
      run_program({"run", sweep.store("experiment.yaml"), "--out", sweep.store("run")}).status, 0);
  EXPECT_EQ(
      run_program({"compare", file.string(), sweep.store("run"), "--fail-above", "0%"}).status, 0);
}

TEST(SweepRun, MakesAFailingPointARowWithItsReason) {
  const StoredSweep sweep = stored(kSmallBase + kTooLargeTiles);
  const auto outcome = run_program(sweep.run());
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("points failed"));
  const json table = table_of(sweep);
  EXPECT_EQ(table["rows"][1]["status"], "failed");
  EXPECT_EQ(table["rows"][1]["reason"], "error");
  EXPECT_THAT(table["rows"][1]["message"].get<std::string>(), HasSubstr("weight"));
  // It would fail again, so it is not run again unless asked for.
  EXPECT_THAT(run_program(sweep.run()).output, HasSubstr(" 0 run"));
}

const std::string kHeavy = R"(set: {run.fidelity: data,
      workload.gemms: [{name: a, m: 16384, k: 2048, n: 512}]}
)";

TEST(SweepRun, EndsAPointThatTakesTooLongAndTriesItAgainWithMoreTime) {
  const StoredSweep sweep =
      stored(kSmallBase + kHeavy + "axes: [{path: design.array.rows, values: [4]}]\n");
  EXPECT_EQ(run_program(sweep.run({"--point-timeout", "0.02"})).status, 1);
  const json row = table_of(sweep)["rows"][0];
  EXPECT_EQ(row["reason"], "timeout");
  EXPECT_EQ(row["message"], "took more than 0.02 s");
  EXPECT_THAT(run_program(sweep.run({"--point-timeout", "0.01"})).output, HasSubstr(" 0 run"));
  EXPECT_EQ(run_program(sweep.run()).status, 0);
}

TEST(SweepRun, EndsAPointThatTakesTooMuchMemoryAndTriesItAgainWithMore) {
  const StoredSweep sweep =
      stored(kSmallBase + kHeavy + "axes: [{path: design.array.rows, values: [64]}]\n");
  EXPECT_EQ(run_program(sweep.run({"--point-memory", "8 MiB"})).status, 1);
  const json row = table_of(sweep)["rows"][0];
  EXPECT_EQ(row["reason"], "memory");
  EXPECT_EQ(row["message"], "needed more than 8388608 bytes of memory");
  EXPECT_EQ(run_program(sweep.run({"--point-memory", "4 GiB"})).status, 0);
}

/// Waits until `condition` holds; false if it does not within ten seconds.
template <typename Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

pid_t child_of(pid_t process) {
  const std::string path =
      "/proc/" + std::to_string(process) + "/task/" + std::to_string(process) + "/children";
  return std::atoi(file_text(path).c_str());
}

TEST(SweepRun, MakesACrashedPointARowAndRunsTheOthers) {
  const StoredSweep sweep =
      stored(kSmallBase + kHeavy + "axes: [{path: design.array.rows, values: [4, 16]}]\n");
  Program program(sweep.run({"--jobs", "1"}));
  pid_t child = 0;
  ASSERT_TRUE(eventually([&] { return (child = child_of(program.process())) > 0; }));
  kill(child, SIGSEGV);
  EXPECT_EQ(program.wait(), 1);
  const json rows = table_of(sweep)["rows"];
  EXPECT_EQ(rows[0]["status"], "failed") << program.output();
  EXPECT_EQ(rows[0]["reason"], "signal");
  EXPECT_THAT(rows[0]["message"].get<std::string>(), HasSubstr("SIGSEGV"));
  EXPECT_EQ(rows[1]["status"], "done");
  EXPECT_THAT(run_program(sweep.run()).output, HasSubstr("1 had results, 1 run, 0 failed"));
}

TEST(SweepRun, StopsCleanlyWhenInterrupted) {
  const StoredSweep sweep = stored(
      kSmallBase + kHeavy + "axes: [{path: design.array.rows, values: [4, 8, 16, 32, 64, 128]}]\n");
  Program program(sweep.run({"--jobs", "1"}));
  ASSERT_TRUE(eventually([&] { return child_of(program.process()) > 0; }));
  program.signal(SIGINT);
  EXPECT_EQ(program.wait(), 1);
  EXPECT_THAT(program.output(), HasSubstr("5 points are left, the same command continues"));
  EXPECT_EQ(sweep.files("points", ".json").size(), 1U);
  EXPECT_TRUE(sweep.files("points", ".partial").empty());
}

TEST(SweepRunShard, PartsMakeTheWhole) {
  const StoredSweep sweep = stored(kSmallBase + kAxes);
  run_program(sweep.run({}, "whole"));
  for (const char* shard : {"3/3", "1/3", "2/3"}) {
    const auto outcome = run_program(
        {"sweep", "run-shard", sweep.file(), shard, "--store", sweep.store(), "--jobs", "1"});
    EXPECT_THAT(outcome.output, HasSubstr("4 points: 0 had results, 4 run, 0 failed"));
  }
  const std::string csv = sweep.store("a.csv");
  for (const char* store : {"whole", "store"}) {
    run_program({"sweep", "export", sweep.file(), "--store", sweep.store(store), "--csv",
                 sweep.store(store) + ".csv"});
  }
  EXPECT_EQ(file_text(sweep.store("whole") + ".csv"), file_text(sweep.store() + ".csv"));
  EXPECT_EQ(run_program({"sweep", "run-shard", sweep.file(), "4/3"}).status, 1);
}

/// The tasks of a scheduler that sets `variable` to the number of the task, run by a shell.
void run_tasks(const StoredSweep& sweep, const std::string& cluster, const std::string& variable) {
  const std::string script = sweep.store(cluster + ".sh");
  const auto emitted = run_program({"sweep", "emit", sweep.file(), "--for", cluster, "--store",
                                    sweep.store(cluster), "--shards", "3", "--out", script});
  ASSERT_EQ(emitted.status, 0) << emitted.output;
  for (const char* task : {"1", "2", "3"}) {
    const std::string command = variable + "=" + task + " bash '" + script + "' >/dev/null 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0) << cluster << file_text(script);
  }
}

TEST(SweepEmit, ScriptsRunEveryPointOnce) {
  const StoredSweep sweep = stored(kSmallBase + kAxes);
  const std::pair<const char*, const char*> clusters[] = {
      {"slurm", "SLURM_ARRAY_TASK_ID"}, {"lsf", "LSB_JOBINDEX"}, {"sge", "SGE_TASK_ID"}};
  for (const auto& [cluster, variable] : clusters) {
    run_tasks(sweep, cluster, variable);
    EXPECT_THAT(run_program(sweep.run({}, cluster)).output,
                HasSubstr("12 points: 12 had results, 0 run, 0 failed"))
        << cluster;
  }
}

TEST(SweepEmit, GnuParallelRunsEveryPointOnce) {
  if (std::system("command -v parallel >/dev/null") != 0) GTEST_SKIP() << "no GNU parallel";
  const StoredSweep sweep = stored(kSmallBase + kAxes);
  run_program({"sweep", "emit", sweep.file(), "--for", "parallel", "--store", sweep.store(),
               "--shards", "3", "--out", sweep.store("run.sh")});
  EXPECT_EQ(std::system(("bash '" + sweep.store("run.sh") + "' >/dev/null 2>&1").c_str()), 0);
  EXPECT_THAT(run_program(sweep.run()).output,
              HasSubstr("12 points: 12 had results, 0 run, 0 failed"));
}

TEST(SweepEmit, QuotesPathsForTheShell) {
  EXPECT_EQ(shell_quoted("/a/b-1.yaml"), "/a/b-1.yaml");
  EXPECT_EQ(shell_quoted("it's here"), "'it'\\''s here'");
  const std::string text =
      cluster_script("htcondor", {"x", "/bin/systerm", "/my sweep.yaml", "/s", 7, {}});
  EXPECT_THAT(text, HasSubstr("arguments = \"sweep run-shard '/my sweep.yaml' $INT(shard)/7"));
  EXPECT_THAT(text, HasSubstr("queue 7"));
}

TEST(SweepCheck, TellsPointsTimeAndWhatCannotRun) {
  const StoredSweep sweep = stored(kSmallBase + kAxes);
  const json good =
      json::parse(run_program({"sweep", "check", sweep.file(), "--json"}).output, nullptr, false);
  EXPECT_EQ(good["ok"], true);
  EXPECT_EQ(good["points"], 12);
  EXPECT_EQ(good["first"][1]["label"], "rows 4, k 12");
  EXPECT_GT(good["core_seconds"].get<double>(), 0.0);

  std::ofstream(sweep.file()) << kSmallBase << kTooLargeTiles;
  const auto outcome = run_program({"sweep", "check", sweep.file()});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("1 of 2 points, first rows 64"));
}

}  // namespace
}  // namespace systerm
