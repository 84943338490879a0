// SPDX-License-Identifier: Apache-2.0
// `systerm memory` as its users meet it.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/model/cli/program.h"

namespace systerm {
namespace {

using testing::HasSubstr;

TEST(Memory, ShowsThePublishedElements) {
  const auto conventional = test::json_of("memory resnet32 --schedule stored --json");
  EXPECT_EQ(conventional["schedules"][0]["activation_elements"], 573'440);
  const auto reversible = test::json_of("memory revnet38 --json");
  ASSERT_EQ(reversible["schedules"].size(), 5);
  const auto& merged = reversible["schedules"][2];
  EXPECT_EQ(merged["schedule"], "merged");
  EXPECT_EQ(merged["activation_elements"], 180'224);
  EXPECT_EQ(merged["couplings"], 16);
  EXPECT_EQ(merged["coupling_macs"]["again"], merged["coupling_macs"]["forward"]);
}

TEST(Memory, ComparesDepths) {
  const auto json =
      test::json_of("memory revnet110 --schedule merged --depth units=9 --depth units=36 --json");
  ASSERT_EQ(json["schedules"].size(), 2);
  EXPECT_EQ(json["schedules"][1]["depth"], "units=36");
  EXPECT_EQ(json["schedules"][0]["activation_elements"],
            json["schedules"][1]["activation_elements"]);
}

TEST(Memory, CountsBitsByClass) {
  const auto json = test::json_of(
      "memory revnet38 --schedule merged --bits streams=24 --bits internals=16 --json");
  const auto& classes = json["schedules"][0]["classes"];
  EXPECT_EQ(classes["streams"]["bytes"], 3 * classes["streams"]["elements"].get<int>());
  EXPECT_EQ(classes["internals"]["bytes"], 2 * classes["internals"]["elements"].get<int>());
}

TEST(Memory, SpillsWhatDoesNotFit) {
  const std::string capacity = " --schedule stored --capacity '2 MiB' --json";
  const auto json = test::json_of("memory resnet20" + capacity);
  const auto& spill = json["schedules"][0]["spill"];
  EXPECT_GT(spill["read_bytes"], 0);
  EXPECT_GT(spill["tensors"].size(), 0);
  const auto outcome = test::systerm("memory resnet20 --schedule stored --capacity '1 KiB'", true);
  EXPECT_NE(outcome.status, 0);
  EXPECT_THAT(outcome.output, HasSubstr("the capacity is 1024 bytes"));
}

TEST(Memory, DrawsLiveElements) {
  const std::string file = testing::TempDir() + "systerm_memory.svg";
  const auto outcome = test::systerm("memory revnet38 --schedule merged --plot " + file, true);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("live elements"));
  EXPECT_THAT(text.str(), HasSubstr("boundaries"));
}

TEST(Memory, RefusesWhatItCannotAnswer) {
  const auto output = [](const std::string& arguments) {
    const auto outcome = test::systerm("memory " + arguments, true);
    EXPECT_NE(outcome.status, 0) << arguments;
    return outcome.output;
  };
  EXPECT_THAT(output("resnet32 --schedule merged"), HasSubstr("has no reversible blocks"));
  EXPECT_THAT(output("resnet32 --schedule mergd"), HasSubstr("merged"));
  EXPECT_THAT(output("resnet32 --bits stream=8"), HasSubstr("is not CLASS=BITS"));
  EXPECT_THAT(output("resnet32 --capacity many"), HasSubstr("is no number of bytes"));
  EXPECT_THAT(output("resnet33"), HasSubstr("did you mean 'resnet32'?"));
  EXPECT_THAT(output("resnet20 --reversible layer1.0.add"), HasSubstr("relu follows the addition"));
  EXPECT_THAT(output("revnet38 --plot x.svg"), HasSubstr("needs one --schedule"));
}

}  // namespace
}  // namespace systerm
