// SPDX-License-Identifier: Apache-2.0
#include "model/report/block_diagram_picture.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/accelerator/connections.h"
#include "model/report/diagram_layout.h"

namespace systerm {
namespace {

using testing::HasSubstr;

TEST(DiagramLayout, PutsUnitsByTheirDistanceFromMemoryAndControlApart) {
  const auto units = place_units(connections(), connected_units());
  const auto column = [&](std::string_view name) {
    for (const PlacedUnit& unit : units) {
      if (unit.name == name) return unit.column;
    }
    return -2;
  };
  EXPECT_EQ(column("dram"), 0);
  EXPECT_EQ(column("interconnect"), 1);
  EXPECT_EQ(column("weight_dma"), 2);
  EXPECT_EQ(column("weight_buffer"), 3);
  EXPECT_EQ(column("vector_unit"), 4);
  EXPECT_EQ(column("array"), 5);
  EXPECT_EQ(column("command_processor"), -1);
}

TEST(DiagramLayout, LeavesRoomBetweenUnitsOfAColumn) {
  const auto units = place_units(connections(), connected_units());
  for (const PlacedUnit& a : units) {
    for (const PlacedUnit& b : units) {
      if (&a == &b || a.column < 0 || a.column != b.column) continue;
      EXPECT_GE(std::abs(a.position - b.position), 1.0) << a.name << ' ' << b.name;
    }
  }
}

TEST(DiagramLayout, FollowsTheConnectionsOfAnyDesign) {
  using enum ConnectionKind;
  const std::array<Connection, 4> wires = {{
      {"bus", "memory", "dram", "port", kMemoryMapped},
      {"left", "memory", "bus", "masters", kMemoryMapped},
      {"right", "memory", "bus", "masters", kMemoryMapped},
      {"host", "orders", "left", "descriptors", kDescriptors},
  }};
  const std::array<std::string, 5> names = {"dram", "bus", "left", "right", "host"};
  const auto units = place_units(wires, names);
  EXPECT_EQ(units[2].column, 2);
  EXPECT_EQ(units[3].column, 2);
  EXPECT_DOUBLE_EQ(units[1].position, (units[2].position + units[3].position) / 2);
  EXPECT_EQ(units[4].column, -1);
}

TEST(BlockDiagram, HasEveryUnitAndStaysInItsFrame) {
  Design design;
  design.name = "a <design>";
  const SvgPicture picture = block_diagram_picture(design);
  const std::string svg = picture.embedded();
  for (const std::string_view unit : connected_units()) {
    std::string words(unit);
    std::replace(words.begin(), words.end(), '_', ' ');
    EXPECT_THAT(svg, HasSubstr(fmt::format(">{}</text>", words)));
  }
  EXPECT_THAT(svg, HasSubstr("a &lt;design&gt;"));
  EXPECT_LT(picture.width(), 1400);
  EXPECT_THAT(svg, testing::Not(HasSubstr("cores")));
}

TEST(BlockDiagram, SaysHowManyCoresTheOneInTheFrameStandsFor) {
  Design design;
  design.cores = {.count = 4, .split = CoreSplit::kFilters};
  const std::string svg = block_diagram_picture(design).embedded();
  EXPECT_THAT(svg, HasSubstr(">4 cores that share the memory, split by filters</text>"));
  EXPECT_THAT(svg, HasSubstr("one of the 4, all alike"));
}

}  // namespace
}  // namespace systerm
