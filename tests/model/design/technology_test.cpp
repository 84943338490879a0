// SPDX-License-Identifier: Apache-2.0
// Technologies as designs give them: by name, laid over each other, and with mistakes.
#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "model/design/effective_configuration.h"
#include "model/design/load_design.h"
#include "model/design/load_experiment.h"
#include "tests/model/design/test_vocabulary.h"

namespace systerm {
namespace {

using testing::HasSubstr;

std::string text(const std::string& technology) {
  return fmt::format(R"(systerm: 1
design: {{base: tq_64x128, technology: {}}}
workload: {{gemms: [{{name: a, m: 1, k: 1, n: 1}}]}}
)",
                     technology);
}

Technology technology(const std::string& value, std::vector<std::string> overrides = {}) {
  return *parse_experiment(text(value), "test.yaml", test_vocabulary(), overrides)
              .design.technology;
}

std::string errors(const std::string& value) {
  try {
    technology(value);
  } catch (const DocumentError& error) {
    return error.what();
  }
  return "";
}

/// A design whose technology has one operation, made of these keys.
std::string operation(const std::string& name, const std::string& keys) {
  return fmt::format(
      "{{base: horowitz_45nm, operations: {{{}: {{family: own, node: 45 nm, voltage: 0.9 V, "
      "width_exponent: 1, {}}}}}}}",
      name, keys);
}

constexpr const char* kOrigin = "includes: x, source: x, confidence: measured";

TEST(Technology, KeysAreLaidOverThatOfTheDesignBelow) {
  const Technology base = technology("horowitz_45nm");
  const Technology changed = technology("{node: 32 nm, memory: sram_hp}");
  EXPECT_EQ(changed.name, "horowitz_45nm");
  EXPECT_EQ(changed.node_nm, 32);
  EXPECT_EQ(changed.memory, "sram_hp");
  EXPECT_EQ(changed.operations.size(), base.operations.size());
}

TEST(Technology, ANameOrABaseReplacesThatOfTheDesignBelow) {
  for (const char* value : {"tpuv4i_7nm", "{base: tpuv4i_7nm}"}) {
    const Technology seven = technology(value);
    EXPECT_EQ(seven.node_nm, 7);
    // Nothing of the 45 nm tables is left.
    EXPECT_FALSE(seven.fpga.has_value());
    for (const OperationEntry& entry : seven.operations) EXPECT_NE(entry.node_nm, 45) << entry.name;
  }
}

// Else a user's number would stand under the source of the number that it replaces.
TEST(Technology, AnEntryReplacesThatOfTheSameNameAsAWhole) {
  const Technology own = technology(
      operation("int_add", std::string(kOrigin) + ", points: [{width: 8, energy: 1 pJ}]"));
  const auto entry = std::ranges::find(own.operations, "int_add", &OperationEntry::name);
  ASSERT_NE(entry, own.operations.end());
  EXPECT_EQ(entry->points.size(), 1U);
  EXPECT_EQ(entry->origin.source, "x");
  EXPECT_EQ(entry->area_origin.source, "");
  const auto memories =
      technology("{memories: {sram_lstp: {cacti: itrs-hp, " + std::string(kOrigin) + "}}}")
          .memories;
  const auto memory = std::ranges::find(memories, "sram_lstp", &MemoryEntry::name);
  ASSERT_NE(memory, memories.end());
  EXPECT_EQ(memory->origin.source, "x");
}

TEST(Technology, CanBeChosenAndChangedByOverrides) {
  EXPECT_EQ(technology("horowitz_45nm", {"design.technology=aladdin_40nm"}).node_nm, 40);
  EXPECT_EQ(technology("horowitz_45nm", {"design.technology.base=aladdin_40nm"}).node_nm, 40);
  EXPECT_EQ(technology("horowitz_45nm", {"design.technology.temperature=350 K"}).temperature_k,
            350);
  EXPECT_EQ(technology("horowitz_45nm", {"design.technology={node: 22 nm}"}).operations.size(),
            technology("horowitz_45nm").operations.size());
  const std::vector<std::string> overrides = {"technology=aladdin_40nm"};
  EXPECT_EQ(load_design("tq_64x128", test_vocabulary(), overrides).technology->node_nm, 40);
}

TEST(Technology, EveryShippedOneIsReadAndReadBack) {
  for (const std::string& name : test_vocabulary().technology_names()) {
    // Tables that others are laid over are no technologies themselves.
    const std::string value = fmt::format("{{base: [horowitz_45nm, {}]}}", name);
    if (!errors(name).empty()) {
      EXPECT_THAT(errors(name), HasSubstr("technology.node: missing key")) << name;
      EXPECT_EQ(errors(value), "") << name;
    }
    const Experiment read =
        parse_experiment(text(errors(name).empty() ? name : value), "test.yaml", test_vocabulary());
    const std::string written = effective_configuration(read, test_vocabulary());
    EXPECT_EQ(effective_configuration(parse_experiment(written, "again.yaml", test_vocabulary()),
                                      test_vocabulary()),
              written)
        << name;
  }
}

TEST(TechnologyErrors, AnEntryWithoutASourceIsRefused) {
  const std::string points = ", points: [{width: 8, energy: 1 pJ}]";
  EXPECT_THAT(errors(operation("fp_add", "includes: x, confidence: measured" + points)),
              HasSubstr("design.technology.operations.fp_add.source: missing key"));
  EXPECT_THAT(errors(operation("fp_add", "includes: x, source: '', confidence: measured" + points)),
              HasSubstr("operations.fp_add.source: an entry without a source is refused"));
  EXPECT_THAT(errors("{memories: {m: {cacti: itrs-lstp, includes: x, confidence: derived}}}"),
              HasSubstr("memories.m.source: missing key"));
  EXPECT_THAT(errors("{drams: {d: {bit_energy: 1 pJ, includes: x, confidence: derived}}}"),
              HasSubstr("drams.d.source: missing key"));
}

TEST(TechnologyErrors, UnknownKeysOperationsAndNamesAreNamedWithTheNearest) {
  EXPECT_THAT(errors("horowitz_45"), HasSubstr("unknown technology 'horowitz_45'; did you mean "
                                               "'horowitz_45nm'?"));
  EXPECT_THAT(errors("{memry: sram_lstp}"), HasSubstr("unknown key; did you mean 'memory'?"));
  EXPECT_THAT(errors("{memory: sram_lstq}"), HasSubstr("did you mean 'sram_lstp'?"));
  EXPECT_THAT(errors("{dram: ddr4_2401}"), HasSubstr("did you mean 'ddr4_2400'?"));
  EXPECT_THAT(
      errors(operation("int_ad", std::string(kOrigin) + ", points: [{width: 8, energy: 1 pJ}]")),
      HasSubstr("no such operation; did you mean 'int_add'?"));
  EXPECT_THAT(errors("{node: 45}"), HasSubstr("expected a process node"));
}

TEST(TechnologyErrors, WiderMustNotCostLess) {
  const std::string points = ", points: [{width: 8, energy: 1 pJ}, {width: 16, energy: 0.9 pJ}]";
  EXPECT_THAT(errors(operation("fp_add", kOrigin + points)),
              HasSubstr("points[1].energy: a wider operation cannot take less"));
  EXPECT_THAT(
      errors(operation("fp_add", std::string(kOrigin) + ", points: [{width: 8, energy: 1 pJ}, "
                                                        "{width: 8, energy: 2 pJ}]")),
      HasSubstr("points[1].width: points must be in the order of their widths"));
}

TEST(TechnologyErrors, FamiliesAreNotMixed) {
  const std::string aladdin =
      "{base: horowitz_45nm, operations: {compare: {family: aladdin_40nm, node: 40 nm, voltage: "
      "0.9 V, width_exponent: 1, includes: x, source: x, confidence: published, points: [{width: "
      "8, energy: 1 pJ}]}}}";
  EXPECT_THAT(errors(aladdin), HasSubstr("'aladdin_40nm' is not mixed with 'horowitz_45nm'"));
}

TEST(TechnologyErrors, WhatScalingDoesNotCoverIsRefused) {
  EXPECT_THAT(errors("{node: 5 nm}"), HasSubstr("logic is scaled between 7 and 130 nm only"));
  EXPECT_THAT(errors("{node: 65 nm, voltage: 0.5 V}"), HasSubstr("is scaled down to 0.59 V only"));
}

TEST(TechnologyErrors, MemoriesAndDramsMustMakeSense) {
  EXPECT_THAT(errors(fmt::format("{{memories: {{m: {{cacti: itrs-lst, {}}}}}}}", kOrigin)),
              HasSubstr("did you mean 'itrs-lstp'?"));
  EXPECT_THAT(
      errors(fmt::format("{{memories: {{m: {{node: 45 nm, voltage: 1 V, {}}}}}}}", kOrigin)),
      HasSubstr("give exactly one of cacti, points and bit"));
  EXPECT_THAT(
      errors(fmt::format("{{memories: {{m: {{cacti: itrs-hp, node: 45 nm, {}}}}}}}", kOrigin)),
      HasSubstr("the built-in CACTI table has its own"));
  EXPECT_THAT(errors(fmt::format("{{drams: {{d: {{{}}}}}}}", kOrigin)),
              HasSubstr("give at least one of bit_energy, currents and commands"));
  EXPECT_THAT(
      errors(fmt::format(
          "{{drams: {{d: {{currents: {{devices: 1, clock_period: 1 ns, rc: 55, ras: 39, rp: "
          "16, rfc: 313, burst_cycles: 4, supplies: [{{voltage: 1.2 V, idd0: 10 mA, idd2n: "
          "38 mA, idd3n: 44 mA, idd4r: 184 mA, idd4w: 168 mA, idd5: 118 mA}}]}}, {}}}}}}}",
          kOrigin)),
      HasSubstr("an energy that is not positive"));
}

}  // namespace
}  // namespace systerm
