// SPDX-License-Identifier: Apache-2.0
// `systerm iteration` as its users meet it.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/model/cli/program.h"

namespace systerm {
namespace {

using testing::HasSubstr;

TEST(Iteration, AddsUpTheProductsOfItsLayers) {
  const auto json = test::json_of("iteration resnet18 --batch 2 --mantissa-bits 2,4,4 --json");
  std::int64_t cycles = 0;
  std::int64_t macs = 0;
  for (const auto& layer : json["layers"]) {
    cycles += layer["cycles"].get<std::int64_t>();
    macs += layer["count"].get<std::int64_t>() * layer["m"].get<std::int64_t>() *
            layer["k"].get<std::int64_t>() * layer["n"].get<std::int64_t>();
  }
  EXPECT_EQ(json["total"]["cycles"], cycles);
  EXPECT_EQ(json["total"]["macs"], macs);
  EXPECT_EQ(json["rows"], 256);
  EXPECT_EQ(json["columns"], 64);
  std::int64_t by_kind = 0;
  for (const auto& [kind, sums] : json["products"].items()) {
    by_kind += sums["cycles"].get<std::int64_t>();
  }
  EXPECT_EQ(by_kind, cycles);
}

TEST(Iteration, ComparesWithBfloat16OnTheSameAreaAndSaysWhereAreasAreFrom) {
  const auto low = test::json_of("iteration vgg16 --batch 8 --mantissa-bits 2,2,2 --json");
  const auto high = test::json_of("iteration vgg16 --batch 8 --json");
  EXPECT_GT(low["bfloat16"]["speedup"], high["bfloat16"]["speedup"]);
  EXPECT_EQ(low["bfloat16"]["cycles"], high["bfloat16"]["cycles"]);
  EXPECT_FALSE(low["bfloat16"]["areas"].empty());
  for (const auto& area : low["bfloat16"]["areas"]) EXPECT_NE(area["source"], "");
}

TEST(Iteration, ErrorsSayWhatIsWrong) {
  const auto message = [](const std::string& arguments) {
    const test::Outcome outcome = test::systerm("iteration " + arguments, true);
    EXPECT_NE(outcome.status, 0) << arguments;
    return outcome.output;
  };
  EXPECT_THAT(message("resnet81"), HasSubstr("resnet18"));
  EXPECT_THAT(message("resnet18 --design pmac_64x128"), HasSubstr("one with cell fmac is needed"));
  EXPECT_THAT(message("resnet18 --mantissa-bits 2,2"), HasSubstr("--mantissa-bits"));
  EXPECT_THAT(message("resnet18 --mantissa-bits 2,2,8"), HasSubstr("--mantissa-bits"));
}

}  // namespace
}  // namespace systerm
