// SPDX-License-Identifier: Apache-2.0
#include "model/report/layer_blocks.h"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "model/report/packed_text.h"

namespace systerm {
namespace {

using Json = nlohmann::ordered_json;

/// What a browser does: atob(), then DecompressionStream("deflate").
std::string unpacked(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  EXPECT_EQ(text.size() % 4, 0U);
  std::vector<std::uint8_t> bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<std::uint32_t>(digits.find(c));
    if ((count += 6) < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> count));
  }
  std::string result(1 << 20, '\0');
  uLongf size = result.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(result.data()), &size, bytes.data(), bytes.size()),
            Z_OK);
  result.resize(size);
  return result;
}

TEST(PackedText, IsWhatABrowserUnpacks) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (std::size_t length = 0; length < 100; ++length) {
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += static_cast<char>(random());
    EXPECT_EQ(unpacked(packed_text(text)), text);
  }
}

LayerTable table_of(const std::vector<std::size_t>& points) {
  LayerTable table;
  for (const char* name : {"layer", "name", "busy", "stalls.skew", "stalls.drain"}) {
    table.columns.push_back({name, "", "", SweepColumn::Kind::kFigure});
  }
  const auto same =
      std::make_shared<const std::vector<std::size_t>>(std::vector<std::size_t>{0, 1, 2, 3, 4});
  for (const std::size_t point : points) {
    const Json layers = {{0, 0, 1, "conv1", 2, point, 3, 7, 4, 0}, {0, 1, 1, "fc", 2, 5}};
    table.add(point, Json::to_cbor(layers), same);
  }
  return table;
}

TEST(LayerBlocks, HaveTheCyclesOfEveryPointByCause) {
  const std::size_t points = 2 * kPointsPerLayerBlock + 3;
  const auto blocks = layer_blocks(table_of({0, 2, kPointsPerLayerBlock, points - 2}), points);
  ASSERT_EQ(blocks.size(), 3U);
  std::size_t point = 0;
  for (const std::string& block : blocks) {
    for (const Json& details : Json::parse(unpacked(block))) {
      const bool has_layers =
          point == 0 || point == 2 || point == kPointsPerLayerBlock || point == points - 2;
      const Json expected = {{"layers", {"conv1", "fc"}},
                             {"causes", {"busy", "skew"}},
                             {"cycles", {{point, 5}, {7, 0}}}};
      EXPECT_EQ(details, has_layers ? expected : Json()) << point;
      ++point;
    }
  }
  EXPECT_EQ(point, points);
}

}  // namespace
}  // namespace systerm
