// SPDX-License-Identifier: Apache-2.0
// export by the built binary: what it writes for SCALE-Sim is read back as the same work, and what
// it writes for Timeloop holds every product.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/model/cli/program.h"

namespace systerm {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Exports : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "systerm_exports_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "experiment.yaml") << R"(systerm: 1
name: mobile
design: {base: pmac_64x128, array: {rows: 16, columns: 8}}
workload: {network: mobilenet_v2}
precision: {default: {format: uniform}}
)";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void export_to(const std::string& tool) const {
    const test::Outcome outcome =
        test::systerm("export '" + (folder_ / "experiment.yaml").string() + "' --to " + tool +
                          " --out '" + (folder_ / "out").string() + "'",
                      true);
    ASSERT_EQ(outcome.status, 0) << outcome.output;
  }
  std::string text_of(const std::string& name) const {
    std::ifstream stream(folder_ / "out" / name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  std::filesystem::path folder_;
};

TEST_F(Exports, ToScaleSimAreTheSameWork) {
  export_to("scalesim");
  const json exported =
      test::json_of("import '" + (folder_ / "out/topology.csv").string() + "' --json");
  const json own = test::json_of("import mobilenet_v2 --json");
  EXPECT_EQ(exported["total_macs"], own["total_macs"]);
  std::size_t products = 0;
  for (const json& layer : own["layers"]) {
    if (!layer["groups"].is_null()) products += layer["groups"].get<std::size_t>();
  }
  EXPECT_EQ(exported["layers"].size(), products);
  const std::string configuration = text_of("scale.cfg");
  EXPECT_THAT(configuration, HasSubstr("ArrayHeight: 16\nArrayWidth: 8\n"));
  EXPECT_THAT(configuration, HasSubstr("Dataflow: ws\n"));
  // 12.8 GB/s at 500 MHz, a byte a word.
  EXPECT_THAT(configuration, HasSubstr("Bandwidth: 25\n"));
}

TEST_F(Exports, ToTimeloopHoldEveryProduct) {
  export_to("timeloop");
  EXPECT_THAT(text_of("architecture.yaml"), HasSubstr("spatial: {meshX: 8, meshY: 16}"));
  std::size_t problems = 0;
  for (const auto& each : std::filesystem::directory_iterator(folder_ / "out/problems")) {
    ++problems;
    EXPECT_EQ(each.path().extension(), ".yaml");
  }
  std::size_t products = 0;
  const json own = test::json_of("import mobilenet_v2 --json");
  for (const json& layer : own["layers"]) {
    if (layer["m"].is_null()) continue;
    ++products;
    if (layer["groups"] == 1) continue;
    const std::string problem = text_of("problems/" + layer["name"].get<std::string>() + ".yaml");
    EXPECT_THAT(problem,
                HasSubstr("instance: {G: " + layer["groups"].dump() + ", M: " + layer["m"].dump() +
                          ", N: " + layer["n"].dump() + ", K: " + layer["k"].dump() + "}"));
  }
  EXPECT_EQ(problems, products);
}

TEST_F(Exports, SayWhatIsWrong) {
  const test::Outcome outcome = test::systerm(
      "export '" + (folder_ / "experiment.yaml").string() + "' --to maestro --out x", true);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.output, HasSubstr("scalesim"));
}

}  // namespace
}  // namespace systerm
