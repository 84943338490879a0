// SPDX-License-Identifier: Apache-2.0
// `systerm dram` as its users meet it.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/model/cli/program.h"

namespace systerm {
namespace {

using nlohmann::json;
using test::json_of;
using test::systerm;
using testing::HasSubstr;

std::string write_trace(const std::string& name, const std::string& text) {
  std::string path = testing::TempDir() + "systerm_trace_" + name;
  std::ofstream(path) << text;
  return path;
}

std::string stream(int accesses) {
  std::string text;
  for (int i = 0; i < accesses; ++i) text += "read,0x" + std::to_string(i) + "000\n";
  return text;
}

TEST(DramCommand, GivesTheClosedFormOfAStreamInOneBank) {
  std::string text = "cmd,addr_hex\n";
  char line[32];
  for (int i = 0; i < 256; ++i) {
    std::snprintf(line, sizeof line, "R,%x\n", 64 * i);
    text += line;
  }
  const json result =
      json_of("dram '" + write_trace("stream.csv", text) +
              "' --preset ddr4_2400 --mapping brc --scheduler frfcfs --no-refresh --json");
  // N CCD_L + (R-1)(RTP + RP + RCD - CCD_L) + RCD + RL + BL/2 - CCD_L + 1 for 256 bursts in 2 rows.
  EXPECT_EQ(result["cycles"], 256 * 6 + (9 + 16 + 16 - 6) + 16 + 16 + 4 - 6 + 1);
  EXPECT_EQ(result["commands"], json::parse(R"({"ACT":2,"PRE":1,"RD":256,"WR":0,"REF":0})"));
  EXPECT_DOUBLE_EQ(result["row_hit_rate"], 254.0 / 256.0);
  EXPECT_EQ(result["bus_cycles"]["data"], 256 * 4);
  // All but the first burst of each row follow another one of the bank.
  EXPECT_EQ(result["bus_cycles"]["column_spacing"], 254 * (6 - 4));
  const json one = json_of("dram '" + write_trace("stream.csv", text) +
                           "' --mapping brc --no-refresh --outstanding 1 --json");
  EXPECT_EQ(one["cycles"], 256 * 21 + 32 + 16);
  EXPECT_DOUBLE_EQ(one["mean_latency_cycles"], (256.0 * 21 + 32 + 16) / 256);
}

TEST(DramCommand, ReadsGzipAndSteppingChangesNothing) {
  const std::string text = "W,0x0\nstore,40\nRD,1000\n# done\n\nload,0x2000000\n" + stream(9);
  const std::string packed = testing::TempDir() + "systerm_trace_packed.csv.gz";
  const gzFile file = gzopen(packed.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  const std::string options = "' --preset hbm2 --mapping pci --access-bytes 128 --json";
  const json plain = json_of("dram '" + write_trace("plain.csv", text) + options);
  EXPECT_EQ(plain["commands"]["WR"], 2 * 4);
  EXPECT_EQ(plain["bytes"], 13 * 128);
  EXPECT_EQ(json_of("dram '" + packed + options), plain);
  EXPECT_EQ(json_of("dram '" + packed + options + " --stepped"), plain);
}

TEST(DramCommand, WritesTheCommandTrace) {
  const std::string commands = testing::TempDir() + "systerm_commands.csv";
  const std::string trace = write_trace("two.csv", "read,0\nwrite,2040\n");
  EXPECT_EQ(systerm("dram '" + trace + "' --mapping brc --commands '" + commands + "'").status, 0);
  std::ifstream file(commands);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  // WR after RD, row hits apart: RTW = 16 + 4 + 1 - 12 + 1; another row needs PRE after RAS.
  EXPECT_EQ(text,
            "cycle,command,channel,pseudo_channel,rank,bank_group,bank,row,column\n"
            "1,ACT,0,0,0,0,0,0,\n17,RD,0,0,0,0,0,0,0\n40,PRE,0,0,0,0,0,0,\n"
            "56,ACT,0,0,0,0,0,1,\n72,WR,0,0,0,0,0,1,8\n");
}

TEST(DramCommand, BadTracesAreErrorsWithTheirLine) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"read,0\nfetch,40\n", ":2: expected one of read, rd, r, load, write, wr, w, store; got"},
      {"read,0\n\nread 40\n", ":3: expected cmd,address such as read,0x1f40; got 'read 40'"},
      {"read,0x\n", ":1: expected a hexadecimal address"},
      {"read,12g\n", ":1: expected a hexadecimal address"},
      {"read,ffffffffffffffff0\n", ":1: expected a hexadecimal address"},
      {"read,fffffff0\n", ":1: 64 bytes at 0xfffffff0 are not in the memory"}};
  for (const auto& [text, message] : cases) {
    const auto outcome = systerm("dram '" + write_trace("bad.csv", text) + "'", true);
    EXPECT_EQ(outcome.status, 1) << text;
    EXPECT_THAT(outcome.output, HasSubstr("systerm_trace_bad.csv" + message));
  }
  EXPECT_EQ(systerm("dram /nowhere/trace.csv").status, 1);
  EXPECT_THAT(
      systerm("dram '" + write_trace("good.csv", "r,0\n") + "' --mapping row,bank", true).output,
      HasSubstr("column[0] is missing"));
}

TEST(DramCommand, ATraceThatIsCutShortIsAnError) {
  const std::string whole = testing::TempDir() + "systerm_trace_whole.csv.gz";
  const gzFile file = gzopen(whole.c_str(), "wb");
  const std::string text = stream(1000);
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  for (const std::uintmax_t lost : {4, 100}) {
    const std::string cut = testing::TempDir() + "systerm_trace_cut.csv.gz";
    std::filesystem::copy_file(whole, cut, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(cut, std::filesystem::file_size(whole) - lost);
    const auto outcome = systerm("dram '" + cut + "'", true);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.output, HasSubstr("systerm_trace_cut.csv.gz: damaged gzip data"));
  }
}

TEST(DramCommand, BadMappingsAndTablesAreErrors) {
  const std::string trace = write_trace("good.csv", "r,0\n");
  const std::vector<std::pair<std::string, std::string>> mappings = {
      {"bgj", "there is no mapping 'bgj'; expected one of bgi, brc, pci, rbc"},
      {"row,bank,bank_group,column", "byte[2] is missing"},
      {"row,bank,bank_group,column,byte,byte", "byte[0] is used 2 times"},
      {"row[15],row,bank,bank_group,column,byte",
       "row[15] does not exist; the device has 15 bits of row"},
      {"row[13:0],bank,bank_group,column,byte", "row[14] is missing"},
      {"byte,row,bank,bank_group,column", "the lowest 6 bits must be those of a burst"}};
  for (const auto& [mapping, message] : mappings) {
    const auto outcome = systerm("dram '" + trace + "' --mapping '" + mapping + "'", true);
    EXPECT_EQ(outcome.status, 1) << mapping;
    EXPECT_THAT(outcome.output, HasSubstr(message));
  }
  const std::string table = testing::TempDir() + "systerm_table_bad.yaml";
  std::ofstream(table) << "systerm: 1\nname: bad\nbase: ddr4_2400\n"
                          "organization: {ranks: 3, colums: 3}\ntiming: {RFC: RCD +}\n"
                          "constraints:\n"
                          "  - {level: bnak, preceding: [ACT], following: [RDX], cycles: 3}\n";
  const auto outcome = systerm("dram '" + trace + "' --preset '" + table + "'", true);
  EXPECT_EQ(outcome.status, 1);
  for (const char* message :
       {":4:23: organization.ranks: expected a power of two; got 3",
        ":4:26: organization.colums: unknown key; did you mean 'columns'?",
        ":5:15: timing.RFC: expected a name or a number at the end",
        ":7:13: constraints[0].level: expected one of channel, pseudo_channel",
        ":7:49: constraints[0].following[0]: expected one of ACT, PRE, PREA, RD, WR, REF"}) {
    EXPECT_THAT(outcome.output, HasSubstr(message));
  }
}

TEST(DramCommand, AnEmptyTraceTakesNoTime) {
  const json result = json_of("dram '" + write_trace("empty.csv", "") + "' --json");
  EXPECT_EQ(result["cycles"], 0);
  EXPECT_EQ(result["row_hit_rate"], 0.0);
}

}  // namespace
}  // namespace systerm
