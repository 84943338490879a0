// SPDX-License-Identifier: Apache-2.0
// DRAM presets: the numbers of their data sheets, and what is said of tables that are wrong.
#include "model/design/dram_preset.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "components/dram/address_mapping.h"
#include "model/design/effective_configuration.h"
#include "model/design/load_design.h"
#include "tests/model/design/test_vocabulary.h"
#include "workloads/document/diagnostics.h"

namespace systerm {
namespace {

using testing::HasSubstr;

std::string write_preset(const std::string& name, const std::string& text) {
  std::string path = testing::TempDir() + "systerm_preset_" + name + ".yaml";
  std::ofstream(path) << text;
  return path;
}

std::string errors_of(const std::string& text) {
  try {
    load_dram_preset(write_preset("wrong", text), "--preset");
  } catch (const DocumentError& error) {
    return error.what();
  }
  return "";
}

TEST(DramPreset, HaveTheBandwidthOfTheirBus) {
  const std::map<std::string, double> peaks = {
      {"ddr3_1600", 12.8e9},  {"ddr4_2400", 19.2e9},
      {"ddr4_3200", 25.6e9},  {"dramsys_ddr4_2400", 19.2e9},
      {"dramsys_hbm2", 32e9}, {"hbm2", 32e9},
      {"hbm3", 51.2e9},       {"lpddr4_3200", 6.4e9},
      {"lpddr5_6400", 12.8e9}};
  EXPECT_EQ(dram_preset_names().size(), peaks.size());
  for (const auto& [name, peak] : peaks) {
    const auto standard = load_dram_preset(name, "--preset");
    EXPECT_EQ(standard->name, name);
    EXPECT_NEAR(standard->peak_bytes_per_second() / peak, 1.0, 1e-3) << name;
    EXPECT_GE(standard->constraints.size(), 20U) << name;
    for (const std::string& mapping : AddressMapping::names()) {
      EXPECT_EQ(AddressMapping(*standard, mapping).bursts() *
                    static_cast<std::uint64_t>(standard->burst_bytes()),
                static_cast<std::uint64_t>(standard->bytes()))
          << name << " " << mapping;
    }
  }
}

TEST(DramPreset, AFileLaysItselfOverAPreset) {
  const auto standard =
      load_dram_preset(write_preset("two_ranks",
                                    "systerm: 1\nname: two_ranks\nbase: ddr4_2400\n"
                                    "organization: {ranks: 2}\ntiming: {RL: 18}\n"),
                       "--preset");
  EXPECT_EQ(standard->ranks(), 2);
  EXPECT_EQ(standard->read_latency_cycles, 18);
  EXPECT_EQ(standard->write_latency_cycles, 12);
}

TEST(DramPreset, EveryErrorOfATableIsReportedAtOnce) {
  const std::string errors = errors_of(
      "systerm: 1\nbase: ddr4_2400\norganization: {banks: 3, rows: 0}\n"
      "timing: {RL: 16 + X, RAS: }\nburst: BURTS\n"
      "constraints:\n"
      "  - {level: bnak, preceding: [ACT], following: [RDD], cycles: RCD}\n"
      "  - {level: bank, preceding: [REF], following: [ACT], cycles: RCD - RL - RL}\n"
      "  - {level: rank, preceding: [ACT, PRE], following: [ACT], cycles: 4, window: 4}\n");
  EXPECT_THAT(errors, HasSubstr("organization.banks: expected a power of two; got 3"));
  EXPECT_THAT(errors, HasSubstr("organization.rows: expected an integer from 1"));
  EXPECT_THAT(errors, HasSubstr("timing.RL: there is no timing 'X'"));
  EXPECT_THAT(errors, HasSubstr("burst: there is no timing 'BURTS'; did you mean 'BURST'?"));
  EXPECT_THAT(errors, HasSubstr("constraints[0].level: expected one of channel"));
  EXPECT_THAT(errors, HasSubstr("did you mean 'bank'?"));
  EXPECT_THAT(errors, HasSubstr("constraints[0].following[0]: expected one of ACT"));
  EXPECT_THAT(errors, HasSubstr("constraints[1].level: PREA and REF act on a whole rank"));
  EXPECT_THAT(errors, HasSubstr("constraints[2].window: a window counts one preceding command"));
  EXPECT_THAT(errors, HasSubstr("systerm_preset_wrong.yaml:7:"));
}

TEST(DramPreset, MissingPartsAndLoopsAreErrors) {
  const std::string errors = errors_of("systerm: 1\nname: nothing\n");
  for (const std::string key : {"clock", "organization", "burst", "read_latency", "write_latency",
                                "refresh_interval", "constraints"}) {
    EXPECT_THAT(errors, HasSubstr(key + ": missing key"));
  }
  EXPECT_THAT(errors_of("systerm: 1\nbase: " + testing::TempDir() + "systerm_preset_wrong.yaml\n"),
              HasSubstr("a DRAM preset cannot be its own base"));
  EXPECT_THAT(errors_of("systerm: 1\nbase: ddr4_2400\nconstraints: []\n"),
              HasSubstr("constraints: no constraint keeps one ACT from the next"));
}

std::string design_errors(const std::vector<std::string>& overrides) {
  try {
    load_design("tq_64x128", test_vocabulary(), overrides);
  } catch (const DocumentError& error) {
    return error.what();
  }
  return "";
}

TEST(DramDesign, APresetAloneGivesBanksOfItsSize) {
  const Design design = load_design("tq_64x128", test_vocabulary(),
                                    std::vector<std::string>{"dram.preset=lpddr4_3200"});
  EXPECT_EQ(design.dram.model, DramModel::kBanks);
  EXPECT_EQ(design.dram.bytes, std::int64_t{1} << 30);
  EXPECT_EQ(design.dram.access_bytes, 32);
}

TEST(DramDesign, KeysOfTheOtherModelAndWrongMappingsAreErrors) {
  EXPECT_THAT(design_errors({"dram.preset=ddr4_2400", "dram.bandwidth=1 GB/s"}),
              HasSubstr("dram.bandwidth: has no effect with model: banks"));
  EXPECT_THAT(design_errors({"dram.mapping=brc"}),
              HasSubstr("dram.mapping: has no effect with model: simple"));
  EXPECT_THAT(design_errors({"dram.model=banks"}), HasSubstr("dram.preset: missing key"));
  EXPECT_THAT(design_errors({"dram.preset=ddr4"}), HasSubstr("unknown DRAM preset 'ddr4'"));
  const std::string errors = design_errors(
      {"dram.preset=ddr4_2400", "dram.mapping=row[13:0] row[3] bank bank_group column byte"});
  EXPECT_THAT(errors, HasSubstr("row[14] is missing"));
  EXPECT_THAT(errors, HasSubstr("row[3] is used 2 times"));
  EXPECT_THAT(
      design_errors({"dram.preset=ddr4_2400", "dram.mapping=column bank bank_group row byte"}),
      HasSubstr("the lowest 6 bits must be those of a burst"));
  EXPECT_THAT(design_errors({"dram.preset=ddr4_2400", "dram.scheduler=strict",
                             "dram.write_batching=watermark"}),
              HasSubstr("dram.write_batching: write batching watermark lets reads overtake"));
}

TEST(DramDesign, AStandardOfOnesOwnIsWrittenOutAndReadsBack) {
  const std::string file =
      write_preset("own", "systerm: 1\nname: own\nbase: ddr4_2400\norganization: {ranks: 2}\n");
  const Design design =
      load_design("tq_64x128", test_vocabulary(), std::vector<std::string>{"dram.preset=" + file});
  const std::string text = effective_configuration(design);
  EXPECT_THAT(text, HasSubstr("ranks: 2"));
  const std::string copy = testing::TempDir() + "systerm_design_own.yaml";
  std::ofstream(copy) << text;
  EXPECT_EQ(effective_configuration(load_design(copy, test_vocabulary())), text);
}

}  // namespace
}  // namespace systerm
