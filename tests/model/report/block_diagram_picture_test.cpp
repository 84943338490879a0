// SPDX-License-Identifier: Apache-2.0
#include "model/report/block_diagram_picture.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/accelerator/connections.h"
#include "model/report/block_diagram.h"
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

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(BlockDiagram, DrawsEveryCoreInAFrameOfItsOwn) {
  for (const int cores : {2, 16}) {
    Design design;
    design.cores = {.count = cores, .split = CoreSplit::kFilters};
    const SvgPicture picture = block_diagram_picture(design);
    const std::string svg = picture.embedded();
    EXPECT_THAT(svg, HasSubstr(fmt::format(
                         ">{} cores that share the memory, split by filters</text>", cores)));
    for (int core = 0; core < cores; ++core) {
      EXPECT_EQ(count_of(svg, fmt::format(">core {}</text>", core)), 1U);
    }
    EXPECT_EQ(count_of(svg, ">weight dma</text>"), static_cast<std::size_t>(cores));
    EXPECT_EQ(count_of(svg, ">interconnect</text>"), 1U);
    EXPECT_LT(picture.width(), 1400);
  }
}

TEST(TextDiagram, NamesTheMastersOfEveryCoreAndTheInsideOfOne) {
  Design design;
  design.cores = {.count = 3, .split = CoreSplit::kFilters};
  const std::string text = text_diagram(design);
  for (int core = 0; core < 3; ++core) {
    EXPECT_THAT(text, HasSubstr(fmt::format(
                          "masters <- core {0}: core{0}_store_dma, core{0}_data_dma", core)));
  }
  EXPECT_THAT(text, HasSubstr("each of core0 to core2"));
  EXPECT_EQ(count_of(text, "array ("), 1U);
}

TEST(GraphvizDiagram, HasAClusterForEachCore) {
  Design design;
  design.cores = {.count = 3, .split = CoreSplit::kFilters};
  const std::string dot = dot_diagram(design);
  EXPECT_EQ(count_of(dot, "subgraph cluster_core"), 3U);
  EXPECT_EQ(count_of(dot, "-> notifications"), 3U);
  for (const std::string& unit : connected_units(3)) {
    EXPECT_EQ(count_of(dot, "  " + unit + " [label="), 1U) << unit;
  }
  design.cores.count = 1;
  EXPECT_THAT(dot_diagram(design), testing::Not(HasSubstr("cluster")));
}

}  // namespace
}  // namespace systerm
