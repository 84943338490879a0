// SPDX-License-Identifier: Apache-2.0
#include "model/report/machine_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/model/simulation/program_vocabulary.h"

namespace systerm {
namespace {

std::string text_with(const std::string& design, const std::string& precision) {
  return "systerm: 1\nname: roof\ndesign: {base: " + design +
         "}\nworkload: {gemms: [{name: a, m: 1, k: 8, n: 1}]}\nprecision: {default: " + precision +
         "}\nrun: {fidelity: timing}\n";
}

// 64 x 128 cells at 500 MHz: 4.096e12 cell cycles a second.
TEST(Roofline, OfTermQuantizationIsAGroupForEveryAllottedBeat) {
  // g / (k s) = 8 / 36 MACs a cell and cycle.
  const Roofline roofline = roofline_of(experiment(text_with(
      "tq_64x128", "{format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}")));
  ASSERT_EQ(roofline.roofs.size(), 1U);
  EXPECT_DOUBLE_EQ(roofline.roofs[0].macs_per_second, 4.096e12 * 8 / 36);
  EXPECT_EQ(roofline.roofs[0].name, "term_quantized g 8 k 12 s 3");
  EXPECT_DOUBLE_EQ(roofline.memory_bytes_per_second, 12.8e9);
  EXPECT_EQ(roofline.memory, "DRAM");
}

TEST(Roofline, OfBitParallelCellsIsOneMacACellAndCycle) {
  const Roofline roofline = roofline_of(experiment(text_with("pmac_64x128", "{format: uniform}")));
  EXPECT_DOUBLE_EQ(roofline.roofs[0].macs_per_second, 4.096e12);
}

TEST(Roofline, HasARoofForEveryPrecisionOnce) {
  const Roofline roofline = roofline_of(experiment(R"(systerm: 1
name: roof
design: tq_64x128
workload: {gemms: [{name: a, m: 1, k: 8, n: 1}, {name: b, m: 1, k: 8, n: 1}]}
precision:
  default: {format: term_quantized}
  layers: [{match: a, format: uniform}, {match: b, format: uniform}]
run: {fidelity: timing}
)"));
  ASSERT_EQ(roofline.roofs.size(), 2U);
  EXPECT_EQ(roofline.roofs[1].format, "uniform");
}

TEST(Roofline, NamesTheNarrowestOfMemoryAndBus) {
  const Roofline roofline = roofline_of(experiment(R"(systerm: 1
name: roof
design: {base: tq_64x128, interconnect: {bytes_per_cycle: 16}}
workload: {gemms: [{name: a, m: 1, k: 8, n: 1}]}
precision: {default: {format: uniform}}
run: {fidelity: timing}
)"));
  EXPECT_EQ(roofline.memory, "interconnect");
  EXPECT_DOUBLE_EQ(roofline.memory_bytes_per_second, 8e9);
}

}  // namespace
}  // namespace systerm
