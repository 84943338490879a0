// SPDX-License-Identifier: Apache-2.0
#include "components/cost/memory_figures.h"

#include <cmath>
#include <stdexcept>

#include <gtest/gtest.h>

namespace systerm {
namespace {

MemoryEntry cacti(const std::string& cell) {
  MemoryEntry memory;
  memory.name = cell;
  memory.cell = cell;
  return memory;
}

MemoryFigures lstp(double capacity, double width, double node) {
  return memory_figures(cacti("itrs-lstp"), {capacity, width}, node);
}

TEST(MemoryFigures, AreThoseOfTheTableAtItsPoints) {
  const MemoryFigures at_22 = lstp(8192, 64, 22);
  EXPECT_NEAR(at_22.read_pj, 1.59, 0.005);
  EXPECT_NEAR(*at_22.write_pj, 1.77, 0.005);
  EXPECT_NEAR(*at_22.area_um2, 6300, 50);
  EXPECT_NEAR(*at_22.leakage_mw, 1.6e-3, 5e-5);
  const MemoryFigures at_45 = lstp(1 << 20, 64, 45);
  EXPECT_DOUBLE_EQ(at_45.read_pj, 93.5192);
  EXPECT_DOUBLE_EQ(*at_45.write_pj, 76.1829);
}

TEST(MemoryFigures, LieBetweenTheirNeighboursInLogSpace) {
  // Between two points the square root of the capacities' product has that of the energies'.
  EXPECT_NEAR(lstp(std::sqrt(8192.0 * 16384.0), 64, 45).read_pj, std::sqrt(6.137 * 11.6097), 1e-9);
  EXPECT_NEAR(lstp(65536, 128, 45).read_pj, std::sqrt(25.8695 * 51.7987), 1e-9);
  const double middle = std::sqrt(32.0 * 45.0);
  EXPECT_NEAR(lstp(65536, 64, middle).read_pj,
              std::sqrt(lstp(65536, 64, 32).read_pj * lstp(65536, 64, 45).read_pj), 1e-9);
}

TEST(MemoryFigures, LargerAndOlderMemoriesCostMore) {
  for (const double node : {22.0, 28.0, 32.0, 40.0, 45.0}) {
    for (double capacity = 512; capacity < (16 << 20); capacity *= 2) {
      const MemoryFigures small = lstp(capacity, 64, node);
      const MemoryFigures large = lstp(2 * capacity, 64, node);
      EXPECT_GT(large.read_pj, small.read_pj) << node << " " << capacity;
      EXPECT_GT(*large.area_um2, *small.area_um2) << node << " " << capacity;
      EXPECT_GT(*large.leakage_mw, *small.leakage_mw) << node << " " << capacity;
      EXPECT_GT(lstp(capacity, 64, node + 5).read_pj, small.read_pj) << node << " " << capacity;
      EXPECT_GT(lstp(capacity, 256, node).read_pj, small.read_pj) << node << " " << capacity;
    }
  }
}

TEST(MemoryFigures, SayWhereTheTableWasLeft) {
  EXPECT_NE(lstp(65536, 128, 45).derivation.find("interpolated"), std::string::npos);
  EXPECT_NE(lstp(256, 64, 45).derivation.find("extrapolated"), std::string::npos);
  EXPECT_NE(lstp(65536, 32, 45).derivation.find("extrapolated"), std::string::npos);
  EXPECT_THROW(lstp(65536, 64, 16), std::invalid_argument);
  EXPECT_THROW(lstp(65536, 64, 90), std::invalid_argument);
}

TEST(MemoryFigures, HighPerformanceCellsLeakAThousandTimesMore) {
  const double low = *lstp(1 << 20, 64, 45).leakage_mw;
  const double high = *memory_figures(cacti("itrs-hp"), {1 << 20, 64}, 45).leakage_mw;
  EXPECT_GT(high / low, 1e3);
  EXPECT_LT(high / low, 1e5);
}

// CACTI's own write energy of this macro is 694 pJ.
TEST(MemoryFigures, EdramIsWrittenAndRefreshedByTheEnergyOfReads) {
  const MemoryFigures edram = memory_figures(cacti("lp-dram"), {1 << 20, 64}, 32);
  EXPECT_NEAR(edram.read_pj, 26.4, 0.1);
  EXPECT_EQ(*edram.write_pj, edram.read_pj);
  EXPECT_DOUBLE_EQ(*edram.refresh_pj, 2.0 * edram.read_pj / 64.0);
  EXPECT_NEAR(lstp(1 << 20, 64, 32).read_pj, 52.0, 0.2);
}

TEST(MemoryFigures, OfBitsGoWithWidthAndCapacity) {
  MemoryEntry memory;
  memory.node_nm = 16;
  memory.bit = MemoryBit{0.01, 0.02, 0.0203, 1e-7, 0.12};
  const MemoryFigures figures = memory_figures(memory, {1024, 128}, 45);
  EXPECT_DOUBLE_EQ(figures.read_pj, 1.28);
  EXPECT_DOUBLE_EQ(*figures.write_pj, 2.56);
  EXPECT_DOUBLE_EQ(*figures.leakage_mw, 8192e-7);
  EXPECT_NE(figures.derivation.find("not scaled to 45 nm"), std::string::npos);
}

}  // namespace
}  // namespace systerm
