// SPDX-License-Identifier: Apache-2.0
// The shipped experiments that take long keep what docs/training.md and docs/reversible.md say.
// They take minutes, so they run only where SYSTERM_LONG_TESTS is set, and only where the images
// are.
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "model/training/load_training.h"
#include "model/training/training_run.h"
#include "tests/workloads/graph/shared_data.h"
#include "workloads/execution/worker_threads.h"
#include "workloads/zoo/network_zoo.h"

namespace systerm {
namespace {

nlohmann::ordered_json run(const std::string& name, bool is_of_mnist = true,
                           std::vector<std::string> overrides = {}) {
  for (const std::string part : {"training", "test"}) {
    if (!is_of_mnist) break;
    const std::string key = "data." + part + ".";
    overrides.push_back(key + "images=" + shared_data("mnist/t10k-images-idx3-ubyte.gz").string());
    overrides.push_back(key + "labels=" + shared_data("mnist/t10k-labels-idx1-ubyte.gz").string());
  }
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("systerm_" + std::to_string(::getpid()) + name);
  const std::filesystem::path file =
      std::filesystem::path(SYSTERM_SOURCE_DIR) / "configs" / "training" / (name + ".yaml");
  TrainingRun training(load_training(file, network_names(), overrides), folder, hardware_threads());
  training.run([](const TrainingProgress&) {}, [] { return false; });
  std::filesystem::remove_all(folder);
  return training.result("test");
}

bool is_asked_for() { return std::getenv("SYSTERM_LONG_TESTS") != nullptr; }

class Mnist : public testing::TestWithParam<std::string> {};

TEST_P(Mnist, PrecisionsCompareAsTheDocumentationSays) {
  if (!is_asked_for()) GTEST_SKIP() << "takes minutes; set SYSTERM_LONG_TESTS to run it";
  SYSTERM_REQUIRE_DATA("mnist/t10k-images-idx3-ubyte.gz");
  const std::string name = "mnist_" + GetParam();
  const double exact = run(name + "_fp32")["test_accuracy"];
  EXPECT_GT(exact, 0.955);
  EXPECT_GE(run(name + "_m4")["test_accuracy"].get<double>(), exact - 0.005);
  const auto adaptive = run(name + "_adaptive");
  EXPECT_GE(adaptive["test_accuracy"].get<double>(), exact - 0.005);
  EXPECT_GT(adaptive["pass_gain"].get<double>(), 2.0);
  try {
    EXPECT_LT(run(name + "_m2_truncated")["test_accuracy"].get<double>(), exact - 0.02);
  } catch (const TrainingError&) {
    // Diverged.
  }
}

class MnistCombined : public testing::TestWithParam<std::string> {};

TEST_P(MnistCombined, RetrainingKeepsTheAccuracyThatPruningAtOnceLoses) {
  if (!is_asked_for()) GTEST_SKIP() << "takes minutes; set SYSTERM_LONG_TESTS to run it";
  SYSTERM_REQUIRE_DATA("mnist/t10k-images-idx3-ubyte.gz");
  const std::string name = "mnist_" + GetParam() + "_combined";
  const auto jointly = run(name);
  const auto at_once =
      run(name, true,
          {"column_combining.rounds=1", "column_combining.dense_epochs=21",
           "column_combining.retraining_epochs=0", "column_combining.fine_tuning_epochs=0"});
  const double dense = at_once["column_combining"]["rounds"][0]["before"]["test_accuracy"];
  EXPECT_GT(jointly["test_accuracy"].get<double>(), dense - 0.01);
  EXPECT_LT(at_once["test_accuracy"].get<double>(), dense - 0.03);
  EXPECT_GT(jointly["column_combining"]["efficiency"].get<double>(), 0.7);
}

INSTANTIATE_TEST_SUITE_P(Networks, MnistCombined, testing::Values("mlp", "cnn"),
                         [](const auto& network) { return network.param; });

TEST(Revnet38, OfTheDrawnDigitsComesWithinAPointOfResnet32) {
  if (!is_asked_for()) GTEST_SKIP() << "takes minutes; set SYSTERM_LONG_TESTS to run it";
  const double conventional = run("digits_resnet32", false)["test_accuracy"];
  const auto reversible = run("digits_revnet38", false);
  EXPECT_GT(conventional, 0.95);
  EXPECT_GT(reversible["test_accuracy"].get<double>(), conventional - 0.01);
  EXPECT_EQ(reversible["reversible"]["differing"], 0);
  EXPECT_EQ(reversible["reversible"]["wrapped"], 0);
}

INSTANTIATE_TEST_SUITE_P(Networks, Mnist, testing::Values("mlp", "cnn"),
                         [](const auto& network) { return network.param; });

}  // namespace
}  // namespace systerm
