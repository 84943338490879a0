// SPDX-License-Identifier: Apache-2.0
// Energies of commands against the ones that follow from public current sets.
#include "components/cost/dram_commands.h"

#include <gtest/gtest.h>

namespace systerm {
namespace {

TEST(DramCommands, OfDdr4AreThoseOfItsCurrents) {
  const DramCurrents currents{8,  833, 55,  39,
                              16, 4,   313, {{1.2, 60.75, 38.25, 44.0, 184.5, 168.75, 118.0}}};
  const DramCommands commands = dram_commands(currents);
  constexpr double kBits = 512;
  EXPECT_NEAR(commands.activate_precharge_pj, 8100, 10);
  EXPECT_NEAR(commands.read_pj / kBits, 8.78, 0.005);
  EXPECT_NEAR(commands.write_pj / kBits, 7.79, 0.005);
  EXPECT_NEAR(commands.refresh_pj, 185e3, 500);
  EXPECT_NEAR(commands.active_standby_mw, 422, 0.5);
  EXPECT_NEAR(commands.precharged_standby_mw, 367, 0.5);
}

TEST(DramCommands, OfDdr3AreThoseOfItsCurrents) {
  const DramCurrents currents{8,  1250, 38, 28,
                              10, 4,    88, {{1.5, 70.0, 45.0, 45.0, 140.0, 145.0, 170.0}}};
  const DramCommands commands = dram_commands(currents);
  EXPECT_NEAR(commands.activate_precharge_pj, 14250, 1);
  EXPECT_NEAR(commands.read_pj / 512, 11.1, 0.05);
  EXPECT_NEAR(commands.write_pj / 512, 11.7, 0.05);
  EXPECT_NEAR(commands.refresh_pj, 165e3, 1);
  EXPECT_NEAR(commands.active_standby_mw, 540, 1e-9);
}

TEST(DramCommands, AddUpOverTheSuppliesOfLpddr4) {
  const DramCurrents currents{1,
                              625,
                              102,
                              68,
                              34,
                              8,
                              448,
                              {{1.8, 3.5, 2.0, 2.25, 2.25, 2.25, 10.0},
                               {1.1, 45.0, 27.0, 30.0, 275.0, 210.0, 90.0},
                               {1.1, 0.75, 0.75, 0.75, 150.0, 55.0, 0.75}}};
  const DramCommands commands = dram_commands(currents);
  EXPECT_NEAR(commands.activate_precharge_pj, 1270, 10);
  EXPECT_NEAR(commands.read_pj / 256, 8.47, 0.005);
  EXPECT_NEAR(commands.write_pj / 256, 5.03, 0.005);
  EXPECT_NEAR(commands.refresh_pj, 22.4e3, 50);
  EXPECT_NEAR(commands.active_standby_mw, 38, 0.5);
  EXPECT_NEAR(commands.precharged_standby_mw, 34, 0.5);
}

}  // namespace
}  // namespace systerm
