// SPDX-License-Identifier: Apache-2.0
// What may happen to a store and to those who fill it: nothing is lost, nothing is done twice.
#include <chrono>
#include <random>
#include <regex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include "model/exploration/result_store.h"
#include "tests/model/exploration/program.h"
#include "tests/model/exploration/test_sweep.h"

namespace systerm {
namespace {

using testing::HasSubstr;

constexpr int kPoints = 40;

StoredSweep forty_points() {
  StoredSweep sweep{test_folder()};
  std::ofstream(sweep.file()) << kSmallBase << R"(axes:
  - {path: design.array.rows, range: {from: 2, to: 20, step: 2}}
  - {name: k, path: precision.default.group_budget, values: [8, 12, 16, 20]}
)";
  return sweep;
}

/// Exports of a store that nothing has happened to.
std::string undisturbed(const StoredSweep& sweep) {
  EXPECT_EQ(run_program(sweep.run({"--jobs", "2"}, "undisturbed")).status, 0);
  return sweep.exported("undisturbed");
}

TEST(StoreFaults, KillingTheSweepAtAnyMomentLosesNothing) {
  const StoredSweep sweep = forty_points();
  const std::string expected = undisturbed(sweep);
  const unsigned seed = std::random_device{}();
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  int kills = 0;
  while (true) {
    Program program(sweep.run({"--jobs", "2"}));
    // Longer and longer, so that a busy machine gets to the end too.
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % (100 + 20 * kills)));
    if (program.has_ended()) break;
    program.signal(SIGKILL);
    program.wait();
    ++kills;
  }
  const auto outcome = run_program(sweep.run());
  EXPECT_THAT(outcome.output, HasSubstr("40 points: 40 had results, 0 run, 0 failed"))
      << "seed " << seed << ", " << kills << " kills";
  EXPECT_EQ(sweep.exported(), expected) << "seed " << seed;
  EXPECT_TRUE(sweep.files("points", ".partial").empty());
}

/// Of "40 points: 3 had results, 20 run, 0 failed".
int run_here(const std::string& output) {
  std::smatch found;
  return std::regex_search(output, found, std::regex(", ([0-9]+) run")) ? std::stoi(found[1]) : -1;
}

TEST(StoreFaults, TwoSweepsAtOnceShareThePointsAndDoubleNone) {
  const StoredSweep sweep = forty_points();
  const std::string expected = undisturbed(sweep);
  Program first(sweep.run({"--jobs", "2"}));
  Program second(sweep.run({"--jobs", "2"}));
  EXPECT_EQ(first.wait(), 0) << first.output();
  EXPECT_EQ(second.wait(), 0) << second.output();
  EXPECT_EQ(run_here(first.output()) + run_here(second.output()), kPoints)
      << first.output() << second.output();
  EXPECT_EQ(sweep.exported(), expected);
}

TEST(StoreFaults, DamagedResultsAreNoticedAndRunAgain) {
  const StoredSweep sweep = forty_points();
  const std::string expected = undisturbed(sweep);
  run_program(sweep.run());
  const auto files = sweep.files("points", ".json");
  ASSERT_EQ(files.size(), static_cast<std::size_t>(kPoints));
  std::filesystem::resize_file(files[0], 0);
  std::filesystem::resize_file(files[1], std::filesystem::file_size(files[1]) / 2);
  std::filesystem::resize_file(files[2], std::filesystem::file_size(files[2]) - 1);
  std::string text = file_text(files[3]);
  text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
  std::ofstream(files[3], std::ios::binary) << text;
  std::ofstream(files[4], std::ios::binary) << file_text(files[5]);  // another point's result
  std::ofstream(files[6], std::ios::binary | std::ios::app) << "x";
  std::ofstream(files[7], std::ios::binary) << "{}";
  EXPECT_NE(sweep.exported(), expected);
  EXPECT_THAT(run_program(sweep.run()).output, HasSubstr("40 points: 33 had results, 7 run"));
  EXPECT_EQ(sweep.exported(), expected);
}

/// A file system of its own under the store; unmounted in the end.
class SmallDisk {
 public:
  SmallDisk(std::filesystem::path folder, const std::string& size) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    is_mounted_ = mount("systerm", folder_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  ~SmallDisk() {
    if (is_mounted_) umount2(folder_.c_str(), MNT_DETACH);
  }

  bool is_mounted() const { return is_mounted_; }
  void change(unsigned long flags, const std::string& size) const {
    ASSERT_EQ(
        mount("systerm", folder_.c_str(), "tmpfs", MS_REMOUNT | flags, ("size=" + size).c_str()),
        0);
  }

 private:
  std::filesystem::path folder_;
  bool is_mounted_ = false;
};

TEST(StoreFaults, AFullDiskStopsTheSweepWithAMessageAndLosesNothing) {
  const StoredSweep sweep = forty_points();
  const std::string expected = undisturbed(sweep);
  const SmallDisk disk(sweep.store(), "600k");
  if (!disk.is_mounted()) GTEST_SKIP() << "cannot mount a small disk";
  const auto outcome = run_program(sweep.run({"--jobs", "2"}));
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("No space left on device"));
  EXPECT_THAT(outcome.output, HasSubstr("the same command continues"));
  EXPECT_TRUE(sweep.files("points", ".partial").empty());
  EXPECT_TRUE(sweep.files("failures", ".json").empty());
  EXPECT_LT(sweep.files("points", ".json").size(), static_cast<std::size_t>(kPoints));
  EXPECT_GT(sweep.files("points", ".json").size(), 0U);
  disk.change(0, "10m");
  EXPECT_EQ(run_program(sweep.run()).status, 0);
  EXPECT_EQ(sweep.exported(), expected);
}

TEST(StoreFaults, AReadOnlyStoreIsReadAndNotWritten) {
  const StoredSweep sweep = forty_points();
  const std::string expected = undisturbed(sweep);
  const SmallDisk disk(sweep.store(), "10m");
  if (!disk.is_mounted()) GTEST_SKIP() << "cannot mount a small disk";
  run_program(sweep.run());
  disk.change(MS_RDONLY, "10m");
  const auto finished = run_program(sweep.run());
  EXPECT_EQ(finished.status, 0) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("40 points: 40 had results, 0 run"));
  EXPECT_EQ(sweep.exported(), expected);
  disk.change(0, "10m");
  std::filesystem::remove(sweep.files("points", ".json").front());
  disk.change(MS_RDONLY, "10m");
  const auto missing = run_program(sweep.run());
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.output, HasSubstr("Read-only file system"));
}

TEST(StoreFaults, AJumpingClockChangesNothing) {
  if (std::string(SYSTERM_CLOCK_JUMP).empty()) GTEST_SKIP() << "not with a sanitizer";
  const StoredSweep sweep = forty_points();
  const std::string expected = undisturbed(sweep);
  const auto outcome = run_program(sweep.run({"--jobs", "2", "--point-timeout", "60"}),
                                   {"LD_PRELOAD=" SYSTERM_CLOCK_JUMP});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(sweep.exported(), expected);
}

TEST(SweepExport, WritesIntoTheCurrentFolderToo) {
  const StoredSweep sweep = forty_points();
  run_program(sweep.run());
  const std::string command = "cd '" + sweep.folder.string() +
                              "' && '" SYSTERM_PROGRAM
                              "' sweep export --store store --csv a.csv --sqlite a.sqlite 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(file_text(sweep.folder / "a.sqlite").substr(0, 15), "SQLite format 3");
  EXPECT_FALSE(file_text(sweep.folder / "a.csv").empty());
}

TEST(PointClaim, IsHeldByOneAndSurvivesNoHolder) {
  const ResultStore store(test_folder());
  store.prepare_for_writing();
  const std::string hash(32, 'a');
  auto claim = store.claim(hash);
  ASSERT_TRUE(claim);
  EXPECT_FALSE(store.claim(hash));
  EXPECT_TRUE(store.claim(std::string(32, 'b')));
  // A child that inherits the claim keeps it after the parent has let go, until it dies.
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  claim.reset();
  EXPECT_FALSE(store.claim(hash));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(store.claim(hash));
}

TEST(ResultStore, GivesBackWhatWasSaved) {
  const ResultStore store(test_folder());
  store.prepare_for_writing();
  const std::string hash(32, 'c');
  EXPECT_FALSE(store.has_result(hash));
  const std::string configuration = "name: \"x\"\nlist: [\"a\",\"result\":{}]\n";
  store.save_result(hash, configuration, R"({"total":{"cycles":1}})");
  EXPECT_EQ(store.result(hash), R"({"total":{"cycles":1}})");
  EXPECT_EQ(ResultStore::read_point(store.result_path(hash))->configuration, configuration);
  store.save_failure(hash, {FailureReason::kTimeout, "took \"long\"", 2.5, "log\xff"});
  const auto failure = store.failure(hash);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->reason, FailureReason::kTimeout);
  EXPECT_EQ(failure->message, "took \"long\"");
  EXPECT_EQ(failure->limit, 2.5);
}

}  // namespace
}  // namespace systerm
