// SPDX-License-Identifier: Apache-2.0
// What is said of experiments that are wrong, word for word.
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/design/load_design.h"
#include "model/design/load_experiment.h"
#include "tests/model/design/test_vocabulary.h"
#include "workloads/document/diagnostics.h"

namespace systerm {
namespace {

std::string errors_of(const std::string& text, const std::vector<std::string>& overrides = {},
                      const Vocabulary& vocabulary = test_vocabulary()) {
  try {
    parse_experiment(text, "e.yaml", vocabulary, overrides);
  } catch (const DocumentError& error) {
    return error.what();
  }
  return "";
}

/// The lines of an experiment that works, followed by `more` from line 4 on.
std::string with(const std::string& more) {
  return "systerm: 1\ndesign: tq_64x128\nworkload: {network: resnet18}\n" + more;
}

TEST(ExperimentErrors, NoneForAnExperimentThatWorks) { EXPECT_EQ(errors_of(with("")), ""); }

TEST(ExperimentErrors, MissingKeys) {
  EXPECT_EQ(errors_of("name: x\n"),
            "e.yaml:1:1: systerm: missing key; expected 1\n"
            "e.yaml:1:1: design: missing key; expected the path or the name of a design, or a "
            "mapping\n"
            "e.yaml:1:1: workload: missing key; expected a mapping with network or gemms");
}

TEST(ExperimentErrors, SchemaVersion) {
  EXPECT_EQ(errors_of("systerm: 2\ndesign: tq_64x128\nworkload: {network: resnet18}\n"),
            "e.yaml:1:10: systerm: expected 1; got '2'");
}

TEST(ExperimentErrors, UnknownNames) {
  EXPECT_EQ(
      errors_of("systerm: 1\ndesign: tq_64x182\nworkload: {network: resnet19}\n"
                "precision: {default: {format: term_quantised, encoding: hesse}}\n"),
      "e.yaml:2:9: design: unknown design 'tq_64x182'; did you mean 'tq_64x128'?\n"
      "e.yaml:3:21: workload.network: unknown network 'resnet19'; did you mean 'resnet18'?\n"
      "e.yaml:4:31: precision.default.format: expected one of bfp, term_quantized, uniform; got "
      "'term_quantised' (did you mean 'term_quantized'?)\n"
      "e.yaml:4:57: precision.default.encoding: expected one of binary, booth2, booth4, "
      "hese_hybrid, hese; got 'hesse' (did you mean 'hese'?)");
  EXPECT_EQ(errors_of(with("run: {}\n"), {"design.array.cell=pmax"}),
            "--set design.array.cell: expected one of bit_serial, bl_cell, fmac, il_cell, mx_cell, "
            "pmac, tmac; got 'pmax' (did you mean 'pmac'?)");
}

TEST(ExperimentErrors, DesignThatIsNoDesign) {
  EXPECT_EQ(errors_of("systerm: 1\ndesign: [a]\nworkload: {network: resnet18}\n"),
            "e.yaml:2:9: design: expected the path or the name of a design, or a mapping; got a "
            "sequence");
  EXPECT_EQ(errors_of("systerm: 1\ndesign: missing/file.yaml\nworkload: {network: resnet18}\n"),
            "e.yaml:2:9: design: no such file; looked for 'missing/file.yaml'");
}

TEST(ExperimentErrors, UnknownKeysAtEveryLevel) {
  EXPECT_EQ(errors_of("systerm: 1\ndesign: {array: {row: 3}, clok: 1 GHz}\n"
                      "workload: {network: resnet18, bach: 1}\nruns: {}\n"),
            "e.yaml:2:18: design.array.row: unknown key; did you mean 'rows'?\n"
            "e.yaml:2:27: design.clok: unknown key; did you mean 'clock'?\n"
            "e.yaml:3:31: workload.bach: unknown key; did you mean 'batch'?\n"
            "e.yaml:4:1: runs: unknown key; did you mean 'run'?");
}

TEST(ExperimentErrors, ImpossibleSizes) {
  EXPECT_EQ(
      errors_of("systerm: 1\n"
                "design:\n"
                "  clock: 500\n"
                "  array: {rows: 0, columns: 99999, max_group_size: 64}\n"
                "  weight_buffer: {slots: 0, size: 1024}\n"
                "  dram: {latency: 60, bandwidth: 12.8 GB}\n"
                "workload: {network: resnet18}\n"),
      "e.yaml:3:10: design.clock: expected a frequency with its unit, such as 500 MHz; got "
      "'500'\n"
      "e.yaml:4:17: design.array.rows: expected an integer from 1 to 4096; got '0'\n"
      "e.yaml:4:29: design.array.columns: expected an integer from 1 to 4096; got '99999'\n"
      "e.yaml:4:52: design.array.max_group_size: expected an integer from 1 to 32; got '64'\n"
      "e.yaml:5:26: design.weight_buffer.slots: expected an integer from 1 to 1024; got '0'\n"
      "e.yaml:5:35: design.weight_buffer.size: expected a size with its unit, such as 64 KiB; "
      "got '1024'\n"
      "e.yaml:6:19: design.dram.latency: expected a time with its unit, such as 60 ns; got "
      "'60'\n"
      "e.yaml:6:34: design.dram.bandwidth: expected a bandwidth in B/s, KiB/s, kB/s, MiB/s, "
      "MB/s, GiB/s or GB/s, such as 12.8 GB/s; got '12.8 GB'");
}

TEST(ExperimentErrors, SizesThatDoNotFitTogether) {
  EXPECT_EQ(
      errors_of("systerm: 1\n"
                "design:\n"
                "  array: {rows: 4096, columns: 4096, cell: pmac, beat_sync: wavefront_maximum}\n"
                "  accumulators: {size: 1 KiB}\n"
                "  data_buffer: {size: 256 B, banks: 16, bank_width: 16 B}\n"
                "workload: {network: resnet18}\n"
                "precision: {default: {format: uniform}}\n"),
      "e.yaml:3:17: design.array.rows: an array of 4096 x 4096 cells is larger than the 1048576 "
      "that can be modelled; reduce rows or columns\n"
      "e.yaml:3:61: design.array.beat_sync: wavefront_maximum has no effect with cell pmac: its "
      "beat does not depend on the data; use bound\n"
      "e.yaml:4:24: design.accumulators.size: 1 KiB does not hold 2 slots of one 32-bit sum for "
      "each of 4096 columns; that takes 32 KiB\n"
      "e.yaml:5:23: design.data_buffer.size: 256 B does not hold 2 slots of one word in each of "
      "16 banks; that takes 512 B");
}

TEST(ExperimentErrors, BuffersThatCannotBeBuilt) {
  EXPECT_EQ(
      errors_of("systerm: 1\n"
                "design:\n"
                "  weight_buffer: {bank_width: 16 B, interleave: 24 B}\n"
                "  data_buffer: {interleave: 1 MiB}\n"
                "  operand_buffer: {memory: edram, edram: {retention: 800 ns}}\n"
                "  result_buffer: {memory: edram, edram: {row: 8 B}}\n"
                "workload: {network: resnet18}\n"
                "precision: {default: {format: uniform}}\n"),
      "e.yaml:3:49: design.weight_buffer.interleave: 24 B is not a multiple of the bank width, "
      "16 B\n"
      "e.yaml:4:29: design.data_buffer.interleave: 1 MiB is more than a bank holds, 64 KiB\n"
      "e.yaml:5:54: design.operand_buffer.edram.retention: at 85 degrees a row keeps its data for "
      "800 ns, 400 cycles; refreshing the 1024 rows of a bank takes 1024, which leaves no access\n"
      "e.yaml:6:47: design.result_buffer.edram.row: a row of 8 B does not hold whole words of "
      "16 B");
}

TEST(ExperimentErrors, RetentionTables) {
  EXPECT_EQ(
      errors_of("systerm: 1\n"
                "design:\n"
                "  weight_buffer: {memory: edram, edram: {retention_table: [{temperature: 85, "
                "retention: 45 us}, {temperature: 25, retention: 1 ms}]}}\n"
                "  data_buffer: {memory: edram, edram: {temperature: 95, retention_table: "
                "[{temperature: 25, retention: 1 ms}, {temperature: 85, retention: 45 us}]}}\n"
                "  operand_buffer: {memory: edram, edram: {retention: 1 ms, retention_table: "
                "[{temperature: 85, retention: 45 us}]}}\n"
                "workload: {network: resnet18}\n"
                "precision: {default: {format: uniform}}\n"),
      "e.yaml:3:59: design.weight_buffer.edram.retention_table: temperatures must rise; 25 follows "
      "85\n"
      "e.yaml:4:74: design.data_buffer.edram.retention_table: the table covers 25 to 85 degrees, "
      "the memory works at 95\n"
      "e.yaml:5:43: design.operand_buffer.edram.retention: has no effect with a retention_table");
}

TEST(ExperimentErrors, KeysWithoutEffectOnBuffersAndCores) {
  EXPECT_EQ(errors_of("systerm: 1\n"
                      "design:\n"
                      "  cores: {split: batch}\n"
                      "  weight_buffer: {arbitration: read_first}\n"
                      "  data_buffer: {edram: {row: 64 B}}\n"
                      "  operand_buffer: {memory: dram}\n"
                      "workload: {network: resnet18}\n"
                      "precision: {default: {format: uniform}}\n"),
            "e.yaml:3:11: design.cores.split: has no effect with one core; remove it, or set "
            "count\n"
            "e.yaml:4:19: design.weight_buffer.arbitration: has no effect with two ports; remove "
            "it, or set ports: 1\n"
            "e.yaml:5:17: design.data_buffer.edram: has no effect without memory: edram; remove "
            "it, or set memory: edram\n"
            "e.yaml:6:28: design.operand_buffer.memory: expected one of edram, sram; got 'dram' "
            "(did you mean 'edram'?)");
}

TEST(ExperimentErrors, AGroupWiderThanTheArray) {
  EXPECT_EQ(
      errors_of(with("precision: {default: {group_size: 16}, layers: [{match: a, "
                     "group_budget: 3}]}\nbaseline: {precision: {default: {format: uniform, "
                     "group_size: 32}}}\n"),
                {"design.array.max_group_size=8"}),
      "e.yaml:4:35: precision.default.group_size: a group of 16 values is wider than the cells "
      "of the array (design.array.max_group_size is 8)\n"
      "e.yaml:5:63: baseline.precision.default.group_size: a group of 32 values is wider than "
      "the cells of the array (design.array.max_group_size is 8)");
}

TEST(ExperimentErrors, AFormatThatTheCellCannotDo) {
  EXPECT_EQ(
      errors_of("systerm: 1\ndesign: pmac_64x128\nworkload: {network: resnet18}\n"
                "precision:\n  default: {format: uniform}\n"
                "  layers: [{match: fc, format: term_quantized}]\n"),
      "e.yaml:6:32: precision.layers[0].format: cell pmac (design.array.cell) does not compute "
      "with format term_quantized; it takes uniform");
}

TEST(ExperimentErrors, OptionsThatWouldBeIgnored) {
  EXPECT_EQ(
      errors_of(with("precision:\n"
                     "  default: {format: uniform, group_budget: 8}\n"
                     "run: {fidelity: timing, verify: true}\n")),
      "e.yaml:5:30: precision.default.group_budget: has no effect with format uniform; remove "
      "it, or choose another format\n"
      "e.yaml:6:33: run.verify: there is nothing to verify with fidelity: timing; remove it, or "
      "set fidelity: data");
  EXPECT_EQ(errors_of(with(""), {"design.array.sum_hop_cycles=2", "workload.data_scale=2",
                                 "workload.labels=" SYSTERM_SOURCE_DIR "/CMakeLists.txt"}),
            "--set design.array.sum_hop_cycles: has no effect with skew: beat; remove it, or set "
            "skew: hop\n"
            "--set workload.data_scale: has no effect without data; remove it, or give the file of "
            "the data\n"
            "--set workload.labels: has no effect without data; remove it, or give the file of the "
            "data");
}

TEST(ExperimentErrors, Workloads) {
  EXPECT_EQ(
      errors_of("systerm: 1\ndesign: tq_64x128\nworkload: {weights: file}\n"),
      "e.yaml:3:11: workload.network: missing key; expected a network, or gemms instead of it");
  EXPECT_EQ(
      errors_of("systerm: 1\ndesign: tq_64x128\n"
                "workload: {network: resnet18, weights: file, gemms: [{name: a, m: 1, k: 1}]}\n"),
      "e.yaml:3:40: workload.weights: 'resnet18' carries no weights; use synthetic, an .onnx file "
      "as the network, or give a weight_file\n"
      "e.yaml:3:53: workload.gemms: give either network or gemms, not both\n"
      "e.yaml:3:54: workload.gemms[0].n: missing key; expected an integer from 1 to 1073741824");
  EXPECT_EQ(
      errors_of("systerm: 1\ndesign: tq_64x128\nworkload:\n  gemms:\n"
                "    - {name: a, m: 1, k: 1, n: 1}\n"
                "    - {name: a, m: 1e9, k: 1e9, n: 1}\n"),
      "e.yaml:6:7: workload.gemms[1]: 1e+18 multiplications are more than the 1e+15 that can be "
      "modelled\n"
      "e.yaml:6:14: workload.gemms[1].name: another gemm is called 'a'");
  EXPECT_EQ(errors_of("systerm: 1\ndesign: tq_64x128\n"
                      "workload: {network: ./none.onnx, data: none.npy}\n"),
            "e.yaml:3:21: workload.network: no such file; looked for 'none.onnx'\n"
            "e.yaml:3:40: workload.data: no such file; looked for 'none.npy'");
}

TEST(ExperimentErrors, GroupsOfColumns) {
  const std::string precision = "precision: {default: {format: uniform, group_size: 1}}\n";
  const std::string digits = SYSTERM_SOURCE_DIR "/configs/data/digits/";
  EXPECT_EQ(errors_of("systerm: 1\ndesign: mx_64x64\n"
                      "workload: {network: resnet20, weights: file, weight_file: none.npz}\n"
                      "packing: {groups: absent.npz, alpha: 8, prune: 0.5, layrs: []}\n" +
                      precision),
            "e.yaml:3:59: workload.weight_file: no such file; looked for 'none.npz'\n"
            "e.yaml:4:19: packing.groups: no such file; looked for 'absent.npz'\n"
            "e.yaml:4:31: packing.alpha: has no effect with groups, which say what is combined; "
            "remove it\n"
            "e.yaml:4:41: packing.prune: has no effect with groups, which say what is combined; "
            "remove it\n"
            "e.yaml:4:53: packing.layrs: unknown key; did you mean 'layers'?");
  EXPECT_EQ(errors_of("systerm: 1\ndesign: mx_64x64\nworkload: {network: resnet20}\n"
                      "packing: {groups: " +
                      digits + "combined.npz}\n" + precision),
            "e.yaml:4:19: packing.groups: were made for trained weights; set workload.weights: "
            "file");
}

TEST(ExperimentErrors, RulesThatSetNothing) {
  EXPECT_EQ(errors_of(with("precision: {layers: [{match: fc}, {format: uniform}]}\n"
                           "mapping: [{match: '', filters: 3}]\n")),
            "e.yaml:4:22: precision.layers[0]: the rule sets nothing; add a key beside match\n"
            "e.yaml:4:35: precision.layers[1].match: missing key; expected text\n"
            "e.yaml:5:19: mapping[0].match: an empty pattern matches no layer");
}

TEST(ExperimentErrors, WhatAFormatCannotHonour) {
  Vocabulary vocabulary = test_vocabulary();
  vocabulary.check_precision = [](const Precision& precision) {
    if (precision.parameters.data_terms > 9) throw std::invalid_argument("data_terms above 9");
  };
  EXPECT_EQ(errors_of(with("precision: {default: {data_terms: 10}}\n"), {}, vocabulary),
            "e.yaml:4:22: precision.default: data_terms above 9");
}

TEST(ExperimentErrors, Overrides) {
  EXPECT_EQ(
      errors_of(with(""),
                {"design.array.rows=0", "design.array.row=3", "no_equals_sign", "design.name.x=1",
                 "design..x=1", "precision.layers[2].match=a", "run={seed: -1}", "run.verify=[1"}),
      "--set no_equals_sign: expected key=value, such as design.array.rows=32\n"
      "--set run.verify: malformed YAML: end of sequence flow not found\n"
      "--set design.name.x: 'design.name' is 'tq_64x128', not a mapping\n"
      "--set design..x: expected a path of keys, such as design.array.rows or layers[0].match\n"
      "--set precision.layers[2].match: 'precision.layers' is an empty value, not a sequence\n"
      "--set design.array.rows: expected an integer from 1 to 4096; got '0'\n"
      "--set design.array.row: unknown key; did you mean 'rows'?\n"
      "--set run.seed: expected an integer of at least 0; got '-1'");
}

class DesignFiles : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::filesystem::path file = folder_ / name;
    std::ofstream(file) << text;
    return file.string();
  }
  static std::string errors_of_design(const std::string& path) {
    try {
      load_design(path, test_vocabulary());
    } catch (const DocumentError& error) {
      return error.what();
    }
    return "";
  }

 private:
  std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) /
                                  testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(DesignFiles, AnErrorInABaseIsReportedInTheFileOfTheBase) {
  const std::string base = write("base.yaml", "systerm: 1\narray: {rows: none, columns: 0}\n");
  const std::string file = write("derived.yaml", "systerm: 1\nbase: base.yaml\narray: {rows: 4}\n");
  EXPECT_EQ(errors_of_design(file),
            base + ":2:30: array.columns: expected an integer from 1 to 4096; got '0'");
}

TEST_F(DesignFiles, ADesignIsCalledAfterItsFileNotAfterItsBase) {
  write("base.yaml", "systerm: 1\nname: base\n");
  EXPECT_EQ(
      load_design(write("derived.yaml", "systerm: 1\nbase: base.yaml\n"), test_vocabulary()).name,
      "derived");
}

TEST_F(DesignFiles, BasesMayNotGoRoundInCircles) {
  const std::string first = write("first.yaml", "systerm: 1\nbase: second.yaml\n");
  const std::string second = write("second.yaml", "systerm: 1\nbase: first.yaml\n");
  EXPECT_EQ(errors_of_design(first), second + ":2:7: base: a design cannot be its own base");
}

TEST_F(DesignFiles, NeedASchemaVersion) {
  const std::string file = write("d.yaml", "array: {rows: 4}\n");
  EXPECT_EQ(errors_of_design(file),
            file + ":1:1: systerm: missing key; expected the schema version, 1");
  EXPECT_EQ(errors_of_design("nothing"),
            "design: unknown design 'nothing'; valid are: bit_serial_64x128, fast_64x256, "
            "fast_training_64x256, mx_64x64, pmac_64x128, tq_64x128, tq_64x128_4_cores, "
            "tq_64x128_ddr4, tq_64x128_edram");
}

// Damage of any kind is an error or harmless; it never ends the program.
TEST(ExperimentErrors, DamagedTextNeverCrashes) {
  const std::string text = with(
      "precision:\n  default: {format: term_quantized, group_size: 8}\n  layers:\n"
      "    - {match: conv1, format: uniform}\nmapping: [{match: fc, filters: 32}]\n"
      "run: {fidelity: timing, seed: 1}\n");
  std::mt19937 random(7);
  const std::string alphabet = "{}[]:,-?&*!|>'\"%@`#\n\t \\<=~0aé";
  int refused = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = text;
    for (unsigned n = random() % 4 + 1; n > 0; --n) {
      const std::size_t at = random() % damaged.size();
      const char c = alphabet[random() % alphabet.size()];
      if (random() % 3 == 0) {
        damaged.erase(at, random() % 8 + 1);
      } else if (random() % 2 == 0) {
        damaged.insert(at, 1, c);
      } else {
        damaged[at] = c;
      }
    }
    refused += errors_of(damaged).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace systerm
