// SPDX-License-Identifier: Apache-2.0
// export by the built binary: what it writes for SCALE-Sim is read back as the same work, and what
// it writes for Timeloop holds every product.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/model/cli/folder_test.h"
#include "tests/model/cli/program.h"

namespace systerm {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class Exports : public test::FolderTest {
 protected:
  void export_to(const std::string& tool) const {
    const test::Outcome outcome = test::systerm(
        "export '" + experiment_ + "' --to " + tool + " --out '" + (folder_ / "out").string() + "'",
        true);
    ASSERT_EQ(outcome.status, 0) << outcome.output;
  }

  const std::string experiment_ = write("experiment.yaml", R"(systerm: 1
name: mobile
design: {base: pmac_64x128, array: {rows: 16, columns: 8}}
workload: {network: mobilenet_v2}
precision: {default: {format: uniform}}
)");
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
  const std::string configuration = file("out/scale.cfg");
  EXPECT_THAT(configuration, HasSubstr("ArrayHeight: 16\nArrayWidth: 8\n"));
  EXPECT_THAT(configuration, HasSubstr("Dataflow: ws\n"));
  // 12.8 GB/s at 500 MHz, a byte a word.
  EXPECT_THAT(configuration, HasSubstr("Bandwidth: 25\n"));
}

TEST_F(Exports, ToTimeloopHoldEveryProduct) {
  export_to("timeloop");
  EXPECT_THAT(file("out/architecture.yaml"), HasSubstr("spatial: {meshX: 8, meshY: 16}"));
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
    const std::string problem = file("out/problems/" + layer["name"].get<std::string>() + ".yaml");
    EXPECT_THAT(problem,
                HasSubstr("instance: {G: " + layer["groups"].dump() + ", M: " + layer["m"].dump() +
                          ", N: " + layer["n"].dump() + ", K: " + layer["k"].dump() + "}"));
  }
  EXPECT_EQ(problems, products);
}

TEST_F(Exports, SayWhatIsWrong) {
  const test::Outcome outcome =
      test::systerm("export '" + experiment_ + "' --to maestro --out x", true);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.output, HasSubstr("scalesim"));
}

}  // namespace
}  // namespace systerm
